"""Models of how people offer: what each predicts of every offer on the grid, its estimation from data, and data simulated from it."""
