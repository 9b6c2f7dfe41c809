"""Scenes of the quiz, played by raw HTTP; run by ``played.py`` in a copy of the project."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from otree.database import dbq, session_scope
from otree.models import Participant, Session
from scenes import Played, Subject, skip_time

from experiment.quiz import quiz
from experiment.quiz.items import PAGES, ChoiceItem, Item, right_answer
from experiment.session import Experiment, experiment_of
from parimutuel_intro import QuizAnswer

FIELDS = {"seed": "7", "rounds": 3, "quiz_attempts": 2}
LOCKED_OUT = FIELDS | {"quiz_failed": "leave", "lobby_seconds": 60}


class Taker:
    """A subject who has come to the quiz, and the items they are asked."""

    def __init__(self, played: Played, seat: int = 0) -> None:
        self.played, self.subject, self.seat = played, played.subjects[seat], seat
        if not self.subject.at:
            self.subject.come().send()

    @property
    def experiment(self) -> Experiment:
        with session_scope():
            return experiment_of(Session.objects_get(code=self.played.code))

    @property
    def items(self) -> tuple[Item, ...]:
        """Those of the page."""
        return quiz(self.experiment.settings, self.experiment.seed, self.seat + 1, PAGES[self.subject.page])

    def answers(self, right: set[str] | None = None) -> dict[str, str]:
        """Right answers to these items (None: to all), wrong ones to the others."""
        return {item.key: right_answer(item) if right is None or item.key in right else wrong_answer(item) for item in self.items}

    def send(self, answers: dict[str, str], attempt: int | str = 1, at: str | None = None) -> Subject:
        return self.subject.send({"attempt": str(attempt), **answers}, at=at)

    def log(self) -> list[list[Any]]:
        with session_scope():
            rows = dbq(QuizAnswer).order_by(QuizAnswer.id).all()
            return [[row.item, row.attempt, row.answer, bool(row.is_right), row.seconds] for row in rows]


def wrong_answer(item: Item) -> str:
    if isinstance(item, ChoiceItem):
        return next(choice.name for choice in item.choices if choice.name != item.answer)
    return "7777"


def by_words(items: tuple[Item, ...]) -> list[dict[str, Any]]:
    """What a page may and may not say about its items."""
    return [
        {"key": item.key, "rule": item.rule, "solution": item.solution, "right": right_answer(item), "choice": isinstance(item, ChoiceItem)}
        for item in items
    ]


def right_at_once(fields: dict[str, Any], config: str = "small_market", participants: int = 4) -> dict[str, Any]:
    """Everything right: each page before it is answered, and where the subject is in the end."""
    taker = Taker(Played(config, participants, **(FIELDS | fields)), seat=1)
    pages = []
    while taker.subject.page in PAGES:
        pages.append({"page": taker.subject.page, "text": taker.subject.text, "items": by_words(taker.items)})
        taker.send(taker.answers())
    end, passed = taker.subject.page, taker.subject.text
    if end == "QuizPassed":
        taker.subject.send()
    return {"pages": pages, "end": end, "passed": passed, "then": taker.subject.page, "log": taker.log()}


def changed_answers(changed: dict[str, str]) -> dict[str, Any]:
    """The first page with right answers, but for those that are changed: what is said."""
    taker = Taker(Played("small_market", 4, **FIELDS))
    taker.send(taker.answers() | changed)
    return {"said": taker.subject.errors, "text": taker.subject.text, "log": taker.log()}


def rounded() -> dict[str, Any]:
    """The first page with a percentage and a number rounded to a whole; then the number with one decimal."""
    taker = Taker(Played("small_market", 4, **FIELDS))
    items, right = {item.key: item for item in taker.items}, taker.answers()
    exact = Decimal(right["points"])
    seen: dict[str, Any] = {
        "choice": right["likelier_state"],
        "percent": right["types"],
        "whole": f"{round(exact)}",
        "rounded": f"{round(exact, 1)}",
        "rule": items["points"].rule,
    }
    taker.send(right | {"types": f"{right['types']} %", "points": seen["whole"]})
    seen["text"] = taker.subject.text
    taker.send({"points": seen["rounded"]}, attempt=2)
    return seen | {"log": taker.log()}


def wrong_then_right() -> dict[str, Any]:
    """The first page: one wrong, then right, with reloads, a second form of the same attempt and the time it takes."""
    taker = Taker(Played("small_market", 4, **FIELDS))
    items = taker.items
    seen: dict[str, Any] = {"items": by_words(items), "before": taker.subject.text}
    taker.subject.reload()
    skip_time(10)
    page, first = taker.subject.at, taker.answers({items[0].key})
    taker.send(first)
    seen["after"], seen["said"] = taker.subject.text, taker.subject.errors
    taker.send(first)
    seen["twice"] = taker.subject.errors
    seen["reloaded"] = taker.subject.reload().text
    seen["log"] = taker.log()
    skip_time(5)
    taker.send({item.key: right_answer(item) for item in items[1:]}, attempt=2)
    seen["then"] = taker.subject.page
    taker.send(first, attempt=2, at=page)
    seen["back"] = taker.subject.page
    seen["log_after"] = taker.log()
    return seen


def all_wrong(fields: dict[str, Any]) -> dict[str, Any]:
    """Both attempts wrong; then what follows."""
    taker = Taker(Played("small_market", 4, **fields))
    items, wrong = taker.items, taker.answers(set())
    taker.send(wrong)
    seen: dict[str, Any] = {"items": by_words(items), "first": taker.subject.text}
    taker.send(wrong, attempt=2)
    seen |= {"page": taker.subject.page, "second": taker.subject.text, "said": taker.subject.errors}
    if taker.subject.page in PAGES:
        taker.send({}, attempt=3)
    seen |= {"then": taker.subject.page, "status": taker.subject.status}
    seen["left"] = _left_because(taker.subject.code)
    taker.subject.come()
    seen |= {"start_link": taker.subject.page, "log": taker.log()}
    return seen


def no_answers(forms: list[list[list[str]]]) -> list[Any]:
    """Post each form, in which ``*`` stands for right answers to all items but the first; what is said and stored."""
    taker = Taker(Played("small_market", 4, **FIELDS))
    right = list(taker.answers().items())[1:]
    said: list[Any] = []
    for form in forms:
        sent = [pair for name, value in form for pair in (right if name == "*" else [(name, value)])]
        taker.subject.send(sent)
        said.append([form, taker.subject.status, taker.subject.page, taker.subject.errors, len(taker.log()), taker.subject.text])
    return said


def exported() -> dict[str, Any]:
    """Two sessions with answers, among them numbers with a sign and a comma; the export of the second one, and of both."""
    first = Taker(Played("small_market", 4, **FIELDS))
    first.send(first.answers(set()))
    second = Taker(Played("small_market", 4, **FIELDS), seat=2)
    numbers = [item.key for item in second.items if not isinstance(item, ChoiceItem)]
    second.send(second.answers() | dict(zip(numbers, ("-2,5", "\N{MINUS SIGN}.5"), strict=True)))
    export = second.played.export("custom_export_quiz", app="parimutuel_intro")
    both = second.played.export("custom_export_quiz", session=False, app="parimutuel_intro")
    codes = [second.played.code, second.subject.code]
    return {"codes": codes, "export": export, "both": both, "numbers": numbers, "log": second.log()}


def _left_because(code: str) -> Any:
    with session_scope():
        return Participant.objects_get(code=code).vars.get("left_because")
