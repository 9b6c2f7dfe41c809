"""One market: a first offer, the draw of the inactive, the announcement, a second offer, the result (section 2.2)."""

from time import time

from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, ExtraModel, models

import settings as project
from experiment.absence import is_dropout
from experiment.beliefs import Belief, InvalidBelief
from experiment.config import largest_rounds
from experiment.events import LONGEST_LOG
from experiment.language import say
from experiment.leaving import left_before_market
from experiment.offers import InvalidOffer
from experiment.pages.beliefs import belief_script, belief_variables
from experiment.pages.lobby import lobby_variables
from experiment.pages.market import page_script, page_variables
from experiment.session import currency_of, experiment_of, is_stored, payment_of, plan_experiment, store
from otree_host import (  # noqa: F401  (each puts something of ours in place of oTree's own)
    clock_set_back,
    database_encoding,
    database_lock,
    entry_routes,
    fewer_queries,
    lobby_page,
    login,
    row_queries,
    session_locale,
    stage_pages,
    wait_pages,
    web_server,
)
from parimutuel_twostage import (
    clock,
    control,
    lobby,
    market,
    pay_sheet,
    printed,
    progress,
    records,
    report,
    scheduler,
)
from parimutuel_twostage.knowledge import just_seen, look

doc = __doc__


class C(BaseConstants):
    NAME_IN_URL = "market"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = largest_rounds(project.SESSION_CONFIGS, project.SESSION_CONFIG_DEFAULTS)


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    """A market in one round. Times are epoch seconds; a deadline is empty where the session sets none.

    ``agents`` is N where the market formed in a lobby, else empty.
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
    """A subject in one round. ``good`` and ``amount`` are as typed; ``state`` is empty until the market has cleared.

    ``belief`` is a JSON object of whole percents by state, empty where none was asked for or none stated in time.
    ``events`` is what the aids of an offer page were used for, as ``experiment.events`` writes it.

    ``ready`` says that the subject waits for the first round, ``dropped`` that the market did not wait for them in this one.
    ``lobby_arrived`` and ``lobby_seen`` are when the subject came to the lobby, and when its page last said so.
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


class Pulse(ExtraModel):
    """One row: when the server last noted that time goes on, in epoch seconds."""

    at = models.FloatField()


database_encoding.check_connections()
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
server_keeper = scheduler.Keeper(Group, Pulse)
scheduler.keep_with_server(server_keeper)
control.serve_to_admin(Group)
stage_pages.serve_publicly(printed.ADDRESS, printed.TEMPLATE, printed.variables)
pay_sheet.serve_to_admin()


def creating_session(subsession):
    session = subsession.session
    with stage_pages.refused_if_invalid(session):
        if subsession.round_number == 1:
            store(session, plan_experiment(session.config, session.num_participants, C.NUM_ROUNDS))
        market.prepare_round(subsession)


def group_by_arrival_time_method(subsession, waiting_players):
    return lobby.next_market(subsession, waiting_players, time())


def is_played(player):
    return player.round_number <= experiment_of(player.session).settings.total_rounds and not left_before_market(player.participant)


def is_in_second_stage(player):
    return is_played(player) and bool(player.group.drawn and not player.group.cleared)


def go_on(group):
    """Bring the market as far as it can go, and have those who wait for it come along."""
    if progress.advance(group, time(), asked=stage_pages.arrived()):
        wait_pages.release(group)


def is_missed(player):
    return is_dropout(player.participant, experiment_of(player.session).settings.absence.misses_allowed)


def is_in_lobby_round(player):
    return lobby.is_lobby_round(player.session, player.round_number)


def refusal_of_offer(player, good, amount):
    try:
        experiment_of(player.session).settings.grid.parse(good, amount)
    except InvalidOffer as error:
        return str(error)
    return None


