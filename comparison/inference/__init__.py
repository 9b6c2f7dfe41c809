"""Inference on independent units: one number per market that never mixed with another, and what
such small samples can show.

Everything here is a pure function of numbers per unit, or of rows with their units; nothing here
depends on the model.
"""
