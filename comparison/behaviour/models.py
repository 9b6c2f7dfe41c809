r"""The behavioural models by name: the probability that each gives to every offer, at both stages.

All choose from the grid with logit errors, P(b) proportional to exp(lambda V(b)), V in points. At
stage 1, V = G_x of eq. (4), the payoff if inactive, with precision lambda1; like the paper's
alpha*, this leaves out that the first offer also moves stage 2. At stage 2 the precision is lambda2
and the models differ in V. Write sigma' for the announced types, phi for the posterior of sigma*,
and (Q_-, R_-) for the others' totals that the agent expects:

=====================  ======================================================================================================
model                  V at stage 2
=====================  ======================================================================================================
uniform                0, at both stages: anything is offered
logit_nash             H_x(b; Q_-, R_-) at phi; the others play s2*: beta at sigma'
logit_equilibrium      H_x(b; Q_-, R_-) at phi; the others err alike: the logit equilibrium in means (``equilibria.logit_offers``)
logit_empirical        H_x(b; Q_-, R_-) at phi; the others offer what, in the data, those read as their type offered on average after the
                       same announcement: rational expectations without an equilibrium. An estimator: it cannot be simulated
cursed                 H_x at (1 - chi) phi + chi tau_x; the others play the equilibrium of agents who hold such beliefs
conduct                E u(q-bar - b_q + b_r/p, r-bar - b_r + p b_q), p = (R + theta (b_r - e_r))/(Q + theta (b_q - e_q)) at phi: (Q, R) are
                       the totals and e the agent's offer as everybody expects, the equilibrium of conduct theta. At b = e this is
                       maximal where U_q/U_r = p (1 - theta b/Q); theta = 1 is logit_nash, theta = 0 takes the expected price
level_k                a subject has one level throughout. Level 0 offers anything at both stages; level 1 takes the others for
                       level 0; level 2 takes them for level 1 without errors. Levels 1 and 2 hold phi
equilibrium            the nearest offer of the grid to alpha* and s2*, without errors: it can be simulated, not estimated
=====================  ======================================================================================================

Sources: McKelvey and Palfrey (1995) for logit equilibrium; Eyster and Rabin (2005) for chi;
Bresnahan (1982) for conduct; Stahl and Wilson (1994) and Nagel (1995) for levels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from comparison.behaviour.equilibria import conduct_offers, cursed_belief, logit_choice, logit_offers
from comparison.behaviour.game import Game
from comparison.behaviour.parameters import LAMBDA1, LAMBDA2, InvalidParameter, Parameter
from comparison.behaviour.situations import Situations
from theory.economy.arrays import FloatArray
from theory.equilibrium.best_reply import best_reply
from theory.equilibrium.stage1 import stage1_optimum
from theory.information.beliefs import private_posterior
from theory.mechanism import bundles_at_price

REMEMBERED = 8
"""The number of parameter values whose payoffs are cached: numerical derivatives return to the same
ones.
"""


@dataclass(frozen=True, eq=False)
class Kind:
    """Subjects of one kind: their ``share``, and ln P of every offer at stage 1, (K, G), and in every situation of stage 2, (C, G)."""

    share: float
    first: FloatArray
    second: FloatArray


Choice: TypeAlias = Callable[[FloatArray], tuple[Kind, ...]]
"""The kinds of subjects at given values of a model's parameters."""


@dataclass(frozen=True, eq=False)
class Model:
    """A behavioural model. ``bind`` sets it into the situations of some data: with others' mean offers (D, K, 2) where it ``needs_data``.

    The likelihood is climbed from the best ``climbs`` of the parameters' starts.
    """

    name: str
    parameters: tuple[Parameter, ...]
    description: str
    bind: Callable[[Situations, FloatArray | None], Choice]
    needs_data: bool = False
    climbs: int = 1
    estimable: bool = True


def model(name: str) -> Model:
    """The model of that name. Raises InvalidParameter with one sentence."""
    if name not in MODELS:
        raise InvalidParameter(f"There is no behavioural model {name!r}; there are {', '.join(MODELS)}.")
    return MODELS[name]


def _one(game: Game, lambda1: float, second: FloatArray) -> tuple[Kind, ...]:
    return (Kind(1.0, logit_choice(game.stage1_points, lambda1), second),)


def _uniform(situations: Situations, observed: FloatArray | None) -> Choice:
    kind = _anything(situations, 1.0)
    return lambda values: (kind,)


def _equilibrium(situations: Situations, observed: FloatArray | None) -> Choice:
    game, beta = situations.game, conduct_offers(situations.game, situations.configurations, situations.public_posterior)
    others = situations.others_totals(beta)
    offers = best_reply(game.environment, situations.own, situations.posterior, others[:, 0], others[:, 1])
    kind = Kind(1.0, _surely(game, stage1_optimum(game.environment).offers), _surely(game, offers))
    return lambda values: (kind,)


def _logit_nash(situations: Situations, observed: FloatArray | None) -> Choice:
    return _logit_against(situations, conduct_offers(situations.game, situations.configurations, situations.public_posterior))


def _logit_empirical(situations: Situations, observed: FloatArray | None) -> Choice:
    if observed is None:
        raise ValueError("logit_empirical is bound without the others' mean offers")
    return _logit_against(situations, observed)


def _logit_against(situations: Situations, expected: FloatArray) -> Choice:
    game = situations.game
    points = game.stage2_points(situations.own, situations.posterior, situations.others_totals(expected))
    return lambda values: _one(game, values[0], logit_choice(points, values[1]))


