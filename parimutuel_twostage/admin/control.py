"""The experimenter's buttons on the report: pause, resume, more time for a stage.

Every request leads back to the report, which says in a sentence what was done, or why nothing was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from time import time
from typing import Any

from experiment.interventions import Intervention, note_intervention
from otree_host.added_pages import ToReport, add_admin_page
from parimutuel_twostage import pausing
from parimutuel_twostage.report import EXTENSIONS
from parimutuel_twostage.report.words import STAGE_WORDS
from parimutuel_twostage.rows import SessionRow

PAGE = "MarketControl"
PAUSE, RESUME, EXTEND = "pause", "resume", "extend"


class Refused(ValueError):
    """A request that cannot be carried out; the message says why, in one sentence."""


def serve(group_class: Any) -> None:
    """Add the address, for markets stored in rows of ``group_class``."""

    def to_report(session: SessionRow, asked: Mapping[str, Any]) -> ToReport:
        return ToReport()

    def act(session: SessionRow, asked: Mapping[str, Any]) -> ToReport:
        note_intervention(session, carry_out(session, group_class, asked, time()))
        return ToReport()

    add_admin_page(PAGE, to_report, act)


def carry_out(session: SessionRow, group_class: Any, asked: Mapping[str, Any], now: float) -> Intervention:
    """Do what the form requests, and store a sentence about what was done, or why nothing was."""
    actions: dict[Any, Callable[[], str]] = {
        PAUSE: lambda: _pause(session, now),
        RESUME: lambda: _resume(session, now),
        EXTEND: lambda: _extend(session, group_class, asked, now),
    }
    action = actions.get(asked.get("action"))
    try:
        if action is None:
            raise Refused("Nothing was done: the report has no such button.")
        return Intervention(now, action())
    except (Refused, pausing.CannotExtend) as refusal:
        return Intervention(now, str(refusal), refused=True)


def _pause(session: SessionRow, now: float) -> str:
    if pausing.is_paused(session):
        raise Refused("The session is paused already.")
    pausing.pause(session, now)
    return "The session was paused."


def _resume(session: SessionRow, now: float) -> str:
    if not pausing.is_paused(session):
        raise Refused("The session is not paused.")
    pausing.resume(session, now)
    return "The session was resumed."


def _extend(session: SessionRow, group_class: Any, asked: Mapping[str, Any], now: float) -> str:
    """Give more time to the stage for which the button was shown; if the market has gone on
    meanwhile, nothing happens.
    """
    seconds = _number(asked.get("seconds"))
    if seconds not in EXTENSIONS:
        raise Refused(f"A stage can be extended by {', '.join(map(str, EXTENSIONS))} seconds; there are no other buttons.")
    key = _number(asked.get("group"))
    group = None if key is None else group_class.objects_first(id=key, session=session)
    if group is None:
        raise Refused("There is no such market in this session.")
    name = f"Round {group.round_number}, market {group.id_in_subsession}"
    stage = pausing.running_stage(group)
    if stage is None or stage != asked.get("stage"):
        raise Refused(f"{name} had gone on before the button was pressed: nothing was extended.")
    pausing.extend(group, seconds, now)
    return f"{name}: {seconds} seconds more for the stage “{STAGE_WORDS[stage]}”."


def _number(typed: Any) -> int | None:
    """A whole number from a form, small enough for the database; None for anything else."""
    return int(typed) if isinstance(typed, str) and re.fullmatch(r"[0-9]{1,9}", typed, re.ASCII) else None
