"""Before the market: consent, instructions, and a quiz."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, ExtraModel, models

import otree_host
from experiment.quiz.items import PAGES
from otree_host import clock_set_back
from otree_host.question_pages import QuestionPage
from otree_host.stage_pages import StagePage
from parimutuel_intro import consent, questions
from parimutuel_intro.instruction_pages import INSTRUCTIONS

otree_host.install()
doc = __doc__


class C(BaseConstants):
    NAME_IN_URL = "welcome"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = 1


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    pass


class Player(BasePlayer):
    """A subject. ``consented_at`` is when they agreed, in epoch seconds, and ``declined`` says that they did not agree; both are about the
    text with this ``consent_version``. ``quiz_opened`` is when the current attempt at ``quiz_section`` began, in epoch seconds.
    """

    consented_at = models.FloatField()
    consent_version = models.StringField()
    declined = models.BooleanField(initial=False)
    quiz_section = models.StringField()
    quiz_opened = models.FloatField()


class QuizAnswer(ExtraModel):
    """A quiz answer that counted: a number, or the name of a choice."""

    player = models.Link(Player)
    item = models.StringField()
    attempt = models.IntegerField()
    answer = models.StringField()
    is_right = models.BooleanField()
    seconds = models.FloatField()


clock_set_back.keeps_moments(Player, "quiz_opened")


class Consent(QuestionPage):
    """What the study is, and two buttons: to agree, and not to agree. Nobody agrees by being moved on."""

    @staticmethod
    def asks(player: Any) -> list[str]:
        return [consent.DECLINES]

    @staticmethod
    def error_message(player: Any, posted: Mapping[str, str]) -> str | None:
        consent.decide(player, posted)
        return None

    @staticmethod
    def vars_for_template(player: Any, posted: Mapping[str, str]) -> dict[str, Any]:
        return consent.variables(player.session)

    @staticmethod
    def app_after_this_page(player: Any, upcoming_apps: Sequence[str]) -> str | None:
        return questions.next_app(player, upcoming_apps)


class QuizPage(QuestionPage):
    """A page of the quiz, which asks the questions of its section."""

    template_name = "parimutuel_intro/Quiz.html"

    @classmethod
    def section(cls) -> str:
        return PAGES[cls.__name__]

    @classmethod
    def is_displayed(cls, player: Any) -> bool:
        return questions.is_asked(player, cls.section())

    @classmethod
    def opens(cls, player: Any) -> None:
        questions.open_section(player, cls.section())

    @classmethod
    def asks(cls, player: Any) -> list[str]:
        return questions.fields(player, cls.section())

    @classmethod
    def error_message(cls, player: Any, posted: Mapping[str, str]) -> str | None:
        return questions.take_answers(player, cls.section(), posted, QuizAnswer)

    @classmethod
    def vars_for_template(cls, player: Any, posted: Mapping[str, str]) -> dict[str, Any]:
        return questions.variables(player, cls.section(), posted, QuizAnswer)

    @staticmethod
    def app_after_this_page(player: Any, upcoming_apps: Sequence[str]) -> str | None:
        return questions.next_app(player, upcoming_apps)


class QuizStates(QuizPage):
    pass


class QuizDraw(QuizPage):
    pass


class QuizSecondOffer(QuizPage):
    pass


class QuizPayment(QuizPage):
    pass


class QuizPassed(StagePage):
    """After the quiz, for subjects who answered all of it correctly."""

    @staticmethod
    def is_displayed(player: Any) -> bool:
        return questions.is_passed(player, QuizAnswer)

    @staticmethod
    def vars_for_template(player: Any) -> dict[str, Any]:
        return questions.passed(player)


quiz_pages = [QuizStates, QuizDraw, QuizSecondOffer, QuizPayment]
page_sequence = [Consent, *INSTRUCTIONS, *quiz_pages, QuizPassed]


def custom_export_quiz(players: Sequence[Any]) -> Iterator[list[Any]]:
    """Quiz: one row per answer that counted."""
    return questions.rows(players, QuizAnswer)


def custom_export_consent(players: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Consent: one row per participant, with the time and the version of the text."""
    return consent.rows(players)


def custom_export_texts(players: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Texts: one row per session and text that its participants read, with its version."""
    return consent.text_rows(players)
