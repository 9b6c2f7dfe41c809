"""From what a subject may know to what a page shows: template variables and the data of the page's script.

Pure: a page gets nothing but a ``SeatView``, so it cannot show more than its reader may know. Templates put these
variables into words; they are formatted here, and names are made safe for HTML, because oTree's templates escape nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from experiment.config import ALL_ROUNDS, SessionSettings
from experiment.display.histogram import chart
from experiment.display.numbers import MINUS, digits, fixed, text
from experiment.display.result import history_rows, inactive_trade, paid_by_state, price_making, trade
from experiment.display.rules import rules
from experiment.offers import NO_TRADE, Offer, plain
from experiment.payments import Payment
from experiment.practice import practice_is_scripted
from experiment.seat import SeatView

FIRST_OFFER, NO_SECOND_OFFER, SECOND_OFFER, RESULT = "FirstOffer", "NoSecondOffer", "SecondOffer", "Result"

Currency = str | Callable[[Decimal], object]
"""A currency's code, or a function that writes an amount of money."""


@dataclass(frozen=True)
class Step:
    """One of the three steps of a round, and whether it is done or going on."""

    number: int
    name: str
    done: bool
    current: bool


@dataclass(frozen=True)
class OfferForm:
    """The form of an offer: how it posts (``stage1`` or ``stage2``), what may be typed, and a slider counted in grid steps.

    ``zero`` is where on the slider an offer of nothing lies, in percent; ``timed`` says that the page has a deadline.
    """

    field: str
    largest_q: str
    largest_r: str
    step: str
    slider_least: int
    slider_most: int
    zero: str
    timed: bool


def page_variables(view: SeatView, page: str) -> dict[str, Any]:
    """The template variables of a market page: ``page`` is FirstOffer, NoSecondOffer, SecondOffer or Result."""
    common = {
        "round_label": view.settings.round_in_kind(view.round_number),
        "rounds_of_kind": view.settings.practice_rounds if _is_practice(view) else view.settings.rounds,
        "practice": _is_practice(view),
        "computers": view.settings.is_solo(view.round_number),
        "practice_scripted": practice_is_scripted(view.settings),
        "steps": _steps(page),
        "own_type": text(view.type),
        "rules": rules(view.settings, view.type),
        "history": history_rows(view.settings, view.history),
    }
    return common | _OF_PAGE[page](view)


def page_script(view: SeatView, page: str) -> dict[str, Any]:
    """What the script of a market page, and a bot, may know: JSON-able, amounts as numbers."""
    settings, env = view.settings, view.settings.environment
    known: dict[str, Any] = {
        "page": page,
        "round": view.round_number,
        "practice": _is_practice(view),
        "type": view.type,
        "endowment": {"q": env.endowment_q, "r": env.endowment_r},
        "grid": float(settings.grid.step),
        "digits": vars(digits(settings)).copy(),
    }
    if page in (FIRST_OFFER, SECOND_OFFER):
        known |= _arithmetic(view, page)
    if page == SECOND_OFFER:
        known["own_offer"] = {"q": view.stage1.q, "r": view.stage1.r} if view.stage1 else None
        known["histogram"] = None
        if view.announcement is not None:
            known["histogram"] = [{"q": bar.offer_q, "r": bar.offer_r, "count": bar.count} for bar in view.announcement.bars]
    return known


def consent_variables(settings: SessionSettings, currency: Currency | None = None) -> dict[str, Any]:
    """What the consent page tells about the session; the show-up fee where the currency is known."""
    return {
        "rules": rules(settings),
        "rounds": settings.rounds,
        "practice_rounds": settings.practice_rounds,
        "fee": _money(settings.participation_fee, currency) if currency and settings.participation_fee else None,
        "hundred_points": _money(100 * settings.money_per_point, currency) if currency else None,
    }


def payment_variables(settings: SessionSettings, payment: Payment, currency: Currency) -> dict[str, Any]:
    """What the payment page tells: the paid round, its points, and the money."""
    return {
        "rounds": settings.rounds,
        "all_rounds_paid": settings.paid_rounds == ALL_ROUNDS,
        "paid_round": payment.paid_round,
        "points": f"{payment.points:f}".replace("-", MINUS),
        "hundred_points": _money(100 * settings.money_per_point, currency),
        "earnings": _money(payment.earnings, currency),
        "fee": _money(payment.fee, currency),
        "total": _money(payment.total, currency),
    }


def _first_offer(view: SeatView) -> dict[str, Any]:
    return {
        "offer_form": _offer_form(view.settings, "stage1", view.settings.stage1_seconds),
        "states": tuple(map(text, view.settings.environment.states)),
    }


