"""What is common knowledge in a market, as numbers ready for words: its size, the draw, the exogenous offers, chances and payoffs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from experiment.config import SessionSettings
from experiment.language import name_of
from experiment.market_options import HISTOGRAM, RANDOM
from experiment.options import ALL_ROUNDS
from experiment.settings_cache import once_per_settings
from experiment.shown.numbers import amount, digits, fixed, percent, text
from experiment.shown.payoffs import TypePoints, points_grids


@dataclass(frozen=True)
class StateRow:
    """A state, its prior chance, and the chance of each type in it."""

    state: str
    chance: str
    types: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """What everybody in a market knows, ready to be put into words."""

    market_size: int
    others: int
    active: int
    other_active: int
    inactive: int
    endowment_q: str
    endowment_r: str
    fixed_price: str
    exogenous_q: str
    exogenous_r: str
    exogenous_alike: bool
    exogenous_total_q: str
    exogenous_total_r: str
    announced: bool
    inactive_see_market: bool
    shutdown: bool
    rematched: bool
    all_rounds_paid: bool
    states: tuple[str, ...]
    types: tuple[str, ...]
    chances: tuple[StateRow, ...]
    floor: str | None
    payoffs: tuple[TypePoints, ...]


@once_per_settings
def rules(settings: SessionSettings, own_type: str | None = None) -> Rules:
    """The common knowledge of a session; the points of ``own_type`` come first and are marked."""
    env, shown = settings.environment, digits(settings)
    exogenous = [Decimal(repr(each)) for each in (env.epsilon_q, env.epsilon_r)]
    return Rules(
        market_size=settings.market_size,
        others=settings.market_size - 1,
        active=settings.active,
        other_active=settings.active - 1,
        inactive=settings.inactive,
        endowment_q=amount(env.endowment_q),
        endowment_r=amount(env.endowment_r),
        fixed_price=fixed(env.fixed_price, shown.price),
        exogenous_q=amount(exogenous[0]),
        exogenous_r=amount(exogenous[1]),
        exogenous_alike=exogenous[0] == exogenous[1],
        exogenous_total_q=amount(settings.active * exogenous[0]),
        exogenous_total_r=amount(settings.active * exogenous[1]),
        announced=settings.rules.announcement == HISTOGRAM,
        inactive_see_market=settings.rules.inactive_see_market,
        shutdown=settings.rules.shutdown_if_equal,
        rematched=settings.schedule.matching == RANDOM,
        all_rounds_paid=settings.pay.paid_rounds == ALL_ROUNDS,
        states=tuple(text(name_of(state)) for state in env.states),
        types=tuple(text(name_of(name)) for name in env.types),
        chances=tuple(
            StateRow(text(name_of(state)), percent(env.prior[z]), tuple(percent(chance) for chance in env.likelihood[z]))
            for z, state in enumerate(env.states)
        ),
        floor=None if env.utility.floor is None else amount(env.utility.floor),
        payoffs=tuple(points_grids(settings, name, name == own_type) for name in sorted(env.types, key=lambda name: name != own_type)),
    )
