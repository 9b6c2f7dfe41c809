"""What happens in a market, as the app's pages call for it: nature's draws, the announcement, the clearing, the payment.

The numbers come from ``experiment``; here they meet the rows they are kept in. Every step may be repeated without harm.
"""

from __future__ import annotations

from typing import Any

from experiment.config import RANDOM, SessionSettings
from experiment.draws import draw_markets
from experiment.offers import ABSENT, TYPED, OfferGrid
from experiment.payments import paid_points
from experiment.rounds import announce
from experiment.session import Experiment, experiment_of
from parimutuel_twostage.fields import announcement_text, maybe
from parimutuel_twostage.seats import first_offers, nature, outcome_of


def prepare_round(subsession: Any) -> None:
    """Form the markets of a round, and draw its states and types. Rounds that will not be played are left alone."""
    experiment = experiment_of(subsession.session)
    settings, number = experiment.settings, subsession.round_number
    if number > settings.total_rounds:
        return
    subsession.set_group_matrix(markets(experiment, subsession.session.num_participants, number))
    for group in subsession.get_groups():
        draws = nature(experiment, group)
        group.state = draws.state
        for player, type_name in zip(group.get_players(), draws.types, strict=False):  # robots have types and no rows
            player.type = type_name


def markets(experiment: Experiment, participants: int, round_number: int) -> list[list[int]]:
    """The participants of each market of a round, counted from 1, in the order of their seats.

    In a practice round alone market n is participant n's, for the draws know it by this number.
    """
    settings = experiment.settings
    size = settings.market_size
    if settings.is_solo(round_number):
        return [[participant] for participant in range(1, participants + 1)]
    if settings.matching == RANDOM:
        practice, number = settings.is_practice(round_number), settings.round_in_kind(round_number)
        return draw_markets(participants, size, experiment.seed, practice, number)
    return [list(range(first, first + size)) for first in range(1, participants + 1, size)]


def record_offer(player: Any, stage: int, grid: OfferGrid, absent: bool, now: float) -> None:
    """Keep the offer that was typed into the page of this stage, or that none was made in time."""
    good, amount = f"stage{stage}_good", f"stage{stage}_amount"
    if absent:
        setattr(player, good, None)
        setattr(player, amount, None)
    else:
        offer = grid.parse(maybe(player, good), maybe(player, amount))
        setattr(player, f"stage{stage}_q", offer.q)
        setattr(player, f"stage{stage}_r", offer.r)
        setattr(player, f"stage{stage}_seconds", max(now - getattr(player, f"stage{stage}_shown"), 0.0))
    setattr(player, f"stage{stage}_source", ABSENT if absent else TYPED)


def draw_inactive(group: Any) -> None:
    """Draw the inactive, and keep what is announced to the active."""
    if group.drawn:
        return
    experiment = experiment_of(group.session)
    active = nature(experiment, group).active
    announcement = announce(first_offers(experiment, group), active, experiment.settings.shutdown_if_equal)
    for player, is_active in zip(group.get_players(), active, strict=False):
        player.active = is_active
    group.announcement = announcement_text(announcement)
    group.shut_down = announcement.shut_down
    group.drawn = True


def clear_market(group: Any) -> None:
    """Execute the round; after the last one, settle what everybody is paid."""
    if group.cleared:
        return
    experiment = experiment_of(group.session)
    players = group.get_players()
    outcome = outcome_of(group)
    group.price, group.total_q, group.total_r = outcome.price, outcome.total_q, outcome.total_r
    for player, seat in zip(players, outcome.seats, strict=False):
        player.state = group.state
        player.price, player.final_q, player.final_r, player.points = seat.price, seat.final_q, seat.final_r, seat.points
    group.cleared = True
    if group.round_number == experiment.settings.total_rounds:
        for player in players:
            pay(player, experiment.settings, experiment.seed)


def pay(player: Any, settings: SessionSettings, seed: int) -> None:
    """Give the participant the points that are paid; oTree turns them into money."""
    rounds = player.in_rounds(settings.practice_rounds + 1, settings.total_rounds)
    points = [maybe(row, "points") for row in rounds]
    participant = player.participant
    participant.payoff = paid_points(settings, seed, participant.id_in_session, points)
