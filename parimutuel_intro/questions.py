"""The quiz's pages and the database: how far a subject has come, judging and logging answers, the
export.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import time
from typing import Any

from experiment.leaving import QUIZ_FAILED, leave, reason_to_leave
from experiment.options import LEAVE
from experiment.pages.quiz import passed_variables, quiz_variables
from experiment.quiz import quiz
from experiment.quiz.items import ATTEMPT, SECTIONS, Item
from experiment.quiz.progress import Answered, Progress, judge
from experiment.session import currency_of, experiment_of

COLUMNS = ("session_code", "participant_code", "item", "attempt", "answer", "right", "seconds")


def is_asked(player: Any, section: str) -> bool:
    """Whether a subject comes to this part of the quiz."""
    attempts = experiment_of(player.session).settings.preparation.quiz_attempts
    return attempts > 0 and bool(_items(player, section))


def fields(player: Any, section: str) -> list[str]:
    """The fields of the form that are read."""
    return [ATTEMPT, *(item.key for item in _items(player, section))]


def open_section(player: Any, section: str) -> None:
    """Start the clock of the section's first attempt; a reload does not start it again."""
    if player.field_maybe_none("quiz_section") != section:
        player.quiz_section, player.quiz_opened = section, time()


def take_answers(player: Any, section: str, posted: Mapping[str, str], answers: Any) -> str | None:
    """Judge and log a form; return why the subject stays on the page, or None to go on. ``answers``
    is the model of the log.
    """
    settings = experiment_of(player.session).settings
    judgement = judge(progress(player, section, answers), posted)
    now = time()
    for answered in judgement.log:
        answers.create(
            player=player,
            item=answered.item,
            attempt=answered.attempt,
            answer=answered.answer,
            is_right=answered.right,
            seconds=max(now - player.quiz_opened, 0.0),
        )
    if judgement.log:
        player.quiz_opened = now
    if settings.preparation.quiz_failed == LEAVE and progress(player, section, answers).failed:
        leave(player.participant, QUIZ_FAILED)
        return None
    return judgement.stays


def variables(player: Any, section: str, posted: Mapping[str, str], answers: Any) -> dict[str, Any]:
    """What the section's page shows."""
    return quiz_variables(
        experiment_of(player.session).settings,
        section,
        progress(player, section, answers),
        posted,
        currency_of(player.session),
        earlier_passed=_earlier_passed(player, section, answers),
    )


def is_passed(player: Any, answers: Any) -> bool:
    """Whether there was a quiz, and the subject answered all of it correctly in the end."""
    asked = [section for section in SECTIONS if is_asked(player, section)]
    return bool(asked) and all(progress(player, section, answers).passed for section in asked)


def passed(player: Any) -> dict[str, Any]:
    """What the page after the quiz shows to a subject who answered all of it correctly."""
    return passed_variables(experiment_of(player.session).settings)


def progress(player: Any, section: str, answers: Any) -> Progress:
    """How far a subject has come in a section."""
    items = _items(player, section)
    keys = {item.key for item in items}
    log = tuple(Answered(row.item, row.attempt, row.answer, row.is_right) for row in answers.filter(player=player) if row.item in keys)
    return Progress(items, log, experiment_of(player.session).settings.preparation.quiz_attempts)


def next_app(player: Any, upcoming: Sequence[str]) -> str | None:
    """The last app, where the show-up fee is paid, for a participant who leaves; else None."""
    return upcoming[-1] if upcoming and reason_to_leave(player.participant) else None


def rows(players: Sequence[Any], answers: Any) -> Iterator[list[Any]]:
    """``quiz.csv``: a header, then one row per answer that counted, from these players' sessions
    only.

    ``answer`` contains only a number or the name of a choice, so no spreadsheet reads it as a
    formula.
    """
    yield list(COLUMNS)
    for player in players:
        for row in answers.filter(player=player):
            seconds = f"{row.seconds:.3f}"
            yield [player.session.code, player.participant.code, row.item, row.attempt, row.answer, int(row.is_right), seconds]


def _earlier_passed(player: Any, section: str, answers: Any) -> bool:
    earlier = [one for one in SECTIONS[: SECTIONS.index(section)] if is_asked(player, one)]
    return bool(earlier) and progress(player, earlier[-1], answers).passed


def _items(player: Any, section: str) -> tuple[Item, ...]:
    experiment = experiment_of(player.session)
    return quiz(experiment.settings, experiment.seed, player.participant.id_in_session, section)
