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
        "markets": [
            market_row(experiment, group)
            for one in reversed(rounds)
            for group in one.get_groups()
            if maybe(group, "stage1_opened") is not None
        ],
    }


def facts(experiment: Experiment) -> dict[str, Any]:
    settings = experiment.settings
    return {
        "Environment": settings.environment.name,
        "Treatment": settings.treatment,
        "Agents in a market": _range(settings.market_sizes),
        "Active": _range(settings.for_market(size).active for size in settings.market_sizes),
        "Rounds": f"{settings.practice_rounds} for practice, {settings.rounds} paid",
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
