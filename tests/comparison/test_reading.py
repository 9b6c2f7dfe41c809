"""Reading an export: what is recognised, and one sentence with file, row and column for what cannot be read."""

import csv

import pytest

from comparison.cli import main
from comparison.data import export_files
from comparison.data.reading import InvalidExport, read_export, read_exports
from experiment.config import ENVIRONMENTS
from tests.synthetic import change, decisions_file, play, sessions_file, write_export
from theory.economy.environment import environment_fields, parse_environment, read_environment

SESSION = play(participants=8, rounds=2)
OTHER = play(code="other123", participants=4, rounds=3)


@pytest.fixture
def export(tmp_path):
    return write_export(tmp_path / "export", SESSION)


def refusal(*folders):
    with pytest.raises(InvalidExport) as caught:
        read_exports(folders)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def rewrite(path, edit):
    with path.open(encoding="utf-8", newline="") as file:
        rows = edit(list(csv.reader(file)))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.mark.parametrize("bom", [False, True])
def test_decisions_survive_the_way_through_otrees_files_exactly(tmp_path, bom):
    read = read_export(write_export(tmp_path, SESSION, bom=bom))
    assert tuple(row.decision for row in read.rows) == SESSION.decisions
    assert [file.kind for file in read.files] == ["decisions", "payments", "sessions"]
    assert len(read.payments) == 8


def test_the_sessions_own_settings_come_back(export):
    session = read_export(export).sessions[SESSION.code]
    assert (session.settings.schedule.rounds, session.settings.market_size, session.seed) == (2, 4, 7)
    assert session.environment.types == SESSION.settings.environment.types


def test_payments_are_optional(tmp_path):
    assert read_export(write_export(tmp_path, SESSION, payments=False)).payments == ()


def test_files_are_known_by_their_header_not_by_their_name(export):
    decisions_file(export).rename(export / "zzz.csv")
    sessions_file(export).rename(export / "aaa.CSV")
    (export / "all_apps_wide.csv").write_text("participant.code,session.code\nx,y\n")
    (export / "notes.txt").write_text("not a table")
    kinds = {file.name: file.kind for file in read_export(export).files}
    assert (kinds["zzz.csv"], kinds["aaa.CSV"], kinds["all_apps_wide.csv"]) == ("decisions", "sessions", "ignored")
    assert "notes.txt" not in kinds


def test_several_exports_are_one_data_set(tmp_path):
    write_export(tmp_path, SESSION, date="2026-11-23")
    write_export(tmp_path, OTHER, date="2026-11-24")
    read = read_export(tmp_path)
    assert sorted(read.sessions) == ["abcd1234", "other123"]
    assert len(read.rows) == 8 * 2 + 4 * 3


def test_extra_columns_do_no_harm(export):
    rewrite(decisions_file(export), lambda rows: [[*rows[0], "comment"], *([*row, "hello"] for row in rows[1:])])
    assert len(read_export(export).rows) == 16


def drop(path, *columns):
    """Rewrite a file without these columns."""
    rewrite(path, lambda rows: [[cell for column, cell in zip(rows[0], row, strict=True) if column not in columns] for row in rows])


@pytest.mark.parametrize("column", export_files.COLUMNS["decisions"])
def test_a_missing_column_is_named(export, column):
    drop(decisions_file(export), column)
    message = refusal(export)
    assert f"no column {column}." in message
    assert decisions_file(export).name in message
    assert "row 1" in message


