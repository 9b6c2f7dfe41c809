"""The example export is what its command writes, it is small, and the comparison reads it and finds it consistent."""

from __future__ import annotations

import csv
import io
import json

import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from comparison.data.synthetic import write_export
from docs.example_export import FOLDER, PRECISION, ROUNDS, SESSIONS, sessions

NAMES = ("decisions.csv", "sessions.csv", "payments.csv")


def rows(text: str) -> list[list[str]]:
    """The cells of a file, with sessions numbered in their order: their codes depend on the names of config fields."""
    cells = list(csv.reader(io.StringIO(text, newline="")))
    codes = list(dict.fromkeys(row[0] for row in cells))
    return [[str(codes.index(row[0])), *row[1:]] for row in cells]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_export(tmp_path_factory.mktemp("example"), sessions())


@pytest.mark.parametrize("name", ["decisions.csv", "payments.csv"])
def test_what_is_shipped_is_what_the_command_writes(written, name):
    shipped, now = (rows((folder / name).read_text(encoding="utf-8")) for folder in (FOLDER, written))
    assert [len(row) for row in shipped] == [len(row) for row in now]
    for old, new in zip(shipped, now, strict=True):
        for before, after in zip(old, new, strict=True):
            assert before == after or float(before) == pytest.approx(float(after), rel=1e-9, abs=1e-9)


def test_what_is_shipped_has_the_economies_and_seeds_that_the_command_writes(written):
    shipped, now = (rows((folder / "sessions.csv").read_text(encoding="utf-8"))[1:] for folder in (FOLDER, written))
    for old, new in zip(shipped, now, strict=True):
        before, after = json.loads(old[1]), json.loads(new[1])
        assert (before["environment"], before["seeds"]) == (after["environment"], after["seeds"])
        assert set(before) == set(after)


def test_the_example_is_small_and_has_two_treatments():
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(NAMES)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 200_000
    decisions = list(csv.DictReader((FOLDER / "decisions.csv").open(encoding="utf-8", newline="")))
    assert {row["treatment"] for row in decisions} == set(PRECISION)
    paid = [row for row in decisions if row["practice"] == "0"]
    assert len(paid) == len(PRECISION) * SESSIONS * ROUNDS * 12


def test_every_row_of_the_example_agrees_with_the_mechanism():
    export = read_export(FOLDER)
    markets = market_rounds(export)
    found = check_export(export, markets)
    assert found.contradictions == ()
    assert len(found.redrawn) == len(PRECISION) * SESSIONS
