"""A practice round alone: one subject in a market whose other seats are robots, all of it decided
by the session's seed.

Seat 1 is the subject's. Robots have no rows of their own in the database: their types and offers
follow from the seed, the subject's number and the number of the round.

The session chooses between two rules, which ``experiment/robot_offers.py`` defines, and subjects
are told which one it is. By the first, robots offer at random at both stages, whatever their type
and the announcement. They teach how a market works, not how to behave in one: robots that played an
equilibrium would set an example and so an anchor for the behaviour that the session is to observe.
But the histogram of such offers says nothing, while the session asks whether people learn from one.
By the second rule robots offer by their type with noise, so that the histogram tells nearly as much
about the state as that of a market.

At stage 2 they draw once more by the same rule, and do not answer the announcement: how to use it
is for subjects to find out. The price still goes with the histogram, because the same types made
both. Under either rule offers are decided before the subject acts.

With two rounds, who is inactive is not left to chance: everybody is inactive once and active once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiment.config import SessionSettings
from experiment.draws import RoundDraws, draw_active, draw_state_and_types, lot
from experiment.offers import Offer
from experiment.robot_offers import BY_TYPE, random_offer, typical_offer

SUBJECT = 1
"""The subject's seat; the robots have the seats after it."""


@dataclass(frozen=True)
class PracticeRound:
    """Nature's draws by seat, and the robots' offers at both stages by seat, beginning with the
    second.

    ``second`` holds what each robot would offer if it were active and the market open.
    """

    draws: RoundDraws
    first: tuple[Offer, ...]
    second: tuple[Offer, ...]

    def second_made(self, shut_down: bool) -> tuple[Offer | None, ...]:
        """The robots' second offers that are carried out: none from the inactive, and none if the
        market shut down.
        """
        robots = zip(self.second, self.draws.active[SUBJECT:], strict=True)
        return tuple(offer if active and not shut_down else None for offer, active in robots)


def practice_round(settings: SessionSettings, seed: int, participant: int, number: int) -> PracticeRound:
    """Practice round 1, 2, ... (``number``) of participant 1, 2, ..., the same at every call."""
    environment, purpose = settings.environment, f"practice of participant {participant}, round {number}"
    robots = range(SUBJECT + 1, environment.agents + 1)
    subject_active = subject_is_active(settings, number)
    state, types = draw_state_and_types(environment, seed, purpose)
    others = draw_active(robots, settings.active - subject_active, seed, purpose)
    return PracticeRound(
        draws=RoundDraws(state, types, (subject_active, *others)),
        first=_offers(settings, types[SUBJECT:], seed, purpose, "first"),
        second=_offers(settings, types[SUBJECT:], seed, purpose, "second"),
    )


def subject_is_active(settings: SessionSettings, number: int) -> bool:
    """Inactive in the first of every two practice rounds and active in the second; always active if
    there is only one round or nobody is inactive.
    """
    return not practice_is_scripted(settings) or number % 2 == 0


def practice_is_scripted(settings: SessionSettings) -> bool:
    """Whether practice alone is arranged so that a subject has been both inactive and active before
    the first paid round.
    """
    return settings.practises_alone and settings.schedule.practice_rounds > 1 and settings.inactive > 0


def practice_is_active(settings: SessionSettings) -> bool:
    """Whether there is a single practice round alone, in which the subject is active by arrangement
    and somebody else is inactive.
    """
    return settings.practises_alone and settings.schedule.practice_rounds == 1 and settings.inactive > 0


def robot_code(seat: int) -> str:
    """The code of the robot of a seat, 2 to N, in the data."""
    return f"robot-{seat - SUBJECT:02d}"


def _offers(settings: SessionSettings, types: Sequence[str], seed: int, purpose: str, which: str) -> tuple[Offer, ...]:
    """The robots' offers at one stage; ``types`` are theirs, from the second seat on."""
    return tuple(
        _offer(settings, kind, seed, purpose, f"{which} offer of seat {seat}") for seat, kind in enumerate(types, start=SUBJECT + 1)
    )


def _offer(settings: SessionSettings, type_name: str, seed: int, purpose: str, which: str) -> Offer:
    environment, grid = settings.environment, settings.grid
    if settings.robots_offer_by_type and lot(seed, purpose, f"rule of the {which}") < BY_TYPE:
        return typical_offer(environment, grid, environment.type_index(type_name), lot(seed, purpose, f"place of the {which}"))
    return random_offer(grid, *(lot(seed, purpose, f"{what} of the {which}") for what in ("good", "amount")))
