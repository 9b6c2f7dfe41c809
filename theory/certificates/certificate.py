r"""A proof by interval arithmetic that a computed stage-2 equilibrium (Proposition 1) is one, and the only one nearby.

The equilibria are the zeros of H, a function of ln p and of the types' log consumption ratios (``theory.certificates.ball_equations``,
which encloses H and its slopes rigorously). For a box X with centre c, an enclosure A of the slopes of H over X and any matrix Y,
Krawczyk's operator is

    K(X) = c - Y H(c) + (I - Y A) (X - c).

If K(X) lies in the interior of X, then X holds exactly one zero of H, and it lies in K(X). For each x in X there is an A_x in A with
H(x) = H(c) + A_x (x - c), so that x - Y H(x) is in K(X): a continuous map of X into itself, with a fixed point (Brouwer). The
inclusion also makes |I - Y A'| r < r in every row, for the radii r of X and every A' in A. Hence Y A' is regular, with it Y and A'; so
fixed points are zeros, and two zeros x and y in X, for which A' (x - y) = 0 with some A' in A, are the same.

H has kinks where a type changes sides. There the columns of A' are convex combinations of their two versions, so those of Y A' lie
between Y times the one version and Y times the other: this is how the product is enclosed.

All of it is computed in balls of 128 bits, or 512, from the numbers of the environment taken as exact. Two facts come from outside:
the first-order conditions suffice, because g and h in the proof of Proposition 1 are strictly concave, and agents of one type offer
alike, because each type's condition has one root at given totals (``theory.equilibrium.stage2``, which also proves that there is no other
equilibrium anywhere; this module does not use that).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from theory.certificates.ball_equations import BallEquations, MissingFlint, flint, posterior_in_balls
from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.equilibrium.stage2 import solve_stage2
from theory.information.counts import Counts, one_of_counts

if TYPE_CHECKING:
    from flint import arb

__all__ = ["Certificate", "Enclosure", "MissingFlint", "certify"]

PRECISIONS = (128, 512)
"""Bits of the balls' midpoints: the second is used if the first does not suffice."""
RADII = (1.0, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-6, 1e-8, 1e-11, 1e-15, 1e-20, 1e-26)
"""Radii tried for the box that holds exactly one equilibrium, in ln p and the log consumption ratios: the largest first."""
TIGHTEST = 1e-30
"""Radius of the box that is tried for the enclosure."""
POLISHING_STEPS = 50
TOLERANCE = 1e-12
ROUNDING_PER_AGENT = 1e-15
"""How far offers may be from the certified ones, in parts of the endowment; a posterior in floating point has the rounding of all its
signals."""
DIGITS = 25


@dataclass(frozen=True)
class Enclosure:
    """A number that lies in [lower, upper]; ``decimal`` is the narrowest interval known, as ``[middle +/- radius]``."""

    lower: float
    upper: float
    decimal: str


@dataclass(frozen=True, eq=False)
class Certificate:
    """What was proved about one type configuration.

    Where ``radius`` is a number, exactly one equilibrium has ln p and every type's ln(r/q) within ``radius`` of its own values;
    ``price`` and ``offers`` enclose it: (b_q, b_r) in goods per type, None for a type without agents. ``sides`` says of each type whether
    it sells q (+1), sells r (-1), or is not shown to do either (0): it offers nothing, or it has no agents. ``distance`` bounds how
    far the offers that were to be certified are from it, in parts of the endowment. ``certified`` means that this is at most
    ``tolerance``. ``bits`` is the precision, ``reason`` one sentence. Where nothing was proved, the others are None.
    """

    certified: bool
    reason: str
    tolerance: float
    bits: int
    radius: float | None = None
    distance: float | None = None
    price: Enclosure | None = None
    offers: tuple[tuple[Enclosure, Enclosure] | None, ...] | None = None
    sides: tuple[int, ...] | None = None