def _logit_equilibrium(situations: Situations, observed: FloatArray | None) -> Choice:
    game, known = situations.game, situations.configurations
    last: list[FloatArray] = []

    def points(lambda2: float) -> FloatArray:
        mean = logit_offers(game, known, situations.public_posterior, lambda2, last[-1] if last else None)
        last[:] = [mean]
        return game.stage2_points(situations.own, situations.posterior, situations.others_totals(mean))

    remembered = lru_cache(REMEMBERED)(points)
    return lambda values: _one(game, values[0], logit_choice(remembered(values[1]), values[1]))


def _cursed(situations: Situations, observed: FloatArray | None) -> Choice:
    game, tau = situations.game, private_posterior(situations.game.environment)[situations.own]

    def points(chi: float) -> FloatArray:
        others = conduct_offers(game, situations.configurations, cursed_belief(game, situations.public_posterior, chi))
        belief = (1 - chi) * situations.posterior + chi * tau
        return game.stage2_points(situations.own, belief, situations.others_totals(others))

    remembered = lru_cache(REMEMBERED)(points)
    return lambda values: _one(game, values[0], logit_choice(remembered(values[2]), values[1]))


def _conduct(situations: Situations, observed: FloatArray | None) -> Choice:
    game, env = situations.game, situations.game.environment
    rows, read = situations.which, situations.read_as
    seen = (read >= 0)[:, None]

    def points(theta: float) -> FloatArray:
        offers = conduct_offers(game, situations.configurations, situations.public_posterior, theta)
        expected = np.where(seen, offers[rows, read], 0.0)
        totals = game.exogenous + (situations.configurations[..., None] * offers).sum(axis=1)
        moved = totals[rows][:, None] + theta * (game.offers - expected[:, None])
        moved = np.maximum(moved, game.exogenous)
        bundles = bundles_at_price(game.offers, moved[..., 1] / moved[..., 0], env.endowment)
        return game.expected_points(situations.own, situations.posterior, bundles)

    remembered = lru_cache(REMEMBERED)(points)
    return lambda values: _one(game, values[0], logit_choice(remembered(values[2]), values[1]))


def _level_k(situations: Situations, observed: FloatArray | None) -> Choice:
    game = situations.game
    level0_offers = np.full((len(situations.configurations), len(game.environment.types), 2), game.offers.mean(axis=0))
    points1 = game.stage2_points(situations.own, situations.posterior, situations.others_totals(level0_offers))
    points2 = game.stage2_points(situations.own, situations.posterior, situations.others_totals(_level1_offers(situations)))

    def choice(values: FloatArray) -> tuple[Kind, ...]:
        lambda1, lambda2, level0, level1 = values
        first = logit_choice(game.stage1_points, lambda1)
        thinking = 1 - level0
        return (
            _anything(situations, level0),
            Kind(thinking * level1, first, logit_choice(points1, lambda2)),
            Kind(thinking * (1 - level1), first, logit_choice(points2, lambda2)),
        )

    return choice


def _level1_offers(situations: Situations) -> FloatArray:
    """The error-free offers of level 1 at each sigma', by the type read, (D, K, 2), if everybody
    faces the same totals of the others.
    """
    game = situations.game
    kinds = len(game.environment.types)
    others = game.exogenous + (situations.configurations.sum(axis=1) - 1)[:, None] * game.offers.mean(axis=0)
    posterior = situations.public_posterior[:, None]
    return best_reply(game.environment, np.arange(kinds)[None], posterior, others[:, :1], others[:, 1:])


def _anything(situations: Situations, share: float) -> Kind:
    game = situations.game
    even = -np.log(len(game.offers))
    return Kind(share, np.full(game.stage1_points.shape, even), np.full((len(situations), len(game.offers)), even))


def _surely(game: Game, offers: FloatArray) -> FloatArray:
    """ln P of choosing the nearest offers of the grid with certainty: (C, 2) to (C, G)."""
    nearest = [game.grid.nearest(*offer) for offer in offers.tolist()]
    log_chance = np.full((len(offers), len(game.offers)), -np.inf)
    if nearest:
        log_chance[np.arange(len(offers)), game.index([(offer.q, offer.r) for offer in nearest])] = 0.0
    return log_chance


_CHI = Parameter("chi", 0.0, 1.0, (0.5,), "weight of the private posterior in the belief: 0 learns everything from others, 1 nothing")
_THETA = Parameter("theta", 0.0, 1.5, (0.5,), "conduct: 0 takes the price as given, 1 is Nash")
_LEVEL0 = Parameter("level0", 0.0, 1.0, (0.2,), "share of subjects of level 0")
_LEVEL1 = Parameter("level1", 0.0, 1.0, (0.5, 0.9, 0.1), "share of level 1 among those above level 0")
_LOGIT = (LAMBDA1, LAMBDA2)

MODELS = {
    found.name: found
    for found in (
        Model("uniform", (), "anything is offered", _uniform),
        Model("logit_nash", _LOGIT, "logit errors; the others are expected to play the equilibrium", _logit_nash),
        Model("logit_equilibrium", _LOGIT, "logit errors; the others are expected to err alike", _logit_equilibrium),
        Model("logit_empirical", _LOGIT, "logit errors; the others are expected to offer as observed", _logit_empirical, needs_data=True),
        Model("cursed", (*_LOGIT, _CHI), "logit errors; too little is learned from others' types", _cursed),
        Model("conduct", (*_LOGIT, _THETA), "logit errors; between price taking and Nash", _conduct),
        Model("level_k", (*_LOGIT, _LEVEL0, _LEVEL1), "a mixture of levels 0, 1 and 2", _level_k, climbs=3),
        Model("equilibrium", (), "the equilibrium without errors", _equilibrium, estimable=False),
    )
}
