r"""Maximum likelihood for a behavioural model, and one Newton step to the estimate under other
weights of the independent units.

A subject's log-likelihood is the log of the sum, over kinds of subject, of the kind's share times
the probability of all the subject's offers. A unit's is the sum over its subjects, and that of the
data is the sum of w_u l_u over units with weights w_u = 1. It is maximised on the free scale
(logarithms of precisions) by SciPy's L-BFGS-B within the parameters' ranges, from every start, and
then by Newton's method.

With other weights, as a resample or a deleted unit has, the estimate is one Newton step away,

    t(w) = t + (sum of w_u H_u)^-1 (sum of w_u s_u),      s_u = dl_u/dt, H_u = -d2l_u/dt2,

a one-step bootstrap (Davidson and MacKinnon 1999): it differs from full re-estimation by the square
of the step, and costs nothing. Derivatives are central differences of the units' log-likelihoods,
or one-sided differences if a parameter is at an end of its range.

``logit_empirical`` takes the others' mean offers from the same data. Noise in these means biases
its precision downwards, and the more so the fewer the units. So the jackknife corrects it: with
t(-u) the estimate without unit u, whose offers are then also missing from the means, the estimate
is the average of the pseudo-values U t - (U - 1) t(-u). Resamples average resampled pseudo-values,
so that their spread includes the noise in the means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.optimize import Bounds, minimize
from scipy.special import logsumexp

from comparison.behaviour.choices import Choices, Play
from comparison.behaviour.models import Choice, Kind, Model
from theory.economy.arrays import BoolArray, FloatArray

STEP = 1e-4
"""The step of the numerical derivatives, on the free scale."""
POLISHING = 8
SETTLED = 1e-3
"""The search ends when Newton's next step is smaller than this, in standard errors from the
information matrix.
"""
AT_END = 1e-6
"""A parameter this near to an end of its range, on the free scale, counts as at the end."""
LEAST_SHARE = 1e-300
LEAST_INFORMATION, LEAST_CURVATURE = 1e-9, 0.1
"""Directions with less than this share of the largest information count as unknown; curvature below
this share of the usual is not used.
"""

UnitLikelihood = Callable[[FloatArray], FloatArray]
"""ln likelihood of every unit, (U,), at a point of the free scale."""


class NotEstimated(RuntimeError):
    """A likelihood whose maximum was not found. The message is one sentence."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A model estimated from U units.

    ``values`` (P,); ``free`` the same on the scale of estimation; ``at_end`` (P,) which of them
    stopped at an end of their ranges; ``unit_loglik`` (U,); ``scores`` (U, P) and ``information``
    (U, P, P) by unit, on the free scale; ``choices`` the number explained; ``left_out`` (U, P) the
    free estimates without each unit; ``pseudo`` (U, P) the pseudo-values if the jackknife corrects
    the estimate.
    """

    model: Model
    values: FloatArray
    free: FloatArray
    at_end: BoolArray
    unit_loglik: FloatArray
    scores: FloatArray
    information: FloatArray
    choices: int
    left_out: FloatArray
    pseudo: FloatArray | None = None

    @property
    def loglik(self) -> float:
        return float(self.unit_loglik.sum())

    def reweighted(self, weights: FloatArray) -> FloatArray:
        """Estimates on the free scale with units weighted by ``weights`` (B, U), one Newton step
        each: (B, P).

        A parameter at an end of its range stays there if the step leads out of the range.
        """
        if self.pseudo is not None:
            return np.asarray(weights @ self.pseudo / weights.sum(axis=1, keepdims=True))
        return _reweighted(self.free, self.scores, self.information, weights, _ends(self.model))

    def value(self, free: FloatArray) -> FloatArray:
        """Parameters (..., P) from the free scale."""
        logarithmic = np.array([one.logarithmic for one in self.model.parameters], bool)
        return np.where(logarithmic, np.exp(np.where(logarithmic, free, 0.0)), free)


def estimate(model: Model, play: Play, near: FloatArray | None = None) -> Fit:
    """The maximum of the likelihood; if values ``near`` (P,) are given, the one closest to them.

    Raises NotEstimated with one sentence if the search does not settle.
    """
    likelihood, ends = unit_likelihood(model, play), _ends(model)
    free = np.zeros(0)
    if model.parameters:
        start = _search(likelihood, model, ends) if near is None else _free(model, near)
        free = _polished(likelihood, start, ends, model.name)
    found = _fit(model, play, likelihood, free)
    return _corrected(found, play, likelihood) if model.needs_data and play.units > 1 else found


def _fit(model: Model, play: Play, likelihood: UnitLikelihood, free: FloatArray) -> Fit:
    ends = _ends(model)
    unit_loglik, scores, information = _derivatives(likelihood, free, ends)
    if not np.isfinite(unit_loglik).all():
        raise NotEstimated(f"The model {model.name} gives zero probability to some offers that were made.")
    left_out = _reweighted(free, scores, information, _without_each(play.units), ends)
    values = np.array([parameter.value(value) for parameter, value in zip(model.parameters, free.tolist(), strict=True)])
    return Fit(model, values, free, _at_end(free, ends), unit_loglik, scores, information, play.choices.number, left_out)


def _corrected(fit: Fit, play: Play, likelihood: UnitLikelihood) -> Fit:
    """The jackknife's correction. A unit that is left out is also missing from the means that the
    others are expected to offer.
    """
    ends = _ends(fit.model)
    left_out = np.empty_like(fit.left_out)
    for unit, others in enumerate(_without_each(play.units)):
        _, scores, information = _derivatives(unit_likelihood(fit.model, play, others), fit.free, ends)
        left_out[unit] = _reweighted(fit.free, scores, information, others[None], ends)[0]
    pseudo = play.units * fit.free - (play.units - 1) * left_out
    free = np.clip(pseudo.mean(axis=0), *ends.T)
    return replace(_fit(fit.model, play, likelihood, free), left_out=left_out, pseudo=pseudo)


def _reweighted(free: FloatArray, scores: FloatArray, information: FloatArray, weights: FloatArray, ends: FloatArray) -> FloatArray:
    step = _newton(weights @ scores, np.tensordot(weights, information, axes=1), information.sum(axis=0), free, ends)
    return np.asarray(free + step)


def _without_each(units: int) -> FloatArray:
    """Weights (U, U), each row of which leaves out one unit."""
    return np.asarray(np.ones((units, units)) - np.eye(units), float)


def _free(model: Model, values: FloatArray) -> FloatArray:
    return np.array([parameter.free(value) for parameter, value in zip(model.parameters, values.tolist(), strict=True)])


def _ends(model: Model) -> FloatArray:
    """The ends of the parameters' ranges on the free scale, (P, 2)."""
    return np.array([(one.free(one.least), one.free(one.most)) for one in model.parameters]).reshape(-1, 2)


