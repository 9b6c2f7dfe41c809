"""Theorem 1: what a defection at stage 1 gains, and the number of agents from which on no defection gains."""
