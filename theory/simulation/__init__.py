"""Market rounds by chance: strategies for many rounds at once, and frequencies beside exact numbers."""
