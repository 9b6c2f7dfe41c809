"""Learning: distances from the prediction and efficiency by paid round."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from comparison.figures.style import COLUMN, LARGEST_SERIES, Figure, finished, left_out, series_style, whole_rounds
from comparison.statistics.benchmarks import NASH
from comparison.statistics.units import UNIT

LARGEST_THIN_LINES = 24
DIGITS, LEAST_TOP = 9, 0.01
"""Distances are drawn to this many digits, on axes that reach at least this far: smaller
differences come from arithmetic or the grid.
"""
PANELS = {
    "abs_log_price_deviation": "price, |ln(p/Nash)|",
    "efficiency_active": "efficiency, share",
    "abs_stage1_deviation": "first offers, |y \u2212 alpha*|",
    "abs_stage2_deviation": "second offers, |y \u2212 beta|",
}
"""The measures that are drawn, with their panels' titles."""


def learning_figure(learning: pd.DataFrame, rounds: pd.DataFrame, cells: Sequence[str]) -> Figure | None:
    """A panel per measure, a line per treatment; ``rounds`` are those used."""
    shown = cells[:LARGEST_SERIES]
    if learning.empty:
        return None
    canvas = Canvas(figsize=(COLUMN, 3.5), layout="constrained")
    panels = canvas.subplots(2, 2, sharex=True).ravel()
    thin = _thin_lines(panels[0], rounds[rounds["cell"].isin(shown)])
    for panel, (measure, title) in zip(panels, PANELS.items(), strict=True):
        _lines(panel, measure, learning, shown)
        panel.set_title(title, loc="left")
        whole_rounds(panel, 5)
        if measure == "efficiency_active":
            panel.axhline(1, color="#BBBBBB", linewidth=0.6)
        else:
            top = max(learning.loc[learning["cell"].isin(shown), measure].max(), LEAST_TOP)
            panel.set_ylim(0, 2 * top if thin and measure == "abs_log_price_deviation" else max(panel.get_ylim()[1] * 1.05, LEAST_TOP))
    canvas.supxlabel("paid round", fontsize=7.5)
    panels[1].plot([], [], color="#777777", linestyle=":", linewidth=0.9, label="Nash, true types")
    handles, names = panels[1].get_legend_handles_labels()
    canvas.legend(handles, names, loc="outside upper center", ncols=3 if len(shown) == 1 else 2)
    caption = (
        "Means by paid round: the price's distance from the Nash price at the true types, the share of the competitive gains that the "
        "active realised (dotted: in the Nash equilibrium), and the distance of typed offers from the prediction in shares of the "
        "endowment."
    )
    return finished("learning", canvas, caption + thin + left_out(cells))


def _lines(panel: Axes, measure: str, learning: pd.DataFrame, shown: Sequence[str]) -> None:
    for index, cell in enumerate(shown):
        here, look = learning[learning["cell"] == cell], series_style(index)
        panel.plot(
            here["paid_round"], here[measure].round(DIGITS), label=cell if len(shown) > 1 else "observed", **(look | {"markersize": 2.6})
        )
        if measure == "efficiency_active":
            panel.plot(here["paid_round"], here["efficiency_nash_active"], color=look["color"], linestyle=":", linewidth=0.9)


def _thin_lines(panel: Axes, rounds: pd.DataFrame) -> str:
    """The independent units of the price panel in grey, if they are few; returns what the caption
    says about them.
    """
    groups = rounds.assign(size=rounds[f"log_deviation_{NASH}"].abs()).groupby(UNIT, sort=False)
    if not 1 < len(groups) <= LARGEST_THIN_LINES:
        return ""
    for _, here in groups:
        line = here.groupby("paid_round")["size"].mean()
        panel.plot(line.index, line, color="#CCCCCC", linewidth=0.5)
    return " Thin grey lines are the matching groups."
