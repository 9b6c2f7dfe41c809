"""What a bundle pays a type in each state, as a row of a table."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from experiment.config import SessionSettings
from experiment.rounds import points_paid
from experiment.shown.numbers import amount, digits, fixed


@dataclass(frozen=True)
class BundlePoints:
    """A bundle and what it pays in each state; ``no_trade`` marks the endowment."""

    q: str
    r: str
    no_trade: bool
    points: tuple[str, ...]


def bundle_points(settings: SessionSettings, type_name: str, q: Decimal, r: Decimal, no_trade: bool) -> BundlePoints:
    """The row of one bundle for one type."""
    env, places = settings.environment, digits(settings).points
    paid = tuple(fixed(points_paid(env, type_name, state, float(q), float(r)), places) for state in env.states)
    return BundlePoints(amount(q), amount(r), no_trade, paid)
