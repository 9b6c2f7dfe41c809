"""Sweeps: tidy rows in grid order, the same bytes however they are computed and wherever they were cut off, and no foreign file touched."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.economies import make_environment
from theory import sweep_file
from theory.cli import main
from theory.commands import sweep as command
from theory.competitive import competitive_equilibrium
from theory.environment import read_environment
from theory.measures import MEASURES, Settings
from theory.sweep import OtherSweep, Row, lines, measured, plan_sweep, written

PROJECT = Path(__file__).parents[2]
FILE = str(PROJECT / "environments" / "mixed_values.toml")
THREE = str(PROJECT / "environments" / "three_types.toml")
ENV = read_environment(FILE)

AGENTS = ("--vary", "mechanism.agents=2,12,24")
SHARES = ("--vary", "mechanism.inactive_share=1/6,0.25")
QUICK = (*AGENTS, *SHARES, "--measure", "stage1,competitive", "--jobs", "1")

ONE_TYPE_A_STATE = make_environment([[0.3, 0.3], [0.7, 0.7]], [[0.0, 1.0], [1.0, 0.0]])
PLAN = plan_sweep(ENV, ["mechanism.agents=4,6", "utility.scale=60,80"], ["stage1", "uniqueness"], Settings())
POINTS = [(values, measured(PLAN.grid.environment(values), PLAN.measures, PLAN.settings)) for values in PLAN.grid.points]
WHOLE = (PLAN.header + "".join(lines(values, rows) for values, rows in POINTS)).encode()


def program(*arguments: object, limit=None, **changes: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "theory", "sweep", *map(str, arguments)]
    environment = {**os.environ, **changes}
    return subprocess.run(command, capture_output=True, check=False, cwd=PROJECT, env=environment, timeout=200, preexec_fn=limit)


def swept(*arguments: object) -> int:
    return main(["sweep", *map(str, arguments)])


def refused(capsys, *arguments: object) -> str:
    assert swept(*arguments) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.count("\n") == 1
    return streams.err


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_rows_are_tidy_and_in_grid_order(capsys):
    assert swept(FILE, *QUICK) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0] == "mechanism.agents,mechanism.inactive_share,measure,quantity,type,state,value,problem"
    rows = table(text)
    places = [(row["mechanism.agents"], row["mechanism.inactive_share"], row["measure"]) for row in rows]
    assert list(dict.fromkeys(places)) == [
        (n, share, name) for n in ("2", "12", "24") for share in ("1/6", "0.25") for name in ("stage1", "competitive")
    ]
    prices = {row["state"]: row["value"] for row in rows if row["quantity"] == "price"}
    limit = competitive_equilibrium(ENV)
    assert {z: float(text) for z, text in prices.items()} == dict(zip(ENV.states, limit.price.tolist(), strict=True))
    assert prices["low"] == f"{limit.price[0]:.17g}"
    assert {row["problem"] for row in rows} == {""}


def test_measures_come_in_their_own_order_and_once_however_they_are_named(capsys):
    swept(FILE, *AGENTS, "--measure", "competitive", "--measure", "stage1,competitive", "--jobs", "1")
    text = capsys.readouterr().out
    swept(FILE, *AGENTS, "--measure", "stage1,competitive", "--jobs", "1")
    assert text == capsys.readouterr().out


def test_a_measure_that_refuses_leaves_its_sentence_and_the_others_their_numbers(capsys):
    # at this weight both types want the same at stage 1
    same = "utility.weight.green.low+utility.weight.green.high=0.5+0.85,0.15+0.5"
    likelihood = "likelihood.high.blue+likelihood.high.green=0.7+0.3"
    assert swept(FILE, "--vary", likelihood, "--vary", same, "--measure", "stage1,incentives,uniqueness", "--jobs", "1") == 0
    rows = table(capsys.readouterr().out)
    problems = [row for row in rows if row["problem"]]
    assert [(row["utility.weight.green.low"], row["measure"]) for row in problems] == [("0.15", "incentives")]
    assert "have the same stage-1 optimum" in problems[0]["problem"]
    assert (problems[0]["quantity"], problems[0]["value"]) == ("", "")
    assert [row["value"] for row in rows if row["quantity"] == "separating"] == ["1", "0"]
    assert sum(row["measure"] == "uniqueness" and row["value"] != "" for row in rows) == 6


def test_a_problem_is_one_line_whatever_the_sentence(monkeypatch):
    def refuse(*_):
        raise command.NoWorkers("of\n two  lines")

    monkeypatch.setitem(MEASURES, "stage1", MEASURES["stage1"].__class__("stage1", "", refuse))
    monkeypatch.setattr("theory.sweep.REFUSALS", (command.NoWorkers,))
    assert measured(ENV, ["stage1"], Settings()) == [Row("stage1", problem="of two lines")]


def test_a_number_that_is_none_is_empty_and_others_have_17_digits():
    rows = [Row("m", "a", "t", "z", math.nan), Row("m", "b", value=0.1), Row("m", "c", value=-math.inf), Row("m", "d", value=12.0)]
    assert lines((6, 0.3, "1/6"), rows) == (
        "6,0.3,1/6,m,a,t,z,,\n6,0.3,1/6,m,b,,,0.10000000000000001,\n6,0.3,1/6,m,c,,,-inf,\n6,0.3,1/6,m,d,,,12,\n"
    )


def test_a_point_that_is_no_environment_is_refused_before_anything_is_computed(capsys, tmp_path):
    out = tmp_path / "out.csv"
    said = refused(capsys, FILE, "--vary", "mechanism.inactive_share=1/6,1.2", "--out", out)
    assert "mechanism.inactive_share=1.2: mechanism.inactive_share is '1.2'; it must be an exact fraction strictly between 0 and 1" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--vary", "mechanism.agent=6"], "the nearest are mechanism.agents"),
        (["--vary", "mechanism.agents=6", "--vary", "mechanism.agents=7"], "varied twice"),
        (["--vary", "mechanism.agents=1"], "mechanism.agents is 1; it must be a whole number from 2"),
        (["--vary", "states.prior.low=0.3"], "states.prior sums to 0.8"),
        ([*AGENTS, "--measure", "treshold"], "--measure names 'treshold', but the measures are stage1, competitive"),
        ([*AGENTS, "--max-agents", "1"], "--max-agents holds '1', but it takes whole numbers from 2"),
        ([*AGENTS, "--jobs", "0"], "--jobs holds '0', but it takes whole numbers from 1"),
        ([*AGENTS, "--json"], "it needs --out"),
        ([*AGENTS, "--out", "no/such/folder/out.csv"], "There is no folder no/such/folder to write out.csv in"),
        ([*AGENTS, "--out", str(PROJECT)], "is not a file that can be written"),
        ([*AGENTS, "--out", "/dev/null"], "/dev/null is not a file that can be written"),
        ([*AGENTS, "--out", FILE], "exists, and there is no mixed_values.toml.sweep.json of a sweep that made it"),
        ([*AGENTS, "--ray", "ray://somewhere"], "The address of a Ray cluster is HOST:PORT"),
    ],
)
def test_a_mistake_gets_one_sentence_and_status_2(capsys, arguments, sentence):
    assert sentence in refused(capsys, FILE, *arguments)


def test_a_wrong_jobs_leaves_no_file(capsys, tmp_path):
    refused(capsys, FILE, *AGENTS, "--jobs", "0", "--out", tmp_path / "out.csv")
    assert not list(tmp_path.iterdir())


def test_endowments_by_role_are_refused(capsys, tmp_path):
    text = Path(FILE).read_text().replace("[endowment]\nq = 10.0\nr = 10.0\n", "")
    text += "fixed_price = 1.0\n" + "".join(f"[roles.{name}]\nagents = 6\nendowment = {{ q = 5.0, r = 5.0 }}\n" for name in ("a", "b"))
    (tmp_path / "roles.toml").write_text(text)
    assert "roles gives endowments by role (a, b)" in refused(capsys, tmp_path / "roles.toml", *AGENTS)


def test_people_and_programs_are_told_what_was_written(capsys, tmp_path):
    out = tmp_path / "out.csv"
    assert swept(FILE, *QUICK, "--out", out) == 0
    assert capsys.readouterr().out == f"{out} holds 6 points in 102 rows.\n"
    assert swept(FILE, *QUICK, "--out", out, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "environment": "mixed_values",
        "out": str(out),
        "measures": ["stage1", "competitive"],
        "points": 6,
        "rows": 102,
        "problems": 0,
        "kept": 5,
    }
    assert len(table(out.read_text())) == 102


def test_rows_and_problems_are_counted_in_what_was_kept_too(capsys, tmp_path):
    out = tmp_path / "out.csv"
    arguments = [FILE, "--vary", "utility.scale=1,2,3", "--vary", "utility.weight.green.low+utility.weight.green.high=0.15+0.5"]
    arguments += [
        "--vary",
        "likelihood.high.blue+likelihood.high.green=0.7+0.3",
        "--measure",
        "incentives",
        "--jobs",
        "1",
        "--out",
        str(out),
    ]
    for kept in ("", " 2 of them were there already."):
        swept(*arguments)
        assert capsys.readouterr().out == f"{out} holds 3 points in 3 rows.{kept} 3 rows say why a measure has no answer.\n"


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
        monkeypatch.setattr("theory.sweep.metadata.version", lambda _: "0")
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


@settings(deadline=None, max_examples=60)
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


def test_a_worker_that_is_gone_is_a_sentence_with_what_is_done(capsys, tmp_path, monkeypatch):
    def one_and_no_more(jobs, work, tasks):
        yield work(*next(tasks))
        raise command.NoWorkers("A worker process ended unexpectedly.")

    monkeypatch.setattr(command, "in_processes", one_and_no_more)
    said = refused(capsys, FILE, *QUICK, "--out", tmp_path / "out.csv")
    assert said == (
        f"A worker process ended unexpectedly. 1 of 6 points are done and kept in {tmp_path / 'out.csv'}; the same command goes on.\n"
    )


@pytest.mark.parametrize("kept", [True, False])
def test_an_interruption_ends_without_a_traceback_and_says_what_is_done(capsys, tmp_path, monkeypatch, kept):
    def interrupted(jobs, work, tasks):
        yield work(*next(tasks))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "in_processes", interrupted)
    out = tmp_path / "out.csv"
    with pytest.raises(SystemExit) as caught:
        swept(FILE, *QUICK, *(("--out", out) if kept else ()))
    assert caught.value.code == 130
    streams = capsys.readouterr()
    assert streams.out == ""
    done = f"Interrupted: 1 of 6 points are done and kept in {out}; the same command goes on.\n"
    assert streams.err == (done if kept else "Interrupted: nothing is kept; with --out the same command would go on.\n")
    monkeypatch.undo()
    if kept:
        swept(FILE, *QUICK, "--out", out)
        swept(FILE, *QUICK, "--out", tmp_path / "other.csv")
        assert out.read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_one_process_and_two_write_the_same_bytes(tmp_path):
    """800 agents of three types: sums so long that linear algebra with more threads would split and round them in another way."""
    arguments = (THREE, "--vary", "mechanism.agents=800,12,100", "--measure", "stage1,stage2,incentives")
    found = [program(*arguments, "--jobs", jobs, OPENBLAS_NUM_THREADS="2") for jobs in (1, 2)]
    for run in found:
        assert (run.returncode, run.stderr) == (0, b"")
    assert found[0].stdout == found[1].stdout
    assert len(found[0].stdout.splitlines()) > 60


def running(out: Path, least: int, *arguments: str) -> subprocess.Popen[bytes]:
    """A sweep that has written more than ``least`` bytes and goes on."""
    command = [sys.executable, "-m", "theory", "sweep", *arguments, "--out", str(out)]
    run = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    until = time.monotonic() + 100
    while not (out.exists() and out.stat().st_size > least):
        assert run.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)
    return run


@pytest.mark.skipif(os.name != "posix", reason="processes are killed otherwise on this system")
def test_a_sweep_that_was_killed_or_interrupted_goes_on_and_ends_up_the_same(tmp_path):
    out, undisturbed = tmp_path / "out.csv", tmp_path / "undisturbed.csv"
    vary = "mechanism.inactive_share=0.05:0.3:51"
    arguments = [str(tmp_path / "hundred.toml"), "--vary", vary, "--measure", "stage2,incentives", "--jobs", "2"]
    Path(arguments[0]).write_text(Path(THREE).read_text().replace("agents = 12", "agents = 100"))
    run = running(out, 500, *arguments)
    run.kill()
    assert run.wait() == -signal.SIGKILL
    run = running(out, 2000, *arguments)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    said = run.communicate(timeout=60)
    done = re.fullmatch(rf"Interrupted: (\d+) of 51 points are done and kept in {out}; the same command goes on\.\n", said[1].decode())
    assert done
    assert (run.returncode, said[0]) == (130, b"")
    assert len({row["mechanism.inactive_share"] for row in table(out.read_text())}) == int(done.group(1))
    with out.open("ab") as file:
        file.write(b"0.1,stage2,expec")  # as if the last line had been half written
    assert program(*arguments, "--out", out).returncode == 0
    assert program(*arguments, "--out", undisturbed).returncode == 0
    assert out.read_bytes() == undisturbed.read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="there are no such terminals on this system")
def test_a_terminal_shows_progress_and_the_answer_stays_clean(tmp_path):
    import pty
    import termios

    mine, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    command = [sys.executable, "-m", "theory", "sweep", FILE, *QUICK]
    run = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=terminal, check=True)
    assert select.select([mine], [], [], 0)[0]
    assert b"sweep:" in os.read(mine, 10_000)
    os.close(terminal)
    os.close(mine)
    assert run.stdout == program(FILE, *QUICK).stdout