def certify(
    environment: Environment,
    configuration: Counts,
    posterior: npt.ArrayLike | None = None,
    *,
    offers: npt.ArrayLike | None = None,
    active: int | None = None,
    tolerance: float | None = None,
) -> Certificate:
    """Certify the equilibrium of one type configuration (K,), by name or in the order of the types.

    ``offers`` (K, 2) in goods are what is to be certified: those of ``solve_stage2`` unless given. ``posterior`` (Z,), taken as
    exact, replaces Bayes' rule. ``active`` is M if it exceeds the agents counted. Raises MissingFlint,
    ImpossibleConfiguration, and NotSolved where the offers are not given.
    """
    package = flint()
    counts = one_of_counts(environment, configuration)
    if counts.shape != (len(environment.types),) or (counts < 0).any() or (counts != counts.astype(np.int64)).any() or not counts.any():
        raise ValueError("a type configuration counts the agents of each type with whole numbers, and at least one agent.")
    counts = counts.astype(np.int64)
    size = int(counts.sum()) if active is None else active
    given = None if posterior is None else np.asarray(posterior, float)
    wanted = solve_stage2(environment, [counts], given, size).offers[0] if offers is None else np.asarray(offers, float)
    limit = TOLERANCE + ROUNDING_PER_AGENT * size if tolerance is None else tolerance
    for bits in PRECISIONS:
        with package.ctx.workprec(bits):
            found = _proved(environment, counts, size, given, wanted, limit, bits)
            if found is not None:
                return found
    return Certificate(False, "No box around the offers could be shown to hold exactly one equilibrium.", limit, max(PRECISIONS))


def _proved(
    env: Environment, counts: IntArray, size: int, given: FloatArray | None, wanted: FloatArray, limit: float, bits: int
) -> Certificate | None:
    """The certificate at the current precision, or None."""
    ball = flint().arb
    belief = posterior_in_balls(env, counts) if given is None else [ball(chance) for chance in given.tolist()]
    equations = BallEquations(env, counts, size, [belief] * len(counts))
    log_price, ratios = equations.start(wanted)
    centre = _polished(equations, [ball(log_price), *(ball(ratio) for ratio in ratios)])
    radius = next((r for r in RADII if _image(equations, centre, r) is not None), None)
    if radius is None:
        return None
    box = _image(equations, centre, TIGHTEST) or _image(equations, centre, radius)
    assert box is not None
    enclosed = equations.offers(box[0], box[1:])
    offers: list[tuple[Enclosure, Enclosure] | None] = [None] * len(counts)
    sides, distance = [0] * len(counts), 0.0
    for kind, (of_q, of_r), ratio in zip(equations.present, enclosed, box[1:], strict=True):
        offers[kind] = _enclosure(of_q), _enclosure(of_r)
        sides[kind] = 1 if ratio > 0 else -1 if ratio < 0 else 0
        for offer, own, end in zip((of_q, of_r), wanted[kind].tolist(), env.endowment.tolist(), strict=True):
            distance = max(distance, float((abs(offer - ball(own)) / ball(end)).upper()))
    certified = distance <= limit
    reason = (
        f"Exactly one equilibrium lies within {radius:g} of the offers' logarithms, and the offers are within {distance:.2g} of it."
        if certified
        else f"The only equilibrium near is off these offers by up to {distance:.2g} of the endowment; {limit:.2g} is allowed."
    )
    return Certificate(certified, reason, limit, bits, radius, distance, _enclosure(box[0].exp()), tuple(offers), tuple(sides))


def _polished(equations: BallEquations, point: list[arb]) -> list[arb]:
    """The point after Newton's method on midpoints, which proves nothing but brings the point close to the equilibrium."""
    for _ in range(POLISHING_STEPS):
        value = equations.matrix([[entry.mid()] for entry in equations.residual(point[0], point[1:])])
        slopes, _ = equations.slopes(point[0], point[1:])
        try:
            step = slopes.mid().solve(value)
        except ZeroDivisionError:
            return point
        moved = [(own - step[row, 0]).mid() for row, own in enumerate(point)]
        settled = all(abs(new - own) < 1e-32 for new, own in zip(moved, point, strict=True))
        point = moved
        if settled:
            break
    return point


def _image(equations: BallEquations, centre: Sequence[arb], radius: float) -> list[arb] | None:
    """K(X) for the box of this radius, if it lies in the interior of the box."""
    ball, size = flint().arb, len(centre)
    box = [own + ball(0, radius) for own in centre]
    selling_q, selling_r = equations.slopes(box[0], box[1:])
    try:
        inverse = ((selling_q + selling_r) * ball(0.5)).mid().inv().mid()
    except ZeroDivisionError:
        return None
    first, second = inverse * selling_q, inverse * selling_r
    moved = inverse * equations.matrix([[entry] for entry in equations.residual(centre[0], list(centre[1:]))])
    image = []
    for row in range(size):
        spread = ball(0)
        for column in range(size):
            one = ball(1) if row == column else ball(0)
            spread += (one - first[row, column].union(second[row, column])) * ball(0, radius)
        found = centre[row] - moved[row, 0] + spread
        if not box[row].contains_interior(found):
            return None
        image.append(found)
    return image


def _enclosure(number: arb) -> Enclosure:
    lower, upper = float(number.lower()), float(number.upper())
    return Enclosure(float(np.nextafter(lower, -np.inf)), float(np.nextafter(upper, np.inf)), number.str(DIGITS))
