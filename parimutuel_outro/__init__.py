"""After the market: a questionnaire, then the payment with the round it is for, and the way back to
the recruiter.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, models

import otree_host
from experiment.export import QUESTIONNAIRE_COLUMNS
from experiment.leaving import reason_to_leave
from experiment.pages.payment import payment_variables
from experiment.pages.receipt import receipt
from experiment.pages.texts import debriefing
from experiment.questionnaire import LONGEST_POSTED
from experiment.session import currency_of, experiment_of, is_stored, payment_of
from experiment.withdrawal import code_of, forgotten_at
from otree_host.question_pages import NOTHING_POSTED, QuestionPage
from otree_host.stage_pages import StagePage
from parimutuel_outro import answered, withdrawal

otree_host.install()
withdrawal.serve()
doc = __doc__


class C(BaseConstants):
    NAME_IN_URL = "payment"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = 1


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    pass


class Player(BasePlayer):
    """The answers of a subject; a field is null if its question was not asked, and "" if it was not
    answered. ``own_answers`` is a JSON object: the answers to the items of the study, by id.
    """

    age = models.StringField(blank=True)
    gender = models.StringField(blank=True)
    field_of_study = models.StringField(blank=True)
    risk = models.StringField(blank=True)
    comments = models.LongStringField(blank=True)
    own_answers = models.LongStringField(blank=True)


class Questionnaire(QuestionPage):
    longest_answer = LONGEST_POSTED

    @staticmethod
    def is_displayed(player: Any) -> bool:
        return bool(answered.fields(player)) and reason_to_leave(player.participant) is None

    @staticmethod
    def asks(player: Any) -> list[str]:
        return answered.fields(player)

    @staticmethod
    def error_message(player: Any, posted: Mapping[str, str]) -> str | None:
        return answered.take(player, posted)

    @staticmethod
    def vars_for_template(player: Any, posted: Mapping[str, str]) -> dict[str, Any]:
        return answered.variables(player, posted, posted is not NOTHING_POSTED)

    @staticmethod
    def before_next_page(player: Any, timeout_happened: bool) -> None:
        answered.note_asked(player)


class Payment(StagePage):
    @staticmethod
    def vars_for_template(player: Any) -> dict[str, Any]:
        experiment, participant = experiment_of(player.session), player.participant
        settings, currency = experiment.settings, currency_of(player.session)
        payment = payment_of(experiment, participant)
        seat = participant.label, participant.id_in_session, participant.code
        return (
            payment_variables(settings, payment, currency)
            | debriefing(experiment.texts, payment.left_because)
            | {
                "withdrawal_code": code_of(player.session, participant),
                "called": settings.in_laboratory and payment.total > 0,
                "receipt": receipt(settings, *seat, payment, currency, date.today()),
            }
        )


page_sequence = [Questionnaire, Payment]


def custom_export_questionnaire(players: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Questionnaire: one row per participant and question that they were asked."""
    yield list(QUESTIONNAIRE_COLUMNS)
    for player in players:
        if is_stored(player.session) and forgotten_at(player.participant) is None:
            yield from answered.rows(player)


def custom_export_withdrawals(players: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Withdrawals: one row per participant, with the fingerprint of their withdrawal code, and when they were forgotten."""
    return withdrawal.rows(players)
