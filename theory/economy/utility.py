"""Ex post utility u(q, r; x, z) of section 2.1: the four families an environment file may name.

Each family is ``shift + scale * v(q, r; w)`` with a weight w = w(x, z) strictly between 0 and 1:

==================  =========================================  ===========================
family              v(q, r; w)                                 fields
==================  =========================================  ===========================
cobb-douglas-log    w ln q + (1-w) ln r
cobb-douglas        (q^w r^(1-w))^c                            curvature c in (0, 1)
ces                 (w q^rho + (1-w) r^rho)^(c/rho)            rho, curvature c in (0, 1)
crra                (w q^(1-c) + (1-w) r^(1-c)) / (1-c)        curvature c > 0, c != 1
==================  =========================================  ===========================

In all four, v is homogeneous of one degree (or the logarithm of such a function) for every w, hence so is its
expectation over states under any posterior. The expected marginal rate of substitution therefore depends on the
bundle only through the ratio t = r/q. Every first-order condition in this package is written in ln t; that is what
makes one solver serve all families.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray
from theory.economy.values import InvalidEnvironment, missing, number, positive, shown, weights

LOG_COBB_DOUGLAS = "cobb-douglas-log"
COBB_DOUGLAS = "cobb-douglas"
CES = "ces"
CRRA = "crra"
FAMILIES = (LOG_COBB_DOUGLAS, COBB_DOUGLAS, CES, CRRA)
CURVED = (COBB_DOUGLAS, CES, CRRA)
"""The families that have a curvature."""


@dataclass(frozen=True, eq=False)
class LogMRS:
    """ln of the expected marginal rate of substitution U_q/U_r, and its slope in ln(r/q), which is positive."""

    value: FloatArray
    slope: FloatArray


@dataclass(frozen=True, eq=False)
class Utility:
    """The utility functions of all types in all states.

    ``weight`` has shape (types, states). ``floor`` is the least number of points paid out, or None; the theory
    does not use it. Raises InvalidEnvironment with one sentence if a field does not suit the family.
    """

    family: str
    weight: FloatArray
    scale: float = 1.0
    shift: float = 0.0
    curvature: float | None = None
    rho: float | None = None
    floor: float | None = None

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise InvalidEnvironment(f"utility.family is {shown(self.family)}; it must be one of {', '.join(FAMILIES)}.")
        curvature = _parameter("curvature", self.curvature, self.family, CURVED)
        if curvature is not None and self.family == CRRA and (curvature <= 0 or curvature == 1):
            raise InvalidEnvironment(
                f"utility.curvature is {curvature:g}; for crra it must be positive and not 1 ({LOG_COBB_DOUGLAS} is the case of 1)."
            )
        if curvature is not None and self.family != CRRA and not 0 < curvature < 1:
            raise InvalidEnvironment(f"utility.curvature is {curvature:g}; for {self.family} it must lie strictly between 0 and 1.")
        rho = _parameter("rho", self.rho, self.family, (CES,))
        if rho is not None and not 0 < rho < 1:
            raise InvalidEnvironment(f"utility.rho is {rho:g}; it must lie strictly between 0 and 1.")
        shape = np.shape(self.weight)
        if len(shape) != 2 or 0 in shape:
            raise InvalidEnvironment(f"utility.weight has shape {shape}; it needs a row for each type and a column for each state.")
        places = [[str(place) for place in range(length)] for length in shape]
        fields = {
            "weight": weights("utility.weight", self.weight, *places),
            "scale": positive("utility.scale", self.scale),
            "shift": number("utility.shift", self.shift),
            "curvature": curvature,
            "rho": rho,
            "floor": None if self.floor is None else number("utility.floor", self.floor),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def points(self, q: npt.ArrayLike, r: npt.ArrayLike, weight: npt.ArrayLike) -> FloatArray:
        """u(q, r; w) in points; the arguments broadcast. Minus infinity where the family puts it on an empty good."""
        q, r, w = np.asarray(q, float), np.asarray(r, float), np.asarray(weight, float)
        with np.errstate(divide="ignore", over="ignore"):
            return self.shift + self.scale * self._v(q, r, w)

    def expected_points(self, q: npt.ArrayLike, r: npt.ArrayLike, weight: npt.ArrayLike, belief: npt.ArrayLike) -> FloatArray:
        """Expected points of a bundle under a belief over states.

        ``q`` and ``r`` of any shape S; ``weight`` and ``belief`` broadcast to S + (states,). A state of probability
        zero adds nothing, also where the bundle would be worth minus infinity in it.
        """
        belief = np.asarray(belief, float)
        points = self.points(np.asarray(q, float)[..., None], np.asarray(r, float)[..., None], weight)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(belief > 0, belief * points, 0.0).sum(axis=-1))

    def marginal_points(self, q: npt.ArrayLike, r: npt.ArrayLike, weight: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """(u_q, u_r) in points per unit of the good; the arguments broadcast. Infinite on an empty good (Inada)."""
        q, r, w = np.broadcast_arrays(np.asarray(q, float), np.asarray(r, float), np.asarray(weight, float))
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            if self.family == LOG_COBB_DOUGLAS:
                return self.scale * w / q, self.scale * (1 - w) / r
            c = _given(self.curvature)
            if self.family == CRRA:
                return self.scale * w * q**-c, self.scale * (1 - w) * r**-c
            if self.family == COBB_DOUGLAS:
                level = self.scale * c * self._v(q, r, w)
                return level * w / q, level * (1 - w) / r
            if self.family == CES:
                rho = _given(self.rho)
                level = self.scale * c * (w * q**rho + (1 - w) * r**rho) ** (c / rho - 1)
                return level * w * q ** (rho - 1), level * (1 - w) * r ** (rho - 1)
        raise no_formula(self, "marginal points")

    def log_mrs(self, log_ratio: npt.ArrayLike, weight: npt.ArrayLike, belief: npt.ArrayLike) -> LogMRS:
        """ln U_q/U_r of expected utility at bundles with ln(r/q) = ``log_ratio`` (shape S).

        ``weight`` and ``belief`` broadcast to S + (states,).
        """
        log_ratio, w, phi = np.asarray(log_ratio, float), np.asarray(weight, float), np.asarray(belief, float)
        w, phi = np.broadcast_arrays(w, phi)
        value, slope = self.marginal_rate(np.moveaxis(w, -1, 0), np.moveaxis(phi, -1, 0))(log_ratio)
        return LogMRS(value, np.broadcast_to(slope, value.shape))

    def marginal_rate(self, weight: FloatArray, belief: FloatArray, unit_ratio: float | FloatArray = 1.0) -> MarginalRate:
        """The curve ln(r/q) -> ln U_q/U_r, prepared for many evaluations.

        ``weight`` and ``belief`` broadcast to (states, ...): here the states come first. Goods are measured in units of
        which ``unit_ratio`` = (unit of r)/(unit of q), one for all or (types, 1); with the endowment as the unit of each good
        it is r-bar/q-bar.
        """
        shift = np.log(unit_ratio)
        if self.family in (LOG_COBB_DOUGLAS, CRRA):
            elasticity = 1.0 if self.family == LOG_COBB_DOUGLAS else _given(self.curvature)
            odds = total(belief * weight) / total(belief * (1 - weight))
            return _Affine(np.log(odds) + (elasticity - 1) * shift, elasticity)
        with np.errstate(divide="ignore"):
            log_belief = np.log(belief)
        if self.family == COBB_DOUGLAS:
            tilt = _given(self.curvature) * (1 - weight)
            return _MixedCobbDouglas(weight, log_belief + tilt * shift, tilt)
        if self.family == CES:
            rho = _given(self.rho)
            in_r = (1 - weight) * unit_ratio**rho
            return _MixedCES(weight, log_belief, in_r, np.log(weight), np.log(in_r), rho, _given(self.curvature) / rho - 1)
        raise no_formula(self, "the marginal rate of substitution")

    def _v(self, q: FloatArray, r: FloatArray, w: FloatArray) -> FloatArray:
        if self.family == LOG_COBB_DOUGLAS:
            return w * np.log(q) + (1 - w) * np.log(r)
        c = _given(self.curvature)
        if self.family == COBB_DOUGLAS:
            return (q**w * r ** (1 - w)) ** c
        if self.family == CES:
            rho = _given(self.rho)
            return (w * q**rho + (1 - w) * r**rho) ** (c / rho)
        if self.family == CRRA:
            return (w * q ** (1 - c) + (1 - w) * r ** (1 - c)) / (1 - c)
        raise no_formula(self, "points")


def no_formula(utility: Utility, wanted: str) -> NotImplementedError:
    """What to raise where a result has a formula for each family, and none for this one."""
    return NotImplementedError(f"The utility family {utility.family} has no formula for {wanted}; a new family needs one there.")


def total(terms: FloatArray) -> FloatArray:
    """The sum over the first axis, term by term: unlike ``sum`` its rounding does not depend on the other axes' lengths."""
    return reduce(np.add, terms)


