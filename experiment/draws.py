"""The seeded draws of a session: states, types, the lots that make agents inactive, markets, the
paid round, prizes.

Every draw has a stream of its own, keyed by its purpose and by market, round and seat. So two
treatments with the same seed see the same draws, whatever else differs between them, and a draw can
be computed again from the exported data. The streams use only what Python guarantees to stay the
same: SHA-256 and ``random.Random.random``.
"""

from __future__ import annotations

import hashlib
import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from theory.economy.environment import Environment
from theory.information.counting import picked
from theory.mechanism import active_after_draw

LARGEST_SEED = 2**53 - 1
"""The largest whole number that every program which reads the data holds exactly."""
SHORT_SEED = 2**40
"""A subject who knows this program and their own types can find a smaller seed by trial, and so
foresee all draws.
"""


@dataclass(frozen=True)
class RoundKey:
    """Which round of which market a draw belongs to; practice and paid rounds are counted
    separately, each from 1.
    """

    market: int
    practice: bool
    number: int

    @property
    def text(self) -> str:
        return f"market {self.market}, {'practice' if self.practice else 'paid'} round {self.number}"


@dataclass(frozen=True)
class RoundDraws:
    """What nature draws in one market round: the state, and for each seat its type and whether it
    stays active.
    """

    state: str
    types: tuple[str, ...]
    active: tuple[bool, ...]


def fresh_seed() -> int:
    """A seed for a session whose config has none."""
    return secrets.randbelow(LARGEST_SEED) + 1


def draw_round(environment: Environment, active: int, seed: int, key: RoundKey) -> RoundDraws:
    """Draw a market round: z from kappa, types i.i.d. from mu_z, and the M active agents uniformly (section 2.1-2.2)."""
    state, types = draw_state_and_types(environment, seed, key.text)
    return RoundDraws(state, types, draw_active(range(1, environment.agents + 1), active, seed, key.text))


def draw_state_and_types(environment: Environment, seed: int, purpose: str) -> tuple[str, tuple[str, ...]]:
    """z from kappa, and for every seat a type from mu_z."""
    seats = range(1, environment.agents + 1)
    state = int(picked(environment.prior, [lot(seed, purpose, "state")])[0])
    types = picked(environment.likelihood[state], [lot(seed, purpose, f"type of seat {n}") for n in seats])
    return environment.states[state], tuple(environment.types[x] for x in types)


def draw_active(seats: Sequence[int], active: int, seed: int, purpose: str) -> tuple[bool, ...]:
    """Which of these seats are active: ``active`` of them, each choice equally likely."""
    lots = [lot(seed, purpose, f"lot of seat {n}") for n in seats]
    return tuple(bool(drawn) for drawn in active_after_draw(lots, active))


def draw_markets(participants: int, market_size: int, seed: int, practice: bool, number: int) -> list[list[int]]:
    """Divide participants 1, 2, ... anew into markets, every division equally likely; seats follow
    the order in which participants are drawn.
    """
    purpose = f"{'practice' if practice else 'paid'} round {number}"
    lots = {n: lot(seed, purpose, f"market lot of participant {n}") for n in range(1, participants + 1)}
    order = sorted(lots, key=lambda n: (lots[n], n))
    return [order[start : start + market_size] for start in range(0, participants, market_size)]


def draw_paid_round(participant: int, rounds: int, seed: int) -> int:
    """The one paid round of a participant, each of the paid rounds 1, ..., ``rounds`` equally likely."""
    return 1 + int(lot(seed, "payment", f"paid round of participant {participant}") * rounds)


def draws_for(seed: int, *purpose: str) -> Iterator[float]:
    """An endless stream of uniform draws for one purpose."""
    stream = _stream(seed, *purpose)
    while True:
        yield stream.random()


def draw_lottery_number(participant: int, seed: int) -> Decimal:
    """The number that a participant's points have to beat in the lottery: 0, 0.00001, ..., 0.99999, each equally likely."""
    return _number(lot(seed, "payment", f"lottery number of participant {participant}"))


def draw_belief_round(participant: int, rounds: Sequence[int], seed: int) -> int | None:
    """The round in which a participant's belief is paid: one of ``rounds``, each equally likely;
    None if there are none.
    """
    place = int(lot(seed, "payment", f"belief round of participant {participant}") * len(rounds))
    return rounds[place] if rounds else None


def draw_belief_number(participant: int, seed: int) -> Decimal:
    """The number that a participant's belief has to beat: 0, 0.00001, ..., 0.99999, each equally likely."""
    return _number(lot(seed, "payment", f"belief number of participant {participant}"))


def _number(drawn: float) -> Decimal:
    return Decimal(int(drawn * 100_000)).scaleb(-5)


def lot(seed: int, *purpose: str) -> float:
    """A number drawn uniformly from [0, 1), the same for the same seed and purpose."""
    return _stream(seed, *purpose).random()


def _stream(seed: int, *purpose: str) -> random.Random:
    digest = hashlib.sha256("/".join([str(seed), *purpose]).encode()).digest()
    return random.Random(int.from_bytes(digest, "big"))
