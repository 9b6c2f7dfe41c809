"""Lemma 2: the competitive equilibrium of the limit economy L^z(epsilon), which is also its market-game equilibrium.

It is the stage-2 computation with infinitely many agents: 1/M = 0 in ``theory.equilibrium.reduced_game``, the shares sigma(x)/M replaced by
the distribution of types. For log Cobb-Douglas the price is (sum mu w r-bar + eps_r)/(sum mu (1-w) q-bar + eps_q).

The equilibrium is unique for all four families, monotone demand or not: the argument in ``theory.equilibrium.stage2`` covers 1/M = 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import FloatArray
from theory.economy.environment import Environment
from theory.economy.labels import GOODS, MARKETS, TYPES, Labelled, axes
from theory.economy.utility import total
from theory.equilibrium.best_reply import price_taking_offers
from theory.equilibrium.bracketed_root import cross_bracketed
from theory.equilibrium.reduced_game import Crossing, Reduced, cross, parts_offered, reduced
from theory.equilibrium.stage2 import RESIDUAL_TOLERANCE, NotSolved
from theory.mechanism import bundles_at_price


@dataclass(frozen=True, eq=False, repr=False)
class CompetitiveEquilibrium(Labelled):
    """Competitive equilibria of B economies: of the states of an environment (B = Z), or of posteriors and shares.

    ``price`` p^z (B,); ``bundles`` (q^z, r^z) and ``offers`` beta^z (B, K, 2) in goods, also for types without agents, who take
    the price; ``residual`` (B,), the largest distance in goods from a price taker's best offer and from a cleared market.
    ``markets`` names the states if each economy belongs to one.
    """

    price: FloatArray = field(metadata=axes(MARKETS))
    bundles: FloatArray = field(metadata=axes(MARKETS, TYPES, GOODS))
    offers: FloatArray = field(metadata=axes(MARKETS, TYPES, GOODS))
    residual: FloatArray = field(metadata=axes(MARKETS))
    types: tuple[str, ...]
    states: tuple[str, ...]
    markets: tuple[str, ...] = ()


def competitive_equilibrium(environment: Environment) -> CompetitiveEquilibrium:
    """The competitive equilibrium of L^z(epsilon) for every state z, in the order of ``environment.states``.

    >>> from theory import competitive_equilibrium, read_environment
    >>> found = competitive_equilibrium(read_environment("environments/mixed_values.toml"))
    >>> {state: round(price, 4) for state, price in found["price"].items()}
    {'low': 0.351, 'high': 2.8491}
    """
    found = competitive_equilibrium_at(environment, np.eye(len(environment.states)), environment.likelihood)
    return replace(found, markets=environment.states)


def competitive_equilibrium_at(environment: Environment, posterior: npt.ArrayLike, shares: npt.ArrayLike) -> CompetitiveEquilibrium:
    """The competitive equilibrium if all hold ``posterior`` (B, Z), or each type its own (B, K, Z), and types have ``shares`` (B, K).

    Raises NotSolved rather than return offers that are not a price taker's best or prices that do not clear.
    """
    belief, weight = np.atleast_2d(np.asarray(posterior, float)), np.atleast_2d(np.asarray(shares, float))
    own = (len(environment.types),) if belief.ndim == 3 else ()
    if weight.shape[1] != len(environment.types) or belief.shape[1:] != (*own, len(environment.states)):
        raise ValueError(f"a posterior needs {len(environment.states)} states and shares need {len(environment.types)} types.")
    if (weight < 0).any() or not np.allclose(weight.sum(axis=1), 1.0, rtol=0, atol=1e-9):
        raise ValueError("the shares of the types must be at least 0 and sum to 1.")
    rows = np.broadcast_shapes(belief.shape[:1], weight.shape[:1])
    belief = np.broadcast_to(belief, (*rows, *belief.shape[1:]))
    weight = np.broadcast_to(weight, (*rows, weight.shape[1]))
    game = reduced(environment, belief, np.ascontiguousarray(weight.T), np.full(rows, np.inf))
    price, parts, gap = _checked(game, cross(game))
    if not (gap <= RESIDUAL_TOLERANCE).all():
        price, parts, gap = _checked(game, cross_bracketed(game))
    if not (gap <= RESIDUAL_TOLERANCE).all():
        raise NotSolved(f"No competitive equilibrium was found: the best try is off by {gap.max():.3g} of the endowment.")
    ends = environment.endowment
    price = price * environment.endowment_ratio
    offers = parts.transpose(2, 0, 1) * ends
    bundles = bundles_at_price(offers, price[:, None], ends)
    return CompetitiveEquilibrium(price, bundles, offers, gap * ends.max(), environment.types, environment.states)


def _checked(game: Reduced, found: Crossing) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Price relative to p1 (B,), offers as parts of the endowment (K, 2, B), distance from optimal and cleared (B,)."""
    parts = parts_offered(found)
    total_q, total_r = total(game.shares[:, None] * parts) + game.epsilon
    price = total_r / total_q
    best = price_taking_offers(game.rate, np.broadcast_to(price, game.shares.shape)).swapaxes(0, 1)
    # a type without agents has no offer from the crossing: it takes the price
    parts = np.where(game.shares[:, None] > 0, parts, best)
    gap = np.maximum(np.abs(parts - best).max(axis=(0, 1)), np.abs(np.log(price) - found.log_price))
    return price, parts, np.where(found.settled, gap, np.inf)
