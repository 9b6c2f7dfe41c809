"""Behavioural models of a data set, treatment by treatment: the frames of their estimates and of
the comparison between them.

``estimates`` has a row per parameter: cell, model, parameter, estimate, se, low, high (recommended
interval), percentile_low, percentile_high, units, observations (offers explained), loglik, note; a
parameter at an end of its range has no se and no intervals, and the note says so.
``model_comparison`` has a row per model: cell, model, parameters (their number), loglik, aic, bic
(its penalty counts independent units), out_of_unit (the sum over units of the log-likelihood at the
others' estimates), behind_best (how much less that is than the best model's) and behind_best_se,
the standard error of that sum over units.

Practice rounds, contradicted market rounds, and offers that were not typed are left out. A cell
without the announcement, or in which first offers cannot be read, is left out with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from comparison.behaviour.choices import Play, played
from comparison.behaviour.estimation import Fit, NotEstimated, estimate
from comparison.behaviour.game import NoChoiceModel
from comparison.behaviour.intervals import ParameterIntervals, bootstrap_intervals, out_of_unit
from comparison.behaviour.models import MODELS, model
from comparison.checking.validation import Checks
from comparison.data.markets import MarketRound
from comparison.statistics.cells import cell_labels
from experiment.market_options import HISTOGRAM
from theory.economy.arrays import FloatArray
from theory.economy.environment import InvalidEnvironment
from theory.equilibrium.stage2 import NotSolved

ESTIMABLE = tuple(found.name for found in MODELS.values() if found.estimable)
ESTIMATE_COLUMNS = (
    "cell", "model", "parameter", "estimate", "se", "low", "high", "percentile_low", "percentile_high",
    "units", "observations", "loglik", "note",
)  # fmt: skip
COMPARISON_COLUMNS = ("cell", "model", "parameters", "loglik", "aic", "bic", "out_of_unit", "behind_best", "behind_best_se")
AT_END = "at an end of its range: no interval"
NO_INTERVAL = "no interval"


@dataclass(frozen=True, eq=False)
class CellChoices:
    """The choices of one treatment."""

    cell: str
    play: Play


@dataclass(frozen=True, eq=False)
class Estimated:
    """A model of one cell: its fit, intervals and out-of-unit log-likelihoods (U,), or the
    ``trouble`` that prevented them.
    """

    cell: str
    name: str
    fit: Fit | None = None
    intervals: ParameterIntervals | None = None
    out_of_unit: FloatArray | None = None
    trouble: str = ""


@dataclass(frozen=True, eq=False)
class BehaviourTables:
    """The two frames, and a sentence for each cell or model that is missing from them."""

    estimates: pd.DataFrame
    model_comparison: pd.DataFrame
    left_out: tuple[str, ...]


def cells_of(markets: Sequence[MarketRound], checks: Checks) -> tuple[tuple[CellChoices, ...], tuple[str, ...]]:
    """The choices of every cell, and a sentence for each cell that is left out."""
    labels = cell_labels([market.session for market in markets])
    wrong = checks.markets()
    by_cell: dict[str, list[MarketRound]] = {}
    for market in markets:
        if not market.practice and (market.session.code, market.round_number, market.market) not in wrong:
            by_cell.setdefault(labels[market.session.code], []).append(market)
    found, left_out = [], []
    for cell in sorted(by_cell):
        try:
            found.append(CellChoices(cell, _played(by_cell[cell])))
        except (NoChoiceModel, InvalidEnvironment) as error:
            left_out.append(f"Cell {cell} is left out: {error}")
    return tuple(found), tuple(left_out)


def estimated(cell: CellChoices, name: str, resamples: int, seed: int) -> Estimated:
    """One model of one cell."""
    try:
        fit = estimate(model(name), cell.play)
        return Estimated(cell.cell, name, fit, bootstrap_intervals(fit, resamples, seed), out_of_unit(fit, cell.play))
    except (NotEstimated, NotSolved) as error:
        return Estimated(cell.cell, name, trouble=f"{name} is not estimated in cell {cell.cell}: {error}")


def behaviour_tables(
    cells: Sequence[CellChoices],
    models: Sequence[str] = ESTIMABLE,
    resamples: int = 200,
    seed: int = 0,
    each: Callable[[Sequence[tuple[CellChoices, str, int, int]]], Iterable[Estimated]] | None = None,
) -> BehaviourTables:
    """Every model of every cell; ``each`` runs the tasks of ``estimated``, by default one after
    another.
    """
    tasks = [(cell, name, resamples, seed) for cell in cells for name in models]
    found = list((estimated(*task) for task in tasks) if each is None else each(tasks))
    good = [one for one in found if one.fit is not None]
    compared = [_comparison_rows([one for one in good if one.cell == cell.cell]) for cell in cells]
    return BehaviourTables(
        pd.DataFrame([row for one in good for row in _estimate_rows(one)], columns=ESTIMATE_COLUMNS),
        pd.DataFrame([row for rows in compared for row in rows], columns=COMPARISON_COLUMNS),
        tuple(one.trouble for one in found if one.trouble),
    )


def _played(markets: Sequence[MarketRound]) -> Play:
    announcement = markets[0].session.settings.rules.announcement
    if announcement != HISTOGRAM:
        raise NoChoiceModel(f"its announcement is {announcement}, and behavioural models react to the histogram.")
    return played(markets)


def _estimate_rows(one: Estimated) -> Iterator[tuple[object, ...]]:
    assert one.fit is not None
    assert one.intervals is not None
    fit, at = one.fit, one.intervals
    for p, parameter in enumerate(fit.model.parameters):
        interval = (at.standard_error[p], at.low[p], at.high[p], at.percentile_low[p], at.percentile_high[p])
        note = AT_END if fit.at_end[p] else NO_INTERVAL if np.isnan(at.standard_error[p]) else ""
        counts = (len(fit.unit_loglik), fit.choices, fit.loglik, note)
        yield (one.cell, one.name, parameter.name, fit.values[p], *(map(float, interval)), *counts)


def _comparison_rows(found: Sequence[Estimated]) -> Iterator[tuple[object, ...]]:
    outside = {one.name: one.out_of_unit for one in found if one.out_of_unit is not None}
    best = max(outside.values(), key=lambda units: float(units.sum()), default=np.zeros(0))
    for one in found:
        assert one.fit is not None
        fit, behind = one.fit, best - outside[one.name]
        size, units = len(fit.values), len(fit.unit_loglik)
        spread = float(np.sqrt(units) * behind.std(ddof=1)) if units > 1 else float("nan")
        aic, bic = 2 * size - 2 * fit.loglik, np.log(units) * size - 2 * fit.loglik
        yield (one.cell, one.name, size, fit.loglik, aic, float(bic), float(outside[one.name].sum()), float(behind.sum()), spread)
