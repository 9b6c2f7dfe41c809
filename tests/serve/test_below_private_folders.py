"""Root's database runs below folders that PostgreSQL's user cannot pass, with its data there, and nothing else is opened or granted."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from serve import database as database_module
from serve import postgres_user, setup
from serve.database import EmbeddedDatabase
from serve.postgres_programs import installed
from serve.postgres_user import SystemUser, barring, check_before_installing, place_outside
from serve.problem import ServeProblem
from serve.setup import main
from tests.serve.postgres import ask, copy_of_the_package, needs_root, running

pytestmark = pytest.mark.server

ODD = 'it\'s a "lab" of Jörg & Co, $HOME `id` \\ %20'


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in root's manner, in one like it."""
    folder = tmp_path_factory.mktemp("root") / "lab"
    folder.mkdir(mode=0o700)
    folder.parent.chmod(0o700)
    return folder


@pytest.fixture(scope="module")
def private_programs(private: Path) -> Path:
    """PostgreSQL's programs in that folder, as a root whose umask is 077 installs them."""
    package = copy_of_the_package(private / "packages") / installed(Path("none")).parents[1].name
    for path in [package.parent, *package.parent.rglob("*")]:
        path.chmod(path.stat().st_mode & 0o700)
    return package / installed(Path("none")).parent.name / "bin"


def modes_above(folder: Path) -> list[int]:
    return [path.stat().st_mode for path in folder.parents]


@needs_root
@pytest.mark.parametrize("name", ["database", ODD, "l" * 120])
def test_data_and_programs_below_private_folders_work_and_the_data_are_there(
    private: Path, private_programs: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "installed", lambda data: private_programs)
    folder = private / name / "database"
    folder.parent.mkdir(mode=0o700)
    before = modes_above(folder)
    with running(EmbeddedDatabase(folder)) as database:
        ask(database.url, "CREATE TABLE answers (text TEXT)", "INSERT INTO answers VALUES ('Größe “☺”')")
        process = database._postmaster
        assert process is not None
        assert Path(process.cwd()) == folder
        assert process.uids().real != 0
        assert (folder / "base").is_dir()
        outside = Path(process.exe()).parents[4]
        assert outside.parent in map(Path, postgres_user.PLACES)
        assert stat.S_IMODE(outside.stat().st_mode) == 0o711
        assert capabilities(process) == 0
    assert modes_above(folder) == before
    assert not outside.exists()
    with running(EmbeddedDatabase(folder)) as again:
        assert ask(again.url, "SELECT text FROM answers") == [("Größe “☺”",)]


def capabilities(process: psutil.Process) -> int:
    """All that it has, may get or can hand on, but for the bounding set."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return sum(int(line.split()[1], 16) for line in lines if line.startswith(("CapInh", "CapPrm", "CapEff", "CapAmb")))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a process's folder has no name of its own")
@pytest.mark.parametrize("way", ["data", "programs"])
def test_a_path_that_a_shell_would_take_for_something_else_works(
    tmp_path_factory: pytest.TempPathFactory, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path_factory.mktemp("odd") / ODD
    odd.mkdir()
    if way == "programs":
        package = copy_of_the_package(odd / "packages") / installed(Path("none")).parents[1].name
        monkeypatch.setattr(database_module, "installed", lambda data: package / installed(Path("none")).parent.name / "bin")
    with running(EmbeddedDatabase((odd if way == "data" else odd.parent) / "database")) as database:
        assert ask(database.url, "SELECT 1") == [(1,)]


@needs_root
def test_it_works_with_the_capabilities_that_a_container_leaves_root(private: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from serve.database import EmbeddedDatabase; from serve.libpq import connect\n"
        "database = EmbeddedDatabase(Path(sys.argv[1]))\n"
        "try:\n    database.start(); connect(database.url).close(); print('answers')\nfinally:\n    database.stop()"
    )
    left = "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap"
    bounds = "-all" + "".join(f",+{name}" for name in left.split(","))
    command = ["setpriv", "--bounding-set", bounds, "--inh-caps", "-all", sys.executable, "-c", program, str(private / "container")]
    done = subprocess.run(command, cwd=setup.PROJECT, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.split() == ["answers"], done.stderr


def closed_folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders that cannot be passed, one in the other, with one between that can."""
    outer, inner = tmp_path / "outer", tmp_path / "outer" / "open" / "the inner"
    inner.mkdir(parents=True)
    for folder in (tmp_path, *tmp_path.parents[:2], inner.parent):
        folder.chmod(0o755)
    for folder in (outer, inner):
        folder.chmod(0o700)
    return outer, inner


