"""The sheet of payments and the recruiter's files: amounts as in the export, to the cent, and labels nowhere else."""

import csv
import io
from decimal import Decimal

import pytest

from experiment.pay_sheet import SHEET_COLUMNS
from tests.app.played import play

LABELS = ["5f3c0aa1b2c3d4e5f6a7b8c9", "5f3c0aa1b2c3d4e5f6a7b8d0", None, "5f3c0aa1b2c3d4e5f6a7b8d2"]
WITH_LABELS = ("_pay_sheet", "_bonus", "_bonus_with_fee")
SCHEMES = [
    {"participation_fee": 2.5, "real_world_currency_per_point": 0.037},
    {"participation_fee": 1, "payment_floor": 6, "payment_cap": 7.77},
    {"participation_fee": 0, "points_pay": "lottery", "lottery_prize": 9.99, "beliefs": True},
]


@pytest.fixture(scope="module", params=SCHEMES, ids=lambda fields: "-".join(f"{k}={v}" for k, v in fields.items()))
def played(request, project):
    fields = {"seed": "11", "rounds": 2} | request.param
    leavers = {"3": "no_match"}
    seen = play(project, "labelled", script="scenes_pay_sheet.py", fields=fields, labels=LABELS, leavers=leavers, absent=[])
    return seen | {"fee": Decimal(str(fields["participation_fee"]))}


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def cells(text):
    return [row for row in csv.reader(io.StringIO(text)) if row]


def test_the_sheet_says_of_everybody_what_payments_csv_says_to_the_cent(played):
    sheet, payments = rows(played["exports"]["_pay_sheet"]), rows(played["exports"]["_payments"])
    assert list(sheet[0]) == list(SHEET_COLUMNS)
    assert [row["participant_code"] for row in sheet] == played["people"]
    for row, paid in zip(sheet, payments, strict=True):
        assert (row["participant_code"], row["participation_fee"], row["total"]) == (
            paid["participant_code"], paid["participation_fee"], paid["total"]
        )  # fmt: skip
        assert Decimal(row["bonus"]) == Decimal(paid["total"]) - Decimal(paid["participation_fee"])
        assert (row["currency"], row["signature"]) == (paid["currency"], "")
    assert [row["label"] for row in sheet] == [label or "" for label in LABELS]
    assert [row["status"] for row in sheet] == ["finished"] * 3 + ["no_match"]


def test_bonus_files_hold_the_labels_of_who_is_paid_and_add_up_to_the_export(played):
    paid = {row["participant_code"]: row for row in rows(played["exports"]["_payments"])}
    by_label = {label: paid[code] for label, code in zip(LABELS, played["people"], strict=True) if label}
    totals = {label: Decimal(row["total"]) for label, row in by_label.items()}
    bonus = {label: total - played["fee"] for label, total in totals.items()}
    assert {label: Decimal(amount) for label, amount in cells(played["exports"]["_bonus"])} == {k: v for k, v in bonus.items() if v}
    assert {label: Decimal(amount) for label, amount in cells(played["exports"]["_bonus_with_fee"])} == {
        k: v for k, v in totals.items() if v
    }
    assert LABELS[3] not in played["exports"]["_bonus"], "subjects who left have the fee only"
    assert (LABELS[3] in played["exports"]["_bonus_with_fee"]) == (played["fee"] > 0)


def test_the_administrators_files_are_those_of_the_export_for_this_session(played):
    assert cells(played["files"]["bonus"]) == cells(played["exports"]["_bonus"])
    assert cells(played["files"]["total"]) == cells(played["exports"]["_bonus_with_fee"])


def test_the_page_has_a_line_to_sign_for_each_and_the_sum_of_the_export(played):
    page, payments = played["files"]["page"], rows(played["exports"]["_payments"])
    for code, label, paid in zip(played["people"], LABELS, payments, strict=True):
        line = next(row for row in page.split("<tr>") if code in row)
        assert f"<strong>{paid['total']}</strong>" in line
        assert label is None or label in line
    assert "no match" in page
    assert f"<strong>{sum(Decimal(row['total']) for row in payments)}</strong>" in page.split("<tfoot>")[1]
    assert "not over" not in page
    assert "never taken" not in page


def test_before_the_end_everybody_has_the_fee_and_no_bonus_and_the_page_says_so(played):
    assert cells(played["early"]["bonus"]) == []
    assert "4 of the 4 places were never taken" in played["early"]["page"]


def test_labels_stand_in_the_files_made_for_payment_and_in_no_other_export_of_ours(played):
    others = [text for name, text in played["exports"].items() if name not in WITH_LABELS]
    for text in (*others, played["questionnaire"], played["quiz"], played["page_times"]):
        assert not any(label in text for label in LABELS if label)
    assert all(any(label in played["exports"][name] for label in LABELS if label) for name in WITH_LABELS[:1])
    assert LABELS[0] in played["wide"], "oTree's own wide table has them: docs/data.md says so"


def test_unknown_sessions_and_files_are_not_found(played):
    assert played["unknown"] == [404] * 4


def test_who_never_came_signs_nothing_and_is_in_no_recruiters_file(project):
    seen = play(project, "labelled", script="scenes_pay_sheet.py", fields={"seed": "1", "rounds": 1}, labels=LABELS, leavers={}, absent=[1])
    sheet, page = rows(seen["exports"]["_pay_sheet"]), seen["files"]["page"]
    assert [row["status"] for row in sheet] == ["finished", "never_came", "finished", "finished"]
    assert LABELS[1] not in seen["exports"]["_bonus"] + seen["exports"]["_bonus_with_fee"]
    assert seen["people"][1] not in page
    total = sum(Decimal(row["total"]) for row in rows(seen["exports"]["_payments"]))
    assert f"1 of the 4 places was never taken; payments.csv lists all places, and adds up to {total}." in page


def test_who_comes_by_a_recruiters_link_has_come(project):
    seen = play(project, "seats", script="scenes_pay_sheet.py", labels=["5f3c_a", "6b-2"])
    sheet = rows(seen["sheet"])
    assert [(row["label"], row["status"]) for row in sheet] == [
        ("5f3c_a", "not_over"),
        ("6b-2", "not_over"),
        ("", "never_came"),
        ("", "never_came"),
    ]
    assert "not over for 2" in seen["page"]
