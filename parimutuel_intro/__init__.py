"""Before the market: consent and instructions."""

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, Page

import settings as project
from experiment.display.pages import consent_variables
from experiment.session import experiment_of
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
    pass


class Consent(Page):
    @staticmethod
    def vars_for_template(player):
        return consent_variables(experiment_of(player.session).settings, project.REAL_WORLD_CURRENCY_CODE)


page_sequence = [Consent, *INSTRUCTIONS]
