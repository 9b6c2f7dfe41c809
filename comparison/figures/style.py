"""The style of every figure: one journal column wide, no distinction that relies on colour, the
same bytes for the same data.

Each cell or type has its own colour, marker and line style; the colours get lighter from one to the
next.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from theory.economy.arrays import FloatArray

COLUMN = 3.5
"""Width of a journal column, in inches."""
LARGEST_SERIES = 6
"""The most treatments that are drawn, each with its own look."""
GREY = "#999999"
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P")
HATCHES = ("", "////", "....", "xxxx", "----", "\\\\\\\\")
_LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))
STYLE = {
    "font.size": 7.5, "axes.titlesize": 7.5, "axes.labelsize": 7.5, "xtick.labelsize": 7, "ytick.labelsize": 7, "legend.fontsize": 6.5,
    "font.family": "DejaVu Sans", "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6, "lines.linewidth": 1.0,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5, "ytick.major.size": 2.5, "lines.markersize": 3.5,
    "legend.frameon": False, "legend.handlelength": 2.2, "svg.hashsalt": "parimutuel", "svg.fonttype": "path", "pdf.fonttype": 42,
    "figure.dpi": 100, "hatch.linewidth": 0.5, "text.parse_math": False,
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A drawn figure: the name of its files, its SVG text, its PDF, its caption, and a sentence for
    readers who cannot see it.
    """

    name: str
    svg: str
    pdf: bytes
    caption: str
    alternative: str


def finished(name: str, canvas: Canvas, caption: str) -> Figure:
    """A canvas as SVG and PDF."""
    return Figure(name, picture(canvas, "svg").decode(), picture(canvas, "pdf"), caption, caption)


def picture(canvas: Canvas, kind: str) -> bytes:
    """The figure as "svg" or "pdf", without a date."""
    content = io.BytesIO()
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        canvas.savefig(content, format=kind, metadata={"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}}[kind])
    return content.getvalue()


def inline(figure: Figure) -> str:
    """The SVG for use inside a page: without prologue, with unique ids, and with a title that a
    screen reader reads.
    """
    start = figure.svg.index("<svg")
    text = re.sub(r'\b(id=")|((?:xlink:)?href="#)|(url\(#)', lambda match: match.group() + figure.name + "-", figure.svg[start:])
    title = html.escape(figure.alternative, quote=True)
    return text.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)


def series_style(index: int) -> dict[str, Any]:
    """The colour, marker and line of a series."""
    index %= len(COLOURS)
    return {"color": COLOURS[index], "marker": MARKERS[index], "linestyle": _LINES[index]}


def bubbles(panel: Axes, x: pd.Series, y: pd.Series, cell: float, index: int, label: str, back: Callable[[FloatArray], FloatArray]) -> None:
    """Points grouped into square cells of the plane: a marker's area grows with their number."""
    binned = pd.DataFrame(
        {"x": np.round(x.to_numpy() / cell), "y": np.round(y.to_numpy() / cell), "at_x": x.to_numpy(), "at_y": y.to_numpy()}
    )
    marks = binned.groupby(["x", "y"]).agg(at_x=("at_x", "mean"), at_y=("at_y", "mean"), n=("at_x", "size"))
    area = 8.0 * marks["n"] ** min(0.5, np.log(4) / np.log(max(marks["n"].max(), 2)))
    marker, colour = MARKERS[index % len(MARKERS)], COLOURS[index % len(COLOURS)]
    panel.scatter(
        back(marks["at_x"].to_numpy()),
        back(marks["at_y"].to_numpy()),
        s=area,
        linewidths=0.7,
        label=label,
        marker=marker,
        edgecolors=colour,
        facecolors="none",
    )


def key(panel: Axes, series: Sequence[str]) -> None:
    """A legend if there is more than one series."""
    if len(series) > 1:
        panel.legend(loc="best", markerscale=1.2)


def whole_rounds(panel: Axes, most: int = 8) -> None:
    """Paid rounds on the horizontal axis: whole numbers."""
    panel.xaxis.set_major_locator(MaxNLocator(most, integer=True))


def log_prices(axis: Axis) -> None:
    """Prices on a logarithmic axis, in plain numbers."""
    axis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda price, _: f"{price:g}"))
    axis.set_minor_formatter(NullFormatter())


def left_out(cells: Sequence[str]) -> str:
    """The caption's sentence if there are more treatments than are drawn."""
    return f" The first {LARGEST_SERIES} of {len(cells)} treatments are drawn." if len(cells) > LARGEST_SERIES else ""
