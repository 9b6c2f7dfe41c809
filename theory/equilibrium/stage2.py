r"""The stage-2 equilibrium beta^sigma of Proposition 1, for a whole batch of type configurations in one call.

**The reduction to two totals.** Let U_x be the expected utility of type x under the common posterior and let Q and R be the
totals of eq. (3), everybody's offers and the exogenous M epsilon included, p = R/Q. An agent who offers b of good q
against the others' Q_- = Q - b gets b R/(Q_- + b) of good r, and one more unit of the offer gets R Q_-/(Q_- + b)^2
= p (1 - b/Q). So the first-order conditions of eq. (15) and (16), written in the totals that include one's own offer, are

    seller of q, offer b:   U_q/U_r = p (1 - b/Q)    at the bundle (q-bar - b, r-bar + p b),
    seller of r, offer c:   U_q/U_r = p/(1 - c/R)    at the bundle (q-bar + c/p, r-bar - c).

By (17) the side is decided by p alone: q is offered iff p exceeds U_q/U_r at the endowment, r iff it falls short. In terms
of the value of the net offer, y = p b or y = -c, and W = R = p Q, both lines read
ln U_q/U_r = ln p + sign(y) ln(1 - |y|/W).

All four families are homothetic in expectation: ln U_q/U_r = L(s) depends on the bundle only through s = ln(r/q), and
increases. Measure goods in endowments, totals per active agent (Q = M T_q) and let a = |s|. Eq. (2) makes the offer an
explicit function of s and p, exact also where nearly everything is offered:

    b = (1 - e^-a)/(1 + P e^-a),   P = p for sellers of q, 1/p for sellers of r,

and each type has one equation in one unknown, coupled to the others only through p and its own side's total,

    side (L(side a) - ln p) - ln(1 - b/(M T)) = 0,    T_q = eps_q + sum of (sigma/M) b over the sellers of q, likewise T_r,

closed by ln p = ln T_r - ln T_q. Newton's method in ln p and all a together (``theory.equilibrium.reduced_game``) has a diagonal
Jacobian bordered by the two totals and the price; eliminating the types leaves two divisions and one. In the competitive
limit 1/M = 0 the same equations are those of Lemma 2 (``theory.equilibrium.competitive``).

**There is one equilibrium**, which the paper leaves open. L increases because u is strictly concave in every state, and it runs
through all numbers. Write theta = L' > 0 and, for one type, b_a for the slope of b in a, phi = P e^-a/(1 + P e^-a),
D = 1/(M T - b), m = sigma/M, theta' = b_a D/(theta + b_a D) < 1 and e = m b_a/(theta + b_a D).

At given p and T the left side of a type's equation rises in a, from below zero and without bound: its offer is unique, the same for
all agents of the type. As T grows it grows less, d ln b/d ln T = theta' < 1. So b/T falls in T, and 1 = (eps + sum of m b)/T
has one root on each side. This makes F(ln p) = ln p - ln T_r + ln T_q a function; it is continuous, and smooth except where a
type changes sides, with no offer on either. Elsewhere

    F' = 1 + B_q/E_q + B_r/E_r,    B = sum of e (1 + b phi D) - m b phi,    E = T - sum of e b D.

Put pi = p/(1 + p) on the side of q and 1/(1 + p) on the side of r, so that phi <= pi. Because e D = m theta' <= m,
E >= T - sum of m b = eps > 0, and no term is negative, the last one positive, in

    B + pi E = sum of e + sum of (m - e D) b (pi - phi) + pi (T - sum of m b).

Hence B/E > -pi on each side; the two pi sum to 1, so F increases. By the bounds on the totals it is at most 0 at
p = eps_r/(1 + eps_q) and at least 0 at p = (1 + eps_r)/eps_q: it has one zero. First-order conditions suffice (g and h in the
proof of Proposition 1 are strictly concave), so this is the only equilibrium in pure strategies, symmetric or not, for every
elasticity, also where complete-information demand is not monotone (crra with c > 1). It rests on equal endowments, on
eps > 0, and on an L that depends on the ratio alone and increases. It does not use a common posterior: each type may hold
its own belief about the state, known to all like the types, and enters through its own L.

Where Newton's method does not settle, ``theory.equilibrium.bracketed_root`` finds the zero of F by nested brackets. Each answer is
checked before it is returned: the residual is its distance from the best replies of ``theory.equilibrium.best_reply``, which knows
nothing of the above.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.economy.labels import GOODS, MARKETS, STATES, TYPES, Labelled, axes
from theory.economy.utility import total
from theory.equilibrium.best_reply import best_reply, reply_in_parts
from theory.equilibrium.bracketed_root import cross_bracketed
from theory.equilibrium.reduced_game import Crossing, Reduced, cross, parts_offered, reduced
from theory.information.beliefs import posterior as bayes_posterior
from theory.information.counts import Counts, batch_of_counts
from theory.mechanism import bundles_at_price

__all__ = ["RESIDUAL_TOLERANCE", "NotSolved", "Stage2Equilibrium", "best_reply", "solve_stage2"]

RESIDUAL_TOLERANCE = 1e-10
"""Largest distance from a best reply, as a part of the endowment, at which an answer is returned."""


class NotSolved(RuntimeError):
    """No answer passed the check against best replies. The message is one sentence."""


@dataclass(frozen=True, eq=False, repr=False)
class Stage2Equilibrium(Labelled):
    """beta^sigma for B type configurations of K types.

    ``configurations`` (B, K) counts; ``posterior`` phi^sigma (B, Z), or (B, K, Z) where each type was given a belief of its own;
    ``price`` p2 (B,); ``total_q``, ``total_r`` (Q, R) of eq. (3), (B,); ``offers`` and ``bundles`` (B, K, 2) in goods, nan for a type
    without agents; ``residual`` (B,), the largest distance in goods between an offer and the best reply to the others' offers.
    """

    configurations: IntArray = field(metadata=axes(MARKETS, TYPES))
    posterior: FloatArray = field(metadata=axes(MARKETS, STATES, or_else=(MARKETS, TYPES, STATES)))
    price: FloatArray = field(metadata=axes(MARKETS))
    total_q: FloatArray = field(metadata=axes(MARKETS))
    total_r: FloatArray = field(metadata=axes(MARKETS))
    offers: FloatArray = field(metadata=axes(MARKETS, TYPES, GOODS))
    bundles: FloatArray = field(metadata=axes(MARKETS, TYPES, GOODS))
    residual: FloatArray = field(metadata=axes(MARKETS))
    types: tuple[str, ...]
    states: tuple[str, ...]


def solve_stage2(
    environment: Environment,
    configurations: Counts,
    posterior: npt.ArrayLike | None = None,
    active: npt.ArrayLike | None = None,
) -> Stage2Equilibrium:
    """Solve the stage-2 game on the path of a separating equilibrium for every row of ``configurations`` (B, K), or for one by name.

    ``posterior`` (B, Z) or (Z,) replaces Bayes' rule (Proposition 2 puts it on the state); with (B, K, Z) each type has a belief of its
    own (``theory.equilibrium.rivals``). ``active`` is M, for all rows or (B,), if it exceeds the agents counted: the others are
    present, so the exogenous offers are M epsilon, but they offer nothing. Raises NotSolved rather than return an answer that is not a best
    reply to itself.

    >>> from theory import read_environment, solve_stage2
    >>> market = solve_stage2(read_environment("environments/mixed_values.toml"), {"blue": 5, "green": 5})
    >>> round(market["price"], 9), market["residual"] < 1e-9
    (1.0, True)
    """
    counts, size = _checked(environment, configurations, active)
    belief = bayes_posterior(environment, counts) if posterior is None else _beliefs(environment, posterior, len(counts))
    number = counts.T.astype(float)
    game = reduced(environment, belief, number / size, size)
    parts, gap = _solved(game, number)
    return _result(environment, counts, belief, size, parts, gap)


def _checked(env: Environment, configurations: Counts, active: npt.ArrayLike | None) -> tuple[IntArray, FloatArray]:
    given = batch_of_counts(env, configurations)
    if given.ndim != 2 or given.shape[1] != len(env.types):
        raise ValueError(f"configurations have shape {given.shape}; they need one column for each of {len(env.types)} types.")
    counts = given.astype(np.int64)
    if (counts != given).any() or (counts < 0).any():
        raise ValueError("a type configuration must count agents with whole numbers of at least 0.")
    size = counts.sum(axis=1)
    if active is not None:
        given = np.broadcast_to(np.asarray(active, np.int64), size.shape)
        if (size > given).any():
            worst = int((size - given).argmax())
            raise ValueError(f"a type configuration counts {size[worst]} agents, more than the {given[worst]} active ones.")
        size = given
    if (size < 1).any():
        raise ValueError("a type configuration must count at least one agent, unless the number of active agents is given.")
    return counts, size.astype(float)


def _beliefs(env: Environment, posterior: npt.ArrayLike, rows: int) -> FloatArray:
    belief = np.asarray(posterior, float)
    of_types = (rows, len(env.types), len(env.states))
    if belief.shape not in (of_types[2:], of_types[::2], of_types):
        raise ValueError(f"the posterior has shape {belief.shape}; it needs one column for each of {len(env.states)} states.")
    if not (np.abs(belief.sum(axis=-1) - 1) <= 1e-9).all() or (belief < 0).any():
        raise ValueError("each row of the posterior must be probabilities that sum to 1.")
    return np.broadcast_to(belief, of_types if belief.ndim == 3 else of_types[::2])


def _solved(game: Reduced, number: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Offers as parts of the endowment (K, 2, B), and their distances from best replies (2, B), none above the tolerance."""
    found = cross(game)
    parts, gap = _parts_and_gap(game, number, found)
    good = found.settled & (np.maximum.reduce(gap) <= RESIDUAL_TOLERANCE)
    if not good.all():
        again = game.columns(~good)
        parts[:, :, ~good], gap[:, ~good] = _parts_and_gap(again, number[:, ~good], cross_bracketed(again))
        _refuse_large(gap, number)
    return parts, gap


