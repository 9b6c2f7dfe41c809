"""`make archive`: a folder that is whole, can be checked and compared, and has no recruiter's label; or a sentence and no folder."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from comparison.cli import main as compare
from experiment.config import read_settings
from serve.archive import EXPORTS, archive
from serve.bots import play_session
from serve.cli import main
from serve.problem import ServeProblem
from serve.rest import Rest
from serve.strategies import Equilibrium
from tests.server import PROJECT, Serving, free_port, serving
from theory.economy.environment import environment_fields, read_environment

LABELS = [f"5f3c0aa1b2c3d4e5f6a7b8c{number}" for number in range(4)]
FIELDS = {"instructions": False, "quiz_attempts": 0, "practice_rounds": 0, "rounds": 2, "beliefs": True, "seed": "5"}
UNTIMED = {"stage1_deadline_seconds": 0, "stage2_deadline_seconds": 0, "result_deadline_seconds": 0}


@dataclass(frozen=True)
class Archived:
    server: Serving
    session: str
    folder: Path
    said: str


def labelled_session(server: Serving, labels: list[str]) -> tuple[str, list[str]]:
    """A session in the room for recruiters, its participants come under these labels; its code, and theirs in the order of the labels."""
    wish = {"session_config_name": "small_market", "num_participants": len(labels), "room_name": "online"}
    code = server.rest("/api/sessions", wish | {"modified_session_config_fields": FIELDS | UNTIMED})["code"]
    for label in labels:
        requests.get(f"{server.base_url}/room/online", params={"participant_label": label, "welcome_page_ok": "1"}, timeout=300)
    people = server.rest(f"/api/get_session/{code}", {})["participants"]
    by_label = {person["label"]: person["code"] for person in people}
    return code, [by_label[label] for label in labels]


def confesses(label: str):  # type: ignore[no-untyped-def]
    def answers(page: str) -> Mapping[str, str]:
        return {"comments": f"I am {label}, thank you.", "field_of_study": label} if page == "Questionnaire" else {}

    return answers


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    with serving() as server:
        labelled_session(server, ["9a9a9a9a9a", "8b8b8b8b8b", "7c7c7c7c7c", "6d6d6d6d6d"])  # another, which is not to be in it
        code, people = labelled_session(server, LABELS)
        settings = read_settings(server.rest(f"/api/get_session/{code}", {})["config"])
        strategies, answers = [Equilibrium(settings)] * len(people), [confesses(label) for label in LABELS]
        play_session(server.base_url, people, strategies, 2, show_progress=False, answers=answers)
        out = tmp_path_factory.mktemp("out")
        done = subprocess.run(
            [sys.executable, "-m", "serve", "archive", code, "--data", str(server.data), "--out", str(out)],
            cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        (folder,) = out.iterdir()
        yield Archived(server, code, folder, done.stdout)


pytestmark = pytest.mark.server


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_folder_is_dated_and_holds_the_whole_export(archived: Archived) -> None:
    assert re.fullmatch(rf"{archived.session}-[0-9]{{8}}T[0-9]{{6}}Z", archived.folder.name)
    names = {path.relative_to(archived.folder).as_posix() for path in archived.folder.rglob("*") if path.is_file()}
    tables = {f"tables/parimutuel_{app}.csv" for app in ("intro", "twostage", "outro")}
    others = {"page_times.csv", "environment.toml", "session.json", "versions.json", "README.txt", "SHA256SUMS"}
    assert names == {*EXPORTS, *tables, *others}
    assert f"holds {len(names)} files" in archived.said


@pytest.mark.parametrize("name", [*EXPORTS])
def test_the_tables_are_those_of_the_server_but_for_labels_and_of_this_session_only(archived: Archived, name: str) -> None:
    app, function = EXPORTS[name]
    query = f"app={app}&function_name={function}&session_code={archived.session}"
    own = list(csv.reader(archived.server.rest(f"/api/export_app_custom?{query}").splitlines()))
    with (archived.folder / name).open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    if name == "questionnaire.csv":
        own = [[re.sub("5f3c0aa1b2c3d4e5f6a7b8c.", "[label]", cell) for cell in row] for row in own]
    assert found == own
    assert {row["session_code"] for row in rows(archived.folder / name)} <= {archived.session}


def test_page_times_and_otrees_own_tables_are_of_this_session(archived: Archived) -> None:
    times = rows(archived.folder / "page_times.csv")
    assert {row["session_code"] for row in times} == {archived.session}
    assert {row["page_name"] for row in times} >= {"FirstOffer", "Questionnaire"}
    table = rows(archived.folder / "tables" / "parimutuel_twostage.csv")
    assert {row["session.code"] for row in table} == {archived.session}
    assert {"player.stage1_q", "group.price", "participant.code"} <= set(table[0])


def test_no_label_stands_anywhere_in_the_folder(archived: Archived) -> None:
    for path in archived.folder.rglob("*"):
        assert "5f3c0aa1" not in path.name
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert "5f3c0aa1" not in text.lower(), path
            assert not re.search(r"participant\.label|mturk", text), path
    answers = {row["answer"] for row in rows(archived.folder / "questionnaire.csv") if row["item"] == "comments"}
    assert answers == {"I am [label], thank you."}


def test_checksums_verify_and_notice_a_change(archived: Archived, tmp_path: Path) -> None:
    check = ["sha256sum", "-c", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=archived.folder, capture_output=True, check=False).returncode == 0
    listed = {line.split("  ")[1] for line in (archived.folder / "SHA256SUMS").read_text().splitlines()}
    assert listed == {
        path.relative_to(archived.folder).as_posix() for path in archived.folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS"
    }
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(archived.folder), str(copy)], check=True)
    (copy / "payments.csv").write_text((copy / "payments.csv").read_text().replace("5.00", "6.00"))
    assert subprocess.run(check, cwd=copy, capture_output=True, check=False).returncode == 1


def test_the_environment_is_the_one_that_was_played_and_versions_are_told(archived: Archived) -> None:
    record = json.loads((archived.folder / "session.json").read_text())
    assert environment_fields(read_environment(archived.folder / "environment.toml")) == record["environment"]
    versions = json.loads((archived.folder / "versions.json").read_text())
    assert versions["server"]["otree"] == record["software"]["otree"]
    assert versions["archive"]["python"]


def test_the_readme_explains_every_file(archived: Archived) -> None:
    said = (archived.folder / "README.txt").read_text()
    for path in archived.folder.iterdir():
        assert path.name == "README.txt" or f"  {path.name}" in said
    assert archived.session in said


def test_the_comparison_reads_the_folder_and_finds_nothing_wrong(archived: Archived, tmp_path: Path) -> None:
    assert compare(["report", str(archived.folder), "--out", str(tmp_path / "one")]) == 0
    assert compare(["report", str(archived.folder.parent), "--out", str(tmp_path / "all")]) == 0
    assert (tmp_path / "one" / "report.html").stat().st_size > 10_000


def test_any_server_is_archived_by_its_address_and_key(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["archive", archived.session, "--url", archived.server.base_url + "/", "--out", str(tmp_path / "deep" / "archive")]
    monkeypatch.delenv("OTREE_REST_KEY", raising=False)
    assert main(command) == 1
    assert "OTREE_REST_KEY is not set" in capsys.readouterr().err
    monkeypatch.setenv("OTREE_REST_KEY", "wrong")
    assert main(command) == 1
    assert "refuses this REST key" in capsys.readouterr().err
    assert not (tmp_path / "deep").exists()
    monkeypatch.setenv("OTREE_REST_KEY", archived.server.rest_key)
    assert main(command) == 0
    assert len(list((tmp_path / "deep" / "archive").iterdir())) == 1


@pytest.mark.parametrize(
    ("code", "said"), [("nowhere1", "has no session nowhere1"), ("../x", "letters and digits"), ("", "Name the session")]
)
def test_an_unknown_session_gets_a_sentence_with_those_that_there_are_and_no_folder(
    archived: Archived, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, said: str
) -> None:
    assert main(["archive", code, "--data", str(archived.server.data), "--out", str(tmp_path / "archive")]) == 1
    message = capsys.readouterr().err.strip()
    assert said in message
    assert archived.session in message
    assert "\n" not in message
    assert not (tmp_path / "archive").exists()


def test_a_session_that_is_not_over_is_archived_with_a_warning(
    archived: Archived, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = next(code for code in Rest(archived.server.base_url, archived.server.rest_key).sessions() if code != archived.session)
    assert main(["archive", other, "--data", str(archived.server.data), "--out", str(tmp_path)]) == 0
    assert "The session is not over: 0 of its 2 rounds have ended." in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_leaves_nothing(archived: Archived, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServeProblem, match="cannot be written"):
        archive(Rest(archived.server.base_url, archived.server.rest_key), archived.session, tmp_path / "file" / "archive")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_sheet_of_payments_asks_for_the_login(archived: Archived) -> None:
    for path in (f"/PaySheet/{archived.session}", f"/PaySheet/{archived.session}?file=bonus"):
        with urllib.request.urlopen(archived.server.base_url + path, timeout=300) as answer:
            text = answer.read().decode()
            assert answer.url.endswith("/login")
        assert not any(label in text for label in LABELS)


def test_without_a_server_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["archive", "abcd1234", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "archive")]) == 1
    assert capsys.readouterr().err.startswith(f"Nothing is being served from {tmp_path / 'data'}")
    monkeypatch.setenv("OTREE_REST_KEY", "key")
    command = ["archive", "abcd1234", "--url", f"http://127.0.0.1:{free_port()}", "--out", str(tmp_path / "archive")]
    assert main(command) == 1
    assert "did not answer" in capsys.readouterr().err
    assert main(["archive", "abcd1234", "--url", "localhost:8000"]) == 1
    assert "begins with https://" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
