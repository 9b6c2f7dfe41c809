"""The planned tests: the questions asked of every treatment and between treatments, fixed before
anybody plays.

Each question is answered by one number per independent unit, because a session's many decisions
belong to a few units. Questions of one kind (``family``) about one treatment, and those between
treatments, are families for Holm's method: a handful of units cannot answer thirty questions at
once, and the number of questions in each family is also fixed beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from tqdm import tqdm

from comparison.data.stage_columns import STAGES
from comparison.inference.equivalence import equivalence_everywhere, equivalence_test
from comparison.inference.multiple import holm
from comparison.inference.one_sample import sign_flip_test
from comparison.inference.result import SEED, TestResult, untested
from comparison.inference.two_sample import permutation_test
from comparison.inference.units import UNIT, unit_means, unit_ratios
from comparison.statistics.quarters import in_quarters
from experiment.offers import TYPED

NASH = "nash"
RIVALS = {
    "announced": "Nash as announced",
    "competitive": "the competitive price at the state",
    "competitive_posterior": "the competitive price at the posterior",
    "nash_private": "Nash with private information only",
    "nash_no_information": "Nash without information",
    "competitive_private": "the competitive price with private information only",
    "competitive_no_information": "the competitive price without information",
    "autarky": "autarky",
    "repeat_stage1": "a repetition of stage 1",
}
"""The benchmarks with which the Nash price is compared, with their names in a sentence."""
PRICE_MARGIN, OFFER_MARGIN = 0.05, 0.05
"""Agreement with theory is claimed within these margins: in logarithms of the price, and in shares
of the endowment.
"""
DIGITS = 10
"""A unit's numbers are rounded to this many digits, because smaller differences come from
arithmetic.
"""
SMALLEST_GAIN = 1e-9
COLUMNS = (
    "cell", "family", "question", "unit_statistic", "estimate", "low", "high", "p_value", "p_holm", "least_p", "units", "method", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Margins:
    """How far data may lie from theory and still agree with it: ``price`` in logarithms, ``offer``
    in shares of the endowment.
    """

    price: float = PRICE_MARGIN
    offer: float = OFFER_MARGIN


@dataclass(frozen=True, eq=False)
class _Cell:
    """The rows of one treatment that count."""

    name: str
    decisions: pd.DataFrame
    rounds: pd.DataFrame

    def typed(self, stage: int) -> pd.DataFrame:
        """The decisions whose offer of a stage a subject typed."""
        return self.decisions[self.decisions[STAGES[stage].source] == TYPED]


Answer = tuple[str, TestResult]
"""The number computed for each unit, in words, and the result of its test, whose name is the
question.
"""


def hypothesis_tests(decisions: pd.DataFrame, rounds: pd.DataFrame, margins: Margins | None = None, seed: int = SEED) -> pd.DataFrame:
    """The planned tests as a table, from ``decisions_compared`` and ``market_rounds`` of the
    comparison's tables.

    ``low`` and ``high`` bound a 95 % interval (90 % where agreement is tested), ``least_p`` is the
    least p-value that this many units could give, and ``p_holm`` is Holm's within the family. A
    question that cannot be tested has an empty p-value and a note that says why. The table depends
    on ``seed`` if there are too many arrangements to list.
    """
    margins = margins or Margins()
    used, used_rounds = decisions[decisions["used"]], rounds[rounds["used"]]
    names = sorted(decisions["cell"].unique())
    cells = [_Cell(name, used[used["cell"] == name], used_rounds[used_rounds["cell"] == name]) for name in names]
    asked = [(cell.name, family, answers) for cell in cells for family, answers in _within(cell, margins, seed)]
    families = [_family(*questions) for questions in tqdm(asked, desc="testing", unit=" families", disable=None, leave=False)]
    between = list(_between(cells, seed))
    treatments = _family("", "treatments", (answer for _, answer in between)).assign(cell=[pair for pair, _ in between])
    asked_something = [family for family in (*families, treatments) if len(family)]
    return pd.concat(asked_something, ignore_index=True)[list(COLUMNS)]


def _within(cell: _Cell, margins: Margins, seed: int) -> Iterator[tuple[str, Iterable[Answer]]]:
    """The families of questions about one treatment."""
    yield "price", _prices(cell, margins.price, seed)
    yield "benchmarks", _rivals(cell, seed)
    yield "stage 1", _first_offers(cell, margins.offer, seed)
    yield "stage 2", _second_offers(cell, margins.offer, seed)
    yield "welfare", _efficiency(cell, seed)
    yield "learning", _learning(cell, seed)


def _prices(cell: _Cell, margin: float, seed: int) -> Iterator[Answer]:
    """Whether the price differs, by state, and whether it agrees both where the Nash price is low
    and where it is high, so that errors do not cancel.
    """
    column, said = f"log_deviation_{NASH}", "mean of ln(price / Nash price)"
    for state, here in cell.rounds.groupby("state"):
        name = f"Does the price differ from the Nash price on average at state {state}?"
        yield f"{said} at the state", sign_flip_test(name, _means(here, column), seed=seed)
    name = f"Does the price agree on average with the Nash price within ±{margin:g} in logarithms, wherever that is low or high?"
    known = cell.rounds[cell.rounds[column].notna()]
    parts = [(f"Nash price {part}", _means(here, column)) for part, here in in_quarters(known, f"price_{NASH}")]
    yield f"{said} in each quarter of the market rounds by Nash price", equivalence_everywhere(name, parts, margin, seed=seed)


def _rivals(cell: _Cell, seed: int) -> Iterator[Answer]:
    for rival, called in RIVALS.items():
        said = f"mean of |ln(price / {rival} price)| less that of |ln(price / Nash price)|"
        yield said, sign_flip_test(f"Is the price closer to Nash than to {called}?", _lead(cell.rounds, rival), seed=seed)


def _lead(rounds: pd.DataFrame, rival: str) -> pd.Series:
    """By how much Nash is closer, in logarithms, by unit, over the market rounds that have both
    benchmarks.
    """
    theirs = rounds.get(f"log_deviation_{rival}", pd.Series(np.nan, rounds.index))
    return _means(rounds.assign(lead=theirs.abs() - rounds[f"log_deviation_{NASH}"].abs()), "lead")


def _first_offers(cell: _Cell, margin: float, seed: int) -> Iterator[Answer]:
    said = "mean of the net offer less alpha*, in shares of the endowment"
    for kind, here in cell.typed(1).groupby("type"):
        values, whose = _means(here, "stage1_deviation"), f"stage-1 offers of type {kind}"
        yield said, sign_flip_test(f"Do {whose} differ from alpha* on average?", values, seed=seed)
        yield said, equivalence_test(f"Do {whose} agree with alpha* on average within ±{margin:g}?", values, margin, seed=seed)
    yield _separation_beyond_chance(cell, seed)


def _second_offers(cell: _Cell, margin: float, seed: int) -> Iterator[Answer]:
    """As with prices, beta varies from round to round, and errors could cancel in a mean over all
    rounds.
    """
    said = "mean of the net offer less beta, in shares of the endowment"
    for kind, mine in cell.typed(2).groupby("type"):
        whose = f"stage-2 offers of type {kind}"
        for state, here in mine.groupby("state"):
            name = f"Do {whose} differ from beta on average at state {state}?"
            yield f"{said}, at the state", sign_flip_test(name, _means(here, "stage2_deviation"), seed=seed)
        name = f"Do {whose} agree with beta on average within ±{margin:g}, wherever that is low or high?"
        parts = [(f"beta {part}", _means(here, "stage2_deviation")) for part, here in in_quarters(mine, "beta")]
        yield f"{said}, in each quarter of the type's offers by beta", equivalence_everywhere(name, parts, margin, seed=seed)


def _separation_beyond_chance(cell: _Cell, seed: int) -> Answer:
    said = "share of first offers in the interval of the subject's own type, less the share if the same readings were dealt at random"
    name = "Do first offers tell the types apart better than chance?"
    return said, sign_flip_test(name, _agreement_beyond_chance(cell.typed(1)), seed=seed)


def _agreement_beyond_chance(offers: pd.DataFrame) -> pd.Series:
    """The share of offers read as the subject's own type, less its mean over all ways to deal a
    unit's readings to its types; by unit.
    """
    read = offers[offers["inside_interval"].notna()]
    share = unit_means(read, "inside_interval")
    chance = {
        unit: sum((here["type"] == kind).mean() * (here["read_as"] == kind).mean() for kind in here["type"].unique())
        for unit, here in read.groupby(list(UNIT))
    }
    return (share - pd.Series(chance, index=share.index, dtype=float)).round(DIGITS)


def _efficiency(cell: _Cell, seed: int) -> Iterator[Answer]:
    observed, nash = _share_of_gains(cell.rounds, "observed"), _share_of_gains(cell.rounds, "nash")
    said = "gains from trade of the active as a share of the competitive gains"
    name = "Does efficiency differ from that of the Nash equilibrium?"
    yield f"{said}, less the same share in the Nash equilibrium", sign_flip_test(name, (observed - nash).round(DIGITS), seed=seed)
    yield said, sign_flip_test("Does trade leave the active better off than no trade?", observed, seed=seed)


def _learning(cell: _Cell, seed: int) -> Iterator[Answer]:
    price = cell.rounds.assign(size=cell.rounds[f"log_deviation_{NASH}"].abs())
    offers = {stage: (here := cell.typed(stage)).assign(size=here[STAGES[stage].deviation].abs()) for stage in (1, 2)}
    studied: list[tuple[str, str, pd.DataFrame, Callable[[pd.DataFrame], pd.Series]]] = [
        ("the price's distance from Nash", "mean of |ln(price / Nash price)|", price, _mean_size),
        ("first offers' distance from alpha*", "mean of |net offer - alpha*|", offers[1], _mean_size),
        ("second offers' distance from beta", "mean of |net offer - beta|", offers[2], _mean_size),
        ("efficiency", "share of the competitive gains", cell.rounds, lambda here: _share_of_gains(here, "observed")),
    ]
    last = int(cell.rounds["paid_round"].max()) if len(cell.rounds) else 0
    third = last // 3
    for what, said, frame, by_unit in studied:
        name = f"Does {what} change from the first to the last third of the rounds?"
        if third == 0:
            note = f"Paid rounds played: {last}; the test needs three."
            yield said, untested(name, 0, "sign-flip permutation test of the mean", note)
            continue
        early, late = by_unit(frame[frame["paid_round"] <= third]), by_unit(frame[frame["paid_round"] > last - third])
        yield f"{said}, last third less first third", sign_flip_test(name, (late - early).round(DIGITS), seed=seed)


def _between(cells: Sequence[_Cell], seed: int) -> Iterator[tuple[str, Answer]]:
    measures: list[tuple[str, str, Callable[[_Cell], pd.Series]]] = [
        ("in the price's distance from Nash", "mean of |ln(price / Nash price)|", _price_distance),
        ("in efficiency", "share of the competitive gains", lambda cell: _share_of_gains(cell.rounds, "observed")),
        (
            "in separation",
            "share of first offers in the interval of the subject's own type",
            lambda cell: _means(cell.typed(1), "inside_interval"),
        ),
    ]
    for what, said, by_unit in measures:
        for first, second in combinations(cells, 2):
            found = permutation_test(f"Do the treatments differ {what}?", by_unit(first), by_unit(second), seed=seed)
            yield f"{first.name} against {second.name}", (said, found)
        if len(cells) < 2:
            note = f"There is one treatment, {cells[0].name}; the test needs two." if cells else "There is no treatment."
            name = f"Do treatments differ {what}?"
            yield "between treatments", (said, untested(name, 0, "permutation test of the difference in means", note))


def _price_distance(cell: _Cell) -> pd.Series:
    return _mean_size(cell.rounds.assign(size=cell.rounds[f"log_deviation_{NASH}"].abs()))


def _means(frame: pd.DataFrame, column: str) -> pd.Series:
    return unit_means(frame, column).round(DIGITS)


def _mean_size(frame: pd.DataFrame) -> pd.Series:
    return _means(frame, "size")


def _share_of_gains(rounds: pd.DataFrame, whose: str) -> pd.Series:
    return unit_ratios(rounds, f"gain_{whose}_active", "gain_competitive_active", SMALLEST_GAIN).round(DIGITS)


def _family(cell: str, family: str, answers: Iterable[Answer]) -> pd.DataFrame:
    """The answers to a family of questions as rows, with Holm's p-values."""
    numbers = ("estimate", "low", "high", "p_value", "least_p", "units", "method", "note")
    rows = [
        {"cell": cell, "family": family, "question": found.name, "unit_statistic": said, **{name: getattr(found, name) for name in numbers}}
        for said, found in answers
    ]
    table = pd.DataFrame(rows, columns=("cell", "family", "question", "unit_statistic", *numbers))
    return table.assign(p_holm=holm(table["p_value"]))
