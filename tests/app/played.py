"""A copy of the project in which oTree may start its database, and scenes played in it by a process of their own.

Importing oTree opens a database in the current folder and reads ``settings.py`` from it, once per process. So the tests
never import oTree: they copy the project to a temporary folder, run ``scenes.py`` there (oTree's database in memory) with the name of a
scene and its arguments, and get the scene's answer as JSON. Or they run oTree's own command.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

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
FOLDERS = ("environments", "_locale", "_static", "_templates", "_rooms")
LIMIT_SECONDS = 300


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


def play(project: Path, scene: str, *, script: str = "scenes.py", **arguments: Any) -> Any:
    """What the scene of this script answers."""
    done = _run([sys.executable, script, scene, json.dumps(arguments)], project, OTREE_IN_MEMORY="1", OTREE_PRODUCTION="1")
    return json.loads(done.stdout.splitlines()[-1])


def otree(project: Path, *command: str) -> str:
    """Run oTree's own command in the copy; what it says on both channels."""
    call = f"import sys; sys.argv[1:] = {list(command)!r}; from otree.main import execute_from_command_line as run; run()"
    done = _run([sys.executable, "-c", call], project)
    return done.stdout + done.stderr


def _run(command: list[str], project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTREE_") and name != "DATABASE_URL"}
    done = subprocess.run(command, cwd=project, env=kept | environment, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    assert done.returncode == 0, f"{command[:3]} failed:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done
