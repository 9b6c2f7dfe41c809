"""The seats of a market: subjects, who have rows in the database, and in a practice round alone also robots, which are computed."""

from __future__ import annotations

from experiment.config import SessionSettings
from experiment.draws import RoundDraws, RoundKey, draw_round
from experiment.offers import Offer
from experiment.practice import PracticeRound, practice_round
from experiment.rounds import RoundOutcome, clear
from experiment.session import Experiment, experiment_of
from parimutuel_twostage.fields import announcement_of, settings_of
from parimutuel_twostage.rows import MarketRow, SubjectRow
from parimutuel_twostage.stage_fields import FIRST_OFFER, SECOND_OFFER, offer_stage


def nature(experiment: Experiment, group: MarketRow) -> RoundDraws:
    """Nature's draws for the market round stored in ``group``, by seat."""
    practice = practice_of(experiment, group)
    if practice is not None:
        return practice.draws
    settings, number = settings_of(group), group.round_number
    key = RoundKey(group.id_in_subsession, settings.is_practice(number), settings.round_in_kind(number))
    return draw_round(settings.environment, settings.active, experiment.seed, key)


def practice_of(experiment: Experiment, group: MarketRow) -> PracticeRound | None:
    """The draws and the robots' offers of a practice round alone, whose market has its subject's
    number; None for any other round.
    """
    if not experiment.settings.is_solo(group.round_number):
        return None
    return practice_round(experiment.settings, experiment.seed, group.id_in_subsession, group.round_number)


def first_offers(experiment: Experiment, group: MarketRow) -> list[Offer | None]:
    """The first offers by seat: the subjects', then the robots'."""
    practice = practice_of(experiment, group)
    return [*(offer_stage(player, FIRST_OFFER).offer for player in group.get_players()), *(practice.first if practice else ())]


def second_offers(experiment: Experiment, group: MarketRow) -> list[Offer | None]:
    """The second offers by seat, once the inactive are drawn."""
    practice = practice_of(experiment, group)
    robots = practice.second_made(bool(group.shut_down)) if practice else ()
    return [*(offer_stage(player, SECOND_OFFER).offer for player in group.get_players()), *robots]


def outcome_of(group: MarketRow) -> RoundOutcome:
    """The outcome of the round for every seat, computed from the offers."""
    experiment, players = experiment_of(group.session), group.get_players()
    practice = practice_of(experiment, group)
    robots = practice.draws if practice else None
    return clear(
        settings_of(group).environment,
        group.state,
        [*(player.type for player in players), *(robots.types[len(players) :] if robots else ())],
        [*(player.active for player in players), *(robots.active[len(players) :] if robots else ())],
        first_offers(experiment, group),
        second_offers(experiment, group),
        announcement_of(group).shut_down,
    )


def matching_group(player: SubjectRow, settings: SessionSettings) -> str:
    """Under fixed matching, the number of the market in which the subject plays the paid rounds."""
    if settings.is_solo(player.round_number):
        player = player.in_round(settings.schedule.practice_rounds + 1)
    return str(player.group.id_in_subsession)
