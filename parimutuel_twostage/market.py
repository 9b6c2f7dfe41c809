"""What happens in a market when the app's pages call for it: nature's draws, the announcement,
beliefs, the clearing, the payment.

``experiment`` computes the numbers; this module reads and writes the rows of the database. Every
step may be repeated without harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import time

from experiment.absence import answered, is_dropout, missed
from experiment.beliefs import Belief, kept_belief
from experiment.draws import draw_markets
from experiment.earnings import Earned, StatedBelief, keep_earned
from experiment.events import events_text, read_events
from experiment.leaving import TIMED_OUT, leave
from experiment.market_options import RANDOM
from experiment.offers import ABSENT, TYPED, OfferGrid
from experiment.payments import payoff_in_points
from experiment.rounds import announce
from experiment.session import Experiment, experiment_of, payment_of
from otree_host import row_queries
from otree_host.lobby_page import nobody_is_placed
from parimutuel_twostage import clock
from parimutuel_twostage.fields import announcement_text
from parimutuel_twostage.rows import MarketRow, ParticipantRow, RoundRow, SubjectRow, maybe
from parimutuel_twostage.seats import first_offers, nature, outcome_of
from parimutuel_twostage.stage_fields import FIRST_OFFER, MARKET, SECOND_OFFER, offer_stage


def prepare_round(subsession: RoundRow) -> None:
    """Form the markets of a round, and draw its states and types. Nothing happens for rounds that
    will not be played.
    """
    experiment = experiment_of(subsession.session)
    settings, number = experiment.settings, subsession.round_number
    if number > settings.total_rounds:
        return
    if settings.has_lobby and not settings.is_practice(number):
        nobody_is_placed(subsession)
        return
    subsession.set_group_matrix(markets(experiment, subsession.session.num_participants, number))
    for group in subsession.get_groups():
        deal(experiment, group)


def begin(group: MarketRow) -> None:
    """Begin a market that has formed in the lobby: store its size and draw the states and types of
    all its rounds.
    """
    experiment, agents = experiment_of(group.session), len(group.get_players())
    for market_round in group.in_rounds(group.round_number, experiment.settings.total_rounds):
        market_round.agents = agents
        deal(experiment, market_round)
    for player in row_queries.seats(group):
        answered(player.participant)  # misses while practising alone delayed nobody
    clock.open_stage(group, MARKET, time())


def deal(experiment: Experiment, group: MarketRow) -> None:
    """Store the state and the types that nature draws for a market round."""
    draws = nature(experiment, group)
    group.state = draws.state
    for player, type_name in zip(group.get_players(), draws.types, strict=False):  # robots have types and no rows
        player.type = type_name


def markets(experiment: Experiment, participants: int, round_number: int) -> list[list[int]]:
    """The participants of each market of a round, counted from 1, in the order of their seats.

    In a practice round alone, market n is participant n's, since the draws are keyed by this
    number.
    """
    settings = experiment.settings
    size = settings.market_size
    if settings.is_solo(round_number):
        return [[participant] for participant in range(1, participants + 1)]
    if settings.schedule.matching == RANDOM:
        practice, number = settings.is_practice(round_number), settings.round_in_kind(round_number)
        return draw_markets(participants, size, experiment.seed, practice, number)
    return [list(range(first, first + size)) for first in range(1, participants + 1, size)]


def record_offer(player: SubjectRow, stage: str, grid: OfferGrid, absent: bool, now: float) -> None:
    """Store the offer typed on this stage's page, or that none was made in time; an offer that is
    already stored does not change.
    """
    kept = offer_stage(player, stage)
    if kept.source is not None:
        return
    if absent:
        kept.forget_typed()
    else:
        kept.keep(grid.parse(*kept.typed))
        kept.keep_seconds(now)
    kept.keep_source(ABSENT if absent else TYPED)


def record_events(player: SubjectRow, stage: str, posted: str | None) -> None:
    """Store the log of this stage's page, if the session has a log and the page sent a readable
    one.
    """
    aids = experiment_of(player.session).settings.aids
    events = read_events(posted, aids.attention) if aids.log else ()
    if events:
        offer_stage(player, stage).keep_events(events_text(events))


def close_stage(group: MarketRow, stage: str, now: float) -> None:
    """Note which subjects made no offer in this stage, what is traded for them, and who has missed
    too many deadlines.
    """
    settings = experiment_of(group.session).settings
    for player in row_queries.seats(group):
        if stage == SECOND_OFFER and (not player.active or group.shut_down):
            continue
        made = offer_stage(player, stage)
        if made.source is None:
            record_offer(player, stage, settings.grid, absent=True, now=now)
            player.dropped = is_dropout(player.participant, settings.absence.misses_allowed)
        if stage == SECOND_OFFER:
            _close_belief(player, now)
        if made.source != ABSENT:
            answered(player.participant)
            continue
        missed(player.participant)
        if stage == SECOND_OFFER and settings.absence.repeats:
            first = offer_stage(player, FIRST_OFFER)
            if first.source == TYPED and first.offer is not None:
                made.keep(first.offer)


def comes_back(player: SubjectRow, timeout_happened: bool = False) -> None:
    """Note that a subject who pressed a button is present, so that markets wait for them again."""
    allowed = experiment_of(player.session).settings.absence.misses_allowed
    if not timeout_happened and is_dropout(player.participant, allowed):
        answered(player.participant)


def draw_inactive(group: MarketRow) -> None:
    """Draw the inactive, and store what is announced to the active."""
    if group.drawn:
        return
    experiment = experiment_of(group.session)
    active = nature(experiment, group).active
    announcement = announce(first_offers(experiment, group), active, experiment.settings.rules.shutdown_if_equal)
    for player, is_active in zip(group.get_players(), active, strict=False):
        player.active = is_active
    group.announcement = announcement_text(announcement)
    group.shut_down = announcement.shut_down
    group.drawn = True


def clear_market(group: MarketRow) -> None:
    """Clear the market; after the last round, determine what everybody is paid."""
    if group.cleared:
        return
    experiment = experiment_of(group.session)
    players = row_queries.seats(group)
    outcome = outcome_of(group)
    group.price, group.total_q, group.total_r = outcome.price, outcome.total_q, outcome.total_r
    for player, seat in zip(players, outcome.seats, strict=False):
        player.state = group.state
        player.price, player.final_q, player.final_r, player.points = seat.price, seat.final_q, seat.final_r, seat.points
    group.cleared = True
    if group.round_number == experiment.settings.total_rounds:
        paid = row_queries.by_participant(group, experiment.settings.schedule.practice_rounds + 1, group.round_number)
        for player in players:
            pay(player.participant, paid[player.participant_id], experiment)


def asks_for_belief(player: SubjectRow) -> bool:
    """Whether this subject states a belief in this round: the active do, once it is certain that
    there are second offers.
    """
    asked = experiment_of(player.session).settings.pay.belief_prize is not None
    return asked and bool(player.group.drawn and player.active and not player.group.shut_down)


def record_belief(player: SubjectRow, absent: bool, now: float) -> None:
    """Store the belief that was typed, by the names of the states, or that none was stated in time."""
    states = experiment_of(player.session).settings.environment.states
    if maybe(player, "belief_source") is not None:
        return
    if absent:
        player.belief = None
    else:
        player.belief = Belief.parse(maybe(player, "belief"), len(states)).text(states)
        player.belief_seconds = max(now - player.belief_shown, 0.0)
    player.belief_source = ABSENT if absent else TYPED


def _close_belief(player: SubjectRow, now: float) -> None:
    if asks_for_belief(player):
        record_belief(player, absent=True, now=now)


def pay(participant: ParticipantRow, paid: Sequence[SubjectRow], experiment: Experiment) -> None:
    """Store what the participant earned in the paid rounds, in order, and give oTree the points
    that it converts to money.
    """
    settings = experiment.settings
    if is_dropout(participant, settings.absence.misses_allowed):
        leave(participant, TIMED_OUT)
    keep_earned(participant, Earned(tuple(maybe(row, "points") for row in paid), tuple(stated_belief(row) for row in paid)))
    participant.payoff = payoff_in_points(payment_of(experiment, participant), settings.money_per_point)


def stated_belief(player: SubjectRow) -> StatedBelief | None:
    """The answer in a finished round in which a belief was asked for; None if none was."""
    if not player.group.cleared or not asks_for_belief(player):
        return None
    states = experiment_of(player.session).settings.environment.states
    stated = kept_belief(maybe(player, "belief"))
    percents = None if stated is None else tuple(stated[state] for state in states)
    return StatedBelief(percents, states.index(player.group.state))
