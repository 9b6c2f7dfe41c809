"""Before the market: consent, instructions, and a quiz."""

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, ExtraModel, models

from experiment.pages.market import consent_variables
from experiment.quiz.items import PAGES
from experiment.session import currency_of, experiment_of
from otree_host import clock_set_back, stage_pages
from parimutuel_intro import questions
from parimutuel_intro.instruction_pages import INSTRUCTIONS

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
    """A subject. ``quiz_opened`` is when the current attempt at ``quiz_section`` began, in epoch seconds."""

    quiz_section = models.StringField()
    quiz_opened = models.FloatField()


clock_set_back.keeps_moments(Player, "quiz_opened")


class QuizAnswer(ExtraModel):
    """An answer of the quiz that counted: a number, or the name of a choice."""

    player = models.Link(Player)
    item = models.StringField()
    attempt = models.IntegerField()
    answer = models.StringField()
    is_right = models.BooleanField()
    seconds = models.FloatField()


class Consent(stage_pages.StagePage):
    @staticmethod
    def vars_for_template(player):
        return consent_variables(experiment_of(player.session).settings, currency_of(player.session))


def asking(page):
    """A page of the quiz that asks the section of its name."""
    section = PAGES[page.__name__]
    page.template_name = "parimutuel_intro/Quiz.html"
    page.is_displayed = staticmethod(lambda player: questions.is_asked(player, section))
    page.opens = staticmethod(lambda player: questions.open_section(player, section))
    page.asks = staticmethod(lambda player: questions.fields(player, section))
    page.error_message = staticmethod(lambda player, posted: questions.take_answers(player, section, posted, QuizAnswer))
    page.vars_for_template = staticmethod(lambda player, posted: questions.variables(player, section, posted, QuizAnswer))
    page.app_after_this_page = staticmethod(questions.next_app)
    return page


@asking
class QuizStates(stage_pages.QuestionPage):
    pass


@asking
class QuizDraw(stage_pages.QuestionPage):
    pass


@asking
class QuizSecondOffer(stage_pages.QuestionPage):
    pass


@asking
class QuizPayment(stage_pages.QuestionPage):
    pass


quiz_pages = [QuizStates, QuizDraw, QuizSecondOffer, QuizPayment]
page_sequence = [Consent, *INSTRUCTIONS, *quiz_pages]


def custom_export_quiz(players):
    """Quiz: one row per answer that counted."""
    return questions.rows(players, QuizAnswer)