def test_all_folders_that_bar_the_way_are_found_outermost_first(tmp_path: Path) -> None:
    outer, inner = closed_folders(tmp_path)
    found = barring(inner)
    assert found[-2:] == [outer, inner]
    assert inner.parent not in found
    assert not [folder for folder in found if folder.stat().st_mode & 0o001]


@pytest.mark.parametrize("lacking", ["a name for the folder a process is in", "a place outside"])
def test_where_neither_way_is_open_one_sentence_names_all_folders_before_anything_is_installed(
    tmp_path: Path, lacking: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, inner = closed_folders(tmp_path)
    monkeypatch.setattr(postgres_user, "is_needed", lambda: True)
    monkeypatch.setattr(postgres_user, "_may_become", lambda user: True)
    if lacking == "a place outside":
        monkeypatch.setattr(postgres_user, "place_outside", lambda *a, **b: None)
    else:
        monkeypatch.setattr(postgres_user, "can_stay_inside", lambda: False)
    monkeypatch.setattr(setup, "PROJECT", inner)
    monkeypatch.setattr(setup, "set_up", lambda **arguments: pytest.fail("it was installed nevertheless"))
    assert main(["--database"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"chmod o+x {' '.join(map(str, barring(inner)[:-1]))} '{inner}'`" in said


def test_a_root_that_may_not_become_another_user_is_told_so_before_anything_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_user, "is_needed", lambda: True)
    monkeypatch.setattr(postgres_user, "_may_become", lambda user: False)
    with pytest.raises(ServeProblem, match="may not become another user"):
        check_before_installing(tmp_path)


def test_a_system_user_that_is_made_is_announced_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    made = []
    monkeypatch.setattr(postgres_user, "is_needed", lambda: True)
    monkeypatch.setattr(postgres_user, "_may_become", lambda user: True)
    monkeypatch.setattr(postgres_user, "_known", lambda: SystemUser(999, 999) if made else None)
    monkeypatch.setattr(postgres_user.subprocess, "run", lambda command, **more: made.append(command))
    for _ in range(2):
        assert postgres_user.system_user() == SystemUser(999, 999)
    assert made == [["useradd", "--system", "--no-create-home", "pgserver"]]
    assert capsys.readouterr().out == "Made the system user 'pgserver', as which the database runs: PostgreSQL refuses to run as root.\n"


@needs_root
def test_becoming_another_user_is_tried_with_the_capabilities_that_there_are(tmp_path: Path) -> None:
    program = "from pathlib import Path; from serve.postgres_user import check_before_installing as check; check(Path('/'))"
    for taken, said in ((("setuid",), "may not become another user"), ((), "")):
        bounds = ["--bounding-set", ",".join(f"-{name}" for name in taken)] if taken else []
        command = ["setpriv", *bounds, sys.executable, "-c", program] if bounds else [sys.executable, "-c", program]
        done = subprocess.run(command, cwd=setup.PROJECT, capture_output=True, text=True, check=False)
        assert said in done.stderr
        assert bool(done.returncode) == bool(taken)


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_a_folder_of_a_run_s_own_is_not_put_where_others_could_move_it_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loose, good = tmp_path / "loose", tmp_path / "good"
    for folder in (loose, good):
        folder.mkdir()
    loose.chmod(0o777)
    monkeypatch.setattr(postgres_user, "PLACES", (str(loose), str(good)))
    assert place_outside(for_everybody=False, for_programs=False) == good
    loose.chmod(0o1777)
    assert place_outside(for_everybody=False, for_programs=False) == loose


def test_the_setup_s_check_needs_nothing_that_is_installed() -> None:
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
    done = subprocess.run(
        [python, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(setup.PROJECT)!r}); import serve.setup"], check=False
    )
    assert done.returncode == 0
