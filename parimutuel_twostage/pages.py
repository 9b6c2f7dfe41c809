"""The pages of a market, in the order in which a subject sees them: a first offer, a second offer,
the result, and the pages between them.

oTree calls a page's methods on its class, with the player; so ``cls`` is the page to which a method
belongs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import time
from typing import Any, ClassVar

from experiment.absence import is_dropout
from experiment.beliefs import Belief, InvalidBelief
from experiment.events import LONGEST_LOG
from experiment.language import say
from experiment.leaving import left_before_market
from experiment.offers import InvalidOffer
from experiment.pages.beliefs import belief_script, belief_variables
from experiment.pages.lobby import lobby_variables
from experiment.pages.market import page_script, page_variables
from experiment.pages.waiting import count_of, waiting_variables
from experiment.session import currency_of, experiment_of
from otree_host import row_queries, wait_pages
from otree_host.incoming_requests import arrived
from otree_host.lobby_page import LobbyPage
from otree_host.offer_pages import ListPage, OfferPage
from otree_host.stage_pages import StagePage
from otree_host.wait_pages import MarketWaitPage
from parimutuel_twostage import clock, lobby, market, progress
from parimutuel_twostage.knowledge import answered, just_seen, look
from parimutuel_twostage.rows import MarketRow, SubjectRow
from parimutuel_twostage.stage_fields import BELIEF, FIRST_OFFER, MARKET, RESULT, SECOND_OFFER, START


def is_played(player: SubjectRow) -> bool:
    return player.round_number <= experiment_of(player.session).settings.total_rounds and not left_before_market(player.participant)


def is_in_second_stage(player: SubjectRow) -> bool:
    return is_played(player) and bool(player.group.drawn and not player.group.cleared)


def is_in_lobby_round(player: SubjectRow) -> bool:
    return lobby.is_lobby_round(player.session, player.round_number)


def go_on(group: MarketRow) -> None:
    """Advance the market as far as possible, and move on the subjects who wait for it."""
    if progress.advance(group, time(), asked=arrived()):
        wait_pages.release(group)


class MarketPage(StagePage):
    """A page timed by the common clock of its stage, which shows what its subject may know;
    pressing its button is a sign of life.
    """

    stage: ClassVar[str]

    @classmethod
    def opens(cls, player: SubjectRow) -> None:
        clock.note_shown(player, cls.stage, time())

    @classmethod
    def get_timeout_seconds(cls, player: SubjectRow) -> float | None:
        return clock.time_left(player, cls.stage, time())

    @classmethod
    def vars_for_template(cls, player: SubjectRow) -> dict[str, Any]:
        return page_variables(look(player), cls.__name__, currency_of(player.session))

    @classmethod
    def js_vars(cls, player: SubjectRow) -> dict[str, Any]:
        return page_script(just_seen(player), cls.__name__)

    @staticmethod
    def before_next_page(player: SubjectRow, timeout_happened: bool) -> None:
        market.comes_back(player, timeout_happened)


class MarketOfferPage(MarketPage, OfferPage):
    """A page for the first or the second offer; ``form_fields`` are the good and the amount."""

    side_fields: ClassVar[Mapping[str, int]] = {"events": LONGEST_LOG}

    @staticmethod
    def is_over(player: SubjectRow) -> bool:
        """Whether the market has gone on beyond this page's stage."""
        raise NotImplementedError

    @classmethod
    def is_late(cls, player: SubjectRow, arrived: float) -> bool:
        return cls.is_over(player) or clock.too_late(player, cls.stage, arrived)

    @classmethod
    def error_message(cls, player: SubjectRow, values: Mapping[str, Any]) -> str | None:
        good, amount = cls.form_fields
        try:
            experiment_of(player.session).settings.grid.parse(values[good], values[amount])
        except InvalidOffer as error:
            return str(error)
        return None

    @classmethod
    def notes(cls, player: SubjectRow, sent: Mapping[str, str]) -> None:
        market.record_events(player, cls.stage, sent.get("events"))

    @classmethod
    def before_next_page(cls, player: SubjectRow, timeout_happened: bool) -> None:
        market.comes_back(player, timeout_happened)
        market.record_offer(player, cls.stage, experiment_of(player.session).settings.grid, timeout_happened, time())


class BetweenStages(MarketWaitPage):
    """The common base of a market's wait pages: subjects wait until ``stage`` is over."""

    stage: ClassVar[str]

    @staticmethod
    def reaches(player: SubjectRow) -> None:
        go_on(player.group)

    @staticmethod
    def comes_back(player: SubjectRow) -> None:
        market.comes_back(player)

    @staticmethod
    def is_missed(player: SubjectRow) -> bool:
        return is_dropout(player.participant, experiment_of(player.session).settings.absence.misses_allowed)

    @classmethod
    def count(cls, player: SubjectRow) -> str:
        return count_of(answered(player, cls.stage), cls.stage == START)

    @classmethod
    def vars_for_template(cls, player: SubjectRow) -> dict[str, Any]:
        return waiting_variables(look(player), cls.stage == SECOND_OFFER)


