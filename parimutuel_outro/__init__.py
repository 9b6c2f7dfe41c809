"""After the market: what is paid, and for which round."""

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, Page

import settings as project
from experiment.display.pages import payment_variables
from experiment.session import experiment_of, payment_of

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
    pass


class Payment(Page):
    @staticmethod
    def vars_for_template(player):
        experiment = experiment_of(player.session)
        payment = payment_of(experiment, player.participant)
        return payment_variables(experiment.settings, payment, project.REAL_WORLD_CURRENCY_CODE)


page_sequence = [Payment]
