"""Footnote 1: the same results where endowments differ by publicly known role."""
