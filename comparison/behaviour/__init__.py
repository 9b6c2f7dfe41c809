"""Models of how people make offers: the probability that each gives to every offer on the grid, its
estimation from data, and data simulated from it.
"""
