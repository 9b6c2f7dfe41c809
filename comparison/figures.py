"""The figures: small, readable in grey, each with its unit on every axis and its prediction beside the data.

A cell or a type has a colour, a marker and a line style of its own, of decreasing darkness, so that no distinction rests on
colour. Figures are one journal column wide (3.5 in). The same data give the same bytes.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from tqdm import tqdm

from comparison.benchmarks import ANNOUNCED, COMPETITIVE, NASH, Economy
from comparison.measures import net
from comparison.tables import Tables
from experiment.offers import TYPED
from theory.utility import FloatArray

COLUMN = 3.5
"""Width of a journal column, in inches."""
LARGEST_PANELS = 6
LARGEST_SERIES = 6
FIGURE_NAMES = (
    "prices_by_round", "prices_against_nash", "efficiency_by_round", "learning_prices", "learning_offers",
    *(f"stage{stage}_offers{suffix}" for stage in (1, 2) for suffix in ("", *(f"_{n}" for n in range(1, LARGEST_SERIES + 1)))),
)  # fmt: skip
"""Every name that a figure may have; the data decide which of them are drawn."""
_COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
_MARKERS = ("o", "s", "^", "D", "v", "P")
_LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))
STYLE = {
    "font.size": 7.5, "axes.titlesize": 7.5, "axes.labelsize": 7.5, "xtick.labelsize": 7, "ytick.labelsize": 7, "legend.fontsize": 6.5,
    "font.family": "DejaVu Sans", "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6, "lines.linewidth": 1.0,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5, "ytick.major.size": 2.5, "lines.markersize": 3.5,
    "legend.frameon": False, "legend.handlelength": 2.2, "svg.hashsalt": "parimutuel", "svg.fonttype": "path", "figure.dpi": 100,
    "text.parse_math": False,
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A drawn figure: the name of its file, its SVG text, its caption, and a sentence for who cannot see it."""

    name: str
    svg: str
    caption: str
    alternative: str


def draw_figures(tables: Tables, economies: Mapping[str, Economy]) -> tuple[Figure, ...]:
    """All figures that the data allow, in the order of the report; ``economies`` by cell."""
    if not tables.market_rounds["used"].any():
        return ()
    cells = list(tables.efficiency["cell"])
    shown = cells[:LARGEST_SERIES]
    left_out = f" The first {len(shown)} of {len(cells)} treatments are drawn." if len(cells) > len(shown) else ""
    jobs: list[Callable[[], Figure | None]] = [
        lambda: _price_paths(tables.market_rounds),
        lambda: _price_scatter(tables.market_rounds, shown, left_out),
    ]
    for number, cell in enumerate(shown, start=1):
        suffix = f"_{number}" if len(shown) > 1 else ""
        jobs.append(lambda cell=cell, suffix=suffix: _stage1(tables.decisions_compared, cell, economies[cell], suffix))  # type: ignore[misc]
        jobs.append(lambda cell=cell, suffix=suffix: _stage2(tables.decisions_compared, cell, economies[cell], suffix))  # type: ignore[misc]
    jobs += [
        lambda: _efficiency(tables.learning, shown, left_out),
        lambda: _learning_prices(tables.learning, tables.market_rounds, shown, left_out),
        lambda: _learning_offers(tables.learning, shown, left_out),
    ]
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        drawn = [job() for job in tqdm(jobs, desc="drawing figures", unit=" figures", disable=None, leave=False)]
    return tuple(figure for figure in drawn if figure is not None)


