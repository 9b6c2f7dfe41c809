"""Session data compared with the theory: reading, recomputing, comparing, reporting."""