def test_a_decision_lacks_what_came_later_and_a_part_of_what_came_together_is_refused(export, monkeypatch):
    later = (("stage1_seconds", "stage2_seconds"), ("price",))
    first = tuple(column for column in export_files.COLUMNS["decisions"] if column not in {"stage1_seconds", "stage2_seconds", "price"})
    monkeypatch.setattr(export_files, "LATER_COLUMNS", {**export_files.LATER_COLUMNS, "decisions": later})
    monkeypatch.setattr(export_files, "COLUMNS", {**export_files.COLUMNS, "decisions": first})
    assert {row.decision.price is None for row in read_export(export).rows} == {False}
    drop(decisions_file(export), "price")
    assert {(row.decision.price, row.decision.stage1_seconds) for row in read_export(export).rows} == {(None, 20.0)}
    drop(decisions_file(export), "stage1_seconds")
    assert "no column stage1_seconds." in refusal(export)
    drop(decisions_file(export), "stage2_seconds")
    assert {row.decision.stage1_seconds for row in read_export(export).rows} == {None}


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [
        ("type", "purple", "blue or green"),
        ("state", "sideways", "low"),
        ("active", "yes", "0 or 1"),
        ("round_number", "1.5", "whole number"),
        ("stage1_q", "lots", "finite number"),
        ("stage1_r", "nan", "finite number"),
        ("price", "inf", "finite number"),
        ("final_q", "1e400", "finite number"),
        ("points", "-1e16", "1e+15 at most"),
        ("points", "x" * 200_000, "finite number"),
        ("participant_code", "x" * 201, "at most 200 characters"),
        ("final_r", "1,5", "'.' as decimal point"),
        ("points", "", "finite number"),
        ("stage1_source", "", "empty"),
        ("stage2_source", "guessed", "typed or absent or robot"),
        ("session_code", "nowhere1", "sessions file"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_row_and_column(export, column, value, wanted):
    change(export, 5, column, value)
    message = refusal(export)
    assert f"row 5 of {decisions_file(export).name}" in message
    assert column in message
    assert wanted in message


def test_a_duplicated_row_is_named_with_the_row_it_repeats(export):
    rewrite(decisions_file(export), lambda rows: [*rows, rows[3]])
    message = refusal(export)
    assert "row 18 of" in message
    assert "repeats row 4 of" in message


def test_copies_of_a_file_are_named_together(export):
    for path in list(export.iterdir()):
        (export / f"{path.stem} (1).csv").write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    message = refusal(export)
    for path in export.iterdir():
        assert path.name in message
    assert "keep one of each" in message


def test_two_downloads_that_overlap_are_refused_with_both_rows(tmp_path):
    write_export(tmp_path, [OTHER, SESSION], date="2026-11-23")
    write_export(tmp_path, [SESSION], date="2026-11-24", payments=False)
    message = refusal(tmp_path)
    assert "row 2 of parimutuel_twostage_custom_export_sessions-2026-11-24.csv repeats" in message
    assert "row 3 of parimutuel_twostage_custom_export_sessions-2026-11-23.csv" in message
    assert "session_code abcd1234" in message


def test_decisions_of_two_downloads_that_overlap_are_refused_where_one_has_no_sessions_file(tmp_path):
    write_export(tmp_path, [SESSION], date="2026-11-23")
    write_export(tmp_path, [OTHER, SESSION], date="2026-11-24", payments=False)
    next(tmp_path.glob("*sessions-2026-11-23.csv")).unlink()
    message = refusal(tmp_path)
    assert "row 14 of parimutuel_twostage_custom_export-2026-11-24.csv repeats row 2 of" in message
    assert "overlap" in message


def test_several_directories_are_one_data_set_in_any_order(tmp_path):
    folders = [write_export(tmp_path / "deep" / "a", SESSION), write_export(tmp_path / "b", OTHER)]
    read, again = read_exports(folders), read_exports(folders[::-1])
    assert [row.decision for row in read.rows] == [*OTHER.decisions, *SESSION.decisions]
    assert [(row.place, row.decision) for row in again.rows] == [(row.place, row.decision) for row in read.rows]
    assert {row.place.file.rpartition("/")[0] for row in read.rows} == {"deep/a", "b"}
    assert read.files == again.files
    assert list(read.sessions) == ["abcd1234", "other123"]


def test_a_wrong_cell_of_several_directories_is_named_with_its_directory(tmp_path):
    folders = [write_export(tmp_path / "a", SESSION), write_export(tmp_path / "b", OTHER)]
    change(folders[1], 3, "type", "purple")
    assert f"row 3 of b/{decisions_file(folders[1]).name}" in refusal(*folders)


def test_a_session_in_two_directories_is_refused(tmp_path):
    folders = [write_export(tmp_path / "a", [SESSION, OTHER]), write_export(tmp_path / "b", OTHER)]
    message = refusal(*folders)
    assert "row 2 of b/" in message
    assert "row 3 of a/" in message
    assert "session_code other123" in message


def test_the_same_directory_named_twice_is_refused(export):
    assert "named twice" in refusal(export, export)
    assert "named twice" in refusal(export, export.parent / "." / "export" / ".." / "export")


def test_each_of_several_directories_must_hold_an_export(tmp_path, export):
    (tmp_path / "empty").mkdir()
    assert f"{tmp_path / 'empty'} holds no CSV file" in refusal(export, tmp_path / "empty")


def changed_economy(path, value):
    fields = environment_fields(read_environment(ENVIRONMENTS / "small_market.toml"))
    *tables, last = path
    table = fields
    for name in tables:
        table = table[name]
    table[last] = value
    if value is None:
        del table[last]
    return parse_environment(fields)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("utility", "scale"), 61.0, "utility.scale is 61.0 instead of 80.0"),
        (("mechanism", "inactive_share"), "1/3", "mechanism.inactive_share is 1/3 instead of 1/4"),
        (("utility", "floor"), None, "utility.floor is nothing instead of 0.0"),
        (("states", "prior"), {"high": 0.5, "low": 0.5}, "states.prior is high, low instead of low, high"),
        (("types", "names"), ["green", "blue"], "types.names is green, blue instead of blue, green"),
    ],
)
def test_one_environments_name_for_two_environments_is_refused(tmp_path, path, value, said):
    other = play(code="other123", participants=4, rounds=1, economy=changed_economy(path, value))
    message = refusal(write_export(tmp_path, [SESSION, other]))
    assert f"In row 3 of {sessions_file(tmp_path).name}, json" in message
    assert said in message
    assert "small_market" in message


