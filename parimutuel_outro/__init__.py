"""After the market: a questionnaire, then the payment with the round it is for, and the way back to
the recruiter.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, models

import otree_host
from experiment import questionnaire
from experiment.export import QUESTIONNAIRE_COLUMNS
from experiment.language import say
from experiment.leaving import reason_to_leave
from experiment.options import QUESTIONS
from experiment.pages.payment import payment_variables
from experiment.pages.receipt import receipt
from experiment.session import currency_of, experiment_of, is_stored, payment_of
from otree_host.stage_pages import StagePage

otree_host.install()
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
    answered.
    """

    age = models.StringField(blank=True)
    gender = models.StringField(blank=True)
    field_of_study = models.StringField(blank=True)
    risk = models.StringField(blank=True)
    comments = models.LongStringField(blank=True)


def asked(player: Any) -> tuple[str, ...]:
    return experiment_of(player.session).settings.questionnaire


class Questionnaire(StagePage):
    form_model = "player"
    longest_answer = questionnaire.LONGEST_POSTED

    @staticmethod
    def get_form_fields(player: Any) -> list[str]:
        return list(asked(player))

    @staticmethod
    def is_displayed(player: Any) -> bool:
        return bool(asked(player)) and reason_to_leave(player.participant) is None

    @staticmethod
    def vars_for_template(player: Any) -> dict[str, Any]:
        return {"asks": {question: question in asked(player) for question in QUESTIONS}, "steps_of_risk": [str(step) for step in range(11)]}

    @staticmethod
    def one_answer() -> str:
        return say("Please give one answer to each question, as text.")

    @staticmethod
    def error_message(player: Any, values: Mapping[str, Any]) -> dict[str, str] | None:
        return questionnaire.refusals(values) or None

    @staticmethod
    def before_next_page(player: Any, timeout_happened: bool) -> None:
        for question in asked(player):
            setattr(player, question, questionnaire.kept(question, player.field_maybe_none(question)))


class Payment(StagePage):
    @staticmethod
    def vars_for_template(player: Any) -> dict[str, Any]:
        experiment, participant = experiment_of(player.session), player.participant
        settings, currency = experiment.settings, currency_of(player.session)
        payment = payment_of(experiment, participant)
        seat = participant.label, participant.id_in_session, participant.code
        return payment_variables(settings, payment, currency) | {
            "called": settings.in_laboratory,
            "receipt": receipt(settings, *seat, payment, currency, date.today()),
        }


page_sequence = [Questionnaire, Payment]


def custom_export_questionnaire(players: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Questionnaire: one row per participant and question that they were asked."""
    yield list(QUESTIONNAIRE_COLUMNS)
    for player in players:
        if is_stored(player.session):
            answers = {question: player.field_maybe_none(question) for question in QUESTIONS}
            yield from questionnaire.rows(player.session.code, player.participant.code, asked(player), answers)