class MarginalRate(Protocol):
    """ln of the expected marginal rate of substitution as a function of ln(r/q), and its slope, which is positive."""

    def __call__(self, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray | float]:
        """Value and slope at ``log_ratio``."""

    def columns(self, keep: npt.NDArray[Any]) -> MarginalRate:
        """The curves of some configurations only: an index of the last axis."""


@dataclass(frozen=True, eq=False)
class _Affine:
    """Log Cobb-Douglas and CRRA: the states enter by their mean weights, and the curve is a straight line."""

    intercept: FloatArray
    elasticity: float

    def __call__(self, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray | float]:
        return self.intercept + self.elasticity * log_ratio, self.elasticity

    def columns(self, keep: npt.NDArray[Any]) -> MarginalRate:
        return _Affine(self.intercept[..., keep], self.elasticity)


@dataclass(frozen=True, eq=False)
class _MixedCobbDouglas:
    """Concave Cobb-Douglas: state z has the weight w_z in U_q and 1 - w_z in U_r, both times phi_z t^(c (1 - w_z))."""

    weight: FloatArray
    log_belief: FloatArray
    tilt: FloatArray

    def __call__(self, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray | float]:
        value, slope = _log_odds(self.weight, 1 - self.weight, self.log_belief + self.tilt * log_ratio, self.tilt)
        return value + log_ratio, slope + 1.0

    def columns(self, keep: npt.NDArray[Any]) -> MarginalRate:
        return _MixedCobbDouglas(self.weight, _columns(self.log_belief, keep), self.tilt)


