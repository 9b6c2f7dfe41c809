"""The figures of a data set: those that the data allow, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import matplotlib as mpl
from tqdm import tqdm

from comparison.figures.information import information_figure
from comparison.figures.learning import learning_figure
from comparison.figures.offers import first_offers, second_offers
from comparison.figures.prices import price_paths, price_scatter
from comparison.figures.style import LARGEST_SERIES, STYLE, Figure
from comparison.figures.welfare import loss_figure
from comparison.statistics.benchmarks import Economy
from comparison.statistics.tables import Tables


def draw_figures(tables: Tables, economies: Mapping[str, Economy]) -> tuple[Figure, ...]:
    """All figures that the data allow, in the order of the report; ``economies`` by cell."""
    rounds = tables.market_rounds[tables.market_rounds["used"]]
    if rounds.empty:
        return ()
    decisions = tables.decisions_compared[tables.decisions_compared["used"]]
    cells = list(tables.efficiency["cell"])
    jobs: list[Callable[[], Figure | None]] = [lambda: price_paths(rounds), lambda: price_scatter(rounds, cells)]
    for draw in (first_offers, second_offers):
        for number, cell in enumerate(cells[:LARGEST_SERIES], start=1):
            suffix = f"_{number}" if len(cells) > 1 else ""
            jobs.append(lambda draw=draw, cell=cell, suffix=suffix: draw(decisions, cell, economies[cell], suffix))  # type: ignore[misc]
    jobs += [
        lambda: information_figure(rounds, cells, economies),
        lambda: loss_figure(tables.welfare),
        lambda: learning_figure(tables.learning, rounds, cells),
    ]
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        drawn = [job() for job in tqdm(jobs, desc="drawing figures", unit=" figures", disable=None, leave=False)]
    return tuple(figure for figure in drawn if figure is not None)
