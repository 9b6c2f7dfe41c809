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

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

LOG_COBB_DOUGLAS = "cobb-douglas-log"
COBB_DOUGLAS = "cobb-douglas"
CES = "ces"
CRRA = "crra"
FAMILIES = (LOG_COBB_DOUGLAS, COBB_DOUGLAS, CES, CRRA)


@dataclass(frozen=True, eq=False)
class LogMRS:
    """ln of the expected marginal rate of substitution U_q/U_r, and its slope in ln(r/q), which is positive."""

    value: FloatArray
    slope: FloatArray


@dataclass(frozen=True, eq=False)
class Utility:
    """The utility functions of all types in all states.

    ``weight`` has shape (types, states). ``floor`` is the least number of points paid out, or None; the theory
    does not use it.
    """

    family: str
    weight: FloatArray
    scale: float = 1.0
    shift: float = 0.0
    curvature: float | None = None
    rho: float | None = None
    floor: float | None = None

    def points(self, q: npt.ArrayLike, r: npt.ArrayLike, weight: npt.ArrayLike) -> FloatArray:
        """u(q, r; w) in points; the arguments broadcast. Minus infinity where the family puts it on an empty good."""
        q, r, w = np.asarray(q, float), np.asarray(r, float), np.asarray(weight, float)
        with np.errstate(divide="ignore"):
            return self.shift + self.scale * self._v(q, r, w)

    def expected_points(self, q: npt.ArrayLike, r: npt.ArrayLike, weight: npt.ArrayLike, belief: npt.ArrayLike) -> FloatArray:
        """Expected points of a bundle under a belief over states.

        ``q`` and ``r`` of any shape S; ``weight`` and ``belief`` broadcast to S + (states,). A state of probability
        zero adds nothing, also where the bundle would be worth minus infinity in it.
        """
        belief = np.asarray(belief, float)
        points = self.points(np.asarray(q, float)[..., None], np.asarray(r, float)[..., None], weight)
        with np.errstate(invalid="ignore"):
            return np.where(belief > 0, belief * points, 0.0).sum(axis=-1)

    def log_mrs(self, log_ratio: npt.ArrayLike, weight: npt.ArrayLike, belief: npt.ArrayLike) -> LogMRS:
        """ln U_q/U_r of expected utility at bundles with ln(r/q) = ``log_ratio`` (shape S).

        ``weight`` and ``belief`` broadcast to S + (states,).
        """
        log_ratio, w, phi = np.asarray(log_ratio, float), np.asarray(weight, float), np.asarray(belief, float)
        if self.family in (LOG_COBB_DOUGLAS, CRRA):
            elasticity = 1.0 if self.family == LOG_COBB_DOUGLAS else _given(self.curvature)
            mean = (phi * w).sum(axis=-1)
            value = np.log(mean) - np.log((phi * (1 - w)).sum(axis=-1)) + elasticity * log_ratio
            return LogMRS(value, np.full_like(value, elasticity))
        return self._log_mrs_mixed(log_ratio[..., None], w, phi)

    def _log_mrs_mixed(self, log_ratio: FloatArray, w: FloatArray, phi: FloatArray) -> LogMRS:
        # U_q and U_r are sums over states of terms k_z * exp(e_z(ln t)); a common factor of both is dropped.
        if self.family == COBB_DOUGLAS:
            exponent_slope = (1 - w) * _given(self.curvature)
            exponent = exponent_slope * log_ratio
            common_slope = 1.0
        else:
            rho = _given(self.rho)
            power = _given(self.curvature) / rho - 1
            # S = w + (1-w) t^rho, scaled by max(1, t^rho), which is common to all states
            excess = rho * np.maximum(log_ratio, 0.0)
            other = (1 - w) * np.exp(rho * log_ratio - excess)
            total = w * np.exp(-excess) + other
            exponent = power * np.log(total)
            exponent_slope = power * rho * other / total
            common_slope = 1 - rho
        with np.errstate(divide="ignore"):
            exponent = exponent - np.where(phi > 0, exponent, -np.inf).max(axis=-1, keepdims=True)
            growth = np.where(phi > 0, phi, 0.0) * np.exp(np.minimum(exponent, 0.0))
        in_q, in_r = w * growth, (1 - w) * growth
        sum_q, sum_r = in_q.sum(axis=-1), in_r.sum(axis=-1)
        value = np.log(sum_q) - np.log(sum_r) + common_slope * log_ratio[..., 0]
        slope = common_slope + (exponent_slope * in_q).sum(axis=-1) / sum_q - (exponent_slope * in_r).sum(axis=-1) / sum_r
        return LogMRS(value, slope)

    def _v(self, q: FloatArray, r: FloatArray, w: FloatArray) -> FloatArray:
        if self.family == LOG_COBB_DOUGLAS:
            return w * np.log(q) + (1 - w) * np.log(r)
        c = _given(self.curvature)
        if self.family == COBB_DOUGLAS:
            return (q**w * r ** (1 - w)) ** c
        if self.family == CES:
            rho = _given(self.rho)
            return (w * q**rho + (1 - w) * r**rho) ** (c / rho)
        return (w * q ** (1 - c) + (1 - w) * r ** (1 - c)) / (1 - c)


def _given(parameter: float | None) -> float:
    if parameter is None:
        raise ValueError("this utility family needs a parameter that was not given")
    return parameter
