"""The page on which a subject states how likely each state is: its variables, and the data of its
script.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from experiment.beliefs import WHOLE, winning_chance
from experiment.language import language, name_of
from experiment.options import ALL_ROUNDS
from experiment.pages.market import BELIEFS, page_script, page_variables
from experiment.seat import SeatView
from experiment.shown.numbers import NO_BREAK, fixed, money_text, text


def belief_variables(view: SeatView, currency: str) -> dict[str, Any]:
    """The template variables of the page."""
    settings = view.settings
    states = settings.environment.states
    return page_variables(view, BELIEFS, currency) | {
        "states": tuple(text(name_of(state)) for state in states),
        "belief_prize": money_text(settings.pay.belief_prize or Decimal(0), currency),
        "belief_all_paid": settings.pay.paid_rounds == ALL_ROUNDS,
        "belief_timed": settings.deadlines.stage2 > 0,
        "sure_right": chance_text(winning_chance((WHOLE, 0), 0)),
        "sure_wrong": chance_text(winning_chance((WHOLE, 0), 1)),
        "half_sure": chance_text(winning_chance((WHOLE // 2, WHOLE // 2), 0)),
    }


def belief_script(view: SeatView) -> dict[str, Any]:
    """What the script of the page, and a bot, may know. ``words`` has the sentence about the sum,
    with a place for the number.
    """
    message = language().words.gettext
    return page_script(view, BELIEFS) | {
        "states": list(view.settings.environment.states),
        "words": {
            "sum": message("Your numbers add up to {sum} of 100."),
            "whole": message("Your numbers add up to 100."),
            "number": message("Every number has to be a whole number from 0 to 100."),
        },
    }


def chance_text(chance: Decimal) -> str:
    """A chance in percent, with as many decimals as it needs, at most three."""
    return f"{fixed(float(100 * chance), 3).rstrip('0').rstrip('.,')}{NO_BREAK}%"
