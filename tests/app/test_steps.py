"""A round step by step: what is posted counts once, nobody is frozen, and time limits are the market's own."""

import csv
import io

import pytest

from tests.app.played import play


@pytest.mark.parametrize(("stage", "then"), [(1, {"SecondOffer", "NoSecondOffer"}), (2, {"Result"})])
def test_an_answer_lost_between_post_and_redirect_freezes_nobody(project, stage, then):
    seen = play(project, "lost_answer", stage=stage)
    assert {seen["waited"], seen["lost"]} <= then


def test_a_page_answered_twice_counts_once(project):
    seen = play(project, "answered_twice")
    assert seen == {"page": "DrawGate", "stored": [2.0, 0.0], "same": True, "at": "FirstOffer"}


@pytest.fixture(scope="module")
def timed(project):
    return play(project, "deadlines")


def test_who_misses_a_deadline_has_made_no_offer_even_where_one_was_half_typed(timed):
    first, half, late, feigned = timed["stage1"]
    assert first == ["q", "2", 2.0, 0.0, "typed"]
    assert half == late == [None, None, None, None, "absent"]
    assert feigned == ["r", "1.5", 0.0, 1.5, "typed"]


def test_a_timeout_cannot_be_feigned_before_the_deadline(timed):
    page, errors = timed["feigned"]
    assert page == "FirstOffer"
    assert errors == [], "the page is shown again, as a browser whose clock is ahead needs it"


def test_the_market_clears_without_those_who_are_absent(timed):
    assert set(timed["after_draw"]) == {"SecondOffer", "NoSecondOffer"}
    assert set(timed["result"]) == {"Result"}
    assert [row[3:] for row in timed["stage2"]] == [[10.0, 10.0]] * 4
    assert [row[2] for row in timed["stage2"]] == ["absent" if row[0] else None for row in timed["stage2"]]
    rows = [row for row in csv.DictReader(io.StringIO(timed["export"])) if row["round_number"] == "1"]
    assert [(row["stage1_q"], row["stage1_r"]) for row in rows] == [("2.0", "0.0"), ("", ""), ("", ""), ("0.0", "1.5")]


def test_nothing_is_announced_for_who_made_no_offer(timed):
    for histogram in timed["without_offer"]:
        assert {"q": 0.0, "r": 0.0} not in [{"q": bar["q"], "r": bar["r"]} for bar in histogram]
        assert sum(bar["count"] for bar in histogram) <= 2


def test_reading_the_result_costs_no_time_for_the_next_first_offer(timed):
    assert timed["timer"]
    assert set(timed["next"]) == {"FirstOffer"}
    assert 100 < timed["slack"] <= 120


def test_a_short_session_goes_from_its_last_round_to_the_payment_at_once(project):
    seen = play(project, "whole_session", fields={"rounds": 1, "seed": "7"}, participants=4)
    assert seen["largest"] == 12
    assert set(seen["pages"]) == {"Payment"}
    assert max(seen["requests"]) < 20
    assert {row["round_number"] for row in csv.DictReader(io.StringIO(seen[""]))} == {"1"}
