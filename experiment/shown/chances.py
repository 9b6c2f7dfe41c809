"""What a type says about the states: as natural frequencies, which leave the inference to the
reader, or as the computed posterior.

Frequencies state the prior and the likelihood of the reader's own type, and no more. The posterior
is Bayes' rule applied for the reader: tau at stage 1, and at stage 2 phi of eq. (8), from the
announcement as the theory reads it. In practice with computer traders that offer at random it is
tau at both stages: their offers do not depend on their types, so the announcement carries no
information. Offers of computer traders that offer by their type are read as those of people are, as
if each were a sure sign of a type, and the page says that this may be wrong: so the aid computes in
practice what it computes in the rounds that count.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiment.config import SessionSettings
from experiment.language import name_of
from experiment.natural_frequencies import natural_frequencies
from experiment.seat import SeatView
from experiment.settings_cache import once_per_settings
from experiment.shown.numbers import percent, text
from theory.equilibrium.stage1 import NotSeparating, read_type
from theory.information.beliefs import private_posterior, trembling_posterior


@dataclass(frozen=True)
class Frequency:
    """Of the base, ``markets`` markets are in this state, and ``participants`` participants in it
    are of the reader's type.

    ``share`` is ``participants`` in percent, for a bar.
    """

    state: str
    markets: int
    participants: int
    share: str


@dataclass(frozen=True)
class FrequenciesShown:
    """The frequencies of the states and of the reader's type in them, out of ``base``.

    ``markets_exact`` and ``participants_exact`` say for each column whether none of its numbers is
    rounded.
    """

    type: str
    base: int
    markets_exact: bool
    participants_exact: bool
    rows: tuple[Frequency, ...]


@dataclass(frozen=True)
class ComputedChance:
    """The posterior chance of a state; ``share`` is the same in percent, for a bar."""

    state: str
    chance: str
    share: str


@dataclass(frozen=True)
class ChanceRow:
    """What is shown about one state: how often it occurs with the reader's type, its computed
    chance, or both.
    """

    state: str
    occurs: Frequency | None
    computed: ComputedChance | None


@once_per_settings
def frequencies(settings: SessionSettings, type_name: str) -> FrequenciesShown:
    """What is common knowledge about the states and the reader's own type, as natural frequencies."""
    env, found = settings.environment, natural_frequencies(settings)
    own = env.type_index(type_name)
    rows = tuple(
        Frequency(
            text(name_of(state)), found.prior.counts[z], found.likelihood[z].counts[own], f"{100 * float(env.likelihood[z, own]):.3f}"
        )
        for z, state in enumerate(env.states)
    )
    participants_exact = not any(of_state.rounded[own] for of_state in found.likelihood)
    return FrequenciesShown(text(name_of(type_name)), found.base, found.prior.exact, participants_exact, rows)


def computed_chances(view: SeatView) -> tuple[ComputedChance, ...] | None:
    """The reader's posterior: from their own type alone, or with the announcement if there is one
    that informs.

    None if the theory cannot read the announcement because two types should make the same first
    offer.
    """
    env = view.settings.environment
    own = env.type_index(view.type)
    try:
        belief = _announced(view, own) if view.announcement_informs else private_posterior(env)[own]
    except NotSeparating:
        return None
    return tuple(
        ComputedChance(text(name_of(state)), percent(chance), f"{100 * chance:.3f}")
        for state, chance in zip(env.states, map(float, belief), strict=True)
    )


def chance_rows(told: FrequenciesShown | None, computed: Sequence[ComputedChance] | None) -> tuple[ChanceRow, ...]:
    """The frequencies and the computed chances as one table with a row for each state; empty if
    both are absent.
    """
    occurs, chances = told.rows if told else (), computed or ()
    states = [row.state for row in occurs or chances]
    return tuple(itertools.starmap(ChanceRow, itertools.zip_longest(states, occurs, chances)))


def _announced(view: SeatView, own: int) -> Sequence[float]:
    """phi of sigma*, eq. (8): the types inferred from the others' first offers, and the reader's
    own type.
    """
    env, bars = view.settings.environment, view.announcement.bars if view.announcement else ()
    read = read_type(env, np.array([(bar.offer_q, bar.offer_r) for bar in bars], float).reshape(-1, 2))
    counts = np.bincount(np.repeat(read, [bar.count for bar in bars]), minlength=len(env.types))
    if view.stage1 is not None:
        counts[int(read_type(env, np.array([view.stage1.q, view.stage1.r])))] -= 1
    counts[own] += 1
    belief: Sequence[float] = trembling_posterior(env, counts[None, :])[0].tolist()
    return belief