@dataclass(frozen=True, eq=False)
class _MixedCES:
    """CES: state z has the weights w_z and 1 - w_z, both times phi_z (w_z + (1 - w_z) t^rho)^(c/rho - 1)."""

    in_q: FloatArray
    log_belief: FloatArray
    in_r: FloatArray
    log_in_q: FloatArray
    log_in_r: FloatArray
    rho: float
    power: float

    def __call__(self, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray | float]:
        log_r = self.log_in_r + self.rho * log_ratio
        log_sum = np.logaddexp(self.log_in_q, log_r)
        tilt = (self.power * self.rho) * np.exp(log_r - log_sum)
        value, slope = _log_odds(self.in_q, self.in_r, self.log_belief + self.power * log_sum, tilt)
        return value + (1 - self.rho) * log_ratio, slope + (1 - self.rho)

    def columns(self, keep: npt.NDArray[Any]) -> MarginalRate:
        return replace(self, log_belief=_columns(self.log_belief, keep))


def _log_odds(in_q: FloatArray, in_r: FloatArray, exponent: FloatArray, tilt: FloatArray) -> tuple[FloatArray, FloatArray]:
    """ln of sum_z in_q e^exponent / sum_z in_r e^exponent, and its slope where the exponents have the slopes ``tilt``."""
    growth = np.exp(exponent - np.maximum.reduce(exponent))
    of_q, of_r = in_q * growth, in_r * growth
    sum_q, sum_r = total(of_q), total(of_r)
    return np.log(sum_q / sum_r), total(tilt * (of_q / sum_q - of_r / sum_r))


def _columns(values: FloatArray, keep: npt.NDArray[Any]) -> FloatArray:
    return values[..., keep] if values.shape[-1] > 1 else values


def _parameter(name: str, value: float | None, family: str, families: tuple[str, ...]) -> float | None:
    """A parameter that these families need, and others do not have."""
    if family in families:
        if value is None:
            raise missing(f"utility.{name}")
        return number(f"utility.{name}", value)
    if value is not None:
        raise InvalidEnvironment(f"utility.{name} is {shown(value)}; the family {family} has no {name}.")
    return None


def _given(parameter: float | None) -> float:
    if parameter is None:
        raise ValueError("this utility family needs a parameter that was not given")
    return parameter
