"""Sweeps that are interrupted, killed, shared out or watched end up with the same bytes."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.theory.sweeps import FILE, PROJECT, QUICK, THREE, program, refused, swept, table
from theory.commands import sweep as command


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
