"""A whole session of four subjects, from consent to payment, on telephones and laptops, in every language: every page there is."""

from __future__ import annotations

import csv
import io

import pytest
from playwright.sync_api import Browser

from experiment.config import DEFAULTS, read_settings
from experiment.language import ENGLISH, languages, speaking
from experiment.options import QUESTIONS
from serve.answers import right_answers
from tests.browser.play import LAPTOP, TELEPHONE, Subject
from tests.browser.walk import plays_of_quiz, walk
from tests.server import Serving, serving
from tests.sizes import sized

pytestmark = [pytest.mark.browser, pytest.mark.server]

SEED = 271828182845904
FIELDS = {
    "rounds": 2,
    "practice_rounds": sized(small=0, full=2),
    "instructions": True,
    "quiz_attempts": 3,
    "beliefs": True,
    "stage2_deadline_seconds": 900,
    "seed": str(SEED),
}
BY_KEYBOARD = sized(small=(0,), full=())
"""In a full run, test_accessible.py plays a session by keyboard alone."""
ACCESSIBLE = sized(small=range(4), full=range(2))
"""In a small run, each page is checked once, for whoever comes to it first."""
SCREENS = (TELEPHONE, LAPTOP, TELEPHONE, LAPTOP)
EVERY_PAGE = {
    "Consent", *(f"Instructions{n}" for n in range(1, 8)), "QuizStates", "QuizDraw", "QuizSecondOffer", "QuizPayment",
    "QuizPassed", "FirstOffer", "NoSecondOffer", "Beliefs", "SecondOffer", "Result", "Questionnaire", "Payment",
}  # fmt: skip


@pytest.mark.parametrize("language", languages())
def test_four_subjects_play_from_consent_to_payment(server: Serving, browser: Browser, language: str) -> None:
    if language == ENGLISH:
        _plays(server, browser, language)
    else:
        with serving(language=language) as other:
            _plays(other, browser, language)


def _plays(server: Serving, browser: Browser, language: str) -> None:
    code, people = server.create_session("small_market", 4, **FIELDS)
    subjects = [
        Subject.sits_down(browser, server.start_link(person), accessible=place in ACCESSIBLE, screen=screen)
        for place, (person, screen) in enumerate(zip(people, SCREENS, strict=True))
    ]
    money = {"participation_fee": 5, "real_world_currency_per_point": 0.1}
    settings = read_settings({**DEFAULTS, **money, **FIELDS, "environment": "small_market"})
    plays = [plays_of_quiz(right_answers(settings, SEED, place)) for place in range(1, 5)]
    seen = walk(subjects, plays, BY_KEYBOARD)
    assert [EVERY_PAGE - {"NoSecondOffer", "Beliefs", "SecondOffer"} - set(names) for names in seen] == [set()] * 4
    assert {name for names in seen for name in names} >= EVERY_PAGE
    assert [subject.complaints for subject in subjects] == [[]] * 4
    assert {subject.page.locator("html").get_attribute("lang") for subject in subjects} == {language}
    paid = _export(server, code, "parimutuel_twostage", "custom_export_payments")
    with speaking(language) as spoken:
        for subject, row in zip(subjects, paid, strict=True):
            assert row["total"].replace(".", spoken.decimal_sign) in subject.page.locator("main").inner_text()
    assert all(row["right"] == "1" and row["attempt"] == "1" for row in _export(server, code, "parimutuel_intro", "custom_export_quiz"))
    answered = _export(server, code, "parimutuel_outro", "custom_export_questionnaire")
    assert {row["item"] for row in answered} == set(QUESTIONS)


def _export(server: Serving, code: str, app: str, function: str) -> list[dict[str, str]]:
    exported = server.rest(f"/api/export_app_custom?app={app}&function_name={function}&session_code={code}")
    return list(csv.DictReader(io.StringIO(exported.lstrip("\ufeff"))))
