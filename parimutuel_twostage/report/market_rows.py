"""One row of the report for each market round: its stage, its offers, its price beside the theory's, its announcement."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from experiment.market_options import HISTOGRAM
from experiment.offers import ABSENT
from experiment.predicted import Price, predicted_prices
from experiment.session import Experiment
from experiment.shown.histogram import chart
from parimutuel_twostage.fields import announcement_of, settings_of
from parimutuel_twostage.pausing import running_stage
from parimutuel_twostage.report.picture import histogram_picture
from parimutuel_twostage.report.reading import Reading
from parimutuel_twostage.report.words import STAGE_WORDS
from parimutuel_twostage.rows import MarketRow, RoundRow, SubjectRow, maybe
from parimutuel_twostage.stage_fields import FIRST_OFFER, SECOND_OFFER, market_stage, offer_stage

_MOST_KEPT = 10_000
_cleared: dict[tuple[str, int], dict[str, Any]] = {}


def round_rows(reading: Reading, subsession: RoundRow, groups: Sequence[MarketRow]) -> list[dict[str, Any]]:
    """A row for each market of a round that has begun; one row for all of them if each subject
    practises alone.
    """
    begun = [group for group in groups if market_stage(group, FIRST_OFFER).opened is not None]
    if begun and reading.experiment.settings.is_solo(subsession.round_number):
        return [_alone(subsession, groups, begun)]
    return [market_row(reading, group) for group in begun]


def market_row(reading: Reading, group: MarketRow) -> dict[str, Any]:
    """One market in one round, computed once if it has cleared, since it cannot change any more."""
    key = (group.session.code, group.id)
    known = _cleared.get(key)
    if known is not None:
        return known
    row = _row(reading.experiment, group, reading.players_of(group))
    if group.cleared:
        if len(_cleared) >= _MOST_KEPT:
            _cleared.clear()
        _cleared[key] = row
    return row


def points_so_far(reading: Reading) -> dict[int, float]:
    """The points of the paid rounds that are over, added up by the participant's key."""
    added: dict[int, float] = {}
    for subsession, groups in reading.rounds:
        if reading.experiment.settings.is_practice(subsession.round_number):
            continue
        for group in groups:
            if group.cleared:
                for key, points in market_row(reading, group)["points"].items():
                    added[key] = added.get(key, 0.0) + points
    return added


def _row(experiment: Experiment, group: MarketRow, players: Sequence[SubjectRow]) -> dict[str, Any]:
    active = [player for player in players if group.drawn and player.active]
    row = {
        "id": group.id,
        "round": group.round_number,
        "practice": experiment.settings.is_practice(group.round_number),
        "market": group.id_in_subsession,
        "stage": _stage(group),
        "state": escape(group.state),
        "stage1": _made(players, FIRST_OFFER),
        "stage2": _made(active, SECOND_OFFER) if group.drawn and not group.shut_down else "",
        "dropped": sum(bool(player.dropped) for player in players),
        "points": {player.participant_id: maybe(player, "points") or 0.0 for player in players},
        "types": "",
        "picture": "",
        **_prices(experiment, group, active),
    }
    if group.drawn:
        row["types"] = _types(experiment, active)
        row["picture"] = _picture(group)
    return row


def _prices(experiment: Experiment, group: MarketRow, active: Sequence[SubjectRow]) -> dict[str, Any]:
    """The market's price and the theory's, once it has cleared; a market that shut down has none."""
    nothing = Price(None)
    price = maybe(group, "price")
    if not group.cleared or price is None:
        return {"price": "", "equilibrium": _cell(nothing), "competitive": _cell(nothing)}
    settings = settings_of(group)
    env = settings.environment
    names = [player.type for player in active]
    counted = tuple(names.count(name) for name in env.types)
    predicted = predicted_prices(env, counted, group.state, settings.rules.announcement == HISTOGRAM)
    return {
        "price": _number(price),
        "equilibrium": _cell(predicted.equilibrium),
        "competitive": _cell(predicted.competitive),
    }


def _cell(price: Price) -> dict[str, str]:
    return {"text": "" if price.value is None else _number(price.value), "reason": escape(price.reason)}


def _number(value: float) -> str:
    return f"{value:.4f}"


def _picture(group: MarketRow) -> str:
    return histogram_picture(chart(settings_of(group), announcement_of(group), own=None))


def _types(experiment: Experiment, active: Sequence[SubjectRow]) -> str:
    """The number of active agents of each type."""
    names = [player.type for player in active]
    return ", ".join(f"{escape(name)} {names.count(name)}" for name in experiment.settings.environment.types)


def _alone(subsession: RoundRow, groups: Sequence[MarketRow], begun: Sequence[MarketRow]) -> dict[str, Any]:
    """How far the subjects are in a practice round that each plays alone against robots."""
    done = sum(bool(group.cleared) for group in begun)
    nothing = {"text": "", "reason": ""}
    empty = {"id": "", "state": "", "stage1": "", "stage2": "", "price": "", "types": "", "picture": "", "dropped": 0}
    alone = {"market": "each alone", "stage": f"{done} of {len(groups)} done", "equilibrium": nothing, "competitive": nothing}
    return {"round": subsession.round_number, "practice": True, **empty, **alone}


def _stage(group: MarketRow) -> str:
    if group.cleared:
        return "shut down" if group.shut_down else "cleared"
    return STAGE_WORDS[running_stage(group) or ""]


def _made(players: Sequence[SubjectRow], stage: str) -> str:
    """How many of these players' offers are in, and how many are absent."""
    sources = [offer_stage(player, stage).source for player in players]
    made = f"{sum(source is not None for source in sources)} of {len(sources)}"
    absent = sources.count(ABSENT)
    return f"{made} ({absent} absent)" if absent else made
