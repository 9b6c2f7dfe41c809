"""What the experimenter sees while a session runs: settings, warnings, and how far each market has come, round by round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from experiment.offers import ABSENT, plain
from experiment.session import Experiment, experiment_of
from parimutuel_twostage.fields import maybe


def admin_report(subsession: Any) -> dict[str, Any]:
    """The variables of ``admin_report.html``: the whole session, whichever round is asked for, the newest round first."""
    experiment = experiment_of(subsession.session)
    rounds = subsession.in_rounds(1, experiment.settings.total_rounds)
    return {
        "facts": {name: escape(str(value)) for name, value in facts(experiment).items()},
        "warnings": [escape(warning) for warning in experiment.warnings],
        "markets": [row for one in reversed(rounds) for row in round_rows(experiment, one)],
    }


def round_rows(experiment: Experiment, subsession: Any) -> list[dict[str, Any]]:
    """A row for each market of a round that has begun; one for all of them where each subject practises alone."""
    begun = [group for group in subsession.get_groups() if maybe(group, "stage1_opened") is not None]
    if begun and experiment.settings.is_solo(subsession.round_number):
        return [_alone(subsession, begun)]
    return [market_row(experiment, group) for group in begun]


def facts(experiment: Experiment) -> dict[str, Any]:
    settings = experiment.settings
    return {
        "Environment": settings.environment.name,
        "Treatment": settings.treatment,
        "Agents in a market": _range(settings.market_sizes),
        "Active": _range(settings.for_market(size).active for size in settings.market_sizes),
        "Rounds": f"{settings.practice_rounds} for practice, {settings.rounds} paid",
        "Practice with": settings.practice_with,
        "Matching": settings.matching,
        "Announcement": settings.announcement,
        "Seed": experiment.seed,
    }


def market_row(experiment: Experiment, group: Any) -> dict[str, Any]:
    """One market in one round: its stage, how many offers are in, and the price."""
    players = group.get_players()
    active = [player for player in players if group.drawn and player.active]
    price = maybe(group, "price")
    return {
        "round": group.round_number,
        "practice": experiment.settings.is_practice(group.round_number),
        "market": group.id_in_subsession,
        "stage": _stage(group),
        "state": escape(group.state),
        "stage1": _made(players, 1),
        "stage2": "" if group.shut_down else _made(active, 2),
        "price": "" if price is None else plain(round(price, 4)),
    }


def _range(numbers: Iterable[int]) -> str:
    """What these numbers are, or run from and to."""
    known = sorted(numbers)
    least, most = known[0], known[-1]
    return str(least) if least == most else f"{least} to {most}"


def _alone(subsession: Any, begun: Sequence[Any]) -> dict[str, Any]:
    """How far the subjects have come in a practice round that each plays alone against robots."""
    everybody, done = len(subsession.get_groups()), sum(bool(group.cleared) for group in begun)
    alone = {"market": "each alone", "stage": f"{done} of {everybody} done", "state": "", "stage1": "", "stage2": "", "price": ""}
    return {"round": subsession.round_number, "practice": True, **alone}


def _stage(group: Any) -> str:
    if group.cleared:
        return "shut down" if group.shut_down else "cleared"
    return "second offers" if group.drawn else "first offers"


def _made(players: Sequence[Any], stage: int) -> str:
    """How many of these players' offers are in, and how many of them came too late."""
    sources = [maybe(player, f"stage{stage}_source") for player in players]
    made = f"{sum(source is not None for source in sources)} of {len(sources)}"
    absent = sources.count(ABSENT)
    return f"{made} ({absent} absent)" if absent else made
