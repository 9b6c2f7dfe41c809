"""The examples of trades, with numbers that a reader can change: worked out here for print and for
readers without scripts, and by ``_static/parimutuel/tries.js`` for what a reader types.

Both put the same numbers into the same sentences. The invented offers are those of ``examples``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from experiment.config import SessionSettings
from experiment.instructions.examples import SecondExample, first_examples, second_example
from experiment.language import language, message, places, say
from experiment.offers import GOOD_Q, GOOD_R, NOTHING
from experiment.shown.numbers import digits
from experiment.shown.result import TradeShown
from experiment.shown.script_words import script_words

FIXED_TRADES = {
    GOOD_Q: message("You get {given} × {price} = {received} of good r."),
    GOOD_R: message("You get {given} ÷ {price} = {received} of good q."),
    NOTHING: message("You offer nothing, so you do not trade."),
}
MARKET_PRICE = message("The price of 1 of good q is {total_r} ÷ {total_q} = {price} of good r. Without your offer it would be {without}.")
MARKET_TRADES = {
    GOOD_Q: message("You give {given} of good q and get {given} × {total_r} ÷ {total_q} = {received} of good r."),
    GOOD_R: message("You give {given} of good r and get {given} × {total_q} ÷ {total_r} = {received} of good q."),
    NOTHING: message("You offer nothing, so you do not trade."),
}


@dataclass(frozen=True)
class FixedTry:
    """An offer of one good at the fixed price, and the sentence about it."""

    trade: TradeShown
    sentence: str


@dataclass(frozen=True)
class MarketTry:
    """A market in which the reader offers, and the sentences about its price and the reader's
    trade.
    """

    example: SecondExample
    price_sentence: str
    sentence: str


def fixed_tries(settings: SessionSettings) -> tuple[FixedTry, FixedTry]:
    """An offer of good q and an offer of good r, carried out at the fixed price."""
    of_q, of_r = first_examples(settings)[0]
    return _fixed_try(of_q), _fixed_try(of_r)


def market_try(settings: SessionSettings) -> MarketTry:
    """A stage-2 market of invented offers."""
    example = second_example(settings)
    making, trade = example.making, example.trade
    totals = {"total_q": making.q.total, "total_r": making.r.total}
    return MarketTry(
        example=example,
        price_sentence=say(MARKET_PRICE, price=making.price, without=example.price_without, **totals),
        sentence=say(MARKET_TRADES[trade.good], given=trade.given, received=trade.received, **totals),
    )


def tries_script(settings: SessionSettings) -> dict[str, Any]:
    """What ``tries.js`` needs: the numbers of the market, the digits to show, and the sentences,
    with places for what it computes. ``most`` has the largest number of each field; the sentence for
    a larger one has the field's name.
    """
    env, problems = settings.environment, script_words(settings, previewed=False, guessed=True)
    endowment, others = {"q": env.endowment_q, "r": env.endowment_r}, settings.active - 1
    return {
        "endowment": endowment,
        "exogenous": dict(zip("qr", env.exogenous(settings.active).tolist(), strict=True)),
        "fixed_price": env.fixed_price,
        "most": {f"own_{good}": endowment[good] for good in "qr"} | {f"others_{good}": others * endowment[good] for good in "qr"},
        "grid": float(settings.grid.step),
        "digits": vars(digits(settings)).copy(),
        "decimal_sign": language().decimal_sign,
        "words": {
            "fixed": _with_places(FIXED_TRADES),
            "market": _with_places(MARKET_TRADES),
            **_with_places({"price": MARKET_PRICE}),
            **{f"own_{good}": problems[f"have_{good}"] for good in "qr"},
            **{f"others_{good}": problems[f"guess_{good}"] for good in "qr"},
            **{name: problems[name] for name in ("number_wanted", "ask_back", "steps")},
        },
    }


def _fixed_try(trade: TradeShown) -> FixedTry:
    return FixedTry(trade, say(FIXED_TRADES[trade.good], given=trade.given, price=trade.price, received=trade.received))


def _with_places(sentences: dict[str, str]) -> dict[str, str]:
    """The sentences in the current language, unfilled."""
    return {name: say(sentence, **{place: f"{{{place}}}" for place in places(sentence)}) for name, sentence in sentences.items()}
