"""All use of oTree's private interface is in one package, as one table of patches, written for the installed versions."""

import ast
import json
import os
import subprocess
import sys
from importlib import metadata

import pytest

from tests.app.played import PROJECT

PATCHES = PROJECT / "otree_host" / "patches.py"
APPS = ("parimutuel_intro", "parimutuel_twostage", "parimutuel_outro")
OTHERS = ("theory", "experiment", "comparison", "serve", "benchmarks")
PUBLIC = "otree.api"
BELOW = ("otree", "starlette", "sqlalchemy", "uvicorn", "h11", "websockets", "itsdangerous")
SCENES = "scenes_patches.py"


def alone(project, scene):
    """A scene's answer in a process of its own, in which oTree has not started yet."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTREE_") and name != "DATABASE_URL"}
    environment["OTREE_IN_MEMORY"] = "1"
    done = subprocess.run(
        [sys.executable, SCENES, scene, "{}"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def written_for():
    module = ast.parse(PATCHES.read_text())
    assigned = {ast.unparse(node.targets[0]): node.value for node in module.body if isinstance(node, ast.Assign)}
    return ast.literal_eval(assigned["WRITTEN_FOR"])


def test_the_installed_libraries_are_the_ones_the_patches_were_written_for():
    wanted = written_for()
    assert set(wanted) >= {"otree", "starlette", "sqlalchemy", "uvicorn", "websockets", "h11"}
    assert {name: metadata.version(name) for name in wanted} == wanted, "read otree_host against the new one, then change WRITTEN_FOR"


def test_the_version_is_written_once():
    version = written_for()["otree"]
    found = [path.name for path in PATCHES.parent.glob("*.py") if version in path.read_text()]
    assert found == ["patches.py"]


@pytest.fixture(scope="module")
def seen(project):
    """Every target of the table exists, or this ends in an error."""
    return alone(project, "imported_and_installed")


def test_importing_the_package_changes_nothing(seen):
    assert (seen["ours_before"], seen["added_before"]) == ([], [])


def test_installing_puts_ours_at_every_target_and_installing_again_changes_nothing(seen):
    assert len(seen["targets"]) > 50
    assert (seen["theirs_after"], seen["changed_by_the_second"]) == ([], [])
    assert seen["added_after"] == ["log lines", "tags", "links"]


def test_every_line_of_the_table_says_why_and_in_which_version(seen):
    assert seen["undocumented"] == []


def test_a_server_with_our_apps_has_them_all(project):
    assert alone(project, "booted") == []


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def modules():
    found = [PROJECT / "settings.py"]
    return found + [path for package in (*APPS, *OTHERS) for path in sorted((PROJECT / package).rglob("*.py"))]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_no_other_module_imports_more_of_otree_than_its_public_interface(path):
    allowed = {PUBLIC} if path.relative_to(PROJECT).parts[0] in APPS else set()
    assert {name for name in imports(path) if name.split(".")[0] in BELOW} <= allowed
