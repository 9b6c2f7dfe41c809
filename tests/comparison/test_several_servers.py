"""A study on several servers: any number of exports form one data set, and duplicates or misfits are refused in a sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from comparison.cli import main
from comparison.data.reading import InvalidExport, read_exports
from tests.comparison.reports import report_command
from tests.synthetic import play, write_export


def people(session, prefix):
    """The session with participants' codes as oTree draws them."""
    coded = lambda code: f"{prefix}{code}"  # noqa: E731
    decisions = tuple(replace(row, participant_code=coded(row.participant_code)) for row in session.decisions)
    payments = tuple((row[0], coded(row[1]), *row[2:]) for row in session.payments)
    return replace(session, decisions=decisions, payments=payments)


ONE = people(play(code="one12345", participants=8, rounds=2, seed=5), "mar1")
TWO = people(play(code="two12345", participants=4, rounds=2, seed=6), "b0b2")


def refusal(*folders):
    with pytest.raises(InvalidExport) as caught:
        read_exports(folders)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


@pytest.fixture
def archive(tmp_path):
    """A folder of exports like an archive, with the other files of an archive."""
    folder = tmp_path / "archive"
    write_export(folder / "one12345-20261125T101112Z", ONE)
    write_export(folder / "two12345-20261125T111213Z", TWO)
    write_export(folder / ".two12345-half", TWO)
    (folder / "notes").mkdir()
    (folder / "README.txt").write_text("what is what")
    return folder


def test_a_folder_of_exports_is_one_data_set(archive):
    read = read_exports([archive])
    assert list(read.sessions) == ["one12345", "two12345"]
    assert [row.decision for row in read.rows] == [*ONE.decisions, *TWO.decisions]
    assert {row.place.file.partition("/")[0] for row in read.rows} == {path.name for path in archive.iterdir() if path.name[0] in "ot"}
    again = read_exports(sorted(archive.glob("t*")) + sorted(archive.glob("o*")))
    assert [(row.place, row.decision) for row in again.rows] == [(row.place, row.decision) for row in read.rows]


def test_folders_and_folders_of_folders_may_be_named_together(archive, tmp_path):
    third = write_export(tmp_path / "elsewhere", people(play(code="three123", participants=4, rounds=1), "car3"))
    assert list(read_exports([third, archive]).sessions) == ["one12345", "three123", "two12345"]


def test_the_commands_read_a_folder_of_exports(archive, tmp_path, capsys):
    assert report_command(archive, tmp_path / "out") == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["cells"][0]["design"]["sessions"] == 2
    assert main(["estimate", str(archive), "--models", "uniform", "--bootstrap", "2", "--jobs", "1", "--out", str(tmp_path / "est")]) == 0
    capsys.readouterr()


def test_the_report_is_not_written_into_one_of_the_exports(archive, capsys):
    inside = next(archive.glob("one*"))
    assert main(["report", str(archive), "--out", str(inside)]) == 2
    assert "another directory" in capsys.readouterr().err


def test_a_session_that_was_archived_twice_is_refused(archive):
    line = ONE.line[1].replace('"participation_fee": 5.0', '"participation_fee": 6.0')
    half = replace(ONE, line=(ONE.code, line), decisions=ONE.decisions[:8], payments=())
    write_export(archive / "one12345-20261126T101112Z", half, payments=False)
    message = refusal(archive)
    assert "row 2 of one12345-20261126T101112Z/" in message
    assert "row 2 of one12345-20261125T101112Z/" in message
    assert "session_code one12345 is in the data twice" in message
    assert "keep the later one only" in message


def test_a_copy_of_an_export_is_refused(archive):
    write_export(archive / "one12345-copy", ONE)
    assert "hold the same rows" in refusal(archive)


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"seed": 7}, "seed is"), ({"rounds": 3}, "rounds is"), ({"environment": "three_types", "participants": 12}, "environment.name is")],
)
def test_two_servers_that_drew_one_session_code_are_told_apart_from_a_session_read_twice(tmp_path, changes, said):
    other = people(play(**{"code": "one12345", "participants": 8, "rounds": 2, "seed": 5} | changes), "d4n5")
    folders = [write_export(tmp_path / "a", ONE), write_export(tmp_path / "b", other)]
    message = refusal(*folders)
    assert said in message
    assert "not the same session" in message
    assert "two servers" in message
    assert "keep the later" not in message


def test_a_participant_of_two_sessions_is_refused(tmp_path):
    double = replace(TWO, decisions=tuple(replace(row, participant_code=_swap(row.participant_code)) for row in TWO.decisions), payments=())
    message = refusal(write_export(tmp_path / "a", ONE), write_export(tmp_path / "b", double, payments=False))
    assert f"participant_code {PERSON} of session_code two12345, who is also in session_code one12345" in message
    assert "row 2 of a/" in message or "row 3 of a/" in message


def test_a_session_under_another_code_is_refused(tmp_path):
    renamed = replace(
        ONE,
        code="four1234",
        decisions=tuple(replace(row, session_code="four1234") for row in ONE.decisions),
        line=("four1234", ONE.line[1]),
        payments=(),
    )
    message = refusal(write_export(tmp_path / "a", ONE), write_export(tmp_path / "b", renamed, payments=False))
    assert "copy of the other under another code" in message


def test_simulated_sessions_number_their_participants_alike_and_are_read_together(tmp_path):
    folders = [
        write_export(tmp_path / code, play(code=code, participants=4, rounds=1, seed=seed)) for seed, code in ((1, "sim1"), (2, "sim2"))
    ]
    assert len(read_exports(folders).rows) == 8


def test_environments_of_one_name_that_differ_between_servers_are_refused(tmp_path):
    line = (TWO.code, TWO.line[1].replace('"scale": 80.0', '"scale": 81.0'))
    message = refusal(write_export(tmp_path / "a", ONE), write_export(tmp_path / "b", replace(TWO, line=line)))
    assert "utility.scale is 81.0 instead of 80.0" in message
    assert "row 2 of b/" in message


PERSON = ONE.decisions[1].participant_code


def _swap(code):
    return PERSON if code.endswith("p002") else code
