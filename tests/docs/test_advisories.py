"""The table of advisories says what is pinned and names tests that exist; all that is installed has a hash; licences are those stated."""

from __future__ import annotations

import inspect
import re
from importlib import metadata
from pathlib import Path

import pytest
import starlette.responses
import starlette.staticfiles
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docs.licences import ELSEWHERE, PAGE, page, pinned

PROJECT = Path(__file__).parents[2]
FILES = ("requirements-build.txt", "requirements.txt", "requirements-optional.txt", "requirements-dev.txt")
REPAIRED = {"h11": (0, 16), "uvicorn": (0, 11, 7), "websockets": (9, 1), "SQLAlchemy": (1, 3, 0)}


def rows() -> list[list[str]]:
    """The cells of the table of advisories."""
    text = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
    section = text.partition("## Advisories of pinned packages\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_package_with_an_advisory_is_still_at_that_version():
    assert len(rows()) >= 12
    for _, package, *_ in rows():
        name, version = package.split()
        assert pinned()[name] == version


def test_every_row_says_whether_it_is_reachable_which_guard_there_is_and_which_test():
    for row in rows():
        assert len(row) == 5
        assert all(row)
        assert re.match("no|yes", row[2])


@pytest.mark.parametrize("named", sorted({test for row in rows() for test in re.findall(r"`(tests/[^`]+)`", row[4])}))
def test_the_test_named_exists(named):
    file, _, function = named.partition("::")
    assert re.search(rf"^(async )?def {function}\(", (PROJECT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_row_names_a_test():
    assert all(re.search(r"`tests/[^`]+::test_[^`]+`", row[4]) for row in rows())


def test_this_starlette_answers_no_ranges():
    for module in (starlette.responses, starlette.staticfiles):
        assert not re.search(r"[\"']range[\"']", inspect.getsource(module), re.IGNORECASE)


@pytest.mark.parametrize("package", REPAIRED)
def test_versions_that_are_said_to_be_repaired_are_late_enough(package):
    assert tuple(map(int, pinned()[package].split("."))) >= REPAIRED[package]


def test_all_that_a_pinned_package_needs_is_pinned_too():
    names = {canonicalize_name(name) for name in pinned()}
    for package in pinned().keys() - ELSEWHERE.keys():
        for text in metadata.requires(package) or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert canonicalize_name(needed.name) in names, f"{package} needs {needed.name}"


@pytest.mark.parametrize("file", FILES)
def test_everything_that_is_installed_is_pinned_with_hashes(file):
    text = (PROJECT / file).read_text(encoding="utf-8")
    entries = re.sub(r"\\\n\s*", " ", text).splitlines()
    packages = [line for line in entries if line and not line.startswith(("#", "-r requirements"))]
    assert packages
    for line in packages:
        assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^\s;]+(; ?[^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+", line.rstrip()), line[:80]
    assert not re.search("://|--index|--find-links|--trusted", text.replace("`", ""))


def test_the_licences_are_those_that_the_packages_state():
    assert PAGE.read_text(encoding="utf-8") == page()
