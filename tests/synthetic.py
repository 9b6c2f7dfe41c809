"""Exports of sessions that were never played: drawn, cleared and written as a session would be, offers by any rule.

``play`` runs a session through ``experiment.draws`` and ``experiment.rounds``; a rule gives the offers, the paper's equilibrium
by default. ``write_export`` writes what ``play`` returns under the names oTree chooses, with or without a byte-order mark.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from experiment.config import DEFAULTS, SessionSettings, read_settings
from experiment.draws import RoundDraws, RoundKey, draw_markets, draw_round
from experiment.export import DECISION_COLUMNS, PAYMENT_COLUMNS, SESSION_COLUMNS, Decision, session_row
from experiment.offers import ABSENT, TYPED, Offer
from experiment.payments import paid_points, payment
from experiment.rounds import announce, clear
from theory.environment import Environment, environment_fields, parse_environment
from theory.stage1 import stage1_optimum
from theory.stage2 import solve_stage2

MONEY = {"name": "synthetic", "participation_fee": 5.0, "real_world_currency_per_point": 0.1}


@dataclass(frozen=True)
class PlayedSession:
    """A session's decisions in the order of the export, its line of sessions.csv, and its payments."""

    code: str
    settings: SessionSettings
    decisions: tuple[Decision, ...]
    line: tuple[str, str]
    payments: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Seat:
    """What a rule knows of a seat: for stage 2 also the active agents' true types."""

    settings: SessionSettings
    type: str
    participant: int
    round_number: int
    active_types: tuple[str, ...] = ()


Rule = Callable[[Seat], Offer | None]


def alpha_star(seat: Seat) -> Offer:
    """The stage-1 optimum, on the grid."""
    offers = _stage1(seat.settings)
    return seat.settings.grid.nearest(*offers[seat.settings.environment.type_index(seat.type)])


def beta(seat: Seat) -> Offer:
    """The stage-2 equilibrium at the true types, on the grid."""
    environment = seat.settings.environment
    counts = tuple(seat.active_types.count(name) for name in environment.types)
    return seat.settings.grid.nearest(*_stage2(seat.settings, counts)[environment.type_index(seat.type)])


def play(
    code: str = "abcd1234",
    participants: int = 8,
    first: Rule = alpha_star,
    second: Rule = beta,
    seed: int = 7,
    economy: Environment | None = None,
    **config: Any,
) -> PlayedSession:
    """Play a session of ``participants`` subjects with the given session config (over the defaults).

    An ``economy`` stands in for the environment file that the config names.
    """
    fields = {**DEFAULTS, "environment": "small_market", **MONEY, **config, "seed": seed}
    settings = read_settings(fields, participants, environment=economy)
    decisions: list[Decision] = []
    for number in range(1, settings.total_rounds + 1):
        for market, members in enumerate(_markets(settings, participants, seed, number), start=1):
            decisions += _round(code, settings, number, market, members, seed, first, second)
    decisions.sort(key=lambda row: (row.round_number, row.participant_code))
    return PlayedSession(
        code,
        settings,
        tuple(decisions),
        (code, session_row(code, settings.environment, fields, seed)[1]),
        tuple(_payments(code, settings, seed, decisions, participants)),
    )


def write_export(
    folder: Path, sessions: Sequence[PlayedSession] | PlayedSession, bom: bool = False, payments: bool = True, date: str = "2026-11-23"
) -> Path:
    """Write an export as oTree does: one file per custom_export function, rows ended by CR LF."""
    sessions = [sessions] if isinstance(sessions, PlayedSession) else sessions
    tables: dict[str, list[Sequence[Any]]] = {
        "custom_export": [DECISION_COLUMNS, *(decision.row() for session in sessions for decision in session.decisions)],
        "custom_export_sessions": [SESSION_COLUMNS, *(session.line for session in sessions)],
    }
    if payments:
        tables["custom_export_payments"] = [PAYMENT_COLUMNS, *(row for session in sessions for row in session.payments)]
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        text = io.StringIO(newline="")
        csv.writer(text).writerows(["" if cell is None else str(cell) for cell in row] for row in rows)
        encoding = "utf-8-sig" if bom else "utf-8"
        (folder / f"parimutuel_twostage_{name}-{date}.csv").write_bytes(text.getvalue().encode(encoding))
    return folder


def decisions_file(folder: Path) -> Path:
    """The decisions of an export written by ``write_export``."""
    return next(folder.glob("parimutuel_twostage_custom_export-*.csv"))


def sessions_file(folder: Path) -> Path:
    """The sessions of an export written by ``write_export``."""
    return next(folder.glob("parimutuel_twostage_custom_export_sessions-*.csv"))