def of_stage(stage):
    """A page with the common clock of its stage, which shows what its subject may know."""

    def dress(page):
        page.opens = staticmethod(lambda player: clock.note_shown(player, stage, time()))
        page.get_timeout_seconds = staticmethod(lambda player: clock.time_left(player, stage, time()))
        page.vars_for_template = staticmethod(lambda player: page_variables(look(player), page.__name__, currency_of(player.session)))
        page.js_vars = staticmethod(lambda player: page_script(just_seen(player), page.__name__))
        return page

    return dress


def with_offer(stage, number):
    """A page of its stage on which the subject's first or second offer is made."""

    def is_over(player):
        return bool(player.group.drawn if number == 1 else player.group.cleared)

    def record(player, timeout_happened):
        market.comes_back(player, timeout_happened)
        market.record_offer(player, number, experiment_of(player.session).settings.grid, timeout_happened, time())

    def dress(page):
        good, amount = page.form_fields = [f"stage{number}_good", f"stage{number}_amount"]
        page.is_late = staticmethod(lambda player, arrived: is_over(player) or clock.too_late(player, stage, arrived))
        page.error_message = staticmethod(lambda player, values: refusal_of_offer(player, values[good], values[amount]))
        page.before_next_page = staticmethod(record)
        page.side_fields = {"events": LONGEST_LOG}
        page.notes = staticmethod(lambda player, sent: market.record_events(player, number, sent.get("events")))
        return of_stage(stage)(page)

    return dress


class Lobby(lobby_page.LobbyPage):
    template_name = "parimutuel_twostage/Lobby.html"
    is_displayed = staticmethod(is_in_lobby_round)
    arrives = staticmethod(lobby.arrive)
    wants_to_leave = staticmethod(lobby.let_go)
    waited_in_vain = staticmethod(lobby.give_up)
    has_left = staticmethod(lobby.has_left)
    waiting = staticmethod(lobby.waiting)
    vars_for_template = staticmethod(lambda player: lobby_variables(experiment_of(player.session).settings))
    after_all_players_arrive = staticmethod(market.begin)


@of_stage(clock.MARKET)
class Market(stage_pages.StagePage):
    @staticmethod
    def is_displayed(player):
        return is_played(player) and is_in_lobby_round(player) and not player.group.drawn

    before_next_page = staticmethod(market.comes_back)


class MarketWait(wait_pages.Gate):
    """What the gates of a market have in common."""

    reaches = staticmethod(lambda player: go_on(player.group))
    comes_back = staticmethod(market.comes_back)
    is_missed = staticmethod(is_missed)


class StartGate(MarketWait):
    """Before the first round in which subjects meet: nobody's time runs while others of the market still read or practise."""

    @staticmethod
    def is_displayed(player):
        return is_played(player) and progress.starts_at_gate(player.session, player.round_number) and not progress.has_started(player.group)

    @staticmethod
    def reaches(player):
        progress.arrive_at_start(player, time())
        go_on(player.group)

    @staticmethod
    def vars_for_template(player):
        return {"before_start": clock.seconds(experiment_of(player.session).settings, clock.START) > 0}


@with_offer(clock.FIRST_OFFER, 1)
class FirstOffer(stage_pages.OfferPage):
    is_displayed = staticmethod(lambda player: is_played(player) and not player.group.drawn)


class DrawGate(MarketWait):
    is_displayed = staticmethod(lambda player: is_played(player) and not player.group.drawn)


@of_stage(clock.SECOND_OFFER)
class NoSecondOffer(stage_pages.StagePage):
    @staticmethod
    def is_displayed(player):
        return is_in_second_stage(player) and (not player.active or player.group.shut_down)

    @staticmethod
    def before_next_page(player, timeout_happened):
        player.stage2_read = True
        market.comes_back(player, timeout_happened)


@with_offer(clock.SECOND_OFFER, 2)
class SecondOffer(stage_pages.OfferPage):
    @staticmethod
    def is_displayed(player):
        return is_in_second_stage(player) and player.active and not player.group.shut_down


