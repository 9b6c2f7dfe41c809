"""The words of the offer pages' scripts, in the language of the session: whole sentences with places for what the script computes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from experiment.config import SessionSettings
from experiment.language import localized, name_of, say
from experiment.shown.numbers import amount
from experiment.typed_numbers import ASK_BACK


def script_words(settings: SessionSettings, previewed: bool, guessed: bool) -> dict[str, Any]:
    """The words that an offer page's script needs; those of the preview and of the guesses only if
    the page has them.
    """
    words: dict[str, Any] = _offer_words(settings) | _button_words()
    if settings.aids.slider:
        words |= {
            "nothing_chosen": say("nothing chosen yet"),
            "offer_q": say("offer {amount} of good q", amount="{amount}"),
            "offer_r": say("offer {amount} of good r", amount="{amount}"),
            "offer_none": say("offer nothing"),
        }
    if previewed:
        words |= {
            "outcome": say("At a price of {price} you end with {q} of good q and {r} of good r.", price="{price}", q="{q}", r="{r}"),
            "points_if": [
                say("You earn {points} points if the state is {state}.", points="{points}", state=name_of(state))
                for state in settings.environment.states
            ],
        }
    if guessed:
        most_q, most_r = ((settings.active - 1) * each for each in (settings.grid.endowment_q, settings.grid.endowment_r))
        words |= {
            "guess_q": say("The others can offer 0 to {most} of good q.", most=amount(most_q)),
            "guess_r": say("The others can offer 0 to {most} of good r.", most=amount(most_r)),
            "offer_first": say("Choose your offer above to see the price."),
        }
    return words


def grid_digits(step: Decimal) -> int:
    """How many digits after the point an offer on the grid needs."""
    return max(0, -int(step.normalize().as_tuple().exponent))


def _button_words() -> dict[str, str]:
    """What the button says that it submits; and the offer alone, for another place of the page."""
    return {
        "submit_q": say("Submit: {amount} of good q", amount="{amount}"),
        "submit_r": say("Submit: {amount} of good r", amount="{amount}"),
        "submit_none": say("Submit: no offer"),
        "offered_q": say("{amount} of good q", amount="{amount}"),
        "offered_r": say("{amount} of good r", amount="{amount}"),
        "offered_none": say("no offer"),
        "changed": say("Your offer has changed. Please check it, then submit it again."),
    }


def _offer_words(settings: SessionSettings) -> dict[str, Any]:
    grid = settings.grid
    example = grid.step * max(1, round(1 / grid.step))
    return {
        "number_wanted": say("Please type a number, for example {example}.", example=localized(_as_on_the_grid(example, grid.step))),
        "ask_back": say(ASK_BACK, large="{large}", small="{small}", typed="{typed}"),
        "good_wanted": say("Please choose which good you offer."),
        "none_wanted": say("You chose to offer nothing, so please leave the amount empty."),
        "have_q": say("You have {amount} of good q.", amount=amount(grid.endowment_q)),
        "have_r": say("You have {amount} of good r.", amount=amount(grid.endowment_r)),
        "steps": say("Offers go in steps of {step}.", step=amount(grid.step)),
    }


def _as_on_the_grid(quantity: Decimal, step: Decimal) -> str:
    return f"{quantity:.{grid_digits(step)}f}"
