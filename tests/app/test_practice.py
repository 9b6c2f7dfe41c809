"""Practice against computer traders: nobody waits for anybody, all is disclosed, and the data tell robots from subjects."""

import csv
import io
import json
import re

import numpy as np
import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from comparison.findings import Wanted, find
from experiment.practice import practice_round
from tests.app.played import play
from tests.sizes import sized
from theory.economy.environment import parse_environment
from theory.mechanism import fixed_price_trade, market_trade

PARTICIPANTS = sized(small=4, full=8)
SOLO = [
    {},
    {"practice_with": "typed_robots"},
    {"matching": "random"},
    {"shutdown_if_equal": True, "announcement": "none"},
    {"inactive_see_market": False, "paid_rounds": "all"},
]


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def lone(project):
    return play(project, "lone_participant", script="scenes_practice.py")


@pytest.fixture(scope="module", params=SOLO, ids=lambda fields: "-".join(f"{k}={v}" for k, v in fields.items()) or "paper")
def played(request, project):
    return play(project, "sessions_with_practice", script="scenes_practice.py", fields=request.param, participants=PARTICIPANTS)


@pytest.fixture
def export(played, tmp_path):
    for kind in ("", "_sessions", "_payments"):
        (tmp_path / f"export{kind}.csv").write_text(played["alone"][kind])
    return tmp_path


def test_a_lone_participant_is_inactive_once_and_active_once_before_anybody_else_has_come(lone):
    assert [page for page, _ in lone["seen"]] == ["FirstOffer", "NoSecondOffer", "Result", "FirstOffer", "SecondOffer", "Result"]
    assert lone["waits"][0] == "StartGate"
    assert "as soon as everybody in it is ready" in lone["waits"][1]
    assert lone["others"] == [[None, None]] * 11


def test_in_practice_alone_no_page_computes_or_asks_anything_from_the_announcement(project):
    announcements = set()
    for pages in play(project, "practice_with_computed_chances", script="scenes_practice.py", seeds=["1", "2", "3", "4"]):
        assert [page for page, _ in pages] == ["FirstOffer", "NoSecondOffer", "Result", "FirstOffer", "Beliefs", "SecondOffer", "Result"]
        for name, page in pages:
            own_type = re.search(r"<dt>Your type</dt><dd[^>]*>(\w+)</dd>", page)
            computed = re.findall(r'aria-hidden="true"></span> ([\d.]+)\u00a0%', page)
            assert computed == (
                [] if name not in ("FirstOffer", "SecondOffer") else {"blue": ["70", "30"], "green": ["30", "70"]}[own_type[1]]
            )
        said = {name: " ".join(page.split()) for name, page in pages}
        nothing = "In this practice round the announcement tells you nothing about the state, because the computer traders offer at random."
        assert "How this is computed" in said["SecondOffer"]
        assert nothing in said["SecondOffer"]
        assert nothing in said["Beliefs"]
        assert "from your type and the announcement" not in said["SecondOffer"]
        assert nothing not in said["FirstOffer"]
        before_panels = said["Beliefs"].split("Instructions: rules, chances and payoffs")[0]
        assert "histogram" not in before_panels
        assert "Now that you know your type, how likely do you find each state?" in before_panels
        announcements.add(re.search(r"histogram.: (\[.*?\])", dict(pages)["SecondOffer"])[1])
    assert len(announcements) == 4


def test_every_practice_page_says_that_it_is_unpaid_and_against_computers_that_offer_at_random(lone):
    for _, text in lone["seen"]:
        said = " ".join(text.split())
        assert "not paid" in said
        assert "The 11 others in your market are computer traders, which offer at random" in said
        assert "decided beforehand" in said


def test_a_subject_who_comes_later_practises_from_the_start(lone):
    page, text = lone["second"]
    assert page == "FirstOffer"
    assert "Practice round 1 of 2" in text


def test_history_marks_practice(lone):
    assert "practice-mark" in lone["seen"][-1][1]


def test_the_admin_report_has_one_line_for_a_practice_round(lone):
    assert lone["report"].count("each alone") == 2
    assert lone["report"].count("1 of 12 done") == 2


def test_the_first_paid_round_begins_for_all_when_the_last_has_practised(project):
    seen = play(project, "slow_practice", script="scenes_practice.py")
    assert seen["before"] == ["StartGate"] * 3 + ["FirstOffer"]
    assert set(seen["after"]) == {"FirstOffer"}
    assert seen["time_given"] == pytest.approx(60, abs=1)


