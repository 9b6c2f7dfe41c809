"""Proofs by interval arithmetic that a computed equilibrium is one, and whether it is the only one."""
