"""Payments in the app: the export, the subject's page and oTree's own page say one amount, which follows from the decisions."""

import csv
import io
import json
from decimal import Decimal
from html import unescape

import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from experiment.config import read_settings
from experiment.earnings import Earned, StatedBelief
from experiment.export import payment_row
from experiment.payments import payment
from tests.app.played import play
from tests.sizes import sized
from theory.economy.environment import parse_environment

ROUNDS = sized(small=2, full=3)
SCHEMES = [
    {},
    {"points_pay": "lottery", "lottery_prize": 12.5},
    {"points_pay": "lottery", "paid_rounds": "all", "beliefs": True, "real_world_currency_per_point": 0},
    {"beliefs": True, "belief_prize": 3.33, "real_world_currency_per_point": 2.5},
    {"beliefs": True, "paid_rounds": "all", "announcement": "none", "practice_rounds": 1, "practice_with": "participants"},
    {"payment_floor": 30, "real_world_currency_per_point": 0.035},
    {"payment_cap": 6.66, "beliefs": True, "real_world_currency_per_point": 7},
    {"beliefs": True, "shutdown_if_equal": True},
]


@pytest.fixture(scope="module", params=SCHEMES, ids=lambda fields: "-".join(f"{k}={v}" for k, v in fields.items()) or "money")
def session(request, project):
    fields = {"seed": "11", "rounds": ROUNDS} | request.param
    return play(project, "paid_session", script="scenes_payment.py", fields=fields) | {"fields": fields}


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def settings(session):
    record = json.loads(rows(session["_sessions"])[0]["json"])
    return read_settings(record["config"], environment=parse_environment(record["environment"]))


def test_everybody_ends_at_the_payment(session):
    assert set(session["before"]) == {"Questionnaire"}
    assert set(session["pages"]) == {"Payment"}


def test_the_export_the_page_and_otree_say_one_amount(session):
    for row, text, (_, beyond, total) in zip(rows(session["_payments"]), session["payment"], session["otree"], strict=True):
        assert row["total"] == total
        assert Decimal(row["total"]) - Decimal(row["participation_fee"]) == Decimal(beyond)
        assert f"${row['total']}" in text.split("You are paid</th>")[1]
        assert f"${row['total']}" in unescape(session["otree_page"])


def test_payments_follow_from_decisions_and_beliefs_alone(session):
    chosen = settings(session)
    beliefs = {}
    for row in rows(session["_beliefs"]):
        beliefs.setdefault((row["participant_code"], int(row["round_number"])), []).append(int(row["belief"]))
    for seat, (code, paid) in enumerate(zip(session["people"], rows(session["_payments"]), strict=True), start=1):
        own = [row for row in rows(session[""]) if row["participant_code"] == code and row["practice"] == "0"]
        said = [beliefs.get((code, int(row["round_number"]))) for row in own]
        stated = [p and StatedBelief(tuple(p), chosen.environment.states.index(row["state"])) for p, row in zip(said, own, strict=True)]
        implied = payment(chosen, session["seed"], seat, Earned(tuple(float(row["points"]) for row in own), tuple(stated)))
        assert list(paid.values()) == payment_row(session["code"], code, implied, "USD")


def test_beliefs_are_asked_of_the_active_where_there_are_second_offers(session):
    asked = {(row["participant_code"], row["round_number"]) for row in rows(session["_beliefs"])}
    offered = {(row["participant_code"], row["round_number"]) for row in rows(session[""]) if row["stage2_source"]}
    assert asked == (offered if session["fields"].get("beliefs") else set())
    assert {row["session_code"] for row in rows(session["_beliefs"])} <= {session["code"]}
    assert all(float(row["seconds"]) >= 0 for row in rows(session["_beliefs"]))


def test_the_comparison_finds_nothing_wrong_with_the_payments(session, tmp_path):
    for name in ("", "_sessions", "_payments", "_beliefs"):
        (tmp_path / f"export{name}.csv").write_text(session[name], newline="")
    export = read_export(tmp_path)
    assert {file.kind for file in export.files} == {"decisions", "sessions", "payments", "ignored"}
    assert len(export.payments) == 4
    assert all(paid.complete for paid in export.payments)
    assert check_export(export, market_rounds(export)).contradictions == ()


def test_the_page_has_all_rounds_and_marks_the_paid_one_in_words(session):
    for row, text in zip(rows(session["_payments"]), session["payment"], strict=True):
        table = text.split("by-round")[1].split("</table>")[0]
        assert table.count('<th scope="row">') == ROUNDS
        words = ["points" in line.split("<td>")[2] for line in table.split("<tr")[2:]]
        assert words == [row["paid_round"] in ("", str(number)) for number in range(1, ROUNDS + 1)]


def test_who_left_is_told_why_and_paid_the_fee_or_what_was_earned(project):
    reasons = {"0": "quiz_failed", "1": "no_match", "2": "left_lobby", "3": "timed_out"}
    codes = {"code_complete": "C1", "code_no_match": "N2", "code_screened_out": "S3", "code_timed_out": "T4"}
    fields = {"rounds": 2, "seed": "11", "payment_floor": 50, "completion_url": "https://app.prolific.com/submissions/complete", **codes}
    seen = play(project, "paid_session", script="scenes_payment.py", fields=fields, leavers=reasons)
    assert set(seen["before"]) == {"Payment"}
    for row, text, (_, _, total), code in zip(
        rows(seen["_payments"]), seen["payment"], seen["otree"], ("S3", "N2", "N2", "T4"), strict=True
    ):
        if row["left_because"] == "timed_out":
            assert "Your last decisions did not arrive in time" in text
            assert (row["paid_round"] != "", row["total"], total) == (True, "50.00", "50.00")
        else:
            assert "Your part ended before" in text
            assert (row["paid_round"], row["points"], row["total"], total) == ("", "0.00", "5.00", "5.00")
        assert ("by-round" in text) == (row["left_because"] == "timed_out")
        assert f'href="https://app.prolific.com/submissions/complete?cc={code}"' in text
        assert "Back to app.prolific.com" in text
    assert [row["left_because"] for row in rows(seen["_payments"])] == list(reasons.values())
    assert rows(seen["questionnaire"]) == []


def test_who_stays_gets_the_code_for_it_and_without_an_address_no_link(project):
    seen = play(project, "paid_session", script="scenes_payment.py", fields={"rounds": 1, "code_complete": "C1"})
    assert all('<strong class="code">C1</strong>' in text and "Back to" not in text for text in seen["payment"])


def test_a_fee_changed_after_the_end_is_paid_within_the_cap(project):
    fields = {"rounds": 1, "seed": "11", "payment_cap": 9, "participation_fee": 1, "real_world_currency_per_point": 1}
    seen = play(project, "fee_changed_after_the_end", script="scenes_payment.py", fields=fields, fee=2.0)
    assert seen["totals"] == [row["total"] for row in rows(seen["_payments"])] == ["9.00"] * 4


@pytest.mark.parametrize("fields", [{"points_pay": "lottery", "lottery_prize": 0}, {"beliefs": True, "rounds": 1}, {"payment_cap": 1}])
def test_rules_that_cannot_pay_make_no_session(project, fields):
    seen = play(project, "refused", script="scenes_creation.py", config="small_market", participants=4, fields=fields)
    assert seen["status"] == 400
    assert all(not any(left) for left in seen["left"])