def _second_offer(view: SeatView) -> dict[str, Any]:
    return {
        "offer_form": _offer_form(view.settings, "stage2", view.settings.stage2_seconds),
        "states": tuple(map(text, view.settings.environment.states)),
        "first": inactive_trade(view.settings, view.stage1)[0] if view.stage1 else None,
        "chart": chart(view.settings, view.announcement, view.stage1) if view.announcement else None,
        "largest_guess_q": plain((view.settings.active - 1) * view.settings.grid.endowment_q),
        "largest_guess_r": plain((view.settings.active - 1) * view.settings.grid.endowment_r),
    }


def _no_second_offer(view: SeatView) -> dict[str, Any]:
    env = view.settings.environment
    executed, q, r = None, env.endowment_q, env.endowment_r
    if not view.active:
        executed, q, r = inactive_trade(view.settings, view.stage1 or NO_TRADE)
    places = digits(view.settings)
    return {
        "active": bool(view.active),
        "offer_made": view.stage1 is not None,
        "trade": executed,
        "bundle_q": fixed(q, places.goods),
        "bundle_r": fixed(r, places.goods),
        "paid": paid_by_state(view.settings, view.type, q, r),
    }


def _result(view: SeatView) -> dict[str, Any]:
    outcome, settings = view.outcome, view.settings
    if outcome is None or view.state is None:
        raise ValueError("a result page needs the state and the outcome of its round")
    places = digits(settings)
    executed: Offer | None = view.stage2 if view.active else view.stage1
    announcement = view.market.announcement if view.market else None
    return {
        "state": text(view.state),
        "active": bool(view.active),
        "shut_down": outcome.price is None,
        "offer_made": executed is not None,
        "trade": None if outcome.price is None else trade(settings, executed or NO_TRADE, outcome.price, outcome.final_q, outcome.final_r),
        "bundle_q": fixed(outcome.final_q, places.goods),
        "bundle_r": fixed(outcome.final_r, places.goods),
        "points": fixed(outcome.points, places.points),
        "market_known": view.market is not None,
        "making": price_making(settings, view.market, view.stage2, bool(view.active)) if view.market else None,
        "chart": chart(settings, announcement, view.stage1 if view.active else None) if announcement else None,
    }


_OF_PAGE: dict[str, Callable[[SeatView], dict[str, Any]]] = {
    FIRST_OFFER: _first_offer,
    NO_SECOND_OFFER: _no_second_offer,
    SECOND_OFFER: _second_offer,
    RESULT: _result,
}


def _offer_form(settings: SessionSettings, field: str, seconds: int) -> OfferForm:
    grid = settings.grid
    return OfferForm(
        field=field,
        largest_q=plain(grid.endowment_q),
        largest_r=plain(grid.endowment_r),
        step=plain(grid.step),
        slider_least=-int(grid.endowment_q / grid.step),
        slider_most=int(grid.endowment_r / grid.step),
        zero=f"{100 * grid.endowment_q / (grid.endowment_q + grid.endowment_r):.3f}",
        timed=seconds > 0,
    )


def _arithmetic(view: SeatView, page: str) -> dict[str, Any]:
    """What ``arithmetic.js`` needs to show what an offer would lead to: the own utility, the price or the exogenous offers."""
    env, x = view.settings.environment, view.settings.environment.type_index(view.type)
    utility = env.utility
    needed: dict[str, Any] = {
        "states": list(env.states),
        "weights": [float(weight) for weight in utility.weight[x]],
        "utility": {name: getattr(utility, name) for name in ("family", "scale", "shift", "curvature", "rho", "floor")},
    }
    if page == FIRST_OFFER:
        return needed | {"fixed_price": env.fixed_price}
    active = view.settings.active
    return needed | {
        "exogenous": {"q": active * env.epsilon_q, "r": active * env.epsilon_r},
        "largest_guess": {"q": (active - 1) * env.endowment_q, "r": (active - 1) * env.endowment_r},
    }


def _steps(page: str) -> tuple[Step, ...]:
    current = {FIRST_OFFER: 1, NO_SECOND_OFFER: 2, SECOND_OFFER: 2, RESULT: 3}[page]
    names = ("First offer", "Second offer", "Result")
    return tuple(Step(n, name, n < current, n == current) for n, name in enumerate(names, start=1))


def _is_practice(view: SeatView) -> bool:
    return view.settings.is_practice(view.round_number)


def _money(amount: Decimal, currency: Currency | None) -> str:
    if callable(currency):
        return text(str(currency(amount)))
    return text(f"{amount:.2f} {currency or ''}".strip())