def _price_paths(rounds: pd.DataFrame) -> Figure | None:
    traded = rounds["used"] & rounds["price"].notna()
    groups = rounds.assign(traded=traded).groupby(["session_code", "market"], sort=False)
    markets = [(key, here[here["traded"]]) for key, here in groups if here["traded"].any()]
    chosen = markets[:LARGEST_PANELS]
    if not chosen:
        return None
    across = 1 if len(chosen) == 1 else 2
    down = -(-len(chosen) // across)
    canvas = Canvas(figsize=(COLUMN, 0.55 + 1.35 * down), layout="constrained")
    panels = canvas.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, (key, here) in zip(panels, chosen, strict=False):
        number = np.arange(here["paid_round"].min(), here["paid_round"].max() + 1)
        here = here.set_index("paid_round").reindex(number)  # a round left out leaves a gap
        panel.step(number, here[f"price_{COMPETITIVE}"], where="mid", color="#999999", linewidth=1.6, label="competitive at the state")
        panel.plot(number, here[f"price_{NASH}"], "s", markersize=5, markerfacecolor="none", color="#0072B2", label="Nash, true types")
        panel.plot(number, here[f"price_{ANNOUNCED}"], "x", markersize=4, color="#D55E00", label="Nash, as announced")
        panel.plot(number, here["price"], "o-", markersize=2.2, linewidth=0.8, color="#000000", label="observed")
        panel.set_title(f"{key[0]}, market {key[1]}", loc="left")
        panel.set_yscale("log")
        _log_prices(panel.yaxis)
        panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    for panel in panels[len(chosen) :]:
        panel.set_visible(False)
    handles, names = panels[0].get_legend_handles_labels()
    canvas.legend(handles[::-1], names[::-1], loc="outside upper center", ncols=2)
    canvas.supxlabel("paid round", fontsize=7.5)
    canvas.supylabel("price, r per q (log scale)", fontsize=7.5)
    rest = (
        f" The first {len(chosen)} of {len(markets)} markets are drawn; market_rounds.csv holds all." if len(markets) > len(chosen) else ""
    )
    caption = "Stage-2 prices by round: observed, and the theory's for the same market round." + rest
    return _figure("prices_by_round", canvas, caption)


def _price_scatter(rounds: pd.DataFrame, cells: Sequence[str], left_out: str) -> Figure | None:
    used = rounds[rounds["used"] & rounds[f"log_deviation_{NASH}"].notna() & rounds["cell"].isin(cells)]
    if used.empty:
        return None
    canvas = Canvas(figsize=(COLUMN, COLUMN * 0.85), layout="constrained")
    panel = canvas.subplots()
    both = np.log(used[["price", f"price_{NASH}"]].to_numpy())
    low, high = both.min() - 0.08, both.max() + 0.08
    panel.plot(np.exp([low, high]), np.exp([low, high]), color="#999999", linewidth=0.8)
    for index, cell in enumerate(cells):
        here = used[used["cell"] == cell]
        _bubbles(panel, np.log(here[f"price_{NASH}"]), np.log(here["price"]), (high - low) / 60, index, cell, np.exp)
    panel.set(xscale="log", yscale="log", xlim=np.exp([low, high]), ylim=np.exp([low, high]), aspect="equal")
    panel.set(xlabel="Nash price at the true types, r per q", ylabel="observed price, r per q")
    _log_prices(panel.xaxis)
    _log_prices(panel.yaxis)
    _key(panel, cells)
    caption = (
        "Observed stage-2 prices against the Nash price at the true types; on the line they agree. Larger marks are several market rounds."
    )
    return _figure("prices_against_nash", canvas, caption + left_out)


def _stage1(decisions: pd.DataFrame, cell: str, economy: Economy, suffix: str) -> Figure | None:
    here = decisions[decisions["used"] & (decisions["cell"] == cell) & (decisions["stage1_source"] == TYPED)]
    if here.empty:
        return None
    environment = economy.environment
    alpha, kinds = net(economy.alpha_star, environment), len(environment.types)
    canvas = Canvas(figsize=(COLUMN, 0.6 + 0.85 * kinds), layout="constrained")
    panels = canvas.subplots(kinds, 1, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, index in zip(panels, np.argsort(alpha, kind="stable"), strict=True):
        offers = here.loc[here["type"] == environment.types[index], "stage1"].to_numpy()
        if np.isfinite(economy.lowest[index]):
            ends = np.array([economy.lowest[index], economy.highest[index]]) / environment.endowment_q - 1
            panel.axvspan(*ends, color="#E6E6E6", linewidth=0, label="I(x): read as this type")
        if len(offers):
            panel.hist(
                np.round(offers, 9), bins=_BINS, weights=np.full(len(offers), 1 / len(offers)), color="#0072B2", label="first offers"
            )
        panel.axvline(alpha[index], color="#000000", linestyle="--", linewidth=1.1, label="alpha*")
        panel.set_title(f"type {environment.types[index]}, {len(offers)} offers", loc="left")
    tallest = max((patch.get_height() for panel in panels for container in panel.containers for patch in container), default=1.0)
    panels[0].set(xlim=(-1.03, 1.03), ylim=(0, min(1.2 * tallest, 1.05)))
    canvas.supylabel("share of offers", fontsize=7.5)
    panels[-1].set_xlabel(_NET)
    handles, names = panels[0].get_legend_handles_labels()
    canvas.legend(handles, names, loc="outside upper center", ncols=3)
    caption = (
        f"First offers by type, {cell}: their distribution, the stage-1 optimum alpha*, and the interval I(x) in which an offer is "
        f"read as its type's."
    )
    return _figure(f"stage1_offers{suffix}", canvas, caption)


def _stage2(decisions: pd.DataFrame, cell: str, economy: Economy, suffix: str) -> Figure | None:
    here = decisions[decisions["used"] & (decisions["cell"] == cell) & (decisions["stage2_source"] == TYPED) & decisions["beta"].notna()]
    if here.empty:
        return None
    canvas = Canvas(figsize=(COLUMN, COLUMN * 0.85), layout="constrained")
    panel = canvas.subplots()
    both = np.concatenate([here["stage2"], here["beta"]])
    low, high = max(both.min() - 0.06, -1.03), min(both.max() + 0.06, 1.03)
    panel.axhline(0, color="#CCCCCC", linewidth=0.6)
    panel.axvline(0, color="#CCCCCC", linewidth=0.6)
    panel.plot([low, high], [low, high], color="#999999", linewidth=0.8)
    kinds = economy.environment.types
    for index, kind in enumerate(kinds):
        mine = here[here["type"] == kind]
        _bubbles(panel, mine["beta"], mine["stage2"], (high - low) / 60, index, f"type {kind}", np.asarray)
    panel.set(
        xlim=(low, high),
        ylim=(low, high),
        aspect="equal",
        xlabel="Nash offer at the true types, share of endowment",
        ylabel="second offer, share of endowment",
    )
    _key(panel, kinds)
    caption = (
        f"Second offers against the Nash offer at the true types, {cell}, in shares of the endowment: offers of q are negative, "
        f"offers of r "
        "positive; on the line they agree. Larger marks are several offers."
    )
    return _figure(f"stage2_offers{suffix}", canvas, caption)


def _efficiency(learning: pd.DataFrame, cells: Sequence[str], left_out: str) -> Figure:
    canvas = Canvas(figsize=(COLUMN, 2.3), layout="constrained")
    panel = canvas.subplots()
    panel.axhline(1, color="#999999", linewidth=0.8)
    panel.axhline(0, color="#999999", linewidth=0.8)
    for index, cell in enumerate(cells):
        here = learning[learning["cell"] == cell]
        look = series_style(index)
        panel.plot(here["paid_round"], here["efficiency_active"], label=cell if len(cells) > 1 else "observed", **look)
        panel.plot(here["paid_round"], here["efficiency_nash_active"], color=look["color"], linestyle=":", linewidth=0.9)
    panel.plot([], [], color="#777777", linestyle=":", linewidth=0.9, label="Nash, true types")
    _rounds(panel, "share of the competitive gains")
    canvas.legend(*panel.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    caption = (
        "Efficiency by round: the active subjects' gains over no trade, as a share of what they would gain at the competitive equilibrium "
        "of the state (1; no trade is 0). Dotted: the same share at the Nash equilibrium for the true types."
    )
    return _figure("efficiency_by_round", canvas, caption + left_out)


def _learning_prices(learning: pd.DataFrame, rounds: pd.DataFrame, cells: Sequence[str], left_out: str) -> Figure:
    canvas = Canvas(figsize=(COLUMN, 2.2), layout="constrained")
    panel = canvas.subplots()
    used = rounds[rounds["used"] & rounds["cell"].isin(cells)]
    groups = used.assign(size=used[f"log_deviation_{NASH}"].abs()).groupby(["session_code", "matching_group"], sort=False)
    if len(groups) <= LARGEST_THIN_LINES:
        for _, here in groups:
            line = here.groupby("paid_round")["size"].mean()
            panel.plot(line.index, line, color="#BBBBBB", linewidth=0.6)
    for index, cell in enumerate(cells):
        here = learning[learning["cell"] == cell]
        panel.plot(here["paid_round"], here["abs_log_price_deviation"], label=cell, **series_style(index))
    _rounds(panel, "mean |ln(price / Nash price)|")
    panel.set_ylim(0, panel.get_ylim()[1] * 1.05)
    _key(panel, cells)
    thin = " Thin grey lines are the matching groups." if 1 < len(groups) <= LARGEST_THIN_LINES else ""
    caption = "Distance of stage-2 prices from the Nash price at the true types, by round; 0.1 is about 10 percent." + thin
    return _figure("learning_prices", canvas, caption + left_out)


def _learning_offers(learning: pd.DataFrame, cells: Sequence[str], left_out: str) -> Figure:
    canvas = Canvas(figsize=(COLUMN, 2.9), layout="constrained")
    panels = canvas.subplots(2, 1, sharex=True)
    for panel, column, title in zip(
        panels, ("abs_stage1_deviation", "abs_stage2_deviation"), ("first offers, from alpha*", "second offers, from beta"), strict=True
    ):
        for index, cell in enumerate(cells):
            here = learning[learning["cell"] == cell]
            panel.plot(here["paid_round"], here[column], label=cell, **series_style(index))
        panel.set_title(title, loc="left")
        panel.set_ylim(0, panel.get_ylim()[1] * 1.05)
        panel.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    panels[-1].set_xlabel("paid round")
    canvas.supylabel("mean |deviation|, share of endowment", fontsize=7.5)
    if len(cells) > 1:
        canvas.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    caption = "Distance of typed offers from the prediction by round, in shares of the endowment."
    return _figure("learning_offers", canvas, caption + left_out)


_NET = "net offer, share of endowment (left: offers q; right: offers r)"
_BINS = np.arange(-1.025, 1.0251, 0.05)
LARGEST_THIN_LINES = 24


def _bubbles(
    panel: Axes, x: pd.Series, y: pd.Series, cell: float, index: int, label: str, back: Callable[[FloatArray], FloatArray]
) -> None:
    """Points gathered in square cells of the plane: the mark's area grows with their number."""
    binned = pd.DataFrame(
        {"x": np.round(x.to_numpy() / cell), "y": np.round(y.to_numpy() / cell), "at_x": x.to_numpy(), "at_y": y.to_numpy()}
    )
    marks = binned.groupby(["x", "y"]).agg(at_x=("at_x", "mean"), at_y=("at_y", "mean"), n=("at_x", "size"))
    area = 8.0 * marks["n"] ** min(0.5, np.log(4) / np.log(max(marks["n"].max(), 2)))
    marker, colour = _MARKERS[index % len(_MARKERS)], _COLOURS[index % len(_COLOURS)]
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


def series_style(index: int) -> dict[str, Any]:
    """The colour, marker and line of a series."""
    index %= len(_COLOURS)
    return {"color": _COLOURS[index], "marker": _MARKERS[index], "linestyle": _LINES[index]}


def _key(panel: Axes, series: Sequence[str]) -> None:
    if len(series) > 1:
        panel.legend(loc="best", markerscale=1.2)


def _rounds(panel: Axes, label: str) -> None:
    panel.set(xlabel="paid round", ylabel=label)
    panel.xaxis.set_major_locator(MaxNLocator(8, integer=True))


def _log_prices(axis: Axis) -> None:
    axis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda price, _: f"{price:g}"))
    axis.set_minor_formatter(NullFormatter())


def _figure(name: str, canvas: Canvas, caption: str) -> Figure:
    text = io.StringIO()
    canvas.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return Figure(name, text.getvalue(), caption, caption)


def picture(canvas: Canvas, kind: str) -> bytes:
    """The figure as "svg" or "pdf", without a date."""
    content = io.BytesIO()
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        canvas.savefig(content, format=kind, metadata={"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}}[kind])
    return content.getvalue()


def inline(figure: Figure) -> str:
    """The SVG for use inside a page: no prologue, names of its own, and a title that a screen reader reads."""
    start = figure.svg.index("<svg")
    text = re.sub(r'\b(id=")|((?:xlink:)?href="#)|(url\(#)', lambda match: match.group() + figure.name + "-", figure.svg[start:])
    title = html.escape(figure.alternative, quote=True)
    return text.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
