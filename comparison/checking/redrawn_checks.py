"""Nature's draws, repeated from the seed that a session records: states, types, who is active, and
what robots offer in practice.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from comparison.checking.contradictions import Contradiction, contradiction
from comparison.data.markets import MarketRound
from comparison.data.stage_columns import STAGE1, STAGE2
from experiment.draws import RoundDraws, RoundKey, draw_round
from experiment.offers import ROBOT
from experiment.practice import SUBJECT, PracticeRound, practice_round, robot_code


def redrawn(market: MarketRound, numbers: Mapping[str, int] | None) -> Iterator[Contradiction]:
    """State, types and activity against the seed. Seats are not exported, so a market is compared as a whole."""
    session = market.session
    if numbers is None or session.seed is None or len(market.rows) != market.environment.agents:
        return
    number, rule = numbers[market.market], f"drawn from seed {session.seed}"
    if market.solo:
        practice = practice_round(market.settings, session.seed, number, market.round_number)
        drawn = practice.draws
        yield from _robots(market, practice, rule)
    else:
        key = RoundKey(number, market.practice, market.paid_round)
        drawn = draw_round(market.environment, market.settings.active, session.seed, key)
    for row in market.rows:
        if row.decision.state != drawn.state:
            yield contradiction(row, "state", row.decision.state, drawn.state, rule)
    yield from _seats(market, drawn, rule)


def market_numbers(markets: Iterable[MarketRound]) -> dict[str, Mapping[str, int]]:
    """For each session that records its seed, the number by which the draws identify each market:
    the digits that end its name.
    """
    names: dict[str, set[str]] = defaultdict(set)
    for market in markets:
        if market.session.seed is not None:
            names[market.session.code].add(market.market)
    numbers: dict[str, Mapping[str, int]] = {}
    for code, all_names in names.items():
        found = {name: re.search(r"[0-9]+$", name, re.ASCII) for name in all_names}
        read = {name: int(match.group()) for name, match in found.items() if match}
        if len(read) == len(all_names) == len(set(read.values())):
            numbers[code] = read
    return numbers


def people_of(market: MarketRound) -> Iterator[Contradiction]:
    """A solitary practice round has one subject and the N - 1 robots in the other seats; any other
    practice round has no robot of this kind.
    """
    if not market.solo or len(market.rows) != market.environment.agents:
        return
    robots = {robot_code(seat) for seat in range(SUBJECT + 1, market.environment.agents + 1)}
    expected = f"one subject and robots {robot_code(SUBJECT + 1)} to {robot_code(market.environment.agents)}"
    found = [row.decision.participant_code for row in market.rows if row.decision.stage1_source == ROBOT]
    if len(found) != len(robots) or set(found) != robots:
        first = market.rows[0]
        yield contradiction(
            first, "participant_code", ", ".join(sorted(found)) or None, expected, "a subject who practises alone is among robots"
        )


def _robots(market: MarketRound, practice: PracticeRound, rule: str) -> Iterator[Contradiction]:
    """The robots' offers against the seed, robot by robot."""
    first = {robot_code(seat): offer for seat, offer in enumerate(practice.first, start=SUBJECT + 1)}
    second = {robot_code(seat): offer for seat, offer in enumerate(practice.second_made(market.shut_down), start=SUBJECT + 1)}
    for row in market.rows:
        for stage, drawn, made in ((STAGE1, first, row.stage1), (STAGE2, second, row.stage2)):
            implied = drawn.get(row.decision.participant_code)
            if implied is None or made is None:
                continue  # another check reports that an offer is missing, or is there when it should not be
            for column, found, wanted in ((stage.q, made.q, implied.q), (stage.r, made.r, implied.r)):
                if found != wanted:
                    yield contradiction(row, column, found, wanted, rule)


def _seats(market: MarketRound, drawn: RoundDraws, rule: str) -> Iterator[Contradiction]:
    said = [(row.decision.type, bool(row.decision.active)) for row in market.rows]
    lots = list(zip(drawn.types, drawn.active, strict=True))
    excess = Counter(said) - Counter(lots)
    if not excess:
        return
    astray = [seat for seat, (one, other) in enumerate(zip(said, lots, strict=True)) if one != other]
    if len(astray) == excess.total():  # the rows are in the order of the seats
        for seat in astray:
            for column, index in (("type", 0), ("active", 1)):
                if said[seat][index] != lots[seat][index]:
                    yield contradiction(
                        market.rows[seat], column, getattr(market.rows[seat].decision, column), _cell(lots[seat][index]), rule
                    )
        return
    column = "type" if Counter(kind for kind, _ in said) != Counter(drawn.types) else "active"
    yield contradiction(market.rows[0], column, _tally(said), _tally(lots), f"the market as a whole, {rule}")


def _tally(seats: Iterable[tuple[str, bool]]) -> str:
    counts = Counter(seats)
    return ", ".join(f"{n} {kind} {'active' if is_active else 'inactive'}" for (kind, is_active), n in sorted(counts.items()))


def _cell(value: str | bool) -> str | int:
    return int(value) if isinstance(value, bool) else value
