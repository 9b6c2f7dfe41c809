"""The experimenter's report: how far everybody is, who is late, prices beside the theory's; and its buttons, for experimenters only."""

import csv
import io
import json
import re

import pytest

from tests.app.played import play
from theory.economy.environment import parse_environment
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.stage2 import solve_stage2


def scene(project, name, **arguments):
    return play(project, name, script="scenes_report.py", **arguments)


@pytest.fixture(scope="module")
def course(project):
    return scene(project, "course", fields={})


@pytest.fixture(scope="module")
def absent(project):
    return scene(project, "absent")


@pytest.fixture(scope="module")
def pauses(project):
    return scene(project, "pauses")


def test_before_anybody_comes_nobody_is_here_and_no_round_has_begun(course):
    assert "not here yet 4" in course["before"]
    assert "No round has begun." in course["before"]
    assert "0 of 4 are settled" in course["before"]


def test_a_market_under_way_says_its_stage_its_time_and_whom_it_waits_for(course):
    assert re.search(r"Round 1, market 1: first offers 0:5\d left", course["first"])
    assert "Waiting for 3: participant 2, 3, 4." in course["first"]
    assert "Round 1: First offer 3 Round 1: Draw gate 1" in course["first"]
    assert "1 1 first offers low 1 of 4" in course["first"]


def test_the_announced_histogram_is_drawn_with_words_for_who_cannot_see_it(course):
    picture = re.search(r'<svg class="announced".*?</svg></svg>', course["drawn"], re.DOTALL).group(0)
    offers = [row for row in csv.DictReader(io.StringIO(course["export"])) if row["active"] == "1"]
    assert picture.count("<rect") == len({(row["stage1_q"], row["stage1_r"]) for row in offers})
    assert sum(int(count) for count in re.findall(r"<title>[^<]*: (\d+)</title>", picture)) == len(offers)
    assert 'aria-label="Announced first offers:' in picture


def test_prices_stand_beside_those_of_the_theory_for_the_types_and_the_state(course):
    rows = list(csv.DictReader(io.StringIO(course["export"])))
    record = json.loads(next(csv.DictReader(io.StringIO(course["sessions"])))["json"])
    env = parse_environment(record["environment"])
    types = [row["type"] for row in rows if row["active"] == "1"]
    nash = solve_stage2(env, [[types.count(name) for name in env.types]]).price[0]
    competitive = competitive_equilibrium(env).price[env.states.index(rows[0]["state"])]
    price = next(float(row["price"]) for row in rows if row["active"] == "1")
    shown = " ".join(f"{value:.4f}" for value in (price, nash, competitive))
    assert f"3 of 3 {shown} Histogram" in course["cleared_text"]
    assert f"Active types: {', '.join(f'{name} {types.count(name)}' for name in env.types)}" in course["cleared_text"]


def test_payments_so_far_are_those_of_the_export(course):
    rows = list(csv.DictReader(io.StringIO(course["payments"])))
    total = sum(round(100 * float(row["total"])) for row in rows) / 100
    assert f"4 of 4 are settled: USD {total:.2f} in all." in course["end"]
    for number, row in enumerate(rows, start=1):
        assert f"{number} {row['points']} {row['total']}" in course["end"]


def test_where_nothing_is_announced_the_cell_of_the_equilibrium_is_empty_and_says_why(project):
    seen = scene(project, "course", fields={"announcement": "none"})
    assert "Nothing is announced in this session" in seen["cleared_text"]
    assert "Histogram" in seen["cleared_text"]


def test_a_solver_that_fails_leaves_an_empty_cell_with_its_reason(project):
    answer = scene(project, "failing_solver")
    assert answer.startswith("200 ")
    assert '<td class="number"><span class="reason">no &lt;number&gt; came out</span></td>' in answer


