"""Damaged exports: the answer is always a report, or one sentence that names row and column; never a traceback."""

import csv
import io
import json
import random

import pytest

from comparison import findings
from experiment.export import DECISION_COLUMNS, PAYMENT_COLUMNS, SESSION_COLUMNS
from tests.comparison.reports import FIGURES, report_command
from tests.sizes import sized
from tests.synthetic import alpha_star, beta, decisions_file, noisy, play, sessions_file, write_export
from theory.equilibrium.stage2 import NotSolved

SESSION = play(participants=8, rounds=2, practice_rounds=1, first=noisy(alpha_star, 5), second=noisy(beta, 5))
TABLES = {
    "decisions": (DECISION_COLUMNS, tuple(decision.row() for decision in SESSION.decisions)),
    "sessions": (SESSION_COLUMNS, (SESSION.line,)),
    "payments": (PAYMENT_COLUMNS, SESSION.payments),
}
SEED = 2012
CELLS = (
    "", " ", "0", "1", "-1", "2", "4", "0.5", "1e308", "-1e15", "1e-320", "nan", "inf", "-inf", "1e400", "1,5", "1.234,5", "1_0", "\u0661",
    "999999999", "99999999999999999999", "x", "typed", "absent", "robot", "true", "<b>&\"'", "$x^{$", "a\nb", "a\rb", "\x00", "\x1b",
    "\u2028", "\U0001f600", "x" * 300, "x" * 200_000, "'", '"', "=1+1", "blue", "green", "low", "high", "p001", "01", "-0.0", "1.",
    "0x10", "[]", "{}",
)  # fmt: skip
VALUES = (
    None, True, 0, -1, 1, 2, 0.5, 1e308, -1e308, 1e-320, 10**30, 10**400, float("nan"), float("inf"), "", "x", "1/7", "$x^{$", "\ud800",
    "\x00", "a\nb", [], {}, ["a"], {"a": 1}, 100_000, 10**9, "0.1", 1e15,
)  # fmt: skip


def write(folder, tables):
    folder.mkdir(exist_ok=True)
    for name, (columns, rows) in tables.items():
        text = io.StringIO(newline="")
        csv.writer(text).writerows([columns, *(["" if cell is None else str(cell) for cell in row] for row in rows)])
        (folder / f"{name}.csv").write_bytes(text.getvalue().encode())
    return folder


def damaged(name, row, column, value):
    """All tables, one cell of one of them changed; ``row`` counts from 0, without the header."""
    columns, rows = TABLES[name]
    line = list(rows[row])
    line[columns.index(column)] = value
    return {**TABLES, name: (columns, (*rows[:row], line, *rows[row + 1 :]))}


def report(folder, capsys, figures=FIGURES):
    """The exit status and what was said, for people to read."""
    status = report_command(folder, folder.parent / "out", figures=figures)
    return status, capsys.readouterr().err.removesuffix("\n")


def refusal(folder, capsys):
    status, said = report(folder, capsys)
    assert status == 2
    assert "\n" not in said
    assert said.endswith(".")
    return said


def columns_of(name):
    return [(name, column) for column in TABLES[name][0]]


@pytest.mark.parametrize(("name", "column"), [pair for name in TABLES for pair in columns_of(name)])
def test_a_changed_cell_ends_in_a_report_or_in_a_sentence_with_row_and_column(tmp_path, capsys, name, column):
    chance = random.Random(f"{SEED} {name} {column}")
    for value in chance.sample(CELLS, 8)[: sized(small=1, full=8)]:
        row = chance.randrange(len(TABLES[name][1]))
        status, said = report(write(tmp_path / "export", damaged(name, row, column, value)), capsys, figures=False)
        assert status in (0, 1, 2)
        if status == 2:
            place = "row 2 of decisions.csv" if (name, column) == ("sessions", "session_code") else f"row {row + 2} of {name}.csv"
            assert place in said or (name == "sessions" and "row 2 of sessions.csv" in said)
            assert column in said
            assert "\n" not in said
            assert len(said) < 500


