"""Synthetic sessions: drawn, cleared and exported as by the app, whatever the source of the offers.

The draws are those of ``experiment.draws`` from the session's seed, so that a report that repeats
them agrees.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from experiment.config import SessionSettings
from experiment.draws import RoundDraws, RoundKey, draw_markets, draw_round
from experiment.earnings import Earned
from experiment.export import DECISION_COLUMNS, PAYMENT_COLUMNS, SESSION_COLUMNS, Decision, payment_row, session_row
from experiment.market_options import PARTICIPANTS, RANDOM
from experiment.offers import ABSENT, TYPED, Offer
from experiment.options import REPEAT
from experiment.payments import payment
from experiment.rounds import SeatOutcome, announce, clear

SECONDS = (20.0, 30.0)
"""The durations that are exported for stage 1 and stage 2."""
CURRENCY = "USD"
NAMES = ("decisions.csv", "sessions.csv", "payments.csv")


@dataclass(frozen=True)
class MarketDrawn:
    """A market round before the first offers: its members' numbers 1, 2, ... by seat, and nature's
    draws.
    """

    round_number: int
    market: int
    members: tuple[int, ...]
    draws: RoundDraws


@dataclass(frozen=True)
class PlayedSession:
    """A session's decisions in the order of the export, its line of sessions.csv, and its payments."""

    code: str
    settings: SessionSettings
    decisions: tuple[Decision, ...]
    line: tuple[str, str]
    payments: tuple[tuple[Any, ...], ...]


Offers: TypeAlias = Sequence[Sequence["Offer | None"]]
"""First offers by market round and seat; None if no offer is typed."""
FirstOffers: TypeAlias = Callable[[Sequence[MarketDrawn]], Offers]
SecondOffers: TypeAlias = Callable[[Sequence[MarketDrawn], Offers], Offers]
"""Second offers from the markets and their first offers. Those of the inactive and of markets that
shut down are ignored.
"""


def play_session(
    code: str,
    settings: SessionSettings,
    participants: int,
    seed: int,
    first: FirstOffers,
    second: SecondOffers,
    config: Mapping[str, Any] | None = None,
) -> PlayedSession:
    """A session with all its rounds; ``config`` is the session config in its line, by default that
    of ``settings``.
    """
    markets = drawn_markets(settings, participants, seed)
    stage1 = first(markets)
    stage2 = second(markets, stage1)
    decisions = [row for parts in zip(markets, stage1, stage2, strict=True) for row in _market(code, settings, *parts)]
    decisions.sort(key=lambda row: (row.round_number, row.participant_code))
    fields = session_config(settings) if config is None else config
    line = (code, session_row(code, settings.environment, fields, seed)[1])
    return PlayedSession(code, settings, tuple(decisions), line, tuple(_payments(code, settings, seed, decisions, participants)))


def drawn_markets(settings: SessionSettings, participants: int, seed: int) -> tuple[MarketDrawn, ...]:
    """Every market round of a session, practice rounds first."""
    found = []
    for number in range(1, settings.total_rounds + 1):
        practice, in_kind = settings.is_practice(number), settings.round_in_kind(number)
        for market, members in enumerate(_members(settings, participants, seed, practice, in_kind), start=1):
            draws = draw_round(settings.environment, settings.active, seed, RoundKey(market, practice, in_kind))
            found.append(MarketDrawn(number, market, tuple(members), draws))
    return tuple(found)


def session_config(settings: SessionSettings) -> dict[str, Any]:
    """The session config from which ``read_settings`` reads these settings; absence is omitted if
    it has its default.
    """
    said = {"absent_at_stage2": REPEAT} if settings.absence.repeats else {}
    return {
        **said,
        "name": settings.environment.name,
        "environment": settings.environment.name,
        "treatment": settings.treatment,
        "market_size": settings.market_size,
        "rounds": settings.schedule.rounds,
        "practice_rounds": settings.schedule.practice_rounds,
        "practice_with": PARTICIPANTS,
        "matching": settings.schedule.matching,
        "stage1_deadline_seconds": settings.deadlines.stage1,
        "stage2_deadline_seconds": settings.deadlines.stage2,
        "result_deadline_seconds": settings.deadlines.result,
        "seed": "" if settings.seed is None else settings.seed,
        "offer_grid": float(settings.grid.step),
        "paid_rounds": settings.pay.paid_rounds,
        "announcement": settings.rules.announcement,
        "inactive_threat": settings.rules.inactive_threat,
        "shutdown_if_equal": settings.rules.shutdown_if_equal,
        "inactive_see_market": settings.rules.inactive_see_market,
        "participation_fee": float(settings.participation_fee),
        "real_world_currency_per_point": float(settings.money_per_point),
    }


