"""What a type says about the states: as natural frequencies, which leave the inference to the reader, or as the computed posterior.

Frequencies (Gigerenzer and Hoffrage 1995) tell the prior and the likelihood of one's own type, and no more. The posterior is Bayes' rule
done for the reader: tau at stage 1, and at stage 2 that of eq. (8), from the announcement as the theory reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from experiment.config import SessionSettings
from experiment.display.numbers import percent, text
from experiment.language import name_of
from experiment.remembering import once_per_settings
from experiment.seat import SeatView
from theory.beliefs import private_posterior, trembling_posterior
from theory.stage1 import NotSeparating, read_type

BASES = (100, 1000, 10_000)
"""Of how many markets and participants frequencies may speak: of the fewest that say it exactly, or nearly."""


@dataclass(frozen=True)
class Frequency:
    """Of so many markets, ``markets`` have this state; of so many participants in one of them, ``participants`` have the own type.

    ``share`` is the same as ``participants``, in percent, for a bar.
    """

    state: str
    markets: int
    participants: int
    share: str


@dataclass(frozen=True)
class Frequencies:
    """The own type's frequencies in all states, out of ``base``; where they are not ``exact`` they are rounded."""

    type: str
    base: int
    exact: bool
    rows: tuple[Frequency, ...]


@dataclass(frozen=True)
class ComputedChance:
    """The posterior chance of a state; ``share`` is the same in percent, for a bar."""

    state: str
    chance: str
    share: str


@once_per_settings
def frequencies(settings: SessionSettings, type_name: str) -> Frequencies:
    """What is common knowledge about the states and the reader's own type, as natural frequencies."""
    env = settings.environment
    prior = [Decimal(repr(float(chance))) for chance in env.prior]
    own = [Decimal(repr(float(chance))) for chance in env.likelihood[:, env.type_index(type_name)]]
    base, exact = _base([*prior, *own])
    counted = zip(env.states, _shares(prior, base), own, strict=True)
    rows = tuple(
        Frequency(text(name_of(state)), markets, _rounded(chance * base), f"{100 * chance:.3f}") for state, markets, chance in counted
    )
    return Frequencies(text(name_of(type_name)), base, exact, rows)


def computed_chances(view: SeatView) -> tuple[ComputedChance, ...] | None:
    """The reader's posterior: from the own type alone, or with the announcement where there is one.

    None where the theory cannot read the announcement, because two types should make the same first offer.
    """
    env = view.settings.environment
    own = env.type_index(view.type)
    try:
        belief = private_posterior(env)[own] if view.announcement is None else _announced(view, own)
    except NotSeparating:
        return None
    return tuple(
        ComputedChance(text(name_of(state)), percent(chance), f"{100 * chance:.3f}")
        for state, chance in zip(env.states, map(float, belief), strict=True)
    )


def _announced(view: SeatView, own: int) -> Sequence[float]:
    """phi of sigma*, eq. (8): the types read from the others' first offers, and the own type, which one knows."""
    env, bars = view.settings.environment, view.announcement.bars if view.announcement else ()
    read = read_type(env, np.array([(bar.offer_q, bar.offer_r) for bar in bars], float).reshape(-1, 2))
    counts = np.bincount(np.repeat(read, [bar.count for bar in bars]), minlength=len(env.types))
    if view.stage1 is not None:
        counts[int(read_type(env, np.array([view.stage1.q, view.stage1.r])))] -= 1
    counts[own] += 1
    belief: Sequence[float] = trembling_posterior(env, counts[None, :])[0].tolist()
    return belief


def _base(chances: Sequence[Decimal]) -> tuple[int, bool]:
    for base in BASES:
        if all(chance * base == int(chance * base) for chance in chances):
            return base, True
    for base in BASES:
        if all(chance in (0, 1) or 0 < _rounded(chance * base) < base for chance in chances):
            return base, False
    return BASES[-1], False


def _shares(chances: Sequence[Decimal], base: int) -> list[int]:
    """Whole numbers that add up to the base: rounded down, and the largest remainders up."""
    shares = [int(chance * base) for chance in chances]
    remainders = sorted(range(len(chances)), key=lambda z: shares[z] - chances[z] * base)
    for z in remainders[: base - sum(shares)]:
        shares[z] += 1
    return shares


def _rounded(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))
