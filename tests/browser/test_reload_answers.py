"""A reload, a second tab, the back button, a double click on the pages with other answers than offers: beliefs, questionnaire, quiz."""

from __future__ import annotations

import csv
import io

import pytest
from playwright.sync_api import Browser

from experiment.config import read_settings
from experiment.quiz.items import PAGES
from serve.answers import right_answers
from tests.browser.play import SECONDS_AT_MOST, Subject, click_twice, tick
from tests.browser.walk import PLAYS, passes_by, plays_of_quiz, walk
from tests.server import Serving

pytestmark = [pytest.mark.browser, pytest.mark.server]

SEED = 5
QUIZ = tuple(PAGES)
TYPED = "() => Array.from(document.querySelectorAll('#form input:not([type=hidden]), #form textarea'), (f) => [f.value, f.checked])"


def test_a_belief_survives_a_reload_and_is_stated_once(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=2, seed=str(SEED), beliefs=True)
    subjects = [Subject.sits_down(browser, server.start_link(person)) for person in people]
    asked = _to_the_beliefs(subjects)
    subject, page = asked[0], asked[0].page
    _states(subject, "60", "40")
    typed, sum_of_it = page.evaluate(TYPED), page.locator("#belief-sum").inner_text()
    page.reload()
    assert page.evaluate(TYPED) == typed
    assert page.locator("#belief-sum").inner_text() == sum_of_it != ""
    second = _second_tab(subject)
    assert [value for value, _ in second.page.evaluate(TYPED)] == ["", ""]
    _states(second, "10", "90")
    click_twice(page.locator(".otree-btn-next"))
    page.wait_for_url("**/SecondOffer/*")
    second.goes_on()
    second.page.wait_for_url("**/SecondOffer/*")
    page.go_back()
    page.wait_for_url("**/SecondOffer/*")
    assert page.locator("#amount").input_value() == ""
    for other in asked[1:]:
        PLAYS["Beliefs"](other)
    for each in subjects:
        if each not in asked:
            each.goes_on()
    for each in asked:
        each.page.wait_for_url("**/SecondOffer/*")
        PLAYS["SecondOffer"](each)
    for each in asked:
        each.page.wait_for_url("**/Result/*")
    stated = _export(server, "parimutuel_twostage", "custom_export_beliefs", code)
    first_person = people[subjects.index(subject)]
    assert [row["belief"] for row in stated if row["participant_code"] == first_person] == ["60", "40"]
    assert len(stated) == 2 * len(asked)
    assert [each.complaints for each in subjects] == [[]] * 4


def test_the_questionnaire_survives_a_reload_and_is_answered_once(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1, seed=str(SEED))
    subjects = [Subject.sits_down(browser, server.start_link(person)) for person in people]
    walk(subjects, visit=passes_by, last="Questionnaire")
    subject, page = subjects[0], subjects[0].page
    _answers(subject, "34", "7", "All clear.\nIndeed.")
    typed = page.evaluate(TYPED)
    page.reload()
    assert page.evaluate(TYPED) == typed
    second = _second_tab(subject)
    assert {checked for _, checked in second.page.evaluate(TYPED)} <= {False, None}
    _answers(second, "99", "0", "Nothing.")
    click_twice(page.locator(".otree-btn-next"))
    page.wait_for_url("**/Payment/*")
    paid = page.locator("main").inner_text()
    second.goes_on()
    second.page.wait_for_url("**/Payment/*")
    page.go_back()
    page.wait_for_url("**/Payment/*")
    page.reload()
    assert page.locator("main").inner_text() == paid
    answers = _export(server, "parimutuel_outro", "custom_export_questionnaire", code)
    own = {row["item"]: row["answer"] for row in answers if row["participant_code"] == people[0]}
    assert (own["age"], own["risk"], own["comments"].split()) == ("34", "7", ["All", "clear.", "Indeed."])
    assert [each.complaints for each in subjects] == [[]] * 4


def test_a_double_click_a_reload_and_a_second_tab_use_up_one_attempt_of_the_quiz(server: Serving, browser: Browser) -> None:
    fields = {"rounds": 1, "seed": str(SEED), "quiz_attempts": 2}
    code, people = server.create_session("small_market", 4, **fields)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    walk([subject], visit=passes_by, last=QUIZ[0])
    page, second = subject.page, _second_tab(subject)
    for each in (subject, second):
        _answers_wrong(each)
    click_twice(page.locator(".otree-btn-next"))
    subject.is_told()
    told = page.locator("#form").inner_text()
    assert "one attempt left" in told
    page.reload()
    assert page.locator("#form").inner_text() == told
    second.goes_on()
    second.page.locator("#form", has_text="one attempt left").wait_for()
    counted = _export(server, "parimutuel_intro", "custom_export_quiz", code)
    assert {row["attempt"] for row in counted} == {"1"}
    settings = read_settings({"environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1, **fields})
    plays_of_quiz(right_answers(settings, SEED, 1))[QUIZ[0]](subject)
    page.wait_for_url(f"**/{QUIZ[1]}/*")
    second_page = page.locator("h1").inner_text()
    page.go_back()
    subject.arrives_at(second_page)
    assert subject.complaints == []


def _to_the_beliefs(subjects: list[Subject]) -> list[Subject]:
    """All make their first offers; those who are then asked for a belief."""
    walk(subjects, visit=passes_by, last="FirstOffer")
    for subject in subjects:
        PLAYS["FirstOffer"](subject)
    for subject in subjects:
        subject.page.wait_for_url(lambda url: "/Beliefs/" in url or "/NoSecondOffer/" in url)
    return [subject for subject in subjects if "/Beliefs/" in subject.page.url]


def _states(subject: Subject, *numbers: str) -> None:
    for place, number in enumerate(numbers, start=1):
        subject.page.locator(f"#belief-{place}").fill(number)


def _answers(subject: Subject, age: str, risk: str, comments: str) -> None:
    subject.page.locator("#age").fill(age)
    tick(subject.page.locator(f"input[name=risk][value='{risk}']"))
    subject.page.locator("#comments").fill(comments)


def _answers_wrong(subject: Subject) -> None:
    """Something on every question, which is right on some by luck at most."""
    for field in subject.page.locator("fieldset input[type=text]").all():
        field.fill("7777")
    for group in subject.page.locator("fieldset:has(input[type=radio])").all():
        tick(group.locator("input[type=radio]").first)


def _second_tab(subject: Subject) -> Subject:
    page = subject.page.context.new_page()
    page.set_default_timeout(1000 * SECONDS_AT_MOST)
    page.goto(subject.page.url)
    return Subject(page)


def _export(server: Serving, app: str, function: str, code: str) -> list[dict[str, str]]:
    text = server.rest(f"/api/export_app_custom?app={app}&function_name={function}&session_code={code}")
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
