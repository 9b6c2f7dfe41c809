"""What a participant has earned, stored with the participant: the points and stated beliefs of the
paid rounds, in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiment.kept import HasVars

_KEY = "earned"


@dataclass(frozen=True)
class StatedBelief:
    """The answer to a question about beliefs: percents by state, None if there was no answer; and
    the number of the true state.
    """

    percents: tuple[int, ...] | None
    state: int


@dataclass(frozen=True)
class Earned:
    """By paid round, in order: the points (None if the round did not end) and the belief (None if
    none was asked for).
    """

    points: tuple[float | None, ...]
    beliefs: tuple[StatedBelief | None, ...] = ()

    @classmethod
    def of_points(cls, points: Sequence[float | None]) -> Earned:
        return cls(tuple(points))


def keep_earned(participant: HasVars, earned: Earned) -> None:
    """Store what the participant has earned, once the last round is over."""
    beliefs = [said and {"percents": said.percents and list(said.percents), "state": said.state} for said in earned.beliefs]
    participant.vars[_KEY] = {"points": list(earned.points), "beliefs": beliefs}


def earned_of(participant: HasVars) -> Earned | None:
    """What the participant has earned; None before the last round is over."""
    kept = participant.vars.get(_KEY)
    if kept is None:
        return None
    beliefs = [said and StatedBelief(said["percents"] and tuple(said["percents"]), said["state"]) for said in kept["beliefs"]]
    return Earned(tuple(kept["points"]), tuple(beliefs))
