"""Proofs by interval arithmetic that a computed point is an equilibrium, and whether it is the only one."""
