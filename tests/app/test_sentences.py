"""What subjects read is true in every session config: a sentence that would be false in one is replaced there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.app.played import play
from tests.app.reading import text_of

LOBBY = {"lobby_seconds": 60, "rounds": 1}
SESSIONS: dict[str, dict[str, Any]] = {
    "four": {"fields": {"rounds": 1, "payment_floor": 90.0}},
    "lobby of 5 to 8": {"participants": 5, "fields": {**LOBBY, "market_size": 8, "min_market_size": 5}},
    "lobby of 4": {"fields": {**LOBBY, "practice_rounds": 1, "payment_cap": 5.0}},
    "one practice round": {"fields": {"rounds": 1, "practice_rounds": 1}},
    "two practice rounds": {"fields": {"rounds": 1, "practice_rounds": 2}},
    "practice with robots by type": {
        "fields": {"rounds": 2, "practice_rounds": 2, "practice_with": "typed_robots", "beliefs": True, "show_posterior": True}
    },
    "practice together": {"fields": {"rounds": 1, "practice_rounds": 1, "practice_with": "participants"}},
    "one active": {"config": "half", "participants": 2, "fields": {"rounds": 1}},
    "one active, all offers alike": {
        "config": "half",
        "participants": 2,
        "fields": {"rounds": 1, "shutdown_if_equal": True},
        "alike": True,
    },
    "silent": {"fields": {"rounds": 1, "announcement": "none"}},
    "silent unless alike": {"fields": {"rounds": 1, "announcement": "none", "shutdown_if_equal": True}, "alike": True},
    "nobody inactive": {"fields": {"rounds": 1, "inactive_threat": "none"}},
    "lottery over all": {"fields": {"rounds": 2, "points_pay": "lottery", "paid_rounds": "all"}},
    "lottery over one": {"fields": {"rounds": 2, "points_pay": "lottery"}},
    "lottery of a round": {"fields": {"rounds": 1, "points_pay": "lottery", "paid_rounds": "all"}},
    "beliefs in time": {"fields": {"rounds": 2, "beliefs": True, "stage2_deadline_seconds": 60}},
}
"""Session configs of small_market with four, unless they say otherwise."""

INLINE = r"<script.*?</script>|</?(?:strong|em)>"
"""What is left out before a page is read: its scripts, and the tags of words inside a sentence."""


@pytest.fixture(scope="module")
def read(own_project: Path) -> dict[str, dict[str, list[str]]]:
    """Every page of every session by name, as text; ``half`` is small_market with one of two inactive."""
    project = own_project
    (project / "environments" / "half.toml").write_text(halved((project / "environments" / "small_market.toml").read_text()))
    sessions = [{"config": "small_market", "participants": 4, **session} for session in SESSIONS.values()]
    answers = play(project, "seen", script="scenes_sentences.py", sessions=sessions)
    return {
        name: {page: [text_of(re.sub(INLINE, "", text, flags=re.DOTALL)) for text in texts] for page, texts in pages.items()}
        for name, pages in zip(SESSIONS, answers, strict=True)
    }


def halved(environment: str) -> str:
    return environment.replace('"small_market"', '"half"').replace("agents = 4", "agents = 2").replace('"1/4"', '"1/2"')


CONSENT = [
    ("four", "in a market with 3 other participants.", True),
    ("four", "only if enough participants come", False),
    ("lobby of 5 to 8", "in a market of 5 to 8 participants, you included.", True),
    ("lobby of 5 to 8", "7 other participants", False),
    ("lobby of 5 to 8", "The market begins only if enough participants come; otherwise your part ends before it.", True),
    ("lobby of 4", "in a market with 3 other participants.", True),
    ("lobby of 4", "The market begins only if enough participants come", True),
    ("one active", "in a market with one other participant.", True),
    ("four", "You are paid for the points of the round that counts.", True),
    ("lottery over all", "The average of your points in all rounds that count decides on your chance to win $10.00.", True),
    ("lottery over one", "Your points in one of the rounds that count decide on your chance to win $10.00.", True),
    ("lottery of a round", "Your points in the round that counts decide on your chance to win $10.00.", True),
    *((name, "You are paid for the points", False) for name in ("lottery over all", "lottery over one", "lottery of a round")),
]
FIRST_OFFER = [
    ("four", "If you are inactive: 1 of 4", True),
    ("four", "If you stay active: 3 of 4", True),
    ("two practice rounds", "Afterwards you make a second offer.", True),
    ("silent", "It is not shown to anybody. Afterwards you make a second offer.", True),
    ("silent unless alike", "It is not shown to anybody. You are told only if all first offers made in your market are the same.", True),
    ("silent unless alike", "If all first offers made in your market are the same, there is no second offer", True),
    ("silent unless alike", "It is not shown to anybody. Afterwards you make a second offer.", False),
    ("nobody inactive", "It is shown, without your name, to all participants of your market.", True),
    ("nobody inactive", "If you stay active", False),
]


def is_said(read: dict[str, dict[str, list[str]]], session: str, page: str, sentence: str) -> set[bool]:
    return {sentence in text for text in read[session][page]}


@pytest.mark.parametrize(("session", "sentence", "said"), CONSENT)
def test_consent_promises_what_the_session_holds(read: dict[str, dict[str, list[str]]], session: str, sentence: str, said: bool) -> None:
    assert is_said(read, session, "Consent", sentence) == {said}


@pytest.mark.parametrize(("session", "sentence", "said"), FIRST_OFFER)
def test_the_first_offer_says_what_may_follow(read: dict[str, dict[str, list[str]]], session: str, sentence: str, said: bool) -> None:
    assert said in is_said(read, session, "FirstOffer", sentence)
    assert said or is_said(read, session, "FirstOffer", sentence) == {False}


@pytest.mark.parametrize("session", ["one practice round", "lobby of 4"])
def test_in_one_practice_round_alone_nobody_is_told_of_a_draw_that_there_is_not(
    read: dict[str, dict[str, list[str]]], session: str
) -> None:
    practice, paid = by_kind(read[session]["FirstOffer"])
    assert practice
    for text in practice:
        assert "you are active in this practice round" in text
        assert "In this practice round you are active, so this offer is not carried out." in text
        assert "If you were inactive Your offer would be carried out" in text
        assert not re.search(r"If you are (drawn|inactive)|If you stay", without_instructions(text))
    assert all("If you are inactive: 1 of 4" in text and "In this practice round" not in text for text in paid)
    assert not any("You are inactive" in text for text in by_kind(read[session].get("NoSecondOffer", []))[0])


def test_in_two_practice_rounds_alone_it_is_decided_and_not_drawn_who_is_inactive(read: dict[str, dict[str, list[str]]]) -> None:
    practice, paid = by_kind(read["two practice rounds"]["FirstOffer"])
    assert len(practice) == 8
    for text in map(without_instructions, practice):
        assert "inactive in one practice round and active in the next" in text
        assert "If you are inactive Your offer is carried out at the fixed price" in text
        assert "drawn to be inactive" not in text
        assert "1 of 4" not in text
    assert all("If you are inactive: 1 of 4" in text for text in paid)


def test_in_practice_together_the_inactive_are_drawn_as_later(read: dict[str, dict[str, list[str]]]) -> None:
    practice, _ = by_kind(read["practice together"]["FirstOffer"])
    assert practice
    assert all("If you are inactive: 1 of 4" in text for text in practice)


@pytest.mark.parametrize("session", ["one active", "one active, all offers alike"])
def test_one_active_participant_is_one(read: dict[str, dict[str, list[str]]], session: str) -> None:
    for page, texts in read[session].items():
        for text in texts:
            assert not re.search(r"\b1 active participants|the 1 |\b1 participants\b|1 others", text), page


def test_the_one_active_participants_offer_is_told_in_the_singular(read: dict[str, dict[str, list[str]]]) -> None:
    pages = read["one active"]
    assert is_said(read, "one active", "SecondOffer", "The announcement: the first offer of the one active participant") == {True}
    assert is_said(read, "one active", "Result", "The announcement of this round: the first offer of the one active participant") == {True}
    assert True in is_said(read, "one active", "Result", "Offer of the active participant")
    assert all("once the active participant is done" in text for text in pages["NoSecondOffer"])
    alike = read["one active, all offers alike"]["Result"]
    assert sum("so the active participant made no second offer and kept the goods." in text for text in alike) == 1


def test_the_price_of_the_inactive_is_called_the_fixed_one(read: dict[str, dict[str, list[str]]]) -> None:
    inactive = [text for text in read["four"]["Result"] if "You were inactive" in text]
    active = [text for text in read["four"]["Result"] if "You were inactive" not in text]
    assert (len(inactive), len(active)) == (1, 3)
    assert all("Fixed price of good q 1.00 of good r You earned" in text for text in inactive)
    assert all(re.search(r"Your type \w+ Price of good q", text) for text in active)
    assert all("1.00 (fixed)" in text for text in inactive)
    assert not any("(fixed)" in text for text in active)


def test_no_step_is_done_that_was_not_made(read: dict[str, dict[str, list[str]]]) -> None:
    for text in read["four"]["Result"]:
        second = "(no offer made)" if "You were inactive" in text else "(done)"
        assert f"Step 1 of 3: First offer (done) Step 2 of 3: Second offer {second} Step 3 of 3: Result" in text
    for text in read["silent unless alike"]["Result"]:
        assert "Second offer (no offer made)" in text


def test_the_lottery_over_all_rounds_follows_the_average_everywhere(read: dict[str, dict[str, list[str]]]) -> None:
    for text in read["lottery over all"]["Payment"]:
        points = [float(found) for found in re.findall(r"\d (\d+\.\d\d) points\b", text.split("Paid for")[1])]
        average = re.search(r"Where the average of yours, (\S+), lies between these", text)
        assert average is not None
        assert float(average[1]) == pytest.approx(sum(points[:2]) / 2, abs=0.0101)
        assert f"Lottery for an average of {average[1]} points" in text
        assert "added up" not in text
        assert "You are paid for the points" not in text
    assert is_said(read, "lottery over one", "Payment", "average") == {False}


def test_floor_and_cap_say_what_they_did_and_not_what_others_get(read: dict[str, dict[str, list[str]]]) -> None:
    assert is_said(read, "four", "Payment", "Raised to the least payment, $90.00") == {True}
    assert is_said(read, "lobby of 4", "Payment", "Lowered to the greatest payment, $5.00") == {True}
    assert is_said(read, "four", "Payment", "Nobody is paid") == {False}


def test_beliefs_say_that_they_share_the_second_offers_time(read: dict[str, dict[str, list[str]]]) -> None:
    assert is_said(read, "beliefs in time", "Beliefs", "This time is for this question and your second offer together.") == {True}
    assert is_said(read, "beliefs in time", "Beliefs", "Time left for this question and your second offer together:") == {True}


def test_robots_are_said_to_offer_as_they_do(read: dict[str, dict[str, list[str]]]) -> None:
    by_type, random = "practice with robots by type", "two practice rounds"
    says = {
        "What each of them offers depends on its type and on chance": {True},
        "nothing that is done in this round changes them": {True},
        "What the computers offer depends on their types and on chance.": {True},
        "offer at random": {False},
        "The computers offer at random.": {False},
    }
    practised = {page: by_kind(texts)[0] for page, texts in read[by_type].items()}
    for page in ("FirstOffer", "Beliefs", "SecondOffer", "Result"):
        for sentence, told in says.items():
            assert {sentence in text for text in practised[page]} == told, (page, sentence)
    assert is_said(read, random, "FirstOffer", "The computers offer at random.") == {True}
    assert is_said(read, random, "FirstOffer", "depends on its type and on chance") == {False}


def test_with_robots_by_type_the_announcement_counts_in_practice_and_its_reading_is_stated(read: dict[str, dict[str, list[str]]]) -> None:
    practised, paid = by_kind(read["practice with robots by type"]["SecondOffer"])
    rule = "each first offer is taken as a sure sign of the type whose best offer, if inactive, is nearest to it."
    misled = "Some offers of the computer traders are made by chance and mislead this rule."
    assert {(rule in text, misled in text, "eople may offer otherwise" in text) for text in practised} == {(True, True, False)}
    assert {(rule in text, misled in text, "eople may offer otherwise" in text) for text in paid} == {(False, False, True)}
    asked, _ = by_kind(read["practice with robots by type"]["Beliefs"])
    assert {"The announcement: first offers of the 3 active participants" in text for text in asked} == {True}
    assert {"How likely do you find each state now?" in text for text in asked} == {True}
    assert {"tells you nothing about the state" in text for text in asked} == {False}


def test_where_a_belief_is_formed_prior_and_likelihood_are_in_sight_the_pay_comes_first_and_no_chance_is_computed(
    read: dict[str, dict[str, list[str]]],
) -> None:
    for name in ("beliefs in time", "practice with robots by type"):
        for text in map(without_instructions, read[name]["Beliefs"]):
            places = [
                text.index(words) for words in ("What your type says about the state", "It is best for you to say", "Type a whole number")
            ]
            assert places == sorted(places)
            assert "Of 100 markets" in text
            assert "Computed" not in text


def test_a_market_that_formed_stays_together_in_the_rounds_that_count(read: dict[str, dict[str, list[str]]]) -> None:
    assert is_said(read, "lobby of 4", "Market", "they stay the same in all rounds that count.") == {True}


def by_kind(texts: list[str]) -> tuple[list[str], list[str]]:
    """Pages of practice rounds, and of rounds that count."""
    return [text for text in texts if "Practice round" in text], [text for text in texts if "Practice round" not in text]


def without_instructions(text: str) -> str:
    return text.split("Instructions: rules, chances and payoffs")[0]
