"""A session played from the first page to the last, whatever pages it has: each page is known by its name in the address.

A page that needs more than its button pressed has an entry in ``PLAYS``, and one in ``BY_KEYBOARD`` for a subject who has no
mouse. New pages are added there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from experiment.quiz.items import ATTEMPT, PAGES
from serve.answers import Answers
from tests.browser.play import Subject, tick
from tests.sizes import size

Play = Callable[[Subject], None]
Visit = Callable[[Subject, str], None]
LAST = "Payment"
SECONDS_AT_MOST = 600
TABS_AT_MOST = 120
EVENTS_MS = 50
"""While all wait, Chromium's reports are read for this long before the subjects are looked at again."""


def page_name(subject: Subject) -> str:
    """The name of the page's class: ``FirstOffer``."""
    return urlsplit(subject.page.url).path.split("/")[-2]


def waits(subject: Subject) -> bool:
    """Whether this is a wait page, which goes on by itself."""
    return subject.page.locator(".otree-wait-page").count() > 0


def presses_next(subject: Subject) -> None:
    subject.goes_on()


def offers(good: str, amount: str = "") -> Play:
    """An offer, by mouse."""

    def play(subject: Subject) -> None:
        subject.chooses(good, amount)
        presses_next(subject)

    return play


def presses_next_by_keyboard(subject: Subject) -> None:
    tabs_to(subject, ".otree-btn-next")
    subject.page.keyboard.press("Enter")


def offers_by_slider_keys(good: str, steps: int) -> Play:
    """An offer on the line, a step a key, after the drawer with the instructions has been opened and closed."""

    def play(subject: Subject) -> None:
        keyboard = subject.page.keyboard
        tabs_to(subject, "#tools button")
        keyboard.press("Enter")
        assert subject.page.locator("dialog[open]").count() == 1
        keyboard.press("Escape")
        assert subject.page.locator("dialog[open]").count() == 0
        tabs_to(subject, "input[type=range]")
        for _ in range(steps):
            keyboard.press("ArrowLeft" if good == "q" else "ArrowRight")
        presses_next_by_keyboard(subject)

    return play


def offers_by_typing(good: str, amount: str) -> Play:
    """An offer by radios and number field."""

    def play(subject: Subject) -> None:
        keyboard = subject.page.keyboard
        tabs_to(subject, "#offer input[type=radio]")
        keyboard.press("Space")
        while not subject.page.locator(f"input[type=radio][value={good}]").is_checked():
            keyboard.press("ArrowRight")
        tabs_to(subject, "#amount")
        keyboard.type(amount)
        presses_next_by_keyboard(subject)

    return play


def answers_quiz(fields: Mapping[str, str]) -> Play:
    """A page of the quiz: ``fields`` as its form posts them."""

    def play(subject: Subject) -> None:
        for name, value in fields.items():
            choice = subject.page.locator(f"input[type=radio][name={name}][value={value!r}]")
            if choice.count():
                tick(choice)
            elif name != ATTEMPT:
                subject.page.locator(f"input[name={name}]").fill(value)
        presses_next(subject)

    return play


def plays_of_quiz(answers: Answers) -> dict[str, Play]:
    """What is played on each page of the quiz."""
    return {page: answers_quiz(answers(page)) for page in PAGES}


def states_belief(subject: Subject) -> None:
    """Everything on the first state."""
    for place, field_of_state in enumerate(subject.page.locator("input[name=belief]").all()):
        field_of_state.fill("0" if place else "100")
    presses_next(subject)


def states_belief_by_typing(subject: Subject) -> None:
    for place in range(subject.page.locator("input[name=belief]").count()):
        tabs_to(subject, f"#belief-{place + 1}")
        subject.page.keyboard.type("0" if place else "100")
    presses_next_by_keyboard(subject)


