"""Sweeps that are interrupted, killed, shared out or watched end up with the same bytes."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sizes import sized
from tests.theory.sweeps import FILE, PROJECT, QUICK, THREE, program, refused, swept, table
from theory.commands import sweep as command
from theory.sweeps import file as sweep_file


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
    """Enough agents of three types that linear algebra with more threads would split the sums and round them in another way."""
    arguments = (THREE, "--vary", f"mechanism.agents={sized(small=400, full=800)},12,100", "--measure", "stage1,stage2,incentives")
    found = [program(*arguments, "--jobs", jobs, OPENBLAS_NUM_THREADS="2") for jobs in (1, 2)]
    for run in found:
        assert (run.returncode, run.stderr) == (0, b"")
    assert found[0].stdout == found[1].stdout
    assert len(found[0].stdout.splitlines()) > 60


HEADER = b"mechanism.agents,"

HELD = """
import sys
import time
from theory.sweeps import file as sweep_file
from theory import cli
append = sweep_file.SweepFile.append
def held(self, values, rows):
    append(self, values, rows)
    if self.written.points == int(sys.argv[1]):
        print("held", flush=True)
        while True:
            time.sleep(0.05)
sweep_file.SweepFile.append = held
sys.exit(cli.main(["sweep", *sys.argv[2:]]))
"""
"""A sweep that says so when it has written this many points, and goes no further: any of its threads may be the one that takes a signal."""


def held(points: int, *arguments: object) -> subprocess.Popen[bytes]:
    """A sweep that has written this many points and waits, with its worker processes at work."""
    command = [sys.executable, "-c", HELD, str(points), *map(str, arguments)]
    run = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    assert run.stdout.readline() == b"held\n"
    return run


@pytest.mark.skipif(os.name != "posix", reason="processes are killed otherwise on this system")
def test_a_sweep_that_was_killed_or_interrupted_goes_on_and_ends_up_the_same(tmp_path):
    out, undisturbed = tmp_path / "out.csv", tmp_path / "undisturbed.csv"
    points, first, second = sized(small=(9, 3, 6), full=(31, 7, 20))
    vary = f"mechanism.inactive_share=0.05:0.3:{points}"
    arguments = [str(tmp_path / "forty.toml"), "--vary", vary, "--measure", "stage2,incentives", "--jobs", "2"]
    Path(arguments[0]).write_text(Path(THREE).read_text().replace("agents = 12", "agents = 40"))
    with held(first, *arguments, "--out", out) as run:
        run.kill()
    assert run.returncode == -signal.SIGKILL
    run = held(second, *arguments, "--out", out)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    said = run.communicate(timeout=600)
    assert said == (b"", f"Interrupted: {second} of {points} points are done and kept in {out}; the same command goes on.\n".encode())
    assert run.returncode == 130
    assert len({row["mechanism.inactive_share"] for row in table(out.read_text())}) == second
    with out.open("ab") as file:
        file.write(b"0.1,stage2,expec")  # as if the last line had been half written
    assert program(*arguments, "--out", out).returncode == 0
    assert program(*arguments, "--out", undisturbed).returncode == 0
    assert out.read_bytes() == undisturbed.read_bytes()


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interruption_while_a_point_is_being_written_counts_it(capsys, tmp_path, monkeypatch, when):
    def interrupted(file, content):
        if when == "before":
            signal.raise_signal(signal.SIGINT)
        write(file, content)
        if when == "after":
            signal.raise_signal(signal.SIGINT)

    out, write = tmp_path / "out.csv", sweep_file._write
    monkeypatch.setattr(sweep_file, "_write", lambda file, content: (write if content.startswith(HEADER) else interrupted)(file, content))
    with pytest.raises(SystemExit):
        swept(FILE, *QUICK, "--out", out)
    assert capsys.readouterr().err == f"Interrupted: 1 of 6 points are done and kept in {out}; the same command goes on.\n"
    assert len({(row["mechanism.agents"], row["mechanism.inactive_share"]) for row in table(out.read_text())}) == 1


def test_an_interruption_before_the_first_point_keeps_what_there_is(capsys, tmp_path, monkeypatch):
    out = tmp_path / "out.csv"
    swept(FILE, *QUICK, "--out", out)
    whole = out.read_bytes()
    capsys.readouterr()

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "plan_sweep", interrupted)
    with pytest.raises(SystemExit):
        swept(FILE, *QUICK, "--out", out)
    assert capsys.readouterr().err == f"Interrupted: what {out} holds is kept; the same command goes on.\n"
    assert out.read_bytes() == whole


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
