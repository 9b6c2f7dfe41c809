"""Makes oTree's page of payments, and its exports, show what the participants are paid.

oTree's own total is points times the exchange rate plus the show-up fee, which ignores prizes,
floor and cap, and cannot express every amount to the cent.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any

from otree.currency import RealWorldCurrency

PaidOf = Callable[[Any], tuple[Decimal, Decimal] | None]
_paid_of: list[PaidOf] = []


def pays(paid_of: PaidOf) -> None:
    """Let ``paid_of(participant)`` return what is paid: beyond the fee and in all, or None if oTree
    is to compute it itself.
    """
    _paid_of[:] = [paid_of]


def beyond_fee(computed: Any) -> Any:
    """``Participant.payoff_in_real_world_currency``."""
    return _paid(computed, 0)


def with_fee(computed: Any) -> Any:
    """``Participant.payoff_plus_participation_fee``."""
    return _paid(computed, 1)


def _paid(computed: Any, place: int) -> Any:
    @wraps(computed)
    def amount(participant: Any) -> Any:
        paid = _paid_of[0](participant) if _paid_of else None
        return computed(participant) if paid is None else RealWorldCurrency(paid[place])

    return amount
