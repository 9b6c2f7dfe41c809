"""The log of use is kept with the offer it came with, exported by session, and never stands in an offer's way."""

import csv
import io

import pytest

from tests.app.played import play

FIRST = '[{"t":0,"what":"shown","value":null},{"t":812,"what":"slider","value":-3.5},{"t":1200,"what":"good","value":"r"}]'
LATER = FIRST[:-1] + ',{"t":9000,"what":"amount","value":1.5}]'
NO_LOGS = ["=cmd()", "x" * 50_000, [FIRST, LATER]]


def scene(project, name, **arguments):
    return play(project, name, script="scenes_pages.py", **arguments)


@pytest.fixture(scope="module")
def logged(project):
    return scene(project, "logged", fields={}, posted=[FIRST, *NO_LOGS])


def test_a_log_is_exported_row_by_row_for_its_session_only(logged):
    rows = list(csv.reader(io.StringIO(logged["export"].lstrip("\ufeff"))))
    assert rows[0] == ["session_code", "round_number", "participant_code", "stage", "time_ms", "what", "value"]
    who = [logged["code"], "1", logged["people"][0], "1"]
    assert rows[1:] == [[*who, "0", "shown", ""], [*who, "812", "slider", "-3.5"], [*who, "1200", "good", "r"]]


def test_what_is_no_log_is_dropped_and_the_offer_kept(logged):
    assert all(status == 200 and page != "FirstOffer" for status, page in logged["pages"])
    assert [source for source, _ in logged["stored"]] == ["typed"] * 4
    assert [events for _, events in logged["stored"][1:]] == [None] * 3


def test_where_the_log_is_off_nothing_is_kept_even_if_it_is_sent(project):
    quiet = scene(project, "logged", fields={"log_events": False}, posted=[FIRST] * 4)
    assert quiet["stored"] == [["typed", None]] * 4
    assert len(quiet["export"].splitlines()) == 1


def test_a_log_is_kept_with_a_miss_and_grows_after_a_refusal(project):
    kept = scene(project, "log_of_a_miss_and_a_refusal", events=FIRST, later=LATER)
    assert len(kept["errors"]) == 1
    (refused, missed, *others) = kept["stored"]
    assert refused[:2] == [2.0, "typed"]
    assert refused[2].count('"t"') == 4
    assert missed[:2] == [None, "absent"]
    assert missed[2].count('"t"') == 3
    assert [events for *_, events in others] == [None, None]


def test_a_second_tab_stores_nothing_after_the_first_has_answered(project):
    tabs = scene(project, "second_tab", events=FIRST, later=LATER)
    assert tabs["before"] == tabs["after"]
    assert tabs["before"][:2] == [2.0, 0.0]
    assert tabs["page"] != "FirstOffer"


def test_no_offer_page_is_kept_by_the_browser(project):
    tabs = scene(project, "second_tab", events=FIRST, later=LATER)
    pages = [answer for answer in tabs["kept"] if answer.startswith("200")]
    assert pages
    assert sum('"cache-control": "no-store"' in answer for answer in pages) >= 1