def change(folder: Path, row: int, column: str, value: str) -> None:
    """Overwrite one cell of the decisions; ``row`` as a spreadsheet counts, the header being row 1."""
    path = decisions_file(folder)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    rows[row - 1][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def noisy(rule: Rule, steps: int, seed: int = 1) -> Rule:
    """A rule that errs by up to so many grid steps either way, on the signed axis; different for every seat and round."""

    def erring(seat: Seat) -> Offer | None:
        offer = rule(seat)
        if offer is None:
            return None
        lot = np.random.default_rng([seed, seat.participant, seat.round_number, len(seat.active_types)])
        signed = offer.signed + float(lot.integers(-steps, steps + 1)) * float(seat.settings.grid.step)
        return seat.settings.grid.nearest(max(-signed, 0.0), max(signed, 0.0))

    return erring


def _round(
    code: str, settings: SessionSettings, number: int, market: int, members: Sequence[int], seed: int, first: Rule, second: Rule
) -> list[Decision]:
    key = RoundKey(market, settings.is_practice(number), settings.round_in_kind(number))
    draws = draw_round(settings.environment, settings.active, seed, key)
    seats = [Seat(settings, x, member, number) for x, member in zip(draws.types, members, strict=True)]
    stage1 = [first(seat) for seat in seats]
    shut_down = announce(stage1, draws.active, settings.shutdown_if_equal).shut_down
    active_types = tuple(x for x, active in zip(draws.types, draws.active, strict=True) if active)
    stage2 = [
        second(replace(seat, active_types=active_types)) if active and not shut_down else None
        for seat, active in zip(seats, draws.active, strict=True)
    ]
    outcome = clear(settings.environment, draws.state, draws.types, draws.active, stage1, stage2, shut_down)
    common = {
        "session_code": code,
        "round_number": number,
        "practice": int(settings.is_practice(number)),
        "market": str(market),
        "matching_group": "1" if settings.matching == "random" else str(market),
        "treatment": settings.treatment,
        "environment": settings.environment.name,
        "agents": settings.market_size,
        "actives": settings.active,
        "state": draws.state,
    }
    return [
        _decision(common, member, draws, seat, stage1[seat], stage2[seat], shut_down, outcome.seats[seat])
        for seat, member in enumerate(members)
    ]


def _decision(
    common: Mapping[str, Any],
    member: int,
    draws: RoundDraws,
    seat: int,
    first: Offer | None,
    second: Offer | None,
    shut_down: bool,
    end: Any,
) -> Decision:
    trades = draws.active[seat] and not shut_down
    return Decision(
        **common,
        participant_code=f"p{member:03d}",
        type=draws.types[seat],
        active=int(draws.active[seat]),
        stage1_q=first.q if first else None,
        stage1_r=first.r if first else None,
        stage1_source=TYPED if first else ABSENT,
        stage1_seconds=20.0,
        stage2_q=second.q if second else None,
        stage2_r=second.r if second else None,
        stage2_source=(TYPED if second else ABSENT) if trades else None,
        stage2_seconds=30.0 if trades else None,
        price=end.price,
        final_q=end.final_q,
        final_r=end.final_r,
        points=end.points,
    )


def _payments(code: str, settings: SessionSettings, seed: int, decisions: Sequence[Decision], participants: int) -> list[tuple[Any, ...]]:
    rows = []
    for member in range(1, participants + 1):
        name = f"p{member:03d}"
        earned = [row.points for row in decisions if row.participant_code == name and not row.practice]
        paid = payment(settings, seed, member, paid_points(settings, seed, member, earned))
        rows.append((code, name, paid.paid_round, paid.points, paid.earnings, paid.fee, paid.total, "USD"))
    return rows


def _markets(settings: SessionSettings, participants: int, seed: int, number: int) -> list[list[int]]:
    if settings.matching == "random":
        return draw_markets(participants, settings.market_size, seed, settings.is_practice(number), settings.round_in_kind(number))
    size = settings.market_size
    return [list(range(start + 1, start + size + 1)) for start in range(0, participants, size)]


def _stage1(settings: SessionSettings) -> np.ndarray:
    return _stage1_of(json.dumps(environment_fields(settings.environment)))


def _stage2(settings: SessionSettings, counts: tuple[int, ...]) -> np.ndarray:
    return _stage2_of(json.dumps(environment_fields(settings.environment)), counts)


@cache
def _stage1_of(environment: str) -> np.ndarray:
    return stage1_optimum(parse_environment(json.loads(environment))).offers


@cache
def _stage2_of(environment: str, counts: tuple[int, ...]) -> np.ndarray:
    return solve_stage2(parse_environment(json.loads(environment)), [counts]).offers[0]