def _refuse_large(gap: FloatArray, number: FloatArray) -> None:
    largest = np.maximum.reduce(gap)
    if not (largest <= RESIDUAL_TOLERANCE).all():
        worst = int(largest.argmax())
        raise NotSolved(
            f"No stage-2 equilibrium was found for the type configuration {number[:, worst].astype(int).tolist()}: the best try is off by"
            f" {largest[worst]:.3g} of the endowment, and {RESIDUAL_TOLERANCE:g} is wanted."
        )


def _parts_and_gap(game: Reduced, number: FloatArray, found: Crossing) -> tuple[FloatArray, FloatArray]:
    parts = parts_offered(found)
    others = total(number[:, None] * parts) + game.size * game.epsilon - parts
    present = number > 0
    reply = reply_in_parts(game.rate, game.at_endowment, others[:, 0], others[:, 1], parts.swapaxes(0, 1), present)
    distance = np.abs(reply - parts.swapaxes(0, 1)) * present
    return parts, np.asarray(np.maximum.reduce(distance, axis=1))


def _result(
    env: Environment, counts: IntArray, belief: FloatArray, size: FloatArray, parts: FloatArray, gap: FloatArray
) -> Stage2Equilibrium:
    offers = parts * env.endowment[:, None]
    total_q, total_r = total(counts.T[:, None] * offers) + env.exogenous(size).T
    price = total_r / total_q
    offers = offers.transpose(2, 0, 1)
    offers[counts == 0] = np.nan
    bundles = bundles_at_price(offers, price[:, None], env.endowment)
    residual = np.maximum(gap[0] * env.endowment_q, gap[1] * env.endowment_r)
    return Stage2Equilibrium(counts, belief, price, total_q, total_r, offers, bundles, residual, env.types, env.states)
