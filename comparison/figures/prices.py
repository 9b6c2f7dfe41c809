"""Prices: their paths by round beside the theory's, and each price against the Nash price of its
market round.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from comparison.figures.style import COLUMN, GREY, LARGEST_SERIES, Figure, bubbles, finished, key, left_out, log_prices, whole_rounds
from comparison.statistics.benchmarks import ANNOUNCED, COMPETITIVE, NASH

LARGEST_PANELS = 6
PRIVATE = "nash_private"


def price_paths(rounds: pd.DataFrame) -> Figure | None:
    """A panel per market for the first markets that traded; ``rounds`` are those used."""
    traded = rounds["price"].notna()
    groups = rounds.assign(traded=traded).groupby(["session_code", "market"], sort=False)
    markets = [(name, here[here["traded"]]) for name, here in groups if here["traded"].any()]
    chosen = markets[:LARGEST_PANELS]
    if not chosen:
        return None
    across = 1 if len(chosen) == 1 else 2
    down = -(-len(chosen) // across)
    canvas = Canvas(figsize=(COLUMN, 0.7 + 1.35 * down), layout="constrained")
    panels = canvas.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, (name, here) in zip(panels, chosen, strict=False):
        number = np.arange(here["paid_round"].min(), here["paid_round"].max() + 1)
        here = here.set_index("paid_round").reindex(number)  # a round left out leaves a gap
        panel.step(number, here[f"price_{COMPETITIVE}"], where="mid", color=GREY, linewidth=1.6, label="competitive at the state")
        panel.plot(number, here[f"price_{PRIVATE}"], "_", markersize=5, color="#009E73", label="Nash, own type only")
        panel.plot(number, here[f"price_{NASH}"], "s", markersize=5, markerfacecolor="none", color="#0072B2", label="Nash, true types")
        panel.plot(number, here[f"price_{ANNOUNCED}"], "x", markersize=4, color="#D55E00", label="Nash, as announced")
        panel.plot(number, here["price"], "o-", markersize=2.2, linewidth=0.8, color="#000000", label="observed")
        panel.set_title(f"{name[0]}, market {name[1]}", loc="left")
        panel.set_yscale("log")
        log_prices(panel.yaxis)
        whole_rounds(panel, 5)
    for panel in panels[len(chosen) :]:
        panel.set_visible(False)
    handles, names = panels[0].get_legend_handles_labels()
    canvas.legend(handles[::-1], names[::-1], loc="outside upper center", ncols=2)
    canvas.supxlabel("paid round", fontsize=7.5)
    canvas.supylabel("price, r per q (log scale)", fontsize=7.5)
    rest = (
        f" The first {len(chosen)} of {len(markets)} markets are drawn; market_rounds.csv holds all." if len(markets) > len(chosen) else ""
    )
    return finished("prices_by_round", canvas, "Stage-2 prices by round: observed, and the theory's for the same market round." + rest)


def price_scatter(rounds: pd.DataFrame, cells: Sequence[str]) -> Figure | None:
    """Observed against Nash price, a mark per market round; ``rounds`` are those used."""
    shown = cells[:LARGEST_SERIES]
    used = rounds[rounds[f"log_deviation_{NASH}"].notna() & rounds["cell"].isin(shown)]
    if used.empty:
        return None
    canvas = Canvas(figsize=(COLUMN, COLUMN * 0.85), layout="constrained")
    panel = canvas.subplots()
    both = np.log(used[["price", f"price_{NASH}"]].to_numpy())
    low, high = both.min() - 0.08, both.max() + 0.08
    panel.plot(np.exp([low, high]), np.exp([low, high]), color=GREY, linewidth=0.8)
    for index, cell in enumerate(shown):
        here = used[used["cell"] == cell]
        bubbles(panel, np.log(here[f"price_{NASH}"]), np.log(here["price"]), (high - low) / 60, index, cell, np.exp)
    panel.set(xscale="log", yscale="log", xlim=np.exp([low, high]), ylim=np.exp([low, high]), aspect="equal")
    panel.set(xlabel="Nash price at the true types, r per q", ylabel="observed price, r per q")
    log_prices(panel.xaxis)
    log_prices(panel.yaxis)
    key(panel, shown)
    caption = (
        "Observed stage-2 prices against the Nash price at the true types; on the line they agree. Larger marks stand for several "
        "market rounds."
    )
    return finished("prices_against_nash", canvas, caption + left_out(cells))
