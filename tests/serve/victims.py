"""Subjects whose browsers an attacker controls: at each page this many spoilt answers, then an honest one, to the end of a session."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from experiment.options import QUESTIONS
from experiment.questionnaire import COMMENTS, FIELD
from serve.answers import Answers
from tests.serve.hostile import Enemy
from tests.serve.wire import FORM, LOST, Answer, Line, Request, form

LAST_PAGE, AFTER_ALL = "Payment", "/OutOfRangeNotification"
PATIENCE = 4
"""How often the honest answer to a page may be refused: a quiz asks again what was answered wrong."""
_PLACE = re.compile(r"/p/\w+/\w+/(\w+)/\d+$")
Field = tuple[str, str]


@dataclass
class Victim:
    """``step`` sends one request and hands the answer to ``judge``; None once there is nothing more to do."""

    start: str
    answers: Answers
    enemy: Enemy
    spoilt_each: int
    judge: Callable[[Request, Answer], None]
    opinion: str = ""
    at: str = ""
    text: str = ""
    done: bool = False
    pages: set[str] = field(default_factory=set)
    _spoilt: int = 0
    _honest: int = 0

    @property
    def page(self) -> str:
        found = _PLACE.search(self.at)
        return found[1] if found else ""

    def step(self, line: Line) -> None:
        if self.at.startswith(AFTER_ALL):
            self.done = True
        elif not self.at or not self.text:
            self._go(line, Request("GET", self.at or self.start))
        elif self.page == LAST_PAGE and self._spoilt >= self.spoilt_each:
            self.done = True
        elif self._spoilt < self.spoilt_each:
            self._spoilt += 1
            self._go(line, self.enemy.post(self.at, honest_fields(self.page, self.text, self.answers, self.opinion)))
        else:
            self._honest += 1
            if self._honest > PATIENCE:
                raise AssertionError(f"{self.at} refuses every honest answer: {self.text[:3000]}")
            self._go(line, Request("POST", self.at, (FORM,), form(honest_fields(self.page, self.text, self.answers, self.opinion))))

    def wait(self, line: Line) -> None:
        """Ask for the page again, as one that waits does."""
        self._go(line, Request("GET", self.at))

    @property
    def waits(self) -> bool:
        return "Gate" in self.page or self.page == "Lobby"

    def _go(self, line: Line, request: Request) -> None:
        answer = line.ask(request)
        self.judge(request, answer)
        if answer.status in (302, 307) and answer.leads_to:
            place = re.sub(r"^http://[^/]+", "", answer.leads_to)
            if place != self.at:
                self.at, self.text, self._spoilt, self._honest = place, "", 0, 0
                self.pages.add(self.page)
        elif answer.status == 200 and request.method in ("GET", "POST"):
            self.text = answer.text
        elif answer.status not in (400, 404, 413, LOST):
            raise AssertionError(f"{request.method} {request.target} was answered with {answer.status}")


def honest_fields(page: str, text: str, answers: Answers, opinion: str = "") -> Sequence[Field]:
    """The form of a page, filled with an offer of one unit of good q and equal beliefs about all states; opinions are free text."""
    if page in ("FirstOffer", "SecondOffer"):
        stage = 1 if page == "FirstOffer" else 2
        return [(f"stage{stage}_good", "q"), (f"stage{stage}_amount", "1"), ("events", '[{"t": 5, "what": "slider", "value": -1.0}]')]
    if page == "Beliefs":
        states = text.count('name="belief"')
        return [("belief", str(100 // states + (state < 100 % states))) for state in range(states)]
    if page == "Questionnaire":
        return [(question, opinion if question in (FIELD, COMMENTS) else "") for question in QUESTIONS]
    attempt = re.search(r'name="attempt" value="(\d+)"', text)
    return [*(dict(answers(page)) | ({"attempt": attempt[1]} if attempt else {})).items()]
