"""One market: a first offer, the draw of the inactive, the announcement, a second offer, the result (section 2.2)."""

from decimal import Decimal
from time import time
from typing import Any

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, ExtraModel, models

import otree_host
import settings as project
from experiment.config import largest_rounds
from experiment.session import experiment_of, is_stored, payment_of, plan_experiment, store
from otree_host import clock_set_back, payments_page, scheduler, session_creation
from parimutuel_twostage import lobby, market, report
from parimutuel_twostage.admin import control, pay_sheet, printed
from parimutuel_twostage.due_markets import duties
from parimutuel_twostage.exports import (
    custom_export,
    custom_export_beliefs,
    custom_export_bonus,
    custom_export_bonus_with_fee,
    custom_export_events,
    custom_export_pay_sheet,
    custom_export_payments,
    custom_export_sessions,
)
from parimutuel_twostage.pages import PAGES
from parimutuel_twostage.rows import ParticipantRow, RoundRow, SubjectRow

__all__ = [
    "custom_export",
    "custom_export_beliefs",
    "custom_export_bonus",
    "custom_export_bonus_with_fee",
    "custom_export_events",
    "custom_export_pay_sheet",
    "custom_export_payments",
    "custom_export_sessions",
]

otree_host.install()
doc = __doc__
page_sequence = PAGES


class C(BaseConstants):
    NAME_IN_URL = "market"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = largest_rounds(project.SESSION_CONFIGS, project.SESSION_CONFIG_DEFAULTS)


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    """A market in one round. Times are epoch seconds; a deadline is empty if the session sets none.

    ``agents`` is N if the market formed in a lobby, else empty.
    """

    agents = models.IntegerField()
    start_opened = models.FloatField()
    start_deadline = models.FloatField()
    state = models.StringField()
    market_opened = models.FloatField()
    market_deadline = models.FloatField()
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
    over = models.BooleanField(initial=False)


class Player(BasePlayer):
    """A subject in one round. ``good`` and ``amount`` are as typed; ``state`` is empty until the
    market has cleared.

    ``belief`` is a JSON object of whole percents by state, empty if none was asked for or none
    stated in time. ``events`` is the log of the aids of an offer page, as ``experiment.events``
    writes it.

    ``ready`` says that the subject waits for the first round, ``dropped`` that the market did not
    wait for them in this round. ``lobby_arrived`` and ``lobby_seen`` are when the subject came to
    the lobby, and when the subject's page last reported their presence.
    """

    ready = models.BooleanField(initial=False)
    dropped = models.BooleanField(initial=False)
    lobby_arrived = models.FloatField()
    lobby_seen = models.FloatField()
    market_shown = models.FloatField()
    type = models.StringField()
    stage1_good = models.StringField(blank=True)
    stage1_amount = models.StringField(blank=True)
    stage1_q = models.FloatField()
    stage1_r = models.FloatField()
    stage1_source = models.StringField()
    stage1_shown = models.FloatField()
    stage1_seconds = models.FloatField()
    stage1_events = models.LongStringField()
    active = models.BooleanField()
    belief = models.LongStringField(blank=True)
    belief_source = models.StringField()
    belief_shown = models.FloatField()
    belief_seconds = models.FloatField()
    stage2_good = models.StringField(blank=True)
    stage2_amount = models.StringField(blank=True)
    stage2_q = models.FloatField()
    stage2_r = models.FloatField()
    stage2_source = models.StringField()
    stage2_shown = models.FloatField()
    stage2_seconds = models.FloatField()
    stage2_read = models.BooleanField(initial=False)
    stage2_events = models.LongStringField()
    state = models.StringField()
    price = models.FloatField()
    final_q = models.FloatField()
    final_r = models.FloatField()
    points = models.FloatField()
    result_shown = models.FloatField()


class Heartbeat(ExtraModel):
    """One row: when the scheduler last noted the time, in epoch seconds."""

    at = models.FloatField()


clock_set_back.keeps_moments(
    Group,
    "start_opened",
    "start_deadline",
    "market_opened",
    "market_deadline",
    "stage1_opened",
    "stage1_deadline",
    "stage2_opened",
    "stage2_deadline",
    "result_opened",
    "result_deadline",
)
clock_set_back.keeps_moments(
    Player, "lobby_arrived", "lobby_seen", "market_shown", "stage1_shown", "belief_shown", "stage2_shown", "result_shown"
)
server_scheduler = scheduler.Scheduler(duties(Group), Heartbeat)
scheduler.run_with_server(server_scheduler)
control.serve(Group)
printed.serve()
pay_sheet.serve()


def creating_session(subsession: RoundRow) -> None:
    session = subsession.session
    with session_creation.refused_if_invalid(session):
        if subsession.round_number == 1:
            store(session, plan_experiment(session.config, session.num_participants, C.NUM_ROUNDS))
        market.prepare_round(subsession)


def group_by_arrival_time_method(subsession: RoundRow, waiting_players: list[SubjectRow]) -> list[SubjectRow] | None:
    return lobby.next_market(subsession, waiting_players, time())


def vars_for_admin_report(subsession: RoundRow) -> dict[str, Any]:
    return report.admin_report(subsession, time())


def beyond_fee_and_total(participant: ParticipantRow) -> tuple[Decimal, Decimal] | None:
    """The amounts on oTree's page of payments: the same as on the participant's own payment page."""
    if not is_stored(participant.session):
        return None
    paid = payment_of(experiment_of(participant.session), participant)
    return paid.total - paid.fee, paid.total


payments_page.pays(beyond_fee_and_total)