PLAYS: Mapping[str, Play] = {"FirstOffer": offers("r", "3"), "SecondOffer": offers("q", "2.5"), "Beliefs": states_belief}
BY_KEYBOARD: Mapping[str, Play] = {
    "FirstOffer": offers_by_slider_keys("q", 12),
    "SecondOffer": offers_by_typing("r", "1.5"),
    "Beliefs": states_belief_by_typing,
}


def tabs_to(subject: Subject, selector: str) -> None:
    """Press Tab until the focus is on such an element; wherever it is on the way, it must be seen."""
    page = subject.page
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS, selector)
        if focus["lost"]:
            continue
        if not focus["seen"]:
            subject.complaints.append(f"{subject.heading}: the focus is not seen on {focus['html']}")
        if focus["found"]:
            return
    raise AssertionError(f"{page_name(subject)}: Tab does not lead to {selector}")


def passes_by(subject: Subject, name: str) -> None:
    """A visit that looks at nothing."""


def checks_pages() -> Visit:
    """A visit that checks the page: the first that there is of each kind, and in a full run everybody's in every round."""
    checked: set[str] = set()

    def visit(subject: Subject, name: str) -> None:
        if size() == "full" or name not in checked:
            checked.add(name)
            subject.checks_page()

    return visit


def walk(
    subjects: Sequence[Subject],
    plays: Sequence[Mapping[str, Play]] | None = None,
    by_keyboard: Sequence[int] = (),
    visit: Visit | None = None,
    last: str = LAST,
) -> list[list[str]]:
    """All subjects, in turn and a page at a time, to the page ``last``; the names of the pages each saw, wait pages included.

    ``plays`` has for each subject what is played differently, ``by_keyboard`` the places of those who use the keyboard only, and
    ``visit`` is called once for each page that a subject sees, before it is played: by default to check the page.
    """
    visit = visit or checks_pages()
    walkers = [
        _Walker(subject, {**(BY_KEYBOARD if place in by_keyboard else PLAYS), **(plays[place] if plays else {})}, place in by_keyboard)
        for place, subject in enumerate(subjects)
    ]
    deadline = time.monotonic() + SECONDS_AT_MOST
    while any(walker.at != last for walker in walkers):
        assert time.monotonic() < deadline, f"after {SECONDS_AT_MOST} s the subjects have come to {[walker.at for walker in walkers]}"
        moved = [walker.goes_a_page_on(visit, last) for walker in walkers]
        if not any(moved):
            subjects[0].page.wait_for_timeout(EVENTS_MS)
    return [walker.seen for walker in walkers]


@dataclass
class _Walker:
    """A subject on the way: what is played where, the pages seen so far, and the address of the latest."""

    subject: Subject
    plays: Mapping[str, Play]
    keyboard: bool
    seen: list[str] = field(default_factory=list)
    address: str = ""

    @property
    def at(self) -> str:
        return self.seen[-1] if self.seen else ""

    def goes_a_page_on(self, visit: Visit, last: str) -> bool:
        """Play the page, if there is one. A wait page is visited at once, while nobody else can end the waiting."""
        page = self.subject.page
        if page.url == self.address:
            return False
        page.wait_for_load_state()
        self._notes()
        if waits(self.subject):
            return True
        visit(self.subject, self.at)
        if self.at != last:
            self.plays.get(self.at, presses_next_by_keyboard if self.keyboard else presses_next)(self.subject)
            page.wait_for_url(lambda url: url != self.address)
            if waits(self.subject):
                self._notes()
                visit(self.subject, self.at)
        return True

    def _notes(self) -> None:
        self.address = self.subject.page.url
        self.seen.append(page_name(self.subject))


_FOCUS = """(selector) => {
    const outlined = (element) => {
        const style = getComputedStyle(element);
        return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none';
    };
    const focused = document.activeElement, label = focused.closest('label');
    return {
        lost: focused === document.body,
        seen: outlined(focused) || (label !== null && outlined(label)),
        found: focused.matches(selector),
        html: focused.outerHTML.slice(0, 100),
    };
}"""
