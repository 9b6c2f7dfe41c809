"""A session that speaks German: words, numbers, money, errors and oTree's own words on every page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.app.played import play

PAGES = ("Consent", "FirstOffer", "DrawGate", "SecondOffer", "NoSecondOffer", "Result", "Payment", "after the last page", "the room")


@pytest.fixture(scope="module")
def german(project: Path) -> dict[str, Any]:
    server = {"EXPERIMENT_LANGUAGE": "de", "EXPERIMENT_CURRENCY": "EUR"}
    seen: dict[str, Any] = play(project, "whole_session", script="scenes_words.py", environment=server)
    return seen


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_its_language(german: dict[str, Any], page: str) -> None:
    assert '<html lang="de">' in german["pages"][page]


@pytest.mark.parametrize("page", PAGES)
def test_every_number_has_a_decimal_comma(german: dict[str, Any], page: str) -> None:
    words = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", german["pages"][page], flags=re.DOTALL)
    assert re.findall(r"\d+\.\d+", words) == []


def test_an_english_session_is_english(project: Path) -> None:
    seen = play(project, "whole_session", script="scenes_words.py")
    assert all('<html lang="en">' in text for text in seen["pages"].values())
    assert "For taking part you receive $5.00 on top." in seen["pages"]["Consent"]
    assert seen["wrong"]["too much"] == ["You have 10 of good r, so you cannot offer 10.5."]


def test_consent_tells_the_money_as_germans_write_it(german: dict[str, Any]) -> None:
    consent = german["pages"]["Consent"]
    assert "Für die Teilnahme erhalten Sie zusätzlich 5,00\N{NO-BREAK SPACE}€." in consent
    assert "100 Punkte sind 10,00\N{NO-BREAK SPACE}€ wert." in consent
    assert "mit 3 anderen Teilnehmenden" in consent
    assert "Eine Runde zählt." in consent


def test_what_is_wrong_with_an_offer_is_said_in_german(german: dict[str, Any]) -> None:
    assert german["wrong"] == {
        "off grid": ["Angebote gehen in Schritten von 0,1, und 2,55 liegt zwischen zwei Schritten."],
        "too much": ["Sie haben 10 von Gut r und können deshalb nicht 10,5 anbieten."],
        "twice": ["Bitte machen Sie nur ein Angebot: Wählen Sie ein Gut oder nichts, und geben Sie eine Menge ein."],
    }


def test_a_comma_is_a_decimal_sign(german: dict[str, Any]) -> None:
    assert german["stored"] == [2.5]


def test_the_gate_waits_in_german_with_the_title_from_otree(german: dict[str, Any]) -> None:
    gate = german["pages"]["DrawGate"]
    assert "Bitte warten Sie auf die anderen Teilnehmenden." in gate
    assert "Diese Seite geht von selbst weiter" in gate
    assert re.search(r'id="_otree-title">\s*Bitte warten\s*<', gate)


def test_scripts_are_told_the_decimal_sign(german: dict[str, Any]) -> None:
    assert '"decimal_sign": ","' in german["pages"]["FirstOffer"]


def test_states_and_types_have_german_names(german: dict[str, Any]) -> None:
    paid = re.findall(r'<tr class="sum"><th scope="row">(\w+)</th>', german["pages"]["NoSecondOffer"])
    assert set(paid[:2]) == {"niedrig", "hoch"}
    assert paid
