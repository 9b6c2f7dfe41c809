"""Set-up: `.venv` with every pinned package, made once and rebuilt when a requirement or the folder changes.

It runs with whatever Python the machine has, before anything is installed. So it uses the standard library only, and nothing
newer than Python 3.7: an old Python then gets a sentence instead of a syntax error.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from serve.postgres_user import check_before_installing
from serve.problem import ServeProblem

PROJECT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)
MADE_IN = ".made-in"
BUILD = "requirements-build.txt"
"""The build tools for pinned packages without a wheel. They are installed first, so that nothing else is downloaded to build."""
STAMPS = {"requirements.txt": ".made-for-serving", "requirements-dev.txt": ".made-for-testing"}


class SetupError(Exception):
    """One sentence that says why the project cannot be set up."""


def set_up(project: Path = PROJECT, dev: bool = False) -> Path:
    """Install the pinned packages into `project/.venv`, with those for tests if `dev`; return its Python."""
    wanted = "requirements-dev.txt" if dev else "requirements.txt"
    folder = project / ".venv"
    if not _is_made(folder, wanted, project):
        _make(folder, wanted, project)
    return venv_python(folder)


def venv_python(folder: Path) -> Path:
    """The Python inside the virtual environment `folder`."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def suitable_python() -> str:
    """A Python of a supported version: the running one, or else one found by its name."""
    if is_suitable(sys.version_info[:2]):
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and _version(found) == (3, minor):
            return found
    raise SetupError(
        f"Python 3.11, 3.12 or 3.13 is needed, but {sys.executable} is Python {sys.version_info[0]}.{sys.version_info[1]} "
        "and none of python3.11, python3.12 and python3.13 is on the PATH."
    )


def is_suitable(version: tuple[int, ...]) -> bool:
    """Whether the pinned packages exist for Python `version`."""
    return OLDEST <= version[:2] <= NEWEST


def _make(folder: Path, wanted: str, project: Path) -> None:
    if not _is_usable(folder):
        python = suitable_python()
        print(f"Making .venv with {python} ...", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        _make_venv(python, folder)
    print(f"Installing what {wanted} pins (some minutes the first time) ...", flush=True)
    pip = [str(venv_python(folder)), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes"]
    for step in ([*pip, "-r", str(project / BUILD)], [*pip, "--use-pep517", "--no-build-isolation", "-r", str(project / wanted)]):
        named = Path(step[-1]).name
        if subprocess.call(step) != 0:
            raise SetupError(f"pip could not install what {named} pins: the lines above say why, and `make setup` tries again.")
    has_words = (project / "_locale").is_dir()
    if has_words and subprocess.call([str(venv_python(folder)), "-m", "serve.translations"], cwd=project) != 0:
        raise SetupError("The translations could not be compiled: the lines above say why.")
    for name in STAMPS.keys() & _included(wanted, project):
        (folder / STAMPS[name]).write_text(_fingerprint(name, project))


def _make_venv(python: str, folder: Path) -> None:
    if _call_quietly(python, "-c", "import venv, ensurepip") != 0:
        raise SetupError(f"{python} lacks the venv module: install it first (on Debian and Ubuntu: apt install python3-venv).")
    if subprocess.call([python, "-m", "venv", str(folder)]) != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise SetupError(f"{python} could not make the virtual environment {folder}: the lines above say why.")
    if os.name != "nt" and _call_quietly(str(folder / "bin" / "pip"), "--version") != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise SetupError(
            f"Programs that Python installs in {folder} do not start there: rename the folders above it if their names have "
            "quotation marks, dollar signs, backquotes or backslashes, and move them if the disk does not let programs run."
        )
    (folder / MADE_IN).write_text(str(folder))


def _is_usable(folder: Path) -> bool:
    """Whether pip works in it and its commands find their Python, which they look for in the folder they were made in."""
    place = folder / MADE_IN
    made_here = place.exists() and place.read_text() == str(folder)
    return made_here and _call_quietly(str(venv_python(folder)), "-m", "pip", "--version") == 0


def _is_made(folder: Path, wanted: str, project: Path) -> bool:
    stamp = folder / STAMPS[wanted]
    return venv_python(folder).exists() and stamp.exists() and stamp.read_text() == _fingerprint(wanted, project)


def _fingerprint(wanted: str, project: Path) -> str:
    """A hash of what was installed: the requirements, and the folder that the commands were written for."""
    text = b"".join((project / name).read_bytes() for name in [BUILD, *_included(wanted, project)])
    return hashlib.sha256(text + str(project).encode()).hexdigest()


def _included(wanted: str, project: Path) -> list[str]:
    """The file ``wanted`` and those that its lines ``-r FILE`` include."""
    lines = (project / wanted).read_text(encoding="utf-8").splitlines()
    taken = [line.split()[1] for line in lines if line.startswith("-r ")]
    return [wanted, *(inner for name in taken for inner in _included(name, project))]


def _version(python: str) -> tuple[int, int] | None:
    """(major, minor) of a Python, or None if it does not start."""
    try:
        answer = subprocess.check_output([python, "-c", "import sys; print(*sys.version_info[:2])"], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    major, minor = answer.split()
    return int(major), int(minor)


def _call_quietly(*command: str) -> int:
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        return 1


def main(arguments: list[str]) -> int:
    """`python -m serve.setup [--dev] [--database]`; --database first checks whether the embedded database can run."""
    unknown = [argument for argument in arguments if argument not in ("--dev", "--database")]
    if unknown:
        print(f"Set-up has the options --dev and --database only, not {unknown[0]}.", file=sys.stderr)
        return 2
    try:
        if "--database" in arguments:
            check_before_installing(PROJECT)
        set_up(dev="--dev" in arguments)
    except (SetupError, ServeProblem, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
