"""Setting up: `.venv` with every pinned package, made once and made again when a requirement or the Python changes.

Run by whatever Python the machine has, before anything is installed, so only its standard library is used here and
nothing newer than Python 3.6 is assumed: an old Python then gets a sentence instead of a syntax error.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)
MADE_IN = ".made-in"
STAMPS = {"requirements.txt": ".made-for-serving", "requirements-dev.txt": ".made-for-testing"}


class SetupError(Exception):
    """Why the project cannot be set up, in one sentence."""


def set_up(project=PROJECT, dev=False, say=print):
    """Make `project/.venv` hold the pinned packages, those for tests too if `dev`; return its Python."""
    wanted = "requirements-dev.txt" if dev else "requirements.txt"
    folder = project / ".venv"
    if not _is_made(folder, wanted, project):
        _make(folder, wanted, project, say)
    return venv_python(folder)


def venv_python(folder):
    """The Python inside the virtual environment `folder`."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def suitable_python():
    """The first Python of a version this project works with: the running one, or one found by name."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which("python3.{}".format(minor))
        if found and _version(found) == (3, minor):
            return found
    raise SetupError(
        "Python 3.11, 3.12 or 3.13 is needed, but this is Python {}.{} and none of python3.11, python3.12, python3.13 is "
        "on the PATH.".format(*sys.version_info[:2])
    )


def _make(folder, wanted, project, say):
    if not _is_usable(folder):
        python = suitable_python()
        say("Making .venv with {} ...".format(python))
        shutil.rmtree(str(folder), ignore_errors=True)
        _make_venv(python, folder)
    say("Installing what {} pins (some minutes the first time) ...".format(wanted))
    pip = [str(venv_python(folder)), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    if subprocess.call([*pip, "-r", str(project / wanted)]) != 0:
        raise SetupError("pip could not install what {} pins: the lines above say why, and `make setup` tries again.".format(wanted))
    for name in _included(wanted):
        (folder / STAMPS[name]).write_text(_fingerprint(name, project))


def _make_venv(python, folder):
    if subprocess.call([python, "-c", "import venv, ensurepip"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) != 0:
        raise SetupError("{} lacks the venv module: install it first (on Debian and Ubuntu: apt install python3-venv).".format(python))
    if subprocess.call([python, "-m", "venv", str(folder)]) != 0:
        shutil.rmtree(str(folder), ignore_errors=True)
        raise SetupError("{} could not make the virtual environment {}: the lines above say why.".format(python, folder))
    (folder / MADE_IN).write_text(str(folder))


def _is_usable(folder):
    """Whether pip can work in it, and its commands find their Python: they know it by the folder they were made in."""
    place = folder / MADE_IN
    pip = [str(venv_python(folder)), "-m", "pip", "--version"]
    return (
        venv_python(folder).exists()
        and place.exists()
        and place.read_text() == str(folder)
        and subprocess.call(pip, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    )


def _is_made(folder, wanted, project):
    stamp = folder / STAMPS[wanted]
    return venv_python(folder).exists() and stamp.exists() and stamp.read_text() == _fingerprint(wanted, project)


def _fingerprint(wanted, project):
    """What was installed: the text of the requirements, and the folder that the commands were written for."""
    text = b"".join((project / name).read_bytes() for name in _included(wanted))
    return hashlib.sha256(text + str(project).encode()).hexdigest()


def _included(wanted):
    return ["requirements.txt", wanted] if wanted != "requirements.txt" else [wanted]


def _version(python):
    """(major, minor) of a Python, or None where it does not start."""
    try:
        answer = subprocess.check_output([str(python), "-c", "import sys; print(*sys.version_info[:2])"], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    major, minor = answer.split()
    return int(major), int(minor)


def main(arguments):
    unknown = [argument for argument in arguments if argument != "--dev"]
    if unknown:
        print("The set-up knows the option --dev only, not {}.".format(unknown[0]), file=sys.stderr)
        return 2
    try:
        set_up(dev="--dev" in arguments)
    except (SetupError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
