"""The quiz in headless Chromium, by keyboard alone: a wrong answer, its explanation, then the right one, on a laptop and a telephone."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.sync_api import Browser, ViewportSize

from experiment.config import read_settings
from experiment.quiz import quiz
from experiment.quiz.items import SECTIONS, ChoiceItem, Item, right_answer
from tests.browser.play import LAPTOP, TELEPHONE, Subject, click_at
from tests.server import Serving

pytestmark = [pytest.mark.browser, pytest.mark.server]

FIELDS = {"rounds": 3, "seed": "314159265358979", "quiz_attempts": 3}
SETTINGS = read_settings({"environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1, **FIELDS})
TITLES = (
    "Questions: states, types and points",
    "Questions: the first offer",
    "Questions: the second offer",
    "Questions: rounds and payment",
)


@pytest.mark.parametrize("screen", [pytest.param(LAPTOP, id="laptop"), pytest.param(TELEPHONE, id="telephone", marks=pytest.mark.full)])
def test_a_wrong_answer_is_explained_and_put_right_with_the_keyboard_alone(server: Serving, browser: Browser, screen: ViewportSize) -> None:
    _, people = server.create_session("small_market", 4, **FIELDS)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    subject.arrives_at("Welcome")
    subject.goes_on()
    for section, title in zip(SECTIONS, TITLES, strict=True):
        subject.arrives_at(title)
        subject.page.set_viewport_size(screen)
        items = quiz(SETTINGS, int(FIELDS["seed"]), 1, section)
        assert subject.page.get_by_text("All your answers on the page before are right.").count() == (section != SECTIONS[0])
        _learns(subject, items)
    subject.arrives_at("All your answers are right.")
    subject.check_widths()
    subject.goes_on()
    subject.arrives_at("Your type and your first offer")
    assert subject.complaints == []


def _learns(subject: Subject, items: tuple[Item, ...]) -> None:
    """Answer the last question wrong, read why, and answer it right; everything else is right at once."""
    *others, last = items
    page = subject.page
    _answers(subject, {item.key: right_answer(item) for item in others} | {last.key: _wrong(last)})
    assert subject.is_told().inner_text().startswith("One answer is not right yet.")
    subject.check_widths()
    explanation = page.locator(f"#why-{last.key}")
    assert explanation.inner_text() == last.rule
    field = page.locator(f"[name={last.key}]").first
    assert f"why-{last.key}" in (field.get_attribute("aria-describedby") or "")
    assert page.get_by_text("Right:", exact=True).count() == len(others)
    assert (
        page.locator("fieldset input:not([type=hidden])").evaluate_all("(fields) => new Set(fields.map((field) => field.name)).size") == 1
    )
    page.reload()
    assert explanation.inner_text() == last.rule
    _answers(subject, {last.key: right_answer(last)})


def _answers(subject: Subject, answers: Mapping[str, str]) -> None:
    """Go from field to field with the tabulator, type or choose with the arrows, and send with Enter."""
    keyboard, page = subject.page.keyboard, subject.page
    click_at(page.locator("h1"))
    for key, answer in answers.items():
        _tabs_to(subject, f"[name={key}]")
        field = page.locator(":focus")
        if field.get_attribute("type") == "radio":
            keyboard.press("Space")
            for _ in range(10):
                if page.locator(":focus").get_attribute("value") == answer:
                    break
                keyboard.press("ArrowDown")
            assert page.locator(f"[name={key}]:checked").get_attribute("value") == answer
        else:
            keyboard.type(answer.replace(".", ","))
    _tabs_to(subject, ".otree-btn-next")
    keyboard.press("Enter")


def _tabs_to(subject: Subject, selector: str) -> None:
    for _ in range(30):
        if subject.page.locator(f"{selector}:focus").count():
            return
        subject.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with the tabulator")


def _wrong(item: Item) -> str:
    if isinstance(item, ChoiceItem):
        return next(choice.name for choice in item.choices if choice.name != item.answer)
    return "7777"