def unit_likelihood(model: Model, play: Play, weight: FloatArray | None = None) -> UnitLikelihood:
    """The log-likelihood of every unit as a function of the free parameters; ``weight`` (U,)
    weights the units in the others' mean offers, if the model needs these.
    """
    observed = play.mean_offers(np.ones(play.units) if weight is None else weight) if model.needs_data else None
    choice, choices, units = model.bind(play.situations, observed), play.choices, play.units

    def likelihood(free: FloatArray) -> FloatArray:
        values = np.array([parameter.value(value) for parameter, value in zip(model.parameters, free, strict=True)])
        return np.asarray(np.bincount(choices.unit_of, _subjects(choice, choices, values), units), float)

    return likelihood


def _subjects(choice: Choice, choices: Choices, values: FloatArray) -> FloatArray:
    """ln likelihood of every subject."""
    kinds: Sequence[Kind] = choice(values)
    parts = [
        np.log(max(kind.share, LEAST_SHARE)) + choices.first @ kind.first.ravel() + choices.second @ kind.second.ravel() for kind in kinds
    ]
    return parts[0] if len(parts) == 1 else np.asarray(logsumexp(parts, axis=0))


def _search(likelihood: UnitLikelihood, model: Model, ends: FloatArray) -> FloatArray:
    """The best maximum of the climbs from the best starts."""
    starts = [_free(model, np.array(values)) for values in product(*(parameter.starts for parameter in model.parameters))]
    starts.sort(key=lambda start: -_total(likelihood, start))
    climbed = [_climbed(likelihood, start, ends) for start in starts[: model.climbs]]
    return max(climbed, key=lambda point: _total(likelihood, point))


def _climbed(likelihood: UnitLikelihood, start: FloatArray, ends: FloatArray) -> FloatArray:
    scale = max(1.0, abs(_total(likelihood, start)))

    def loss(free: FloatArray) -> tuple[float, FloatArray]:
        slope = [
            (_total(likelihood, back) - _total(likelihood, forward)) / scale / (2 * STEP)
            for forward, back in (_apart(free, ends, p) for p in range(free.size))
        ]
        return -_total(likelihood, free) / scale, np.array(slope)

    options = {"ftol": 1e-13, "gtol": 1e-8}
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=Bounds(*ends.T), options=options).x)


