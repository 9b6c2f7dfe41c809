"""No cell of any CSV that the comparison writes is one that a spreadsheet takes for a formula, whatever an export says."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from comparison.cli import main
from comparison.exhibits.csv_json import as_csv
from experiment.export import DECISION_COLUMNS, PAYMENT_COLUMNS, SESSION_COLUMNS
from tests.comparison.reports import report_command
from tests.synthetic import alpha_star, beta, noisy, play

PROJECT = Path(__file__).parents[2]
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|-inf", re.ASCII)
LEADS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
SESSION = play(participants=8, rounds=2, practice_rounds=1, first=noisy(alpha_star, 5), second=noisy(beta, 5))
HOSTILE = {
    "session_code": "=HYPERLINK(A1)",
    "treatment": "=cmd|' /C calc'!A0",
    "participant_code": "@SUM(1)",
    "market": "+1+1",
    "matching_group": "-2+3",
    "points": -77.5,
}


def formulas(folder: Path) -> list[tuple[str, str]]:
    """Cells of the CSV files of a folder, with their file's name, that a spreadsheet would compute."""
    return [
        (path.name, cell)
        for path in sorted(folder.glob("*.csv"))
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        for cell in row
        if cell.lstrip(" \ufeff\u200b").startswith(LEADS) and not NUMBER.fullmatch(cell)
    ]


def changed(columns, row, number):
    """The row with hostile cells; participants stay different people."""
    cells = list(row)
    for column, value in HOSTILE.items():
        if column in columns and (column != "points" or number == 5):
            place = columns.index(column)
            cells[place] = f"{value}{cells[place]}" if column in ("participant_code", "market", "matching_group") else value
    return cells


@pytest.fixture
def hostile(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    tables = {
        "=decisions": (DECISION_COLUMNS, [decision.row() for decision in SESSION.decisions]),
        "@sessions": (SESSION_COLUMNS, [SESSION.line]),
        "+payments": (PAYMENT_COLUMNS, SESSION.payments),
    }
    for name, (columns, rows) in tables.items():
        text = io.StringIO(newline="")
        lines = [changed(columns, row, number) for number, row in enumerate(rows)]
        csv.writer(text).writerows([columns, *(["" if cell is None else str(cell) for cell in line] for line in lines)])
        (folder / f"{name}.csv").write_bytes(text.getvalue().encode())
    return folder


def test_no_file_of_a_report_has_a_formula_where_the_export_is_full_of_them(hostile, tmp_path, capsys):
    out = tmp_path / "out"
    assert report_command(hostile, out) == 1  # the changed points are a contradiction
    capsys.readouterr()
    assert formulas(hostile)  # this would see them
    assert formulas(out) == []
    wrong = list(csv.DictReader((out / "contradictions.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["file"] for row in wrong} == {"'=decisions.csv", "'+payments.csv"}
    assert {row["session"] for row in wrong} == {"'" + HOSTILE["session_code"]}
    assert {"-77.5", "'" + HOSTILE["treatment"]} <= {row["found"] for row in wrong}
    numbers = [
        cell for path in out.glob("*.csv") for row in csv.reader(path.open(encoding="utf-8")) for cell in row if cell.startswith("-")
    ]
    assert numbers


@pytest.mark.parametrize("lead", LEADS)
def test_a_cell_or_a_heading_that_begins_like_a_formula_begins_with_an_apostrophe(lead):
    table = pd.DataFrame({f"{lead}a": [f"{lead}1+1", f" {lead}1+1", "plain"], "b": [1.0, 2.0, 3.0]})
    text = as_csv(table)
    assert text.startswith((f"'{lead}a,b\n", f'"\'{lead}a",b\n'))
    assert f"'{lead}1+1" in text
    assert f"' {lead}1+1" in text
    assert not [line for line in re.split("[\n,]", text) if line.strip('" ').startswith(lead)]


def test_numbers_stay_numbers_also_where_they_are_text():
    table = pd.DataFrame({"a": [-0.5, np.nan], "b": ["-0.5", "-1e-09"], "c": [-3, 4], "d": [None, "+2"], "e": pd.Categorical(["-x", "y"])})
    assert as_csv(table) == "a,b,c,d,e\n-0.5,-0.5,-3,,'-x\n,-1e-09,4,+2,y\n"
    again = pd.read_csv(io.StringIO(as_csv(table)))
    assert again["b"].tolist() == [-0.5, -1e-09]


def test_an_empty_table_is_its_heading():
    assert as_csv(pd.DataFrame({"a": [], "b": []})) == "a,b\n"


def test_every_csv_of_the_comparison_passes_through_this_one_function():
    """But for exports of simulated sessions: their treatment and the names in them are checked before."""
    writers = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "comparison").rglob("*.py")
        if re.search(r"csv\.writer|DictWriter|to_csv|to_excel", path.read_text(encoding="utf-8"))
    }
    assert writers == {"comparison/exhibits/csv_json.py", "comparison/data/synthetic.py"}


@pytest.mark.parametrize("treatment", ["=cmd|x", "+1", "@x", "-1-1"])
def test_a_simulated_session_has_no_treatment_that_is_a_formula(tmp_path, capsys, treatment):
    environment = str(PROJECT / "environments" / "small_market.toml")
    assert main(["simulate", environment, "--model", "uniform", f"--treatment={treatment}", "--out", str(tmp_path / "out")]) == 2
    assert "treatment is" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=cmd|x", "a\u202eb", "x" * 100_000])
def test_an_export_with_such_a_name_of_an_environment_gets_one_sentence(tmp_path, capsys, name):
    code, text = SESSION.line
    record = json.loads(text)
    record["environment"]["name"] = name
    folder = tmp_path / "export"
    folder.mkdir()
    for file, columns, rows in (
        ("decisions", DECISION_COLUMNS, [replace(decision, environment=name).row() for decision in SESSION.decisions]),
        ("sessions", SESSION_COLUMNS, [(code, json.dumps(record))]),
    ):
        with (folder / f"{file}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([columns, *(["" if cell is None else str(cell) for cell in row] for row in rows)])
    assert main(["report", str(folder), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "json holds a wrong environment: name is " in said
    assert len(said) < 500
    assert not (tmp_path / "out").exists()
