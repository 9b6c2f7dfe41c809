"""Every row checked against the mechanism: what was drawn, priced, traded and earned is recomputed
from the offers alone.

A row that differs is a ``Contradiction``: it is named and never skipped. The draws are repeated if
the session records its seed. Prices and bundles are recomputed by ``experiment.rounds``, hence by
eq. (1)-(3) of ``theory.mechanism``, from the exported offers; points from the exported bundle, so
that one wrong cell is named once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from tqdm import tqdm

from comparison.checking.absence import absent_amounts
from comparison.checking.contradictions import Contradiction
from comparison.checking.contradictions import contradiction as _wrong
from comparison.checking.payment_checks import WrongAmount, wrong_amounts
from comparison.checking.redrawn_checks import market_numbers, people_of, redrawn
from comparison.data.markets import MarketRound
from comparison.data.reading import DecisionRow, Export, written
from comparison.data.stage_columns import STAGE1, STAGE2, StageColumns
from experiment.config import SessionSettings
from experiment.offers import ABSENT, ROBOT, TYPED, Offer, OfferGrid, plain
from experiment.rounds import points_of, points_paid, settle

TOLERANCE = 1e-9
"""The largest relative gap allowed between a number in the export and the same number recomputed."""


@dataclass(frozen=True)
class Checks:
    """The outcome of all checks. ``redrawn`` holds the sessions whose draws could be repeated from
    their seed.
    """

    contradictions: tuple[Contradiction, ...]
    redrawn: frozenset[str]

    def markets(self) -> frozenset[tuple[str, int | None, str]]:
        """The market rounds with a contradiction: session, round, market."""
        return frozenset((wrong.session_code, wrong.round_number, wrong.market) for wrong in self.contradictions)


def check_export(export: Export, markets: Sequence[MarketRound]) -> Checks:
    """Check every row of every market round, and the payments."""
    numbers = market_numbers(markets)
    found: list[Contradiction] = list(_people(markets))
    for market in tqdm(markets, desc="recomputing rounds", unit=" market rounds", disable=None, leave=False):
        found.extend(_market(market))
        found.extend(people_of(market))
        found.extend(redrawn(market, numbers.get(market.session.code)))
    found.extend(_paid(wrong) for wrong in wrong_amounts(export))
    order = {file.name: index for index, file in enumerate(export.files)}
    found.sort(key=lambda wrong: (order[wrong.place.file], wrong.place.row))
    return Checks(tuple(found), frozenset(numbers))


def _market(market: MarketRound) -> Iterator[Contradiction]:
    """The checks that need only one market round."""
    for row, first_fits, second_fits in zip(market.rows, *(fits.tolist() for fits in market.obeys_o), strict=True):
        yield from _labels(market, row)
        yield from _offer(market, row, STAGE1, row.decision.stage1_source, first_fits)
        yield from _stage2(market, row, second_fits)
    first, actives = market.rows[0], int(market.active.sum())
    agents, implied = market.environment.agents, market.settings.active
    complete = len(market.rows) == agents
    if not complete:
        yield _wrong(first, "market", f"{len(market.rows)} rows", f"{agents} rows", "a row for each of the N agents")
    elif actives != implied:
        yield _wrong(first, "active", f"{actives} active", f"{implied} active", "M = the smallest integer not below (1 - eta) N")
    if complete and all(fits.all() for fits in market.obeys_o):
        yield from _outcome(market)
    yield from _points(market)


def _labels(market: MarketRound, row: DecisionRow) -> Iterator[Contradiction]:
    session, said = market.session, row.decision
    total = session.settings.total_rounds
    if not 1 <= said.round_number <= total:
        yield _wrong(row, "round_number", said.round_number, f"1 to {total}", "the rounds of the session config")
    implied = {
        "practice": (said.practice, int(market.practice), "the first practice_rounds rounds are practice"),
        "treatment": (said.treatment, session.settings.treatment, "the session config"),
        "environment": (said.environment, session.environment.name, "the session's environment"),
        "agents": (said.agents, market.environment.agents, _sizes_rule(session.settings)),
        "actives": (said.actives, market.settings.active, "M = the smallest integer not below (1 - eta) N"),
        "state": (said.state, market.rows[0].decision.state, "one state in a market round"),
        "matching_group": (said.matching_group, market.matching_group, "one matching group in a market"),
    }
    for column, (found, value, rule) in implied.items():
        if found != value:
            yield _wrong(row, column, found, value, rule)
    for stage in (STAGE1, STAGE2):
        seconds = row.at(stage).seconds
        if seconds is not None and seconds < 0:
            yield _wrong(row, stage.seconds, seconds, "0 or more", "a time taken")


def _sizes_rule(settings: SessionSettings) -> str:
    sizes = settings.market_sizes
    return "N of the session" if len(sizes) == 1 else f"one N in a market, from {sizes[0]} to {sizes[-1]} by the lobby"


def _stage2(market: MarketRound, row: DecisionRow, fits: bool) -> Iterator[Contradiction]:
    said = row.decision
    if said.active and not market.shut_down:
        if said.stage2_source is None:
            yield _wrong(row, "stage2_source", None, "typed, absent or robot", "an active agent has a second decision")
        else:
            yield from _offer(market, row, STAGE2, said.stage2_source, fits)
        return
    rule = "the market shut down" if said.active else "an inactive agent makes no second offer"
    for column, found in ((STAGE2.q, said.stage2_q), (STAGE2.r, said.stage2_r), (STAGE2.source, said.stage2_source)):
        if found is not None:
            yield _wrong(row, column, found, None, rule)


def _offer(market: MarketRound, row: DecisionRow, stage: StageColumns, source: str, fits: bool) -> Iterator[Contradiction]:
    """The checks of an offer; ``fits`` says whether it lies in O."""
    if source == ABSENT:
        yield from absent_amounts(market.settings, row, stage)
        return
    q, r = row.at(stage).q, row.at(stage).r
    if q is None or r is None:
        empty = [column for column, amount in ((stage.q, q), (stage.r, r)) if amount is None]
        yield from (_wrong(row, column, None, "a number", f"the source of the offer is {source}") for column in empty)
        return
    environment, grid = market.environment, market.settings.grid
    if fits and (source != TYPED or _on_grid(grid, q, r)):
        return
    for column, amount, endowment in zip((stage.q, stage.r), (q, r), environment.endowment.tolist(), strict=True):
        if not 0 <= amount <= endowment:
            yield _wrong(row, column, amount, f"0 to {plain(endowment)}", "an offer lies in O: between nothing and the endowment")
    if q * r != 0:
        yield _wrong(row, stage.r, r, 0.0, f"an offer lies in O: one good only, and {stage.q} is {plain(q)}")
    elif fits:
        nearest = grid.nearest(q, r)
        column, amount, step = (stage.q, q, nearest.q) if q != nearest.q else (stage.r, r, nearest.r)
        yield _wrong(row, column, amount, f"{plain(step)} or another step", f"typed offers go in steps of {plain(grid.step)}")


@lru_cache(maxsize=100_000)
def _on_grid(grid: OfferGrid, q: float, r: float) -> bool:
    return grid.contains(Offer(q, r))


def _outcome(market: MarketRound) -> Iterator[Contradiction]:
    """Prices and bundles by eq. (1)-(3), from the offers."""
    environment = market.environment
    trades = settle(environment, market.active.tolist(), market.stage1, market.stage2, market.shut_down)
    for row, price, bundle in zip(market.rows, trades.prices, trades.bundles.tolist(), strict=True):
        said = row.decision
        if not _same(said.price, price, 0.0):
            yield _wrong(row, "price", said.price, price, _price_rule(market, row))
        found = said.final_q, said.final_r
        for column, amount, implied, scale in zip(("final_q", "final_r"), found, bundle, environment.endowment.tolist(), strict=True):
            if not _same(amount, implied, scale):
                yield _wrong(row, column, amount, implied, "eq. (2)" if said.active else "eq. (1)")


def _points(market: MarketRound) -> Iterator[Contradiction]:
    """u of the exported bundle at the exported type and state, or the floor."""
    environment = market.environment
    bundles = np.array([(row.decision.final_q, row.decision.final_r) for row in market.rows])
    implied = points_of(environment, market.type_index, environment.state_index(market.state), *np.maximum(bundles, 0.0).T)
    for row, points in zip(market.rows, implied.tolist(), strict=True):
        said = row.decision
        negative = [(column, amount) for column, amount in (("final_q", said.final_q), ("final_r", said.final_r)) if amount < 0]
        if negative:
            yield from (_wrong(row, column, amount, "0 or more", "a bundle") for column, amount in negative)
            continue
        if said.state != market.state:
            points = points_paid(environment, said.type, said.state, said.final_q, said.final_r)
        if not _same(said.points, points, 1.0):
            yield _wrong(row, "points", said.points, points, f"u of the bundle for type {said.type} in state {said.state}, or the floor")


def _people(markets: Iterable[MarketRound]) -> Iterator[Contradiction]:
    """A participant stays in one matching group for the whole session, and a matching group has the same participants in every round."""
    groups: dict[tuple[str, str], str] = {}
    members: dict[tuple[str, str], dict[str, list[DecisionRow]]] = defaultdict(lambda: defaultdict(list))
    for market in markets:
        for row in market.rows:
            said = row.decision
            if said.stage1_source == ROBOT:
                continue  # robots of different markets have the same names
            group = groups.setdefault((said.session_code, said.participant_code), said.matching_group)
            if said.matching_group != group and said.matching_group == market.matching_group:
                yield _wrong(row, "matching_group", said.matching_group, group, "one matching group for all rounds")
            members[said.session_code, said.matching_group][said.participant_code].append(row)
    for people in members.values():
        yield from _strangers(people)


def _strangers(people: Mapping[str, Sequence[DecisionRow]]) -> Iterator[Contradiction]:
    """If a matching group has more participants than any of its rounds, those with the fewest rows
    do not belong to it.
    """
    size = max(Counter(row.decision.round_number for rows in people.values() for row in rows).values())
    if len(people) > size:
        few = sorted(map(len, people.values()), reverse=True)[size]
        for code, rows in people.items():
            if len(rows) <= few:
                implied = f"one of the {size} participants of this matching group"
                yield from (_wrong(row, "participant_code", code, implied, "the same participants in every round") for row in rows)


def _same(found: float | None, implied: float | None, scale: float) -> bool:
    if found is None or implied is None:
        return found is implied
    return found == implied or abs(found - implied) <= TOLERANCE * max(abs(implied), scale)


def _price_rule(market: MarketRound, row: DecisionRow) -> str:
    if not row.decision.active:
        return "p1, eq. (1)"
    return "the market shut down" if market.shut_down else "p2 = R/Q, eq. (3)"


def _paid(wrong: WrongAmount) -> Contradiction:
    paid, found, implied = wrong.paid, written(wrong.found), written(wrong.implied)
    return Contradiction(paid.place, paid.session_code, None, "", paid.participant_code, wrong.column, found, implied, wrong.rule)
