"""Codes cannot be guessed, no subject learns another's, and a label is nobody's but its first owner's."""

from __future__ import annotations

import math
import re

import pytest

from tests.app.played import play

SCENES = "scenes_access.py"
SESSIONS = [
    ("small_market", 4, {"rounds": 2, "instructions": True, "practice_rounds": 1, "inactive_see_market": True}),
    ("small_market", 8, {"market_size": 8, "min_market_size": 7, "lobby_seconds": 60, "rounds": 1, "stage1_deadline_seconds": 60}),
    ("small_market", 8, {"rounds": 2, "beliefs": True}),
]


@pytest.fixture(scope="module")
def made(project):
    return play(project, "codes", script=SCENES, sessions=3)


def test_codes_have_forty_bits_and_come_from_the_operating_system(made):
    assert made["sources"] == ["SystemRandom", "SystemRandom"]
    for code in (*made["people"], *made["sessions"]):
        assert re.fullmatch(r"[a-z0-9]{8}", code)
    assert 8 * math.log2(36) > 40
    assert len(set(made["people"])) == 12


def test_the_link_for_a_whole_session_has_eighty_bits(made):
    assert len(set(made["links"])) == 3
    assert all(re.fullmatch(r"[0-9a-f]{20}", link) for link in made["links"])


@pytest.mark.parametrize(("config", "participants", "fields"), SESSIONS)
def test_nothing_that_a_subject_is_told_in_a_whole_session_has_anothers_code(project, config, participants, fields):
    seen = play(project, "every_answer", script=SCENES, config=config, participants=participants, fields=fields)
    assert set(seen["pages"]) == {"Payment"}
    for number, told in enumerate(seen["told"]):
        others = seen["codes"][:number] + seen["codes"][number + 1 :]
        assert seen["codes"][number] in "".join(told)
        assert not [code for code in others if code in "".join(told)]
    assert not [code for code in seen["codes"] if code in seen["printed"]]


def test_a_label_that_somebody_has_is_given_to_nobody_else_of_the_session(project):
    seen = play(project, "another_ones_label", script=SCENES, label="5f3a")
    assert seen["statuses"] == [307, 404, 307]
    assert seen["labels"] == ["5f3a", None]


@pytest.mark.parametrize(("room", "status"), [(None, 302), ("lab", 302), ("online", 404)])
def test_the_link_for_a_whole_session_leads_nowhere_where_a_label_is_the_seat(project, room, status):
    assert play(project, "link_for_all", script=SCENES, room=room) == status
