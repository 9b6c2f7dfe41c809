"""Theorem 1: what a defection at stage 1 gains, and from which number of agents on none gains anything."""
