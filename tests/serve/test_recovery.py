"""The real server, killed in every way: it comes back by itself with all answers, and deadlines still act."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar

import psutil
import pytest

from tests.server import PROJECT, Serving, serving
from tests.sizes import sized

pytestmark = pytest.mark.server


CONFIG, PEOPLE = sized(small=("small_market", 4), full=("mixed_values", 12))
STAGE_SECONDS = (sized(small=10, full=20), 60, 300)
"""How long the first stage lasts, and how long if the machine turns out to be too busy for that."""
SECONDS = 300.0
"""Far beyond what a busy machine needs."""


@pytest.fixture(scope="module")
def started() -> Iterator[Serving]:
    with serving() as running:
        yield running


@pytest.fixture
def killable(started: Serving) -> Serving:
    """A server that runs, also after a test that has stopped it."""
    if started.process.poll() is not None:
        started.restart()
    return started


def visit(url: str, **form: str) -> str:
    """Where a page, or an answer to it, leads to."""
    data = urllib.parse.urlencode(form).encode() if form else None
    with urllib.request.urlopen(url, data=data, timeout=SECONDS) as answer:
        return urllib.parse.urlsplit(answer.geturl()).path


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {SECONDS:.0f} s"
        time.sleep(0.3)


def open_first_offers(server: Serving, participants: list[str]) -> list[str]:
    """Bring everybody to the first offer; the paths of their pages."""
    return [_first_offer(server, visit(server.start_link(code))) for code in participants]


def _first_offer(server: Serving, path: str) -> str:
    while "/welcome/" in path:
        path = visit(server.base_url + path, go="on")
    return path


SAID = {
    "server": r"The server \(process {pid}\) was ended by signal 9 \(Killed\)\.",
    "worker": r"The timeout worker \(process {pid}\) was ended by signal 9 \(Killed\)\.",
    "database": r"The database \(process {pid}\) was killed, or stopped by itself",
    "client backend": r"A process of the database ended \(client backend, process \d+, was terminated by signal 9: Killed,",
    "checkpointer": r"A process of the database ended \(checkpointer process, process \d+, was terminated by signal 9: Killed,",
}
"""What the terminal says of each kill, on Linux."""


def in_the_first_stage(server: Serving) -> tuple[str, list[str]]:
    """All come to the first offer; all but the last, who has closed the tab, make theirs. The session, and the paths of the pages."""
    for seconds in STAGE_SECONDS:
        session, people = server.create_session(CONFIG, PEOPLE, stage1_deadline_seconds=seconds, rounds=1)
        paths = open_first_offers(server, people)
        for amount, path in enumerate(paths[:-1]):
            visit(server.base_url + path, stage1_good="q" if amount else "none", stage1_amount=f"{amount / 10}" if amount else "")
        if visit(server.base_url + paths[-1]) == paths[-1]:
            return session, paths
    raise AssertionError(f"{PEOPLE} people did not come to their first offers within {STAGE_SECONDS[-1]} s.")


def check_that_nothing_is_lost(server: Serving, session: str, path: str) -> None:
    """The market goes on without the one who is not there, and has all offers that were acknowledged."""
    wait_until(lambda: "Gate" not in visit(server.base_url + path))
    export = server.rest(f"/api/export_app_custom?app=parimutuel_twostage&function_name=custom_export&session_code={session}")
    rows = list(csv.DictReader(io.StringIO(export.lstrip("\ufeff"))))
    assert sorted(row["stage1_source"] for row in rows) == ["absent"] + ["typed"] * (PEOPLE - 1)


@pytest.mark.parametrize(
    "blow",
    [
        ("server",),
        ("worker",),
        ("database",),
        ("launcher",),
        pytest.param(("client backend",), marks=pytest.mark.full),
        pytest.param(("checkpointer",), marks=pytest.mark.full),
        pytest.param(("server", "worker", "database"), marks=pytest.mark.full),
        ("launcher", "server", "worker", "database"),
    ],
    ids=" and ".join,
)
def test_everybody_goes_on_after_a_kill(killable: Serving, blow: tuple[str, ...]) -> None:
    session, paths = in_the_first_stage(killable)
    before, restarts, said = killable.pids, killable.restarts, len(killable.output)
    killable.kill(*blow)
    if "launcher" in blow:
        killable.wait_for_exit()
        killable.restart()
        assert not [pid for role, pid in before.items() if is_running(pid)]
    else:
        killable.wait_until_served_again(restarts)
        now = killable.pids
        assert {role: pid for role, pid in before.items() if is_running(pid)} == {
            role: pid for role, pid in now.items() if role == "launcher" or (role == "database" and role not in blow)
        }
        assert all(map(is_running, now.values())), "the list names what runs now"
        cause = next(role for role in SAID if role in blow) if "database" not in blow else "database"
        assert re.search(SAID[cause].format(pid=before.get(cause)), killable.output[said:])
        assert "No stored answer is lost" in killable.output[said:]
    check_that_nothing_is_lost(killable, session, paths[0])


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("how", ["Ctrl-C", "make stop"])
def test_a_stop_in_the_middle_of_a_restart_stops_everything(killable: Serving, how: str) -> None:
    before, said = killable.pids, len(killable.output)
    killable.kill("server")
    wait_until(lambda: "are being started again" in killable.output[said:])
    if how == "Ctrl-C":
        killable.process.send_signal(signal.SIGINT)
    else:
        command = [sys.executable, "-m", "serve", "stop", "--data", str(killable.data)]
        subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True, cwd=PROJECT)
    assert killable.wait_for_exit() == 0
    left = [
        process.info
        for process in psutil.process_iter(["pid", "cmdline", "environ", "cwd"])
        if str(killable.data) in f"{(process.info['environ'] or {}).get('DATABASE_URL')} {process.info['cwd']}"
    ]
    killable.restart()
    assert left == []
    assert not [pid for pid in before.values() if is_running(pid)]
    assert not [pid for role, pid in before.items() if pid == killable.pids[role]]


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_second_launcher_says_that_the_experiment_is_served_already(killable: Serving) -> None:
    command = [sys.executable, "-m", "serve", "--data", str(killable.data), "--port", "1"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=PROJECT)
    assert second.returncode == 1
    assert second.stderr.startswith(f"The experiment is already being served on http://localhost:{killable.port}")
    assert killable.process.poll() is None


def test_an_admin_stays_logged_in_over_a_restart(killable: Serving) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(killable.base_url + "/login", timeout=SECONDS) as login:
        token = re.search(r'name="csrftoken" value="(\d+)"', login.read().decode())
    assert token is not None
    form = {"username": "admin", "password": killable.admin_password, "csrftoken": token.group(1)}
    browser.open(killable.base_url + "/login", data=urllib.parse.urlencode(form).encode(), timeout=SECONDS).close()
    killable.stop()
    killable.restart()
    with browser.open(killable.base_url + "/sessions", timeout=SECONDS) as answer:
        assert urllib.parse.urlsplit(answer.geturl()).path == "/sessions"


def test_the_admin_and_rest_are_closed_to_strangers(killable: Serving) -> None:
    assert visit(killable.base_url + "/sessions") == "/login"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        visit(killable.base_url + "/api/sessions")


def test_a_stop_also_ends_what_a_killed_launcher_left(killable: Serving) -> None:
    pids = killable.pids
    killable.kill("launcher")
    killable.wait_for_exit()
    command = [sys.executable, "-m", "serve", "stop", "--data", str(killable.data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True, cwd=PROJECT)
    left = {role: psutil.Process(pid).as_dict(["status", "cmdline", "ppid"]) for role, pid in pids.items() if is_running(pid)}
    assert done.stdout == "Stopped.\n"
    assert left == {}


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_a_stop_is_clean(killable: Serving) -> None:
    pids = killable.pids
    assert killable.stop() == 0
    assert killable.output.rstrip().endswith("Stopped: server, timeout worker and database.")
    assert not [pid for pid in pids.values() if is_running(pid)]
    assert not (killable.data / "processes.json").exists()