class Lobby(LobbyPage):
    template_name = "parimutuel_twostage/Lobby.html"

    @staticmethod
    def is_displayed(player: SubjectRow) -> bool:
        return is_in_lobby_round(player)

    @staticmethod
    def arrives(player: SubjectRow, there: bool, now: float) -> None:
        lobby.arrive(player, there, now)

    @staticmethod
    def wants_to_leave(player: SubjectRow, now: float) -> None:
        lobby.let_go(player, now)

    @staticmethod
    def waited_in_vain(player: SubjectRow, now: float) -> None:
        lobby.give_up(player, now)

    @staticmethod
    def has_left(player: SubjectRow) -> bool:
        return lobby.has_left(player)

    @staticmethod
    def waiting(player: SubjectRow, waiting_players: Sequence[SubjectRow], now: float) -> dict[str, Any]:
        return lobby.waiting(player, waiting_players, now)

    @staticmethod
    def vars_for_template(player: SubjectRow) -> dict[str, Any]:
        return lobby_variables(experiment_of(player.session).settings)

    @staticmethod
    def after_all_players_arrive(group: MarketRow) -> None:
        market.begin(group)


class StartGate(BetweenStages):
    """Before the first round in which subjects meet: nobody's time runs while others in the market
    still read or practise.
    """

    stage = START

    @staticmethod
    def is_displayed(player: SubjectRow) -> bool:
        starts_here = progress.starts_at_wait_page(player.session, player.round_number)
        return is_played(player) and starts_here and not progress.has_started(player.group)

    @staticmethod
    def reaches(player: SubjectRow) -> None:
        progress.arrive_at_start(player, time())
        go_on(player.group)

    @staticmethod
    def vars_for_template(player: SubjectRow) -> dict[str, Any]:
        return {"offers": (), "before_start": clock.seconds(experiment_of(player.session).settings, START) > 0}


class Market(MarketPage):
    stage = MARKET

    @staticmethod
    def is_displayed(player: SubjectRow) -> bool:
        return is_played(player) and is_in_lobby_round(player) and not player.group.drawn


class FirstOffer(MarketOfferPage):
    stage = FIRST_OFFER
    form_fields: ClassVar[Sequence[str]] = ["stage1_good", "stage1_amount"]

    @staticmethod
    def is_displayed(player: SubjectRow) -> bool:
        return is_played(player) and not player.group.drawn

    @staticmethod
    def is_over(player: SubjectRow) -> bool:
        return bool(player.group.drawn)


class DrawGate(BetweenStages):
    stage = FIRST_OFFER

    @staticmethod
    def is_displayed(player: SubjectRow) -> bool:
        return is_played(player) and not player.group.drawn


class NoSecondOffer(MarketPage):
    stage = SECOND_OFFER

    @staticmethod
    def is_displayed(player: SubjectRow) -> bool:
        return is_in_second_stage(player) and (not player.active or player.group.shut_down)

    @staticmethod
    def before_next_page(player: SubjectRow, timeout_happened: bool) -> None:
        player.stage2_read = True
        market.comes_back(player, timeout_happened)


class Beliefs(ListPage):
    """The question how likely each state is, before the second offer and within its time."""

    form_fields: ClassVar[Sequence[str]] = ["belief"]

    @property
    def timer_text(self) -> str:
        return say("Time left for this question and your second offer together:")

    @staticmethod
    def is_displayed(player: SubjectRow) -> bool:
        return is_in_second_stage(player) and market.asks_for_belief(player)

    @staticmethod
    def is_late(player: SubjectRow, arrived: float) -> bool:
        return bool(player.group.cleared) or clock.too_late(player, SECOND_OFFER, arrived)

    @staticmethod
    def opens(player: SubjectRow) -> None:
        clock.note_shown(player, SECOND_OFFER, time(), noted_as=BELIEF)

    @staticmethod
    def get_timeout_seconds(player: SubjectRow) -> float | None:
        return clock.time_left(player, SECOND_OFFER, time())

    @staticmethod
    def vars_for_template(player: SubjectRow) -> dict[str, Any]:
        return belief_variables(look(player), currency_of(player.session))

    @staticmethod
    def js_vars(player: SubjectRow) -> dict[str, Any]:
        return belief_script(just_seen(player))

    @staticmethod
    def one_answer() -> str:
        return say("Please type one number for every state.")

    @staticmethod
    def error_message(player: SubjectRow, values: Mapping[str, Any]) -> str | None:
        try:
            Belief.parse(values["belief"], len(experiment_of(player.session).settings.environment.states))
        except InvalidBelief as error:
            return str(error)
        return None

    @staticmethod
    def before_next_page(player: SubjectRow, timeout_happened: bool) -> None:
        market.comes_back(player, timeout_happened)
        market.record_belief(player, timeout_happened, time())


class SecondOffer(MarketOfferPage):
    stage = SECOND_OFFER
    form_fields: ClassVar[Sequence[str]] = ["stage2_good", "stage2_amount"]

    @staticmethod
    def is_displayed(player: SubjectRow) -> bool:
        return is_in_second_stage(player) and player.active and not player.group.shut_down

    @staticmethod
    def is_over(player: SubjectRow) -> bool:
        return bool(player.group.cleared)


class MarketGate(BetweenStages):
    stage = SECOND_OFFER

    @staticmethod
    def is_displayed(player: SubjectRow) -> bool:
        return is_played(player) and not player.group.cleared


class Result(MarketPage):
    """Shown until a later round has passed by its subject."""

    stage = RESULT

    @staticmethod
    def is_displayed(player: SubjectRow) -> bool:
        if not is_played(player) or not player.group.cleared:
            return False
        last = player.round_number >= experiment_of(player.session).settings.total_rounds
        return last or player.participant_id not in row_queries.passed_by(player.group)

    @staticmethod
    def app_after_this_page(player: SubjectRow, upcoming_apps: Sequence[str]) -> str | None:
        last = experiment_of(player.session).settings.total_rounds
        return upcoming_apps[0] if player.round_number >= last and upcoming_apps else None


PAGES = [Lobby, StartGate, Market, FirstOffer, DrawGate, NoSecondOffer, Beliefs, SecondOffer, MarketGate, Result]
