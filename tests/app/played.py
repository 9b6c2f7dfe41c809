"""Copies of the project in which oTree may start its database, and scenes that other processes play there.

Importing oTree opens a database in the current folder and reads ``settings.py`` from it, once per process. So the tests never import oTree:
they copy the project to a temporary folder, have a scene of ``scenes.py`` or another script played there (oTree's database in memory), and
get the scene's answer as JSON. Or they run oTree's own command. Scenes are played in forks of one process that has set oTree up, see
``forked_scenes.py``; where there is no ``os.fork``, or a scene must not be forked, in a process of their own.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.app import forked_scenes
from tests.app.forked_scenes import LIMIT_SECONDS, ForkServer

PROJECT = Path(__file__).resolve().parents[2]
PARTS = (
    "settings.py",
    "Procfile",
    "pyproject.toml",
    "theory",
    "experiment",
    "otree_host",
    "parimutuel_intro",
    "parimutuel_twostage",
    "parimutuel_outro",
)
FOLDERS = ("environments", "texts", "_locale", "_static", "_templates", "_rooms")
FORKS = hasattr(os, "fork")
MOST_SERVERS = 3
"""As many fork servers are kept, each of which takes some memory."""

_servers: dict[tuple[Any, ...], ForkServer] = {}


def copy_project(folder: Path, more_settings: str = "") -> Path:
    """Copy what the server needs; ``more_settings`` is Python to append to ``settings.py``."""
    for name in (*PARTS, *FOLDERS):
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, folder / name)
    with (folder / "settings.py").open("a") as settings:
        settings.write(f"\n{more_settings}\n")
    for script in Path(__file__).parent.glob("scenes*.py"):
        shutil.copy(script, folder / script.name)
    return folder


def play(
    project: Path,
    scene: str,
    *,
    script: str = "scenes.py",
    boot: str = "scenes",
    environment: Mapping[str, str] | None = None,
    fork: bool = FORKS,
    **arguments: Any,
) -> Any:
    """What the scene of this script answers. ``boot`` is the module that sets oTree up, with these environment variables."""
    return json.loads(_answer(project, scene, script, boot, tuple((environment or {}).items()), json.dumps(arguments), fork))


def play_once(
    project: Path,
    scene: str,
    *,
    script: str = "scenes.py",
    boot: str = "scenes",
    environment: Mapping[str, str] | None = None,
    **arguments: Any,
) -> Any:
    """As ``play``, but a scene with the same arguments is played once, and each caller gets its own copy of the answer."""
    return json.loads(_kept_answer(project, scene, script, boot, tuple((environment or {}).items()), json.dumps(arguments)))


def otree(project: Path, *command: str) -> str:
    """Run oTree's own command in the copy; what it says on both channels."""
    call = f"import sys; sys.argv[1:] = {list(command)!r}; from otree.main import execute_from_command_line as run; run()"
    done = _run([sys.executable, "-c", call], project, _environment())
    return done.stdout + done.stderr


def _answer(
    project: Path, scene: str, script: str, boot: str, variables: tuple[tuple[str, str], ...], arguments: str, fork: bool = FORKS
) -> str:
    call = {"script": script, "scene": scene, "arguments": json.loads(arguments)}
    environment = _environment() | {"OTREE_IN_MEMORY": "1", "OTREE_PRODUCTION": "1"} | dict(variables)
    if fork:
        return _server(project, boot, variables, environment).play(call)
    program = [sys.executable, forked_scenes.__file__, boot, json.dumps(call)]
    return _run(program, project, environment).stdout.splitlines()[-1]


_kept_answer = cache(_answer)


def _server(project: Path, boot: str, variables: tuple[tuple[str, str], ...], environment: Mapping[str, str]) -> ForkServer:
    """The fork server for this; of those that are kept, the one that was not used for longest makes room for a new one."""
    key = project, boot, variables
    server = _servers.pop(key, None)
    if server is None or not server.is_running():
        while len(_servers) >= MOST_SERVERS:
            _servers.pop(next(iter(_servers))).close()
        server = ForkServer(project, boot, environment)
    _servers[key] = server
    return server


@atexit.register
def _close_servers() -> None:
    for server in _servers.values():
        server.close()
    _servers.clear()


def _environment() -> dict[str, str]:
    """The variables of this process but those that change how oTree runs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OTREE_") and name != "DATABASE_URL"}


def _run(command: list[str], project: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    assert done.returncode == 0, f"{command[:3]} failed:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done
