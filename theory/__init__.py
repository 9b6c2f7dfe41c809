"""The model of Hu and Wallace (2012), "Optimality in a large two-stage market game".

The names below are what the package offers; ``docs/library.md`` shows them at work. Each is imported when it is first used:
``python -m theory`` sets the number of threads before NumPy is loaded, and a program pays for no more than it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from theory.certificates.certificate import certify
    from theory.certificates.uniqueness import uniqueness
    from theory.checks.assumptions import assumptions
    from theory.economy.environment import (
        Environment,
        Role,
        environment_fields,
        parse_environment,
        read_environment,
    )
    from theory.economy.text import environment_text
    from theory.economy.utility import Utility
    from theory.economy.values import InvalidEnvironment
    from theory.efficiency.books import books
    from theory.efficiency.losses import expected_welfare, typical_market, welfare
    from theory.equilibrium.best_reply import best_reply
    from theory.equilibrium.competitive import competitive_equilibrium
    from theory.equilibrium.rivals import all_rivals, belief_about_state, rival_outcome
    from theory.equilibrium.semipooling import semipooling_equilibria
    from theory.equilibrium.stage1 import NotSeparating, intervals, read_type, stage1_optimum
    from theory.equilibrium.stage2 import NotSolved, solve_stage2
    from theory.information.beliefs import posterior, private_posterior
    from theory.information.signals import partition_of
    from theory.mechanism import fixed_price_trade, histogram, market_trade
    from theory.roles.uniqueness import competitive_prices
    from theory.roles.views import histogram_by_role, intervals_by_role, read_by_role, stage1_by_role
    from theory.simulation.frequencies import tally
    from theory.simulation.market_rounds import simulate
    from theory.simulation.strategies import defector_profile, equilibrium_profile, noisy_profile, rival_profile
    from theory.stage1_incentives.slack import incentives
    from theory.stage1_incentives.tail_bound import tail_bound
    from theory.stage1_incentives.threshold import threshold

__all__ = [
    "Environment",
    "InvalidEnvironment",
    "NotSeparating",
    "NotSolved",
    "Role",
    "Utility",
    "all_rivals",
    "assumptions",
    "belief_about_state",
    "best_reply",
    "books",
    "certify",
    "competitive_equilibrium",
    "competitive_prices",
    "defector_profile",
    "environment_fields",
    "environment_text",
    "equilibrium_profile",
    "expected_welfare",
    "fixed_price_trade",
    "histogram",
    "histogram_by_role",
    "incentives",
    "intervals",
    "intervals_by_role",
    "market_trade",
    "noisy_profile",
    "parse_environment",
    "partition_of",
    "posterior",
    "private_posterior",
    "read_by_role",
    "read_environment",
    "read_type",
    "rival_outcome",
    "rival_profile",
    "semipooling_equilibria",
    "simulate",
    "solve_stage2",
    "stage1_by_role",
    "stage1_optimum",
    "tail_bound",
    "tally",
    "threshold",
    "typical_market",
    "uniqueness",
    "welfare",
]

_MODULES = {
    "theory.certificates.certificate": ("certify",),
    "theory.certificates.uniqueness": ("uniqueness",),
    "theory.checks.assumptions": ("assumptions",),
    "theory.economy.environment": ("Environment", "Role", "environment_fields", "parse_environment", "read_environment"),
    "theory.economy.text": ("environment_text",),
    "theory.economy.utility": ("Utility",),
    "theory.economy.values": ("InvalidEnvironment",),
    "theory.efficiency.books": ("books",),
    "theory.efficiency.losses": ("expected_welfare", "typical_market", "welfare"),
    "theory.equilibrium.best_reply": ("best_reply",),
    "theory.equilibrium.competitive": ("competitive_equilibrium",),
    "theory.equilibrium.rivals": ("all_rivals", "belief_about_state", "rival_outcome"),
    "theory.equilibrium.semipooling": ("semipooling_equilibria",),
    "theory.equilibrium.stage1": ("NotSeparating", "intervals", "read_type", "stage1_optimum"),
    "theory.equilibrium.stage2": ("NotSolved", "solve_stage2"),
    "theory.information.beliefs": ("posterior", "private_posterior"),
    "theory.information.signals": ("partition_of",),
    "theory.mechanism": ("fixed_price_trade", "histogram", "market_trade"),
    "theory.roles.uniqueness": ("competitive_prices",),
    "theory.roles.views": ("histogram_by_role", "intervals_by_role", "read_by_role", "stage1_by_role"),
    "theory.simulation.frequencies": ("tally",),
    "theory.simulation.market_rounds": ("simulate",),
    "theory.simulation.strategies": ("defector_profile", "equilibrium_profile", "noisy_profile", "rival_profile"),
    "theory.stage1_incentives.slack": ("incentives",),
    "theory.stage1_incentives.tail_bound": ("tail_bound",),
    "theory.stage1_incentives.threshold": ("threshold",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