def paths(value, path=()):
    """Where the values of nested tables stand."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*path, key)
        yield from paths(value[key], (*path, key))


@pytest.mark.parametrize("turn", range(sized(small=10, full=60)))
def test_a_changed_field_of_a_session_ends_in_a_report_or_in_a_sentence_with_row_and_column(tmp_path, capsys, turn):
    chance = random.Random(f"{SEED} json {turn}")
    record = json.loads(SESSION.line[1])
    *tables, last = chance.choice(list(paths(record)))
    table = record
    for key in tables:
        table = table[key]
    table[last] = chance.choice(VALUES)
    status, said = report(write(tmp_path / "export", damaged("sessions", 0, "json", json.dumps(record))), capsys, figures=False)
    assert status in (0, 1, 2)
    if status == 2:
        assert "In row 2 of sessions.csv, json" in said
        assert "\n" not in said


@pytest.mark.parametrize("code", ["$x^{$", "_^{}\\", "<b>&\"'", "\u202e\u00e9"])
def test_names_that_mean_something_elsewhere_are_drawn_as_they_are(tmp_path, capsys, code):
    status, said = report(write_export(tmp_path / "export", play(code=code, participants=4, rounds=1)), capsys)
    assert status == (2 if not code.isprintable() else 0), said


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[1, 2]", "must be an object"),
        ("7", "must be an object"),
        ('{"environment": [], "config": {}}', "must be an object"),
        ("[" * 100_000, "nested too deep"),
        ('{"environment": {"a": ' + "9" * 5000 + "}}", "thousands of digits"),
        ('{"environment": ', "not valid JSON"),
        ('{"environment": {"name": "\\ud800"}, "config": {}}', "could not print"),
    ],
)
def test_a_session_that_is_no_object_is_named(tmp_path, capsys, text, wanted):
    said = refusal(write(tmp_path / "export", damaged("sessions", 0, "json", text)), capsys)
    assert "In row 2 of sessions.csv, json" in said
    assert wanted in said


def test_an_unknown_field_of_the_environment_is_named(tmp_path, capsys):
    record = json.loads(SESSION.line[1])
    record["environment"]["colour"] = "red"
    said = refusal(write(tmp_path / "export", damaged("sessions", 0, "json", json.dumps(record))), capsys)
    assert "In row 2 of sessions.csv, json" in said
    assert "'colour' is not a field of an environment" in said


def test_an_environment_that_the_theory_cannot_solve_is_named(tmp_path, capsys, monkeypatch):
    def unsolved(markets):
        raise NotSolved("Nothing was found.")

    monkeypatch.setattr(findings, "predictions", unsolved)
    said = refusal(write(tmp_path / "export", TABLES), capsys)
    assert "In row 2 of sessions.csv, json holds an environment for which the theory has no answer: Nothing was found." in said


def test_a_number_of_the_environment_that_cannot_be_computed_with_is_named(tmp_path, capsys):
    record = json.loads(SESSION.line[1])
    record["environment"]["utility"]["floor"] = 10**400
    said = refusal(write(tmp_path / "export", damaged("sessions", 0, "json", json.dumps(record))), capsys)
    assert "In row 2 of sessions.csv, json holds as environment.utility.floor a number beyond 1e+15" in said


def saved_by_a_spreadsheet(rows, separator):
    return "\r\n".join(separator.join(str(cell).replace(".", ",") for cell in row) for row in rows)


@pytest.mark.parametrize(("separator", "called"), [(";", "semicolons"), ("\t", "tabs")])
def test_a_table_saved_with_decimal_commas_is_recognised(tmp_path, capsys, separator, called):
    folder = write(tmp_path / "export", TABLES)
    rows = [DECISION_COLUMNS, *(decision.row() for decision in SESSION.decisions)]
    (folder / "decisions.csv").write_text(saved_by_a_spreadsheet(rows, separator), encoding="utf-8-sig")
    said = refusal(folder, capsys)
    assert f"decisions.csv holds decisions with {called} between the columns" in said
    assert "it must have commas between the columns and decimal points" in said


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_table_saved_as_utf_16_is_refused(tmp_path, capsys, encoding):
    folder = write(tmp_path / "export", TABLES)
    text = (folder / "decisions.csv").read_text()
    (folder / "decisions.csv").write_bytes(text.encode(encoding))
    assert "decisions" in refusal(folder, capsys)


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.9])
def test_a_file_that_was_cut_off_is_named_or_its_market_rounds_are(tmp_path, capsys, kept):
    folder = write(tmp_path / "export", TABLES)
    whole = (folder / "decisions.csv").read_bytes()
    for length in range(int(kept * len(whole)), int(kept * len(whole)) + 40, sized(small=8, full=1)):
        (folder / "decisions.csv").write_bytes(whole[:length])
        status, said = report(folder, capsys, figures=False)
        assert status in (1, 2)
        last = whole.count(b"\n", 0, length) + 1
        assert f"row {last} of decisions.csv" in said or "a row for each of the N agents" in said


def test_nul_bytes_are_named_with_row_and_column(tmp_path, capsys):
    said = refusal(write(tmp_path / "export", damaged("decisions", 3, "market", "1\x00")), capsys)
    assert "In row 5 of decisions.csv, market is '1\\x00'" in said


def test_a_column_that_is_there_twice_is_named(tmp_path, capsys):
    columns, rows = TABLES["decisions"]
    twice = {**TABLES, "decisions": ((*columns, "price"), tuple((*row, "") for row in rows))}
    assert "its header (row 1) has 2 columns price" in refusal(write(tmp_path / "export", twice), capsys)


def test_a_directory_without_files_and_files_without_rows_are_said(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert "holds no CSV file" in refusal(tmp_path / "empty", capsys)
    assert "0 rows" in refusal(write(tmp_path / "bare", {**TABLES, "decisions": (DECISION_COLUMNS, ())}), capsys)
    folder = write(tmp_path / "export", TABLES)
    decisions = folder / "decisions.csv"
    decisions.write_bytes(b"")
    assert "No CSV file" in refusal(folder, capsys)


def test_one_market_alone_has_a_report(tmp_path, capsys):
    folder = write_export(tmp_path / "export", play(participants=4, rounds=1))
    assert report(folder, capsys) == (0, "")
    assert decisions_file(folder).exists()
    assert sessions_file(folder).exists()
