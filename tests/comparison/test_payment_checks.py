"""Payments against the rules of their session: what agrees passes, old files too, and a wrong amount is named by its column."""

import csv

import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import InvalidExport, read_export
from experiment.export import FIRST_PAYMENT_COLUMNS, PAYMENT_COLUMNS
from tests.synthetic import play, write_export

LOTTERY = play(participants=8, rounds=3, seed=3, points_pay="lottery", payment_floor=7)
MONEY = play(participants=8, rounds=3, seed=3, payment_cap=9, paid_rounds="all")


def changed(folder, session, **cells):
    """An export of the session with these cells in the first row of its payments; None leaves the column out."""
    write_export(folder, session)
    path = next(folder.glob("*payments*"))
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= {column: value for column, value in cells.items() if value is not None}
    kept = [column for column in PAYMENT_COLUMNS if cells.get(column, "") is not None]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def wrong(folder):
    export = read_export(folder)
    return [found.column for found in check_export(export, market_rounds(export)).contradictions]


@pytest.mark.parametrize("session", [LOTTERY, MONEY], ids=["lottery", "money"])
def test_payments_as_made_contradict_nothing(tmp_path, session):
    assert wrong(changed(tmp_path, session)) == []


def test_an_earlier_file_without_the_later_columns_is_read_and_checked(tmp_path):
    session = play(participants=4, rounds=2, seed=3)
    without = dict.fromkeys(set(PAYMENT_COLUMNS) - set(FIRST_PAYMENT_COLUMNS))
    assert wrong(changed(tmp_path / "a", session, **without)) == []
    assert wrong(changed(tmp_path / "b", session, **without, total="1.00")) == ["total"]


@pytest.mark.parametrize(
    ("session", "cells", "column"),
    [
        (MONEY, {"earnings": "77.00", "adjustment": "-73.00"}, "earnings"),
        (MONEY, {"total": "9.50"}, "total"),
        (MONEY, {"belief_earnings": "1.00"}, "belief_earnings"),
        (LOTTERY, {"lottery_chance": "0.00001"}, "lottery_chance"),
        (LOTTERY, {"lottery_chance": "", "lottery_number": "", "lottery_won": ""}, "lottery_chance"),
        (LOTTERY, {"earnings": "3.33"}, "earnings"),
        (LOTTERY, {"adjustment": "0.50"}, "adjustment"),
        (LOTTERY, {"left_because": "no_match", "earnings": "10.00"}, "earnings"),
    ],
)
def test_an_amount_that_breaks_a_rule_is_named(tmp_path, session, cells, column):
    assert column in wrong(changed(tmp_path, session, **cells))


def test_a_leaver_is_paid_the_fee_and_nothing_else(tmp_path):
    cells = {"left_because": "no_match", "paid_round": "", "points": "0.00", "earnings": "0.00", "adjustment": "0.00"}
    assert wrong(changed(tmp_path, MONEY, **cells, total="5.00")) == []


def test_a_file_that_lost_one_of_the_later_columns_is_refused(tmp_path):
    with pytest.raises(InvalidExport, match="no column belief_won"):
        read_export(changed(tmp_path, MONEY, belief_won=None))
