"""A parameter of a behavioural model: its name, its range, and the scale on which it is estimated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from theory.economy.arrays import FloatArray

LEAST_PRECISION, MOST_PRECISION = 1e-4, 1e3


class InvalidParameter(ValueError):
    """A parameter that the model does not have, that is missing, or that lies outside its range.
    The message is one sentence.
    """


@dataclass(frozen=True)
class Parameter:
    """One number from ``least`` to ``most``. A ``logarithmic`` parameter is estimated, and its
    interval built, in logarithms.
    """

    name: str
    least: float
    most: float
    starts: tuple[float, ...]
    meaning: str
    logarithmic: bool = False

    def free(self, value: float) -> float:
        """The value on the scale of estimation."""
        return math.log(value) if self.logarithmic else value

    def value(self, free: float) -> float:
        """The parameter from the scale of estimation."""
        return math.exp(free) if self.logarithmic else free

    def clipped(self, free: float) -> float:
        """A number on the scale of estimation, kept within the range."""
        return min(max(free, self.free(self.least)), self.free(self.most))


def precision(name: str, stage: int) -> Parameter:
    """The precision lambda of logit choice at a stage, per point."""
    meaning = f"precision of stage-{stage} choices, per point: 0 is uniform, a large value is a best reply"
    return Parameter(name, LEAST_PRECISION, MOST_PRECISION, (0.1, 1.0), meaning, logarithmic=True)


LAMBDA1, LAMBDA2 = precision("lambda1", 1), precision("lambda2", 2)


def values_of(name: str, parameters: Sequence[Parameter], given: Mapping[str, float]) -> FloatArray:
    """The values in the order of ``parameters``. Raises InvalidParameter unless exactly these are given, each within its range."""
    wanted = {parameter.name for parameter in parameters}
    listed = ", ".join(parameter.name for parameter in parameters) or "none"
    for unknown in sorted(given.keys() - wanted):
        raise InvalidParameter(f"The model {name} has no parameter {unknown}; its parameters: {listed}.")
    for parameter in parameters:
        if parameter.name not in given:
            raise InvalidParameter(
                f"The model {name} needs a value of {parameter.name}, the {parameter.meaning}; its parameters: {listed}."
            )
        value = given[parameter.name]
        if not parameter.least <= value <= parameter.most:
            raise InvalidParameter(f"{parameter.name} is {value:g}; it must lie between {parameter.least:g} and {parameter.most:g}.")
    return np.array([given[parameter.name] for parameter in parameters], float)