def _polished(likelihood: UnitLikelihood, free: FloatArray, ends: FloatArray, name: str) -> FloatArray:
    """Newton's method from a point near the maximum, halving steps that do not climb."""
    for _ in range(POLISHING):
        height, scores, information = _derivatives(likelihood, free, ends)
        at_end = _at_end(free, ends)
        step = _newton(scores.sum(axis=0)[None], information.sum(axis=0)[None], information.sum(axis=0), free, ends)[0]
        size = float(np.sqrt(max(step @ information.sum(axis=0) @ step, 0.0)))
        if size <= SETTLED or (np.abs(step) <= AT_END).all() or at_end.all():
            return np.asarray(np.clip(free + step, *ends.T))
        for _ in range(POLISHING):
            there = np.clip(free + step, *ends.T)
            if _total(likelihood, there) > height.sum():
                break
            step = step / 2
        else:
            return free
        free = there
    raise NotEstimated(
        f"The likelihood of the model {name} has no maximum that could be found: the last step was {size:.3g} standard errors."
    )


def _derivatives(likelihood: UnitLikelihood, free: FloatArray, ends: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """l_u (U,), s_u (U, P) and H_u (U, P, P), the last two at least a step within the range."""
    height, size = likelihood(free), free.size
    middle = np.clip(free, ends[:, 0] + STEP, ends[:, 1] - STEP)
    centre = height if (middle == free).all() else likelihood(middle)
    scores, information = np.empty((len(height), size)), np.empty((len(height), size, size))
    sides = [tuple(likelihood(place) for place in _apart(middle, ends, p)) for p in range(size)]
    for p, (forward, back) in enumerate(sides):
        scores[:, p] = (forward - back) / (2 * STEP)
        information[:, p, p] = -(forward - 2 * centre + back) / STEP**2
        for other in range(p):
            both = [likelihood(place) for place in _apart(middle, ends, p, other)]
            mixed = both[0] + both[1] - forward - back - sides[other][0] - sides[other][1] + 2 * centre
            information[:, p, other] = information[:, other, p] = -mixed / (2 * STEP**2)
    return height, scores, information


def _apart(free: FloatArray, ends: FloatArray, *which: int) -> tuple[FloatArray, FloatArray]:
    """One step forward and one step back in some parameters, from a place at least a step within
    the range.
    """
    step = np.zeros_like(free)
    step[list(which)] = STEP
    middle = np.clip(free, ends[:, 0] + STEP, ends[:, 1] - STEP)
    return middle + step, middle - step


def _newton(scores: FloatArray, information: FloatArray, usual: FloatArray, free: FloatArray, ends: FloatArray) -> FloatArray:
    """Newton steps (B, P) that stay within the range; ``usual`` (P, P) is the information of the
    weights 1.

    Curvature of less than a tenth of the usual is raised to a tenth of it, so that no resample
    steps far out.
    """
    if not free.size:
        return np.zeros_like(scores)
    step = _solved(scores, information, usual)
    at_end = _at_end(free, ends)
    if at_end.any():
        there = free + step
        out = np.asarray(((there < ends[:, 0]) | (there > ends[:, 1]))[:, at_end].any(axis=1))
        held = np.zeros_like(step)
        inside = np.flatnonzero(~at_end)
        block = np.ix_(inside, inside)
        held[:, inside] = _solved(scores[:, inside], information[:, block[0], block[1]], usual[block])
        step = np.where(out[:, None], held, step)
    return np.clip(free + step, *ends.T) - free


def _solved(scores: FloatArray, information: FloatArray, usual: FloatArray) -> FloatArray:
    if not scores.shape[1]:
        return scores
    size, axes = np.linalg.eigh(usual)
    known = size > LEAST_INFORMATION * max(size.max(), LEAST_INFORMATION)
    root = axes[:, known] / np.sqrt(size[known])
    curvature, turned = np.linalg.eigh(root.T @ information @ root)
    along = np.einsum("bij,bi->bj", turned, scores @ root)
    return np.asarray(np.einsum("bij,bj->bi", turned, along / np.maximum(curvature, LEAST_CURVATURE)) @ root.T)


def _at_end(free: FloatArray, ends: FloatArray) -> BoolArray:
    return np.asarray(np.minimum(free - ends[:, 0], ends[:, 1] - free) <= AT_END)


def _total(likelihood: UnitLikelihood, free: FloatArray) -> float:
    return float(likelihood(free).sum())
