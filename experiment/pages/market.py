"""What a page of the market shows, computed from what a subject may know: template variables and
the data of the page's script.

Pure: a page gets nothing but a ``SeatView``, so it cannot show more than its reader may know. The
variables are formatted here and put into words by the templates. Names are made safe for HTML,
because oTree's templates escape nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from experiment.config import SessionSettings
from experiment.instructions.document import instructions
from experiment.instructions.sections import size
from experiment.language import language, name_of, say
from experiment.offers import NO_TRADE, Offer
from experiment.options import LOTTERY, MONEY
from experiment.practice import practice_is_active, practice_is_scripted
from experiment.seat import SeatView
from experiment.shown.chances import chance_rows, computed_chances, frequencies
from experiment.shown.histogram import chart
from experiment.shown.numbers import amount, digits, fixed, money_text, percent, text
from experiment.shown.result import history_rows, inactive_trade, paid_by_state, payoff_rows, price_making, trade
from experiment.shown.rules import rules
from experiment.shown.script_words import grid_digits, script_words

MARKET = "Market"
FIRST_OFFER, NO_SECOND_OFFER, SECOND_OFFER, RESULT = "FirstOffer", "NoSecondOffer", "SecondOffer", "Result"
BELIEFS = "Beliefs"

LINE_STYLES = 6
"""How many styles the lines of the payoff picture have, as in style.css and picture.js."""


@dataclass(frozen=True)
class Step:
    """One of the three steps of a round: under way, ``done``, or ``passed`` without an offer."""

    number: int
    name: str
    done: bool
    passed: bool
    current: bool


@dataclass(frozen=True)
class OfferForm:
    """The form of an offer: how it posts (``stage1`` or ``stage2``), and what may be typed.

    The slider has no offer at its middle and ``slider_most`` positions on each side; ``timed`` says
    that the page has a deadline.
    """

    field: str
    largest_q: str
    largest_r: str
    step: str
    slider_most: int
    timed: bool


@dataclass(frozen=True)
class Shown:
    """Which aids an offer page shows. ``outcome`` is the consequence of the typed offer, a part of
    the calculator.
    """

    slider: bool
    outcome: bool
    picture: bool
    log: bool


def page_variables(view: SeatView, page: str, currency: str = "USD") -> dict[str, Any]:
    """The template variables of a market page: ``page`` is Market, FirstOffer, Beliefs, NoSecondOffer, SecondOffer or Result."""
    common = {
        "round_label": view.settings.round_in_kind(view.round_number),
        "rounds_of_kind": view.settings.schedule.practice_rounds if _is_practice(view) else view.settings.schedule.rounds,
        "practice": _is_practice(view),
        "computers": view.settings.is_solo(view.round_number),
        "computers_by_type": view.settings.is_solo(view.round_number) and view.settings.robots_offer_by_type,
        "sound": view.settings.aids.sound,
        "practice_scripted": practice_is_scripted(view.settings),
        "practice_active": practice_is_active(view.settings) and _is_practice(view),
        "steps": _steps(view, page),
        "own_type": text(name_of(view.type)),
        "rules": rules(view.settings, view.type),
        "instructions": instructions(view.settings, currency, view.type, formed=not _is_practice(view)),
        "history": history_rows(view.settings, view.history) if view.settings.aids.history else (),
    }
    of_page = _OF_PAGE[page](view)
    return common | of_page | {"chances": chance_rows(of_page.get("frequencies"), of_page.get("computed"))}


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
        "decimal_sign": language().decimal_sign,
    }
    if page in (FIRST_OFFER, SECOND_OFFER):
        known |= _offer_script(view, page)
    if page == SECOND_OFFER:
        known["own_offer"] = {"q": view.stage1.q, "r": view.stage1.r} if view.stage1 else None
        known["histogram"] = None
        if view.announcement is not None:
            known["histogram"] = [{"q": bar.offer_q, "r": bar.offer_r, "count": bar.count} for bar in view.announcement.bars]
    return known


def consent_variables(settings: SessionSettings, currency: str | None = None) -> dict[str, Any]:
    """What the consent page says about the session, with the show-up fee if the currency is known."""
    return {
        "rules": rules(settings),
        "size": size(settings, formed=False),
        "rounds": settings.schedule.rounds,
        "practice_rounds": settings.schedule.practice_rounds,
        "log": settings.aids.log,
        "log_attention": settings.aids.logs_attention,
        "fee": money_text(settings.participation_fee, currency) if currency and settings.participation_fee else None,
        "fee_if_declined": money_text(settings.participation_fee, currency)
        if currency and settings.participation_fee and settings.pay.declined
        else None,
        "hundred_points": money_text(100 * settings.money_per_point, currency) if currency and settings.pay.points_pay == MONEY else None,
        "prize": money_text(settings.pay.lottery_prize, currency) if currency and settings.pay.points_pay == LOTTERY else None,
    }


def _market(view: SeatView) -> dict[str, Any]:
    return {"chance_inactive": percent(view.settings.environment.inactive_probability if view.settings.inactive else 0.0)}


def _first_offer(view: SeatView) -> dict[str, Any]:
    return _offer_page(view, FIRST_OFFER)


def _second_offer(view: SeatView) -> dict[str, Any]:
    others, grid = view.settings.active - 1, view.settings.grid
    return _offer_page(view, SECOND_OFFER) | {
        "first": inactive_trade(view.settings, view.stage1)[0] if view.stage1 else None,
        "chart": chart(view.settings, view.announcement, view.stage1) if view.announcement else None,
        "largest_guess_q": amount(others * grid.endowment_q),
        "largest_guess_r": amount(others * grid.endowment_r),
    }


def _beliefs(view: SeatView) -> dict[str, Any]:
    """In practice with computer traders that offer at random the question comes without the
    announcement, which then says nothing about the state. The posterior is not shown here: it would
    be the answer.
    """
    return {
        "frequencies": frequencies(view.settings, view.type) if view.settings.aids.frequencies else None,
        "computed": None,
        "announcement_informs": view.announcement_informs,
        "announcement_random": view.announcement_is_random,
        "first": inactive_trade(view.settings, view.stage1)[0] if view.stage1 else None,
        "chart": chart(view.settings, view.announcement, view.stage1) if view.announcement and view.announcement_informs else None,
    }


def _offer_page(view: SeatView, page: str) -> dict[str, Any]:
    """What both offer pages show: the form and the session's aids."""
    settings = view.settings
    seconds = settings.deadlines.stage1 if page == FIRST_OFFER else settings.deadlines.stage2
    aids = settings.aids
    states = tuple(text(name_of(state)) for state in settings.environment.states)
    return {
        "offer_form": _offer_form(settings, "stage1" if page == FIRST_OFFER else "stage2", seconds),
        "states": states,
        "curves": tuple((number % LINE_STYLES, state) for number, state in enumerate(states)),
        "shown": _shown(settings, page),
        "payoff_rows": payoff_rows(settings, view.type) if aids.payoff_table else (),
        "frequencies": frequencies(settings, view.type) if aids.frequencies else None,
        "computed": computed_chances(view) if aids.posterior else None,
        "first_round": view.round_number == 1,
        "announcement_informs": view.announcement_informs,
        "announcement_random": view.announcement_is_random,
        "absent_repeats": settings.absence.repeats,
    }