class Beliefs(stage_pages.ListPage):
    """How likely each state is, before the second offer and on its clock."""

    form_fields = ["belief"]  # noqa: RUF012
    is_displayed = staticmethod(lambda player: is_in_second_stage(player) and market.asks_for_belief(player))
    is_late = staticmethod(lambda player, arrived: bool(player.group.cleared) or clock.too_late(player, clock.SECOND_OFFER, arrived))
    opens = staticmethod(lambda player: clock.note_shown(player, clock.SECOND_OFFER, time(), noted_as="belief"))
    get_timeout_seconds = staticmethod(lambda player: clock.time_left(player, clock.SECOND_OFFER, time()))
    vars_for_template = staticmethod(lambda player: belief_variables(look(player), currency_of(player.session)))
    js_vars = staticmethod(lambda player: belief_script(just_seen(player)))

    @staticmethod
    def one_answer():
        return say("Please type one number for every state.")

    @staticmethod
    def error_message(player, values):
        try:
            Belief.parse(values["belief"], len(experiment_of(player.session).settings.environment.states))
        except InvalidBelief as error:
            return str(error)
        return None

    @staticmethod
    def before_next_page(player, timeout_happened):
        market.comes_back(player, timeout_happened)
        market.record_belief(player, timeout_happened, time())


class MarketGate(MarketWait):
    is_displayed = staticmethod(lambda player: is_played(player) and not player.group.cleared)


@of_stage(clock.RESULT)
class Result(stage_pages.StagePage):
    """Shown as long as no later round has passed by who sees it."""

    @staticmethod
    def is_displayed(player):
        if not is_played(player) or not player.group.cleared:
            return False
        last = player.round_number >= experiment_of(player.session).settings.total_rounds
        return last or player.participant_id not in row_queries.passed_by(player.group)

    @staticmethod
    def before_next_page(player, timeout_happened):
        market.comes_back(player, timeout_happened)

    @staticmethod
    def app_after_this_page(player, upcoming_apps):
        last = experiment_of(player.session).settings.total_rounds
        return upcoming_apps[0] if player.round_number >= last and upcoming_apps else None


page_sequence = [Lobby, StartGate, Market, FirstOffer, DrawGate, NoSecondOffer, Beliefs, SecondOffer, MarketGate, Result]


def vars_for_admin_report(subsession):
    return report.admin_report(subsession, time())


def custom_export(players):
    """Decisions: one row per participant and round."""
    return records.decision_rows(players)


def custom_export_sessions(players):
    """Sessions: one line each, with the environment, the config, the seed and the software's versions."""
    return records.session_rows(players)


def custom_export_payments(players):
    """Payments: one row per participant."""
    return records.payment_rows(players)


def custom_export_pay_sheet(players):
    """Pay sheet for the laboratory, with labels: one row per participant, a cell for the signature."""
    return records.pay_sheet_rows(players)


def custom_export_bonus(players):
    """Bonus file for a recruiter: label and what is paid beyond the show-up fee, without a header."""
    return records.bonus_file_rows(players, with_fee=False)


def custom_export_bonus_with_fee(players):
    """The same with the show-up fee, for a recruiter who does not pay it: label and all that is paid."""
    return records.bonus_file_rows(players, with_fee=True)


def custom_export_beliefs(players):
    """Beliefs: one row per participant, round and state."""
    return records.belief_rows(players)


def custom_export_events(players):
    """Events: what the slider, the fields and the calculator of the offer pages were used for, one row per use."""
    return records.event_rows(players)


def beyond_fee_and_total(participant):
    """What oTree's page of payments says: as the participant's own payment page."""
    if not is_stored(participant.session):
        return None
    paid = payment_of(experiment_of(participant.session), participant)
    return paid.total - paid.fee, paid.total


stage_pages.pays(beyond_fee_and_total)
