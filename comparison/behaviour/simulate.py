"""Synthetic sessions from a behavioural model, as they would be exported."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from comparison.behaviour.game import NoChoiceModel, game_of
from comparison.behaviour.models import model
from comparison.behaviour.players import Players, players
from comparison.behaviour.situations import read_offers
from comparison.data.synthetic import MarketDrawn, Offers, PlayedSession, is_shut_down, play_session, session_config
from experiment.config import SETTINGS, SessionSettings
from experiment.draws import LARGEST_SEED
from experiment.market_options import HISTOGRAM
from experiment.offers import Offer
from theory.economy.arrays import IntArray
from theory.economy.environment import Environment

NATURE, CHANCE = 0, 1
"""The purposes of a session's two streams of random numbers: the session's own seed, and the
subjects' choices.
"""


def simulate(
    name: str,
    parameters: Mapping[str, float],
    settings: SessionSettings,
    sessions: int,
    units: int,
    seed: int,
    chosen: Mapping[str, Any] | None = None,
) -> list[PlayedSession]:
    """Sessions in which everybody behaves as the model ``name``; each has ``units`` markets at a
    time.

    Each session's draws come from its own seed, derived from ``seed``, and so do its subjects'
    choices. Raises InvalidParameter, and NoChoiceModel if the announcement that models react to is
    not made or cannot be read. ``chosen`` are the fields of the session config that ``settings``
    were read from and that ``sessions.csv`` is to record.
    """
    if settings.rules.announcement != HISTOGRAM:
        raise NoChoiceModel(f"announcement is {settings.rules.announcement}; behavioural models react to the histogram, so they need it.")
    game = game_of(settings)
    subjects = players(game, model(name), parameters)
    game.intervals  # noqa: B018  (raises if first offers cannot be read)
    config = session_config(settings)
    unsaid = {field: value for field, value in sorted((chosen or {}).items()) if field not in config}
    earlier = {one.name: one.was for one in SETTINGS if one.was}  # so that the same session has the same code in every version
    known = {earlier.get(field, field): value for field, value in config.items()}
    identity = [name, dict(sorted(parameters.items())), known, units, *([unsaid] if unsaid else [])]
    what = json.dumps(identity, default=str)
    participants = units * settings.market_size
    return [
        _session(subjects, settings, participants, np.random.SeedSequence([seed, number]), f"{what}/{seed}/{number}", config | unsaid)
        for number in tqdm(range(sessions), desc="simulating", unit=" sessions", disable=None, leave=False)
    ]


def _session(
    subjects: Players,
    settings: SessionSettings,
    participants: int,
    source: np.random.SeedSequence,
    what: str,
    config: Mapping[str, Any],
) -> PlayedSession:
    nature, chance = source.spawn(2)
    own_seed = int(np.random.default_rng(nature).integers(1, LARGEST_SEED, endpoint=True))
    crowd = _Crowd(subjects, settings, np.random.default_rng(chance), participants)
    code = hashlib.sha256(what.encode()).hexdigest()[:10]
    return play_session(code, settings, participants, own_seed, crowd.first, crowd.second, config)


class _Crowd:
    """The subjects of one session: each keeps one kind throughout, and all choices come from one
    stream of random numbers.
    """

    def __init__(self, subjects: Players, settings: SessionSettings, chance: np.random.Generator, participants: int) -> None:
        self._subjects, self._settings, self._chance = subjects, settings, chance
        self._kinds = subjects.kinds(chance.random(participants))
        self._offers = [Offer(q, r) for q, r in subjects.game.offers.tolist()]

    def first(self, markets: Sequence[MarketDrawn]) -> Offers:
        seen = _Seen.of(self._subjects.game.environment, markets)
        return self._made(self._subjects.first(self._kinds[seen.members], seen.types, self._chance.random(seen.types.shape)))

    def second(self, markets: Sequence[MarketDrawn], stage1: Offers) -> Offers:
        game, seen = self._subjects.game, _Seen.of(self._subjects.game.environment, markets)
        read = read_offers(game, [[(offer.q, offer.r) if offer else (np.nan, np.nan) for offer in offers] for offers in stage1])
        goes_on = [not is_shut_down(self._settings, market, offers) for market, offers in zip(markets, stage1, strict=True)]
        active = seen.active & np.array(goes_on)[:, None]
        lots = self._chance.random(seen.types.shape)
        return self._made(self._subjects.second(self._kinds[seen.members], seen.types, read, active, lots))

    def _made(self, places: IntArray) -> Offers:
        return [[self._offers[place] if place >= 0 else None for place in row] for row in places.tolist()]


@dataclass(frozen=True, eq=False)
class _Seen:
    """Market rounds as arrays (S, N): members counted from 0, types as indices, and who is active."""

    members: IntArray
    types: IntArray
    active: np.ndarray

    @staticmethod
    def of(environment: Environment, markets: Sequence[MarketDrawn]) -> _Seen:
        index = {name: x for x, name in enumerate(environment.types)}
        return _Seen(
            np.array([market.members for market in markets]) - 1,
            np.array([[index[x] for x in market.draws.types] for market in markets]),
            np.array([market.draws.active for market in markets]),
        )
