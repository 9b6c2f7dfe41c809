"""One market: a first offer, the draw of the inactive, the announcement, a second offer, the result (section 2.2)."""

from time import time

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, models

import settings as project
from experiment.config import InvalidSettings, largest_rounds
from experiment.display import page_script, page_variables
from experiment.offers import InvalidOffer
from experiment.session import experiment_of, plan_experiment, store
from parimutuel_twostage import clock, gate, market, records, report
from parimutuel_twostage.knowledge import seat_view

doc = __doc__


class C(BaseConstants):
    NAME_IN_URL = "market"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = largest_rounds(project.SESSION_CONFIGS, project.SESSION_CONFIG_DEFAULTS)


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    """A market in one round. Times are epoch seconds; a deadline is empty where the session sets none."""

    state = models.StringField()
    stage1_opened = models.FloatField()
    stage1_deadline = models.FloatField()
    drawn = models.BooleanField(initial=False)
    announcement = models.LongStringField()
    shut_down = models.BooleanField(initial=False)
    stage2_opened = models.FloatField()
    stage2_deadline = models.FloatField()
    cleared = models.BooleanField(initial=False)
    price = models.FloatField()
    total_q = models.FloatField()
    total_r = models.FloatField()
    result_opened = models.FloatField()
    result_deadline = models.FloatField()


class Player(BasePlayer):
    """A subject in one round. ``good`` and ``amount`` are as typed; ``state`` is empty until the market has cleared."""

    type = models.StringField()
    stage1_good = models.StringField(blank=True)
    stage1_amount = models.StringField(blank=True)
    stage1_q = models.FloatField()
    stage1_r = models.FloatField()
    stage1_source = models.StringField()
    stage1_shown = models.FloatField()
    stage1_seconds = models.FloatField()
    active = models.BooleanField()
    stage2_good = models.StringField(blank=True)
    stage2_amount = models.StringField(blank=True)
    stage2_q = models.FloatField()
    stage2_r = models.FloatField()
    stage2_source = models.StringField()
    stage2_shown = models.FloatField()
    stage2_seconds = models.FloatField()
    state = models.StringField()
    price = models.FloatField()
    final_q = models.FloatField()
    final_r = models.FloatField()
    points = models.FloatField()
    result_shown = models.FloatField()


def creating_session(subsession):
    session = subsession.session
    if subsession.round_number == 1:
        try:
            store(session, plan_experiment(session.config, session.num_participants, C.NUM_ROUNDS))
        except InvalidSettings as error:
            gate.refuse_session(session, str(error))
    market.prepare_round(subsession)


def is_played(player):
    return player.round_number <= experiment_of(player.session).settings.total_rounds


def refusal_of_offer(player, good, amount):
    try:
        experiment_of(player.session).settings.grid.parse(good, amount)
    except InvalidOffer as error:
        return str(error)
    return None


def record_offer(player, stage, timeout_happened):
    market.record_offer(player, stage, experiment_of(player.session).settings.grid, timeout_happened, time())


class FirstOffer(gate.OfferPage):
    form_fields = ["stage1_good", "stage1_amount"]  # noqa: RUF012
    is_displayed = staticmethod(is_played)

    @staticmethod
    def opens(player):
        clock.open_stage(player, clock.FIRST_OFFER, time())

    @staticmethod
    def get_timeout_seconds(player):
        return clock.time_left(player, clock.FIRST_OFFER, time())

    @staticmethod
    def is_late(player):
        return clock.too_late(player, clock.FIRST_OFFER, time())

    @staticmethod
    def vars_for_template(player):
        return page_variables(seat_view(player), "FirstOffer")

    @staticmethod
    def js_vars(player):
        return page_script(seat_view(player), "FirstOffer")

    @staticmethod
    def error_message(player, values):
        return refusal_of_offer(player, values["stage1_good"], values["stage1_amount"])

    @staticmethod
    def before_next_page(player, timeout_happened):
        record_offer(player, 1, timeout_happened)


class DrawGate(gate.Gate):
    is_displayed = staticmethod(is_played)
    after_all_players_arrive = staticmethod(market.draw_inactive)


class NoSecondOffer(gate.StagePage):
    @staticmethod
    def is_displayed(player):
        return is_played(player) and (not player.active or player.group.shut_down)

    @staticmethod
    def opens(player):
        clock.open_stage(player, clock.SECOND_OFFER, time())

    @staticmethod
    def get_timeout_seconds(player):
        return clock.time_left(player, clock.SECOND_OFFER, time())

    @staticmethod
    def vars_for_template(player):
        return page_variables(seat_view(player), "NoSecondOffer")

    @staticmethod
    def js_vars(player):
        return page_script(seat_view(player), "NoSecondOffer")


class SecondOffer(gate.OfferPage):
    form_fields = ["stage2_good", "stage2_amount"]  # noqa: RUF012

    @staticmethod
    def is_displayed(player):
        return is_played(player) and player.active and not player.group.shut_down

    @staticmethod
    def opens(player):
        clock.open_stage(player, clock.SECOND_OFFER, time())

    @staticmethod
    def get_timeout_seconds(player):
        return clock.time_left(player, clock.SECOND_OFFER, time())

    @staticmethod
    def is_late(player):
        return clock.too_late(player, clock.SECOND_OFFER, time())

    @staticmethod
    def vars_for_template(player):
        return page_variables(seat_view(player), "SecondOffer")

    @staticmethod
    def js_vars(player):
        return page_script(seat_view(player), "SecondOffer")

    @staticmethod
    def error_message(player, values):
        return refusal_of_offer(player, values["stage2_good"], values["stage2_amount"])

    @staticmethod
    def before_next_page(player, timeout_happened):
        record_offer(player, 2, timeout_happened)


class MarketGate(gate.Gate):
    is_displayed = staticmethod(is_played)
    after_all_players_arrive = staticmethod(market.clear_market)


class Result(gate.StagePage):
    is_displayed = staticmethod(is_played)

    @staticmethod
    def opens(player):
        clock.open_stage(player, clock.RESULT, time())

    @staticmethod
    def get_timeout_seconds(player):
        return clock.time_left(player, clock.RESULT, time())

    @staticmethod
    def vars_for_template(player):
        return page_variables(seat_view(player), "Result")

    @staticmethod
    def js_vars(player):
        return page_script(seat_view(player), "Result")

    @staticmethod
    def app_after_this_page(player, upcoming_apps):
        last = experiment_of(player.session).settings.total_rounds
        return upcoming_apps[0] if player.round_number >= last and upcoming_apps else None


page_sequence = [FirstOffer, DrawGate, NoSecondOffer, SecondOffer, MarketGate, Result]


def vars_for_admin_report(subsession):
    return report.admin_report(subsession)


def custom_export(players):
    """Decisions: one row per participant and round."""
    return records.decision_rows(players)


def custom_export_sessions(players):
    """Sessions: one line each, with the environment, the config, the seed and the software's versions."""
    return records.session_rows(players)


def custom_export_payments(players):
    """Payments: one row per participant."""
    return records.payment_rows(players, project.REAL_WORLD_CURRENCY_CODE)
