"""The model of Hu and Wallace (2012), "Optimality in a large two-stage market game"."""
