"""The figures: small, readable in grey, each with units on every axis and the prediction beside the
data.
"""

from comparison.figures.drawing import draw_figures
from comparison.figures.style import COLUMN, STYLE, Figure, inline, picture, series_style

__all__ = ["COLUMN", "STYLE", "Figure", "draw_figures", "inline", "picture", "series_style"]
