"""A whole session with a study's own consent, welcome, debriefing and questionnaire, from consent to payment, in English and German.

Two subjects have a telephone and two a laptop; one does not agree.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from experiment.language import languages
from tests.app.played import copy_project
from tests.browser.play import LAPTOP, TELEPHONE, Subject, click, tick
from tests.browser.walk import LAST, PLAYS, Play, presses_next, presses_next_by_keyboard, tabs_to, walk
from tests.server import Serving, public_folder, serving
from tests.sizes import sized

pytestmark = [pytest.mark.browser, pytest.mark.server]

SCREENS = (TELEPHONE, LAPTOP, TELEPHONE, LAPTOP)
FIELDS = {
    "rounds": sized(small=1, full=3),
    "questionnaire": "age, risk",
    "texts": "mine",
    "minutes": 50,
    "code_declined": "D5",
    "seed": "11",
}
WORDS = {
    "en": {
        "title": "Welcome to the market study",
        "consent": "Information and consent",
        "minutes": "50 minutes",
        "declines": "I do not agree",
        "required": "Please answer this question.",
        "debriefing": "What this study is about",
        "declined": "You chose not to take part.",
        "question": "How much did you trust the other participants?",
    },
    "de": {
        "title": "Willkommen zur Marktstudie",
        "consent": "Information und Einwilligung",
        "minutes": "50 Minuten",
        "declines": "Ich stimme nicht zu",
        "required": "Bitte beantworten Sie diese Frage.",
        "debriefing": "Worum es in dieser Studie geht",
        "declined": "Sie haben sich entschieden, nicht teilzunehmen.",
        "question": "Wie sehr haben Sie den anderen Teilnehmenden vertraut?",
    },
}


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    """The project with a study whose consent is that of the European board, filled in."""
    folder = public_folder()
    copy_project(folder)
    for language in ("en", "de"):
        made = folder / "texts" / "mine" / language
        shutil.copytree(folder / "texts" / "example" / language, made)
        consent = (folder / "texts" / "eu_board" / language / "consent.md").read_text()
        (made / "consent.md").write_text(re.sub(r"\[[A-ZÄÖÜ][^\]a-zäöü]*\]", "XYZ", consent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def declines(words: dict[str, str]) -> Play:
    """Two steps: the second button is not there before the first is pressed."""

    def play(subject: Subject) -> None:
        leave = subject.page.locator("button[name=declines]")
        assert leave.is_hidden()
        click(subject.page.get_by_text(words["declines"], exact=True))
        click(leave)

    return play


def answers(words: dict[str, str]) -> Play:
    """First nothing, which is refused; then what is required."""

    def play(subject: Subject) -> None:
        page = subject.page
        assert words["question"] in page.locator("#form").inner_text()
        with page.expect_navigation():
            presses_next(subject)
        assert page.get_by_text(words["required"]).count() == 2
        page.locator("#own-semesters").fill("3")
        tick(page.locator("input[name=own_trust][value='6']"))
        tick(page.locator("input[name=own_traded_before][value=once]"))
        presses_next(subject)

    return play


def answers_by_keyboard(subject: Subject) -> None:
    for name in ("own_trust", "own_traded_before"):
        tabs_to(subject, f"input[name={name}]")
        subject.page.keyboard.press("Space")
    presses_next_by_keyboard(subject)


@pytest.mark.parametrize("language", [code for code in languages() if code in WORDS])
def test_four_subjects_read_a_studys_own_words_and_one_does_not_agree(project: Path, browser: Browser, language: str) -> None:
    words = WORDS[language]
    with serving(project=project, language=language, currency="EUR") as server:
        code, people = server.create_session("small_market", 4, **FIELDS)
        subjects = [
            Subject.sits_down(browser, server.start_link(person), accessible=True, screen=screen)
            for person, screen in zip(people, SCREENS, strict=True)
        ]
        for subject in subjects:
            assert subject.heading == words["title"]
            read = subject.page.locator("main").inner_text()
            assert words["consent"] in read
            assert words["minutes"] in read
            assert "{" not in read
        plays = [PLAYS | {"Questionnaire": answers(words)}, PLAYS | {"Consent": declines(words)}]
        plays += [PLAYS | {"Questionnaire": answers(words)}, {"Questionnaire": answers_by_keyboard}]
        seen = walk(subjects, plays, by_keyboard=(3,))
        assert seen[1] == ["Consent", LAST]
        for names in (seen[0], seen[2], seen[3]):
            assert names[-2:] == ["Questionnaire", LAST]
        for place, subject in enumerate(subjects):
            end = subject.page.locator("main").inner_text()
            assert (words["debriefing"] in end) == (place != 1)
            assert (words["declined"] in end) == ("D5" in end) == (place == 1)
        assert [subject.complaints for subject in subjects] == [[]] * 4
        consents = _export(server, code, "parimutuel_intro", "custom_export_consent")
        assert [row["declined"] for row in consents] == ["0", "1", "0", "0"]
        assert [bool(row["consented_at"]) for row in consents] == [True, False, True, True]
        texts = {row["file"]: row["version"] for row in _export(server, code, "parimutuel_intro", "custom_export_texts")}
        assert {row["consent_version"] for row in consents} == {texts["consent.md"]}
        own = _export(server, code, "parimutuel_outro", "custom_export_questionnaire")
        assert {row["participant_code"] for row in own} == {people[place] for place in (0, 2, 3)}
        first = {row["item"]: row["answer"] for row in own if row["participant_code"] == people[0]}
        assert (first["trust"], first["traded_before"], first["semesters"], first["strategy"]) == ("6", "once", "3", "")


def _export(server: Serving, code: str, app: str, function: str) -> list[dict[str, str]]:
    exported = server.rest(f"/api/export_app_custom?app={app}&function_name={function}&session_code={code}")
    return list(csv.DictReader(io.StringIO(exported.lstrip("\ufeff"))))