def write_export(folder: Path, sessions: Sequence[PlayedSession], names: Sequence[str] = NAMES, encoding: str = "utf-8") -> Path:
    """Write decisions, sessions and payments under the given names, as many as there are; rows end
    with CR LF, as oTree's do.
    """
    tables: list[list[Sequence[Any]]] = [
        [DECISION_COLUMNS, *(decision.row() for session in sessions for decision in session.decisions)],
        [SESSION_COLUMNS, *(session.line for session in sessions)],
        [PAYMENT_COLUMNS, *(row for session in sessions for row in session.payments)],
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in zip(names, tables, strict=False):
        text = io.StringIO(newline="")
        csv.writer(text).writerows(["" if cell is None else str(cell) for cell in row] for row in rows)
        (folder / name).write_bytes(text.getvalue().encode(encoding))
    return folder


def is_shut_down(settings: SessionSettings, market: MarketDrawn, stage1: Sequence[Offer | None]) -> bool:
    """Whether the market closes after these first offers (section 3.3)."""
    return announce(stage1, market.draws.active, settings.rules.shutdown_if_equal).shut_down


def _members(settings: SessionSettings, participants: int, seed: int, practice: bool, number: int) -> list[list[int]]:
    if settings.schedule.matching == RANDOM:
        return draw_markets(participants, settings.market_size, seed, practice, number)
    size = settings.market_size
    return [list(range(start + 1, start + size + 1)) for start in range(0, participants, size)]


def _market(
    code: str, settings: SessionSettings, market: MarketDrawn, stage1: Sequence[Offer | None], stage2: Sequence[Offer | None]
) -> list[Decision]:
    draws = market.draws
    shut_down = is_shut_down(settings, market, stage1)
    typed = [offer if active and not shut_down else None for offer, active in zip(stage2, draws.active, strict=True)]
    made = [
        first if settings.absence.repeats and active and not shut_down and second is None else second
        for first, second, active in zip(stage1, typed, draws.active, strict=True)
    ]
    outcome = clear(settings.environment, draws.state, draws.types, draws.active, stage1, made, shut_down)
    return [
        _decision(
            code, settings, market, seat, stage1[seat], made[seat], _source(market, seat, typed[seat], shut_down), outcome.seats[seat]
        )
        for seat in range(len(market.members))
    ]


def _source(market: MarketDrawn, seat: int, typed: Offer | None, shut_down: bool) -> str | None:
    """The source of a second decision; None if there was none to make."""
    return (TYPED if typed else ABSENT) if market.draws.active[seat] and not shut_down else None


def _decision(
    code: str,
    settings: SessionSettings,
    market: MarketDrawn,
    seat: int,
    first: Offer | None,
    second: Offer | None,
    second_source: str | None,
    end: SeatOutcome,
) -> Decision:
    return Decision(
        session_code=code,
        round_number=market.round_number,
        practice=int(settings.is_practice(market.round_number)),
        market=str(market.market),
        matching_group="1" if settings.schedule.matching == RANDOM else str(market.market),
        participant_code=participant_code(market.members[seat]),
        treatment=settings.treatment,
        environment=settings.environment.name,
        agents=settings.market_size,
        actives=settings.active,
        type=market.draws.types[seat],
        state=market.draws.state,
        active=int(market.draws.active[seat]),
        stage1_q=first.q if first else None,
        stage1_r=first.r if first else None,
        stage1_source=TYPED if first else ABSENT,
        stage1_seconds=SECONDS[0],
        stage2_q=second.q if second else None,
        stage2_r=second.r if second else None,
        stage2_source=second_source,
        stage2_seconds=SECONDS[1] if second_source else None,
        price=end.price,
        final_q=end.final_q,
        final_r=end.final_r,
        points=end.points,
    )


def participant_code(member: int) -> str:
    """The code of participant 1, 2, ... of a session."""
    return f"p{member:03d}"


def _payments(code: str, settings: SessionSettings, seed: int, decisions: Sequence[Decision], participants: int) -> list[tuple[Any, ...]]:
    earned: dict[str, list[float | None]] = {participant_code(member): [] for member in range(1, participants + 1)}
    for row in decisions:
        if not row.practice:
            earned[row.participant_code].append(row.points)
    rows = []
    for member, (name, points) in enumerate(earned.items(), start=1):
        rows.append(tuple(payment_row(code, name, payment(settings, seed, member, Earned.of_points(points)), CURRENCY)))
    return rows
