"""The trade-offs of a design as one figure: the distance between the benchmarks against each of the
other criteria.

Readable in grey: a candidate's status shows in its marker, not in a colour. The same search gives
the same bytes.
"""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

from comparison.design.search import Search
from comparison.figures import COLUMN, STYLE
from theory.economy.arrays import BoolArray, FloatArray, IntArray

HEIGHT = 5.4
MOST_RANKS = 1000
"""Ranks stay below it, so that the better of two overlapping markers lies on top."""
REST = {"marker": ".", "markersize": 2.5, "color": "#B0B0B0", "linestyle": "none"}
PASSES = {"marker": "o", "markersize": 3.2, "color": "#505050", "markerfacecolor": "none", "markeredgewidth": 0.6, "linestyle": "none"}
BEST = {"marker": "s", "markersize": 7.5, "color": "#000000", "markerfacecolor": "#FFFFFF", "markeredgewidth": 0.9, "linestyle": "none"}
PARETO = {"marker": "s", "markersize": 3.6, "color": "#000000", "linestyle": "none"}


def trade_offs(found: Search, numbered: int) -> Canvas:
    """The figure; the ``numbered`` best candidates carry their rank."""
    known = [(i, c) for i, c in enumerate(found.candidates) if c.criteria is not None]
    place = np.array([i for i, _ in known], int)
    values = np.array([[c.criteria.separation, c.criteria.steepness, c.criteria.apart] for _, c in known if c.criteria]).reshape(-1, 3)
    threshold = np.array([np.nan if c.threshold is None else c.threshold for _, c in known])
    passes = np.array([c.passes for _, c in known], bool)
    wishes, shares = found.wishes, (values[:, 0], values[:, 1], threshold)
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        canvas = Canvas(figsize=(COLUMN, HEIGHT), layout="constrained")
        panels = canvas.subplots(3, 1, sharey=True)
        labels = (
            f"stage-1 optima apart, steps of {wishes.grid:g}",
            "cost of offering like a neighbour, % of pay",
            "threshold N\u0305, agents (where the rest is met)",
        )
        wanted = (wishes.separation, wishes.steepness, float(wishes.most_agents))
        for panel, share, label, limit in zip(panels, shares, labels, wanted, strict=True):
            _panel(panel, share, values[:, 2], passes, found.pareto[place])
            panel.axvline(limit, color="#000000", linestyle="--", linewidth=0.7)
            panel.axhline(wishes.apart, color="#000000", linestyle="--", linewidth=0.7, label="wanted")
            panel.set_xlabel(label)
            _number(panel, share, values[:, 2], found, place, numbered)
        panels[0].set_xlim(left=0)
        panels[0].set_ylim(bottom=0)
        panels[1].set_xlim(*_middle(values[:, 1], wishes.steepness))
        panels[2].set_xlim(1, wishes.most_agents + 1)
        panels[2].xaxis.set_major_locator(MaxNLocator(8, integer=True))
        canvas.supylabel("benchmarks apart, % of the price", fontsize=7.5)
        canvas.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return canvas


def _panel(panel: Axes, x: FloatArray, y: FloatArray, passes: BoolArray, pareto: BoolArray) -> None:
    chosen = passes & ~pareto
    panel.plot(x[~passes], y[~passes], label="fails something", **REST)  # type: ignore[arg-type]
    panel.plot(x[chosen], y[chosen], label="passes", **PASSES)  # type: ignore[arg-type]
    panel.plot(x[pareto], y[pareto], label="passes, Pareto set", **PARETO)  # type: ignore[arg-type]


def _number(panel: Axes, x: FloatArray, y: FloatArray, found: Search, place: IntArray, numbered: int) -> None:
    for rank, index in enumerate(found.ranked[:numbered], start=1):
        at = int(np.flatnonzero(place == index)[0])
        label = "best, by rank" if rank == 1 else None
        panel.plot(x[at], y[at], label=label, zorder=4 - rank / MOST_RANKS, **BEST)  # type: ignore[arg-type]
        panel.text(x[at], y[at], str(rank), ha="center", va="center_baseline", fontsize=6, zorder=4 - rank / MOST_RANKS)


def _middle(values: FloatArray, limit: float) -> tuple[float, float]:
    """Axis limits that show all but the outermost percents, so that one flat candidate does not
    hide the others.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, max(1.0, 2 * limit)
    low, high = np.percentile(known, [2, 98])
    return float(min(low, 0.0)), float(max(high, limit) * 1.1)
