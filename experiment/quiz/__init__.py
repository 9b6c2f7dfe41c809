"""The quiz before the market: questions whose numbers and right answers come from the environment
and the session config.

``quiz`` returns the items; ``experiment.quiz.progress`` judges the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from experiment.config import SessionSettings
from experiment.draws import draws_for
from experiment.quiz.amounts import largest_answer
from experiment.quiz.draw import first_offer_item, fixed_trade_item, who_is_inactive_item
from experiment.quiz.items import DRAW, PAYMENT, SECOND_OFFER, SECTIONS, STATES, Item, NumberItem
from experiment.quiz.payment import lottery_item, paid_rounds_item, people_item
from experiment.quiz.second_offer import announcement_item, end_bundle_item, own_offer_item, price_item, shutdown_item
from experiment.quiz.states import likelier_state_item, points_item, types_item

_Builder = Callable[[SessionSettings, Iterator[float]], Item | None]


def quiz(settings: SessionSettings, seed: int, participant: int, section: str | None = None) -> tuple[Item, ...]:
    """The questions for participant 1, 2, ... of a session: of one section, or of all.

    Amounts, and the order of choices, are the participant's own draws from the session's seed, so
    neighbours cannot copy.
    """
    wanted = SECTIONS if section is None else (section,)
    builders = {name: build for each in wanted for name, build in _BUILDERS[each].items()}
    built = (build(settings, draws_for(seed, "quiz", f"{name} of participant {participant}")) for name, build in builders.items())
    largest = largest_answer(settings)
    return tuple(replace(item, largest=largest) if isinstance(item, NumberItem) else item for item in built if item is not None)


_BUILDERS: dict[str, dict[str, _Builder]] = {
    STATES: {"likelier state": likelier_state_item, "types": types_item, "points": points_item},
    DRAW: {"inactive": who_is_inactive_item, "first offer": first_offer_item, "fixed trade": fixed_trade_item},
    SECOND_OFFER: {
        "announcement": announcement_item,
        "shutdown": shutdown_item,
        "price": price_item,
        "end bundle": end_bundle_item,
        "own offer": own_offer_item,
    },
    PAYMENT: {"people": people_item, "paid rounds": paid_rounds_item, "lottery": lottery_item},
}
"""By section, and by the purpose of their draws; an item is None if the session does not have what
it asks about.
"""
