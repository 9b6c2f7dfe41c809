"""What ``import theory`` offers: every name, imported when it is used, and the function whatever else has been imported."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import theory

PROJECT = Path(__file__).parents[2]
CONTRACT = (
    "read_environment",
    "Environment",
    "stage1_optimum",
    "intervals",
    "posterior",
    "solve_stage2",
    "competitive_equilibrium",
    "incentives",
    "threshold",
    "semipooling_equilibria",
    "welfare",
    "simulate",
)


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT).stdout


def test_the_names_of_the_library_are_there():
    assert set(CONTRACT) <= set(theory.__all__) <= set(dir(theory))
    assert theory.__all__ == sorted(theory.__all__)


@pytest.mark.parametrize("name", theory.__all__)
def test_a_name_is_the_function_or_class_of_that_name(name):
    found = getattr(theory, name)
    assert callable(found)
    assert found.__name__ == name
    assert inspect.getmodule(found).__name__ == theory._HOME[name]
    assert found.__doc__


def test_a_type_checker_sees_the_same_names_in_the_same_modules():
    tree = ast.parse(Path(theory.__file__).read_text(encoding="utf-8"))
    (checked,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == theory._HOME
    assert sorted(seen) == theory.__all__


def test_a_name_that_the_library_does_not_have_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'theory' has no attribute 'thresold'"):
        theory.thresold  # noqa: B018


def test_importing_the_package_loads_neither_numpy_nor_scipy():
    assert run("import sys, theory; print(*{'numpy', 'scipy'} & set(sys.modules))").strip() == ""


def test_nothing_directly_under_the_package_has_the_name_of_one_of_its_functions():
    assert {module.name for module in pkgutil.iter_modules(theory.__path__)}.isdisjoint(theory.__all__)


def test_the_functions_are_still_there_when_every_module_has_been_imported():
    modules = [module.name for module in pkgutil.walk_packages(theory.__path__, "theory.") if module.name != "theory.__main__"]
    assert len(modules) > 60
    code = f"import importlib, types, theory\nfor name in {modules}: importlib.import_module(name)\n"
    code += "print([name for name in theory.__all__ if isinstance(getattr(theory, name), types.ModuleType)])\n"
    code += "from theory import threshold; print(threshold is importlib.import_module('theory.stage1_incentives.threshold').threshold)"
    assert run(code).split("\n")[:2] == ["[]", "True"]


def test_modules_can_be_imported_through_the_package():
    assert import_module("theory.equilibrium.stage2").solve_stage2 is theory.solve_stage2


@pytest.mark.parametrize(("command", "more"), [("check", []), ("predict", []), ("stage2", ["--types", "blue=7,green=3"])])
def test_a_command_loads_neither_other_commands_nor_root_finders_that_it_does_not_use(command, more):
    arguments = [command, "environments/mixed_values.toml", *more]
    code = f"import sys; from theory.cli import main; main({arguments}); print(*sorted(sys.modules))"
    loaded = run(code).splitlines()[-1].split()
    assert f"theory.commands.{command}" in loaded
    assert "scipy.optimize" not in loaded
    assert "theory.commands.books" not in loaded
    assert "theory.efficiency.books" not in loaded


def test_the_help_names_every_command():
    from theory.cli import COMMANDS

    shown = run("from theory.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass")
    assert [line.split()[0] for line in shown.splitlines() if re.match("    [a-z]", line)] == list(COMMANDS)
