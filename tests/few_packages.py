"""A Python in which only some packages are installed: the others can neither be imported nor found by their names.

A ``sitecustomize`` does this in the process itself and in every process that it starts.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
OWN = ("theory", "experiment", "comparison", "settings")
_BLOCK = """
import importlib.abc, importlib.metadata, os, sys

MODULES = set(os.environ["ALLOWED_MODULES"].split()) | set(sys.stdlib_module_names)
PACKAGES = set(os.environ["ALLOWED_PACKAGES"].split())


class OnlyTheAllowed(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if path is None and name.partition(".")[0] not in MODULES and not name.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


from_name = importlib.metadata.Distribution.from_name.__func__


def only_the_allowed(cls, name):
    if name.lower().replace("_", "-") not in PACKAGES:
        raise importlib.metadata.PackageNotFoundError(name)
    return from_name(cls, name)


importlib.metadata.Distribution.from_name = classmethod(only_the_allowed)
sys.meta_path.insert(0, OnlyTheAllowed())
"""


def run_with(folder: Path, packages: Iterable[str], *command: str, option: str = "-m") -> subprocess.CompletedProcess[str]:
    """``python -m`` such a command of this project, where these packages and what they need are all that is installed.

    With the option ``-c`` the command is a program and its arguments.
    """
    installed = _with_requirements(packages)
    (folder / "sitecustomize.py").write_text(_BLOCK)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE"))}
    environment |= {
        "PYTHONPATH": str(folder),
        "ALLOWED_MODULES": " ".join([*OWN, "sitecustomize", *_modules_of(installed)]),
        "ALLOWED_PACKAGES": " ".join(installed),
    }
    return subprocess.run(
        [sys.executable, option, *command], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


def _with_requirements(packages: Iterable[str]) -> set[str]:
    found: set[str] = set()
    left = [_normal(package) for package in packages]
    while left:
        package = left.pop()
        if package in found:
            continue
        try:
            required = metadata.requires(package) or []
        except metadata.PackageNotFoundError:  # of another system or Python
            continue
        found.add(package)
        left += [_normal(re.match(r"[\w.-]+", line)[0]) for line in required if "extra ==" not in line]  # type: ignore[index]
    return found


def _modules_of(packages: set[str]) -> list[str]:
    return [module for module, owners in metadata.packages_distributions().items() if packages & {_normal(owner) for owner in owners}]


def _normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()
