"""The experimenter's buttons on the report: pause, resume, more time for a stage.

Whatever is asked for, the answer leads back to the report, which says in a sentence what was done or why it was not.
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
    """What was asked for cannot be done; the message says why, in one sentence."""


def serve(group_class: Any) -> None:
    """Add the address, for markets kept in rows of ``group_class``."""

    def to_report(session: SessionRow, asked: Mapping[str, Any]) -> ToReport:
        return ToReport()

    def act(session: SessionRow, asked: Mapping[str, Any]) -> ToReport:
        note_intervention(session, carry_out(session, group_class, asked, time()))
        return ToReport()

    add_admin_page(PAGE, to_report, act)


def carry_out(session: SessionRow, group_class: Any, asked: Mapping[str, Any], now: float) -> Intervention:
    """Do what the form asks for, and say what was done, or why not."""
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
    return "The session goes on."


def _extend(session: SessionRow, group_class: Any, asked: Mapping[str, Any], now: float) -> str:
    """More time for the stage that the button stood at; a market that has gone on meanwhile is left alone."""
    seconds = _number(asked.get("seconds"))
    if seconds not in EXTENSIONS:
        raise Refused(f"A stage can be given {', '.join(map(str, EXTENSIONS))} seconds more; nothing else was asked for by a button.")
    key = _number(asked.get("group"))
    group = None if key is None else group_class.objects_first(id=key, session=session)
    if group is None:
        raise Refused("There is no such market in this session.")
    name = f"Round {group.round_number}, market {group.id_in_subsession}"
    stage = pausing.running_stage(group)
    if stage is None or stage != asked.get("stage"):
        raise Refused(f"{name} has gone on before the button was pressed: nothing was extended.")
    pausing.extend(group, seconds, now)
    return f"{name}: {seconds} seconds more for the stage “{STAGE_WORDS[stage]}”."


def _number(typed: Any) -> int | None:
    """A whole number as a form sends it, small enough for the database; None for anything else."""
    return int(typed) if isinstance(typed, str) and re.fullmatch(r"[0-9]{1,9}", typed, re.ASCII) else None
