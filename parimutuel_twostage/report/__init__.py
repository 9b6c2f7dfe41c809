"""What the experimenter sees while a session runs: how far each market has come, who is late,
prices beside the theory's, payments.

The page refreshes itself every five seconds, and every request waits for the one before it. So what
cannot change any more, such as a market round that has cleared, is computed once.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from experiment.interventions import interventions
from experiment.pauses import paused_since
from experiment.session import Experiment, currency_of, experiment_of
from parimutuel_twostage.report.lobby_rows import lobby_rows
from parimutuel_twostage.report.market_rows import points_so_far, round_rows
from parimutuel_twostage.report.payment_rows import payments_so_far
from parimutuel_twostage.report.people import counts_by_page, out_of_step, people
from parimutuel_twostage.report.reading import Reading
from parimutuel_twostage.report.running import running_markets
from parimutuel_twostage.report.words import clock_time, duration
from parimutuel_twostage.rows import RoundRow

__all__ = ["EXTENSIONS", "admin_report"]

EXTENSIONS = (30, 60, 120)
"""Seconds by which a stage can be extended, one button each."""
SHOWN_AS_NEWS = 60
"""For how many seconds the report says at its top what the experimenter's last button did."""


def admin_report(subsession: RoundRow, now: float) -> dict[str, Any]:
    """The variables of ``admin_report.html``: the whole session, whichever round oTree passes, the
    newest round first.
    """
    session = subsession.session
    experiment = experiment_of(session)
    reading = Reading(experiment, subsession)
    everybody = people(reading, now)
    stopped = paused_since(session)
    return {
        "facts": {name: escape(str(value)) for name, value in facts(experiment).items()},
        "built_in_consent": not (experiment.texts and experiment.texts.consent),
        "warnings": [escape(warning) for warning in experiment.warnings],
        "paused": None if stopped is None else {"since": clock_time(stopped), "at": str(stopped), "for": duration(now - stopped)},
        "extensions": EXTENSIONS,
        "done": [_intervention(one, now) for one in reversed(interventions(session))],
        "running": running_markets(reading, now),
        "pages": counts_by_page(everybody),
        "late": out_of_step(everybody),
        "lobby": lobby_rows(reading, now),
        "markets": [row for one, groups in reversed(reading.rounds) for row in round_rows(reading, one, groups)],
        "payments": payments_so_far(reading, points_so_far(reading), currency_of(session)),
    }


def facts(experiment: Experiment) -> dict[str, Any]:
    settings = experiment.settings
    return {
        "Environment": settings.environment.name,
        "Treatment": settings.treatment,
        "Agents in a market": _range(settings.market_sizes),
        "Active": _range(settings.for_market(size).active for size in settings.market_sizes),
        "Rounds": f"{settings.schedule.practice_rounds} for practice, {settings.schedule.rounds} paid",
        "Practice with": settings.schedule.practice_with,
        "Matching": settings.schedule.matching,
        "Announcement": settings.rules.announcement,
        "Texts": experiment.texts.study if experiment.texts else "built-in",
        "Seed": experiment.seed,
    }


def _range(numbers: Iterable[int]) -> str:
    """The least and the greatest of these numbers, or the one number."""
    known = sorted(numbers)
    least, most = known[0], known[-1]
    return str(least) if least == most else f"{least} to {most}"


def _intervention(one: Any, now: float) -> dict[str, Any]:
    written = {"at": str(one.at), "time": clock_time(one.at), "sentence": escape(one.sentence)}
    return {**written, "refused": one.refused, "is_news": now - one.at < SHOWN_AS_NEWS}