def test_one_environment_may_have_other_numbers_of_agents_and_another_description(tmp_path):
    larger = play(code="larger12", participants=8, rounds=1, market_size=8)
    told = play(code="told1234", participants=4, rounds=1, economy=changed_economy(("description",), "the same in other words"))
    read = read_exports([write_export(tmp_path, [SESSION, larger, told])])
    assert read.sessions["told1234"].economy == read.sessions["abcd1234"].economy != read.sessions["larger12"].economy


def test_a_short_row_is_named(export):
    rewrite(decisions_file(export), lambda rows: [*rows[:6], rows[6][:-2], *rows[7:]])
    assert "row 7 of" in refusal(export)


def test_a_wrong_environment_or_config_in_the_session_line_is_named(export):
    text = sessions_file(export).read_text()
    sessions_file(export).write_text(text.replace('""endowment""', '""endowmint""'))
    assert "endowmint" in refusal(export)
    sessions_file(export).write_text(text.replace('""announcement"": ""histogram""', '""announcement"": ""loud""'))
    assert "announcement is 'loud'" in refusal(export)
    sessions_file(export).write_text(text.replace("}", "", 1))
    assert "row 2" in refusal(export)


def test_nothing_to_read_is_said(tmp_path, export):
    assert "no export directory" in refusal(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "no CSV file" in refusal(tmp_path / "empty")
    rewrite(decisions_file(export), lambda rows: rows[:1])
    assert "0 rows" in refusal(export)
    sessions_file(export).unlink()
    assert "sessions" in refusal(export)


def test_bytes_that_are_not_text_are_said(export):
    decisions_file(export).write_bytes("größe".encode("latin-1"))
    assert "UTF-8" in refusal(export)


def test_rounds_that_did_not_end_are_set_apart(export):
    for row in range(10, 18):
        for column in ("active", "price", "final_q", "final_r", "points"):
            change(export, row, column, "")
    read = read_export(export)
    assert (len(read.rows), len(read.unfinished)) == (8, 8)


def test_the_command_ends_with_status_2_and_one_sentence(export, tmp_path, capsys):
    change(export, 5, "type", "purple")
    assert main(["report", str(export), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0
    assert "row 5" in said
    assert not (tmp_path / "out").exists()


def test_the_report_does_not_write_into_the_export(export, capsys):
    assert main(["report", str(export), "--out", str(export)]) == 2
    assert "another directory" in capsys.readouterr().err