def test_whoever_is_late_is_named_with_how_late_and_then_as_a_dropout(absent):
    assert "Late, dropped out or gone Nobody." in absent["waiting"]
    assert re.search(r"Status 1 Round 1: First offer 1:0\d 0:0\d 1 ", absent["late"])
    assert re.search(r"Status 1 Round 1: First offer 2:1\d 1:1\d 2 dropout", absent["gone"])
    assert "4 of 4 (1 absent)" in absent["gone"]


def test_a_label_that_is_markup_is_shown_and_not_obeyed(absent):
    assert "&lt;b&gt;&amp;x" in absent["markup"]
    assert "<b>&x" not in absent["markup"]


def test_the_lobby_says_who_waits_how_long_and_who_fell_silent(project):
    said = scene(project, "lobby")["text"]
    assert "1 present. A market forms as soon as 4 are present." in said
    assert "1 0:50 yes 2 0:50 silent" in said
    assert re.search(r"3 Round 1: Lobby \d:\d\d 0 left the waiting room", said)
    assert "1 of 4 are settled: USD 5.00 in all." in said


def test_a_button_leads_back_to_the_report_which_says_what_was_done(pauses):
    status, location, report = pauses["to"]
    assert (status, location.endswith(report)) == (302, True)
    assert "The session was paused." in pauses["paused"]
    assert "Resume the session" in pauses["paused"]
    assert "The session was resumed." in pauses["running"]
    assert "Pause the session" in pauses["running"]


def test_pausing_twice_or_resuming_what_runs_is_refused_in_a_sentence(pauses):
    assert "The session is paused already." in pauses["twice"]
    assert "The session is not paused." in pauses["not_paused"]


def test_after_a_pause_the_deadline_is_as_far_away_as_before(pauses):
    assert pauses["moved"] == pytest.approx(100, abs=2)
    assert pauses["source"] == ["typed"]
    assert "The experimenter has paused the experiment." in pauses["page"]


def test_only_the_stage_that_the_button_stood_at_is_extended_by_what_the_button_said(project):
    stage = {"group": "GROUP", "stage": "stage1"}
    asked = [
        {**stage, "seconds": "30"},
        {**stage, "seconds": "120"},
        {**stage, "seconds": "31"},
        {**stage, "seconds": "30", "stage": "stage2"},
        {**stage, "seconds": "30", "group": "OTHER"},
        {**stage, "seconds": "30", "group": "no number"},
    ]
    seen = scene(project, "extensions", asked=asked)
    assert [moved for _, _, moved in seen] == pytest.approx([30, 120, 0, 0, 0, 0])
    assert seen[0][1] == "Round 1, market 1: 30 seconds more for the stage “first offers”."
    assert seen[2][1].startswith("A stage can be extended by 30, 60, 120 seconds")
    assert "had gone on before the button was pressed" in seen[3][1]
    assert seen[4][1] == seen[5][1] == "There is no such market in this session."
    assert {status for status, _, _ in seen} == {302}


def test_forms_that_no_button_sends_are_refused_and_break_nothing(project):
    forms = [
        {},
        {"action": "<b>"},
        {"action": "extend"},
        {"action": "extend", "seconds": "-30", "group": "1"},
        {"action": "extend", "seconds": "٣٠", "group": "1"},
        {"action": "extend", "seconds": "30", "group": "9" * 30},
        {"action": "pause\0"},
    ]
    in_parts = 3
    assert scene(project, "odd_forms", forms=forms) == [302] * len(forms) + [400] * in_parts + [200]


def test_the_buttons_answer_the_administrator_only_and_no_form_from_elsewhere(project):
    server = {"OTREE_AUTH_LEVEL": "STUDY", "OTREE_ADMIN_PASSWORD": "a password", "OTREE_REST_KEY": "key"}
    seen = scene(project, "strangers_and_login", environment=server, password="a password", key="key")
    assert all(status == 302 and to.endswith("/login") for status, to in seen["answers"].values())
    assert not seen["before"]
    assert seen["forged"] == [403, 403]
    assert not seen["after_forged"]
    assert seen["admin"] == 302
    assert seen["paused"]
    assert seen["odd"] == [404, 400, 404, 404]
    assert "/AdminReport/" in seen["get"]
