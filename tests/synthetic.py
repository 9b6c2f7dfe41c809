"""Exports of sessions that were never played, by a rule for every seat: what tests need on top of ``comparison.data.synthetic``.

``play`` runs a session; a rule gives the offers, the paper's equilibrium by default. ``write_export`` writes what ``play`` returns
under the names oTree chooses, with or without a byte-order mark.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from comparison.data import synthetic
from comparison.data.sessions import UNSAID
from comparison.data.synthetic import MarketDrawn, Offers, PlayedSession, is_shut_down, play_session
from experiment.config import DEFAULTS, SessionSettings, read_settings
from experiment.offers import Offer
from theory.economy.environment import Environment, environment_fields, parse_environment
from theory.equilibrium.stage1 import stage1_optimum
from theory.equilibrium.stage2 import solve_stage2

MONEY = {"name": "synthetic", "participation_fee": 5.0, "real_world_currency_per_point": 0.1}


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

    An ``economy`` replaces the environment file that the config names.
    """
    fields = {**DEFAULTS, **UNSAID, "environment": "small_market", **MONEY, **config, "seed": seed}
    settings = read_settings(fields, participants, environment=economy)

    def first_offers(markets: Sequence[MarketDrawn]) -> Offers:
        return [[first(seat) for seat in _seats(settings, market)] for market in markets]

    def second_offers(markets: Sequence[MarketDrawn], stage1: Offers) -> Offers:
        return [_second(settings, market, made, second) for market, made in zip(markets, stage1, strict=True)]

    return play_session(code, settings, participants, seed, first_offers, second_offers, fields)


def write_export(
    folder: Path, sessions: Sequence[PlayedSession] | PlayedSession, bom: bool = False, payments: bool = True, date: str = "2026-11-23"
) -> Path:
    """Write an export as oTree does: one file per custom_export function, rows ended by CR LF."""
    functions = ("custom_export", "custom_export_sessions", "custom_export_payments")[: 3 if payments else 2]
    names = [f"parimutuel_twostage_{function}-{date}.csv" for function in functions]
    played = [sessions] if isinstance(sessions, PlayedSession) else sessions
    return synthetic.write_export(folder, played, names, "utf-8-sig" if bom else "utf-8")


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
    """A rule that errs by up to this many grid steps either way, on the signed axis; different for every seat and round."""

    def erring(seat: Seat) -> Offer | None:
        offer = rule(seat)
        if offer is None:
            return None
        lot = np.random.default_rng([seed, seat.participant, seat.round_number, len(seat.active_types)])
        signed = offer.signed + float(lot.integers(-steps, steps + 1)) * float(seat.settings.grid.step)
        return seat.settings.grid.nearest(max(-signed, 0.0), max(signed, 0.0))

    return erring


def _seats(settings: SessionSettings, market: MarketDrawn) -> list[Seat]:
    return [Seat(settings, x, member, market.round_number) for x, member in zip(market.draws.types, market.members, strict=True)]


def _second(settings: SessionSettings, market: MarketDrawn, stage1: Sequence[Offer | None], second: Rule) -> list[Offer | None]:
    draws = market.draws
    if is_shut_down(settings, market, stage1):
        return [None] * len(stage1)
    active_types = tuple(x for x, active in zip(draws.types, draws.active, strict=True) if active)
    seats = _seats(settings, market)
    return [second(replace(seat, active_types=active_types)) if active else None for seat, active in zip(seats, draws.active, strict=True)]


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