def test_robots_have_rows_that_follow_from_the_seed_by_eq_1_to_3(played):
    record = json.loads(rows(played["alone"]["_sessions"])[0]["json"])
    env = parse_environment(record["environment"])
    practice = [row for row in rows(played["alone"][""]) if row["practice"] == "1"]
    markets = {}
    for row in practice:
        markets.setdefault((row["round_number"], row["market"]), []).append(row)
    assert len(markets) == 2 * PARTICIPANTS
    assert len(practice) == 2 * PARTICIPANTS * 4
    for seats in markets.values():
        assert [row["participant_code"] for row in seats[1:]] == ["robot-01", "robot-02", "robot-03"]
        assert [row["stage1_source"] for row in seats] == ["typed", "robot", "robot", "robot"]
        assert all(row["stage1_seconds"] == row["stage2_seconds"] == "" for row in seats[1:])
        active = [row for row in seats if row["active"] == "1"]
        idle = [row for row in seats if row["active"] == "0"]
        assert len(active) == env.active
        offers = np.array([(float(row["stage2_q"]), float(row["stage2_r"])) for row in active])
        trade = market_trade(env, offers)
        np.testing.assert_allclose([float(row["price"]) for row in active], trade.price, rtol=1e-12)
        np.testing.assert_allclose([(float(row["final_q"]), float(row["final_r"])) for row in active], trade.bundles, atol=1e-12)
        first = np.array([(float(row["stage1_q"]), float(row["stage1_r"])) for row in idle])
        kept = fixed_price_trade(env, first).bundles
        np.testing.assert_allclose([(float(row["final_q"]), float(row["final_r"])) for row in idle], kept, atol=1e-12)


def test_the_market_of_practice_alone_is_the_participants_number(played, export):
    session = next(iter(read_export(export).sessions.values()))
    people = [row["participant_code"] for row in rows(played["alone"]["_payments"])]
    for row in rows(played["alone"][""]):
        if row["practice"] == "1" and row["stage1_source"] == "typed":
            number = people.index(row["participant_code"]) + 1
            assert row["market"] == str(number)
            drawn = practice_round(session.settings, session.seed, number, int(row["round_number"])).draws
            assert (row["type"], row["state"], row["active"] == "1") == (drawn.types[0], drawn.state, drawn.active[0])


def test_the_report_reads_practice_against_computers_without_a_contradiction_and_leaves_it_out(export):
    read = read_export(export)
    checks = check_export(read, market_rounds(read))
    assert checks.contradictions == ()
    assert checks.redrawn == frozenset(read.sessions)
    found = find([export], Wanted())
    counts = found.tables.counts.iloc[0]
    assert (counts["rows_practice"], counts["rows_used"]) == (2 * PARTICIPANTS * 4, 2 * PARTICIPANTS)
    assert found.tables.sessions_read.iloc[0]["participants"] == PARTICIPANTS
    reasons = found.tables.exclusions.query("account == 'markets'").set_index("reason")
    assert (reasons.loc["read", "subjects"], reasons.loc["practice", "rows"]) == (PARTICIPANTS, 2 * PARTICIPANTS * 4)


def test_practice_changes_no_draw_and_no_offer_of_the_paid_rounds(played):
    def paid(name):
        kept = [row for row in rows(played[name][""]) if row["practice"] == "0"]
        left_out = ("session_code", "round_number", "participant_code", "stage1_seconds", "stage2_seconds")
        return [{column: value for column, value in row.items() if column not in left_out} for row in kept]

    assert paid("alone") == paid("without")


def test_a_changed_robot_is_found(played, export):
    path = export / "export.csv"
    said = rows(path.read_text())
    robot = next(row for row in said if row["stage1_source"] == "robot" and row["active"] == "1")
    robot["stage1_q"], robot["stage1_r"] = ("0.3", "0.0") if robot["stage1_q"] != "0.3" else ("0.4", "0.0")
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, said[0])
        writer.writeheader()
        writer.writerows(said)
    read = read_export(export)
    wrong = check_export(read, market_rounds(read)).contradictions
    assert {(one.participant_code, one.market) for one in wrong} == {(robot["participant_code"], robot["market"])}
    assert {one.column for one in wrong} <= {"stage1_q", "stage1_r"}
