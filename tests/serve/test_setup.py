"""The set-up: made once, made again when something changed, and an error if the machine lacks something."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from serve import setup
from serve.setup import SetupError, is_suitable, main, set_up, suitable_python
from tests.sizes import size


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that the set-up has made."""
    folder = tmp_path_factory.mktemp("made") / ".venv"
    setup._make_venv(sys.executable, folder)
    return folder


@pytest.fixture
def cheap(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that are not about making virtual environments: at small size each is a copy of one that was made."""
    if size() == "small":
        monkeypatch.setattr(setup, "_make_venv", lambda python, folder: copy_venv(made, folder))


@pytest.fixture
def idle_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that are not about what pip does: at small size it does nothing, and says that all went well."""
    if size() == "small":
        monkeypatch.setattr(setup.subprocess, "call", lambda command, **more: 0)


def copy_venv(made: Path, folder: Path) -> None:
    """Its commands know their Python by its path, and the set-up wrote down for which folder it was made."""
    shutil.copytree(made, folder, symlinks=True)
    for file in (folder / setup.MADE_IN, *(folder / "bin").glob("pip*")):
        file.write_text(file.read_text().replace(str(made), str(folder)))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that pins nothing, so that its set-up needs no network."""
    (tmp_path / "requirements-build.txt").write_text("")
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\n")
    return tmp_path


def calls_of(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The programs that the set-up calls from now on."""
    calls: list[list[str]] = []
    real = setup.subprocess.call
    monkeypatch.setattr(setup.subprocess, "call", lambda command, **more: calls.append(list(command)) or real(command, **more))
    return calls


@pytest.mark.usefixtures("cheap", "idle_pip")
def test_a_second_set_up_calls_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = set_up(project, dev=True)
    assert python.exists()
    calls = calls_of(monkeypatch)
    assert set_up(project, dev=True) == python
    assert set_up(project) == python
    assert calls == []


@pytest.mark.usefixtures("cheap", "idle_pip")
def test_changed_requirements_are_installed_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(project)
    (project / "requirements.txt").write_text("# changed\n")
    calls = calls_of(monkeypatch)
    set_up(project)
    assert any("install" in call for call in calls)


@pytest.mark.usefixtures("cheap", "idle_pip")
def test_a_change_in_a_file_that_the_requirements_take_in_is_noticed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "requirements-optional.txt").write_text("-r requirements.txt\n")
    (project / "requirements-dev.txt").write_text("-r requirements-optional.txt\n")
    set_up(project, dev=True)
    (project / "requirements-optional.txt").write_text("-r requirements.txt\n# changed\n")
    calls = calls_of(monkeypatch)
    set_up(project)
    assert calls == []
    set_up(project, dev=True)
    assert any("requirements-dev.txt" in part for call in calls for part in call)


@pytest.mark.usefixtures("cheap", "idle_pip")
def test_another_version_of_what_builds_packages_is_noticed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(project)
    (project / "requirements-build.txt").write_text("# changed\n")
    calls = calls_of(monkeypatch)
    set_up(project)
    assert any("requirements.txt" in part for call in calls for part in call)


@pytest.mark.usefixtures("cheap", "idle_pip")
def test_everything_is_installed_by_its_hash_and_built_with_what_was_installed_before(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = calls_of(monkeypatch)
    set_up(project)
    tools, packages = (call for call in calls if "install" in call)
    assert tools[-1].endswith("requirements-build.txt")
    assert packages[-1].endswith("requirements.txt")
    assert "--no-build-isolation" in packages
    assert all("--require-hashes" in call for call in (tools, packages))


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("file", ["requirements-build.txt", "requirements.txt"])
def test_a_package_without_a_hash_is_refused(project: Path, file: str) -> None:
    (project / file).write_text("six==1.17.0\n")
    with pytest.raises(SetupError, match=f"pip could not install what {file} pins"):
        set_up(project)


@pytest.mark.usefixtures("cheap", "idle_pip")
def test_a_moved_project_gets_a_new_environment(project: Path, tmp_path: Path) -> None:
    set_up(project)
    (project / ".venv" / "left-over").write_text("")
    moved = tmp_path.with_name(tmp_path.name + "-moved")
    project.rename(moved)
    set_up(moved)
    assert not (moved / ".venv" / "left-over").exists()


@pytest.mark.usefixtures("cheap")
def test_requirements_that_cannot_be_installed_get_a_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "requirements.txt").write_text("./no-such-folder\n")
    with pytest.raises(SetupError, match=r"pip could not install what requirements\.txt pins"):
        set_up(project)


@pytest.mark.parametrize(("version", "suitable"), [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False), ((2, 7), False)])
def test_python_3_11_to_3_13_will_do(version: tuple[int, int], suitable: bool) -> None:
    assert is_suitable(version) is suitable


def test_an_unsuitable_python_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    with pytest.raises(SetupError, match=r"is Python 3\.9 and none of python3\.11"):
        suitable_python()


def test_an_unsuitable_python_finds_a_suitable_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(setup, "_version", lambda python: (3, 12) if python.endswith("3.12") else None)
    assert suitable_python() == "/usr/bin/python3.12"


def test_a_python_without_venv_gets_a_sentence(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'raise ImportError'\n")
    bare.chmod(0o755)
    with pytest.raises(SetupError, match="lacks the venv module"):
        setup._make_venv(str(bare), tmp_path / ".venv")


@pytest.mark.full
@pytest.mark.skipif(sys.platform == "win32", reason="such names are not allowed there")
def test_a_path_in_which_installed_programs_do_not_start_gets_a_sentence_before_anything_is_installed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = project / 'a "lab" for $HOME'
    odd.mkdir()
    for name in ("requirements-build.txt", "requirements.txt", "requirements-dev.txt"):
        (project / name).rename(odd / name)
    calls = calls_of(monkeypatch)
    with pytest.raises(SetupError, match="quotation marks, dollar signs"):
        set_up(odd)
    assert not any("install" in call for call in calls)
    assert not (odd / ".venv").exists()


def test_blanks_apostrophes_and_umlauts_in_the_path_do_no_harm(project: Path) -> None:
    odd = project / "Jörg's lab & more"
    odd.mkdir()
    for name in ("requirements-build.txt", "requirements.txt", "requirements-dev.txt"):
        (project / name).rename(odd / name)
    assert set_up(odd).exists()


def test_an_unknown_option_gets_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--devel"]) == 2
    assert capsys.readouterr().err == "Set-up has the options --dev and --database only, not --devel.\n"
