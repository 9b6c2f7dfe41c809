"""The data of sessions beside the theory: reading, recomputing, comparing, reporting."""