def _shown(settings: SessionSettings, page: str) -> Shown:
    """At stage 1 the consequence of an offer is known for the inactive; at stage 2 it depends on
    the calculator's guesses.
    """
    aids, possible = settings.aids, page == SECOND_OFFER or settings.inactive > 0
    return Shown(
        slider=aids.slider,
        outcome=aids.calculator and possible,
        picture=aids.payoff_picture and possible and (page == FIRST_OFFER or aids.calculator),
        log=aids.log,
    )


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
        "state": text(name_of(view.state)),
        "active": bool(view.active),
        "shut_down": outcome.price is None,
        "offer_made": executed is not None,
        "repeated": view.repeated,
        "trade": None if outcome.price is None else trade(settings, executed or NO_TRADE, outcome.price, outcome.final_q, outcome.final_r),
        "bundle_q": fixed(outcome.final_q, places.goods),
        "bundle_r": fixed(outcome.final_r, places.goods),
        "points": fixed(outcome.points, places.points),
        "market_known": view.market is not None,
        "making": price_making(settings, view.market, view.stage2, bool(view.active)) if view.market else None,
        "chart": chart(settings, announcement, view.stage1 if view.active else None) if announcement else None,
    }


_OF_PAGE: dict[str, Callable[[SeatView], dict[str, Any]]] = {
    MARKET: _market,
    FIRST_OFFER: _first_offer,
    BELIEFS: _beliefs,
    NO_SECOND_OFFER: _no_second_offer,
    SECOND_OFFER: _second_offer,
    RESULT: _result,
}


def _offer_form(settings: SessionSettings, field: str, seconds: int) -> OfferForm:
    grid = settings.grid
    return OfferForm(
        field=field,
        largest_q=amount(grid.endowment_q),
        largest_r=amount(grid.endowment_r),
        step=amount(grid.step),
        slider_most=int(max(grid.endowment_q, grid.endowment_r) / grid.step),
        timed=seconds > 0,
    )


def _offer_script(view: SeatView, page: str) -> dict[str, Any]:
    """What the script of an offer page needs for its words and aids."""
    shown = _shown(view.settings, page)
    computes = shown.outcome or shown.picture
    known: dict[str, Any] = {
        "grid_digits": grid_digits(view.settings.grid.step),
        "words": script_words(view.settings, shown.outcome, shown.outcome and page == SECOND_OFFER),
    }
    if shown.log:
        known |= {"log": True, "attention": view.settings.aids.logs_attention}
    return known | (_arithmetic(view, page) if computes else {})


def _arithmetic(view: SeatView, page: str) -> dict[str, Any]:
    """What ``arithmetic.js`` needs to show the consequence of an offer: the subject's own utility,
    and the price or the exogenous offers.
    """
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
        "exogenous": dict(zip("qr", env.exogenous(active).tolist(), strict=True)),
        "largest_guess": {"q": (active - 1) * env.endowment_q, "r": (active - 1) * env.endowment_r},
    }


def _steps(view: SeatView, page: str) -> tuple[Step, ...]:
    """An offer counts as done only if the subject made it: not for the inactive, nor if there was
    no offer to make.
    """
    current = {MARKET: 0, FIRST_OFFER: 1, BELIEFS: 2, NO_SECOND_OFFER: 2, SECOND_OFFER: 2, RESULT: 3}[page]
    made = ((say("First offer"), view.stage1 is not None), (say("Second offer"), view.stage2 is not None), (say("Result"), False))
    return tuple(
        Step(n, name, n < current and done, n < current and not done, n == current) for n, (name, done) in enumerate(made, start=1)
    )


def _is_practice(view: SeatView) -> bool:
    return view.settings.is_practice(view.round_number)
