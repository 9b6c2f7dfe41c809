"""The theory's prices for a market that has cleared, which the experimenter sees beside the
observed price while the session runs.

The *equilibrium* price is Proposition 1's at the types of the active agents; the *competitive* one
is L^z(epsilon) of Lemma 2 at the state. If nothing is announced, the equilibrium of the game
without an announcement takes seconds to compute, during which the server would answer nobody; so
the comparison computes it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from theory.economy.environment import Environment
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.stage2 import solve_stage2
from theory.information.beliefs import is_possible

NOT_ANNOUNCED = "Nothing is announced in this session: the comparison computes this equilibrium afterwards."
IMPOSSIBLE = "These types cannot occur together, so Bayes' rule does not apply."


@dataclass(frozen=True)
class Price:
    """A price of the theory; if there is none, ``reason`` says why in one sentence."""

    value: float | None
    reason: str = ""


@dataclass(frozen=True)
class PredictedPrices:
    equilibrium: Price
    competitive: Price


@lru_cache(maxsize=4096)
def predicted_prices(environment: Environment, configuration: tuple[int, ...], state: str, announced: bool) -> PredictedPrices:
    """The prices for a market with this state and this type configuration of the active agents."""
    return PredictedPrices(
        equilibrium=_or_reason(lambda: _equilibrium(environment, configuration)) if announced else Price(None, NOT_ANNOUNCED),
        competitive=_or_reason(lambda: _competitive(environment, state)),
    )


def _equilibrium(environment: Environment, configuration: tuple[int, ...]) -> Price:
    if not is_possible(environment, [configuration]).all():
        return Price(None, IMPOSSIBLE)
    return Price(float(solve_stage2(environment, [configuration]).price[0]))


def _competitive(environment: Environment, state: str) -> Price:
    return Price(float(competitive_equilibrium(environment).price[environment.states.index(state)]))


def _or_reason(solve: Callable[[], Price]) -> Price:
    """A solver's price; any error in the solver becomes the reason, since a report that fails shows
    nothing at all.
    """
    try:
        return solve()
    except Exception as error:
        return Price(None, str(error) or type(error).__name__)
