"""Inference on independent units: one number per market that never mixed with another, and what so few numbers can show.

Everything here is a pure function of numbers per unit, or of rows with the unit each belongs to; none of it knows the model.
"""
