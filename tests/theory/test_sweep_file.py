"""The file of a sweep: the same bytes wherever it was cut off, and no foreign file touched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import sized
from tests.theory.sweeps import AGENTS, FILE, PROJECT, QUICK, SHARES, program, refused, swept
from theory.economy.environment import read_environment
from theory.sweeps import file as sweep_file
from theory.sweeps.measures import Settings
from theory.sweeps.sweep import OtherSweep, lines, measured, plan_sweep, written

ENV = read_environment(FILE)
PLAN = plan_sweep(ENV, ["mechanism.agents=4,6", "utility.scale=60,80"], ["stage1", "uniqueness"], Settings())
POINTS = [(values, measured(PLAN.grid.environment(values), PLAN.measures, PLAN.settings)) for values in PLAN.grid.points]
WHOLE = (PLAN.header + "".join(lines(values, rows) for values, rows in POINTS)).encode()


@pytest.mark.parametrize("name", ["vary", "measures", "max_agents", "environment", "software"])
def test_another_sweeps_file_is_refused_and_left_as_it_is(capsys, tmp_path, monkeypatch, name):
    out = tmp_path / "out.csv"
    swept(FILE, *QUICK, "--out", out)
    capsys.readouterr()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    other = {
        "vary": [FILE, "--vary", "mechanism.agents=2,12,25", *QUICK[2:]],
        "measures": [FILE, *AGENTS, *SHARES, "--measure", "stage1"],
        "max_agents": [FILE, *QUICK, "--max-agents", "400"],
        "environment": [str(PROJECT / "environments" / "small_market.toml"), *QUICK],
        "software": [FILE, *QUICK],
    }[name]
    if name == "software":
        monkeypatch.setattr("theory.sweeps.sweep.metadata.version", lambda _: "0")
    words = {
        "vary": "another grid",
        "measures": "other measures",
        "max_agents": "another largest number of agents",
        "environment": "another environment file",
        "software": "another version of NumPy or SciPy",
    }
    said = refused(capsys, *other, "--out", out)
    assert said == f"{out} was made by a sweep with {words[name]}; choose another file or move it away.\n"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: text.replace("problem", "Problem", 1), "does not begin with the columns of this sweep"),
        (lambda text: text.replace("\n", "\r\n"), "does not begin with the columns of this sweep"),
        (lambda text: text.replace("\n4,60.0,stage1,offer_q", "\n5,60.0,stage1,offer_q", 1), "line 4"),
        (lambda text: text.replace("\n4,60.0,stage1,offer_q", "\n4,60.0,stage3,offer_q", 1), "line 4"),
        (lambda text: text.replace("\n4,60.0,stage1,offer_q,blue", '\n4,60.0,stage1,"offer_q', 1), "line 4"),
        (lambda text: text.replace("\n4,80.0,", "\n6,80.0,"), "line 12"),
        (lambda text: text + text[text.index("\n") + 1 :], "line 42"),
        (lambda text: text + text.splitlines(keepends=True)[-11], "line 42"),
        (lambda text: text + "\n", "line 42"),
        (lambda text: text + "6,80.0,stage1\n", "line 42"),
        (lambda text: text.replace("\n4,60.0,uniqueness", "\n4,60.0,stage1"), "line 12"),
        (lambda text: text.replace("\n4,60.0,uniqueness,least", "\n4,60.0,stage1,least"), "line 10"),
    ],
)
def test_a_line_that_the_sweep_would_not_write_is_found(change, sentence):
    text = WHOLE.decode()
    assert change(text) != text
    with pytest.raises(OtherSweep, match=sentence):
        written(PLAN, change(text).encode())


def test_bytes_that_are_no_text_are_found():
    with pytest.raises(OtherSweep, match="line 2"):
        written(PLAN, PLAN.header.encode() + b"\xff\n")


@settings(deadline=None)
@given(st.integers(0, len(WHOLE)))
def test_all_but_the_last_point_is_kept_of_what_was_cut_off_anywhere(size):
    kept = written(PLAN, WHOLE[:size])
    ends = [len(PLAN.header.encode())]
    for values, rows in POINTS:
        ends.append(ends[-1] + len(lines(values, rows).encode()))
    whole = sum(end < size for end in ends) - 1  # points before the one that the cut is in, which has a line at least
    has_line = b"\n" in WHOLE[ends[whole] : size] if whole >= 0 else False
    expected = max(0, whole if has_line else whole - 1)
    assert (kept.points, kept.rows) == (expected, 10 * expected)
    assert kept.size == (ends[expected] if size > ends[0] else 0)
    assert not kept.problems


@settings(deadline=None, max_examples=sized(small=20, full=60))
@given(st.integers(0, len(WHOLE)))
def test_a_file_that_was_cut_off_anywhere_ends_up_the_same(tmp_path_factory, size):
    path = tmp_path_factory.mktemp("sweep") / "out.csv"
    with sweep_file.open_sweep(path, PLAN):
        assert path.read_bytes() == PLAN.header.encode()
    path.write_bytes(WHOLE[:size])
    with sweep_file.open_sweep(path, PLAN) as file:
        assert path.read_bytes() == (WHOLE[:size] if size > len(PLAN.header) else PLAN.header.encode())
        for values, rows in POINTS[file.written.points :]:
            file.append(values, rows)
        assert (file.written.points, file.written.rows) == (4, 40)
    assert path.read_bytes() == WHOLE


def test_a_start_that_comes_to_nothing_loses_nothing(tmp_path):
    path = tmp_path / "out.csv"
    with sweep_file.open_sweep(path, PLAN):
        pass
    path.write_bytes(WHOLE)
    for _ in range(3):
        with sweep_file.open_sweep(path, PLAN) as file:
            assert file.written.points == 3
    assert path.read_bytes() == WHOLE


def test_two_sweeps_that_write_the_same_file_notice(tmp_path):
    path = tmp_path / "out.csv"
    with sweep_file.open_sweep(path, PLAN) as one, sweep_file.open_sweep(path, PLAN) as other:
        one.append(*POINTS[0])
        with pytest.raises(sweep_file.Unwritable, match="changed by something else"):
            other.append(*POINTS[0])
        one.append(*POINTS[1])


def test_something_beside_the_file_that_is_no_record_is_left_alone(capsys, tmp_path):
    out, beside = tmp_path / "out.csv", tmp_path / "out.csv.sweep.json"
    for text in ("[]", "no json", '{"a": 1}', "[" * 100_000):
        beside.write_text(text)
        assert "has something beside it that is no record of a sweep" in refused(capsys, FILE, *QUICK, "--out", out)
        assert beside.read_text() == text
    assert not out.exists()
    beside.unlink()
    beside.mkdir()
    assert "out.csv.sweep.json is not a file that can be written" in refused(capsys, FILE, *QUICK, "--out", out)


def test_an_empty_file_and_the_record_of_a_sweep_that_is_gone_are_in_nobodys_way(capsys, tmp_path):
    out = tmp_path / "out.csv"
    out.touch()
    for agents in ("4", "6"):
        assert swept(FILE, "--vary", f"mechanism.agents={agents}", "--jobs", "1", "--out", out) == 0
        out.unlink()


def test_a_file_that_cannot_be_begun_gets_one_sentence(capsys, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sweep_file.os, "replace", full)
    out = tmp_path / "out.csv"
    assert refused(capsys, FILE, *QUICK, "--out", out) == f"{out} cannot be written: No space left on device.\n"


def test_a_disk_that_is_full_gets_one_sentence_and_what_was_written_is_kept(tmp_path):
    resource = pytest.importorskip("resource")
    out = tmp_path / "out.csv"
    run = program(FILE, *QUICK, "--out", out, limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500)))
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode() == f"{out} cannot be written: File too large.\n"
    assert out.stat().st_size == 2500
    assert program(FILE, *QUICK, "--out", out).returncode == 0
    assert program(FILE, *QUICK).stdout == out.read_bytes()
