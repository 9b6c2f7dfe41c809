"""The demo: bots play the equilibrium through a whole session on the real server, and the data are compared with the theory."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from experiment.config import read_settings
from experiment.texts.studies import read_study
from serve.answers import right_answers
from serve.bots import play_session, seconds_to_leave
from serve.launcher import Launcher, Options, stopping_on_signals
from serve.problem import ServeProblem
from serve.rest import CreatedSession, Rest
from serve.strategies import Equilibrium

CONFIG = "mixed_values"
MARKETS, AGENTS, PRACTICE_ROUNDS, ROUNDS = 2, 12, 2, 10
FIELDS = {
    "treatment": "demo",
    "market_size": AGENTS,
    "rounds": ROUNDS,
    "practice_rounds": PRACTICE_ROUNDS,
    "stage1_deadline_seconds": 0,
    "stage2_deadline_seconds": 0,
    "result_deadline_seconds": 0,
    "seed": "2012",
}
APP, MARKET_URL = "parimutuel_twostage", "market"
EXPORTS = {"decisions.csv": "custom_export", "sessions.csv": "custom_export_sessions", "payments.csv": "custom_export_payments"}


def demo(options: Options, out: Path, config: str | None) -> int:
    """Play on a server and database of the demo's own, export to `out`/export, and write the comparison into `out`."""
    began = time.monotonic()
    out = out.resolve()
    own = replace(options, port=_free_port(), lan=False, data=options.data / "demo", database_url=None, fresh=True)
    launcher = Launcher(own, say=lambda text: None)
    with stopping_on_signals(launcher):
        try:
            if not launcher.start():
                raise ServeProblem("The demo was stopped.")
            print(f"The demo's own server runs on {launcher.url}, with a temporary database.", flush=True)
            _play_and_export(launcher, out, config or CONFIG)
        finally:
            launcher.stop()
    _compare(options.project, out)
    print(f"Written after {time.monotonic() - began:.0f} s:\n  {out / 'report.html'}\n  {out / 'export'} (the session's data)", flush=True)
    return 0


def _play_and_export(launcher: Launcher, out: Path, config: str) -> None:
    rest = Rest(launcher.url, launcher.secrets.rest_key)
    session = rest.create_session(config, MARKETS * AGENTS, FIELDS)
    settings = read_settings(session.config)
    strategies = [Equilibrium(settings)] * len(session.participants)
    study = settings.words.study
    items = read_study(study, launcher.options.language).items if study else ()
    answers = [right_answers(settings, settings.seed or 0, place, items) for place in range(1, len(strategies) + 1)]
    visits = play_session(
        launcher.url, session.participants, strategies, PRACTICE_ROUNDS + ROUNDS, called_off=launcher.stopping, answers=answers
    )
    left = seconds_to_leave(visits, MARKET_URL)
    print(f"{len(visits)} subjects left the last round within {left:.1f} s of its last offer.", flush=True)
    export(rest, session, out / "export")


def export(rest: Rest, session: CreatedSession, folder: Path) -> None:
    """Write the session's three tables as the server exports them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, function in EXPORTS.items():
        (folder / name).write_bytes(rest.export(APP, function, session.code).encode("utf-8"))


def _compare(project: Path, out: Path) -> None:
    command = [sys.executable, "-m", "comparison", "report", str(out / "export"), "--out", str(out)]
    if subprocess.call(command, cwd=project) != 0:
        raise ServeProblem(f"The report failed: see the lines above; the session's data are in {out / 'export'}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
