"""`make forget`: nothing is left of participants who withdraw, and their markets can be computed again."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from comparison.cli import main as compare
from experiment.config import read_settings
from serve import bots
from serve.archive import EXPORTS, archive
from serve.bots import play_session
from serve.cli import main
from serve.folder import Folder
from serve.rest import Rest
from serve.strategies import Equilibrium
from tests.serve.postgres import ask
from tests.server import PROJECT, Serving, serving
from tests.sizes import sized

pytestmark = pytest.mark.server

PEOPLE = sized(small=8, full=104)
FORGOTTEN = sized(small=5, full=100)
FIELDS = {"instructions": False, "quiz_attempts": 0, "practice_rounds": 0, "rounds": 2, "seed": "5"}
MARKERS = ("labelof", "fieldof", "commentof")
EVENTS = json.dumps([{"t": 5, "what": "shown", "value": None}, {"t": 9, "what": "amount", "value": 1.0}])


@dataclass(frozen=True)
class Forgotten:
    """A session of which some were forgotten, and what their codes were."""

    server: Serving
    session: str
    gone: tuple[str, ...]
    kept: tuple[str, ...]
    codes: tuple[str, ...]
    archives: Path
    said: tuple[subprocess.CompletedProcess[str], ...]


def number(participant: int) -> str:
    return f"{participant:04d}x"


def confesses(participant: int):  # type: ignore[no-untyped-def]
    def answers(page: str) -> Mapping[str, str]:
        said = {"comments": f"commentof{number(participant)}", "field_of_study": f"fieldof{number(participant)}", "age": "34"}
        return said if page == "Questionnaire" else {}

    return answers


def forget(server: Serving, code: str, archives: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "serve", "forget", code, "--data", str(server.data), "--out", str(archives)],
        cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def forgotten(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forgotten]:
    with serving() as server, pytest.MonkeyPatch.context() as patched:
        offer_fields = bots.offer_fields
        patched.setattr(bots, "offer_fields", lambda stage, offer: offer_fields(stage, offer) | {"events": EVENTS})
        wish = {"session_config_name": "small_market", "num_participants": PEOPLE, "room_name": "online"}
        session = server.rest("/api/sessions", wish | {"modified_session_config_fields": FIELDS})["code"]
        for one in range(PEOPLE):
            label = f"labelof{number(one)}"
            requests.get(f"{server.base_url}/room/online", params={"participant_label": label, "welcome_page_ok": "1"}, timeout=300)
        told = server.rest(f"/api/get_session/{session}", {})
        by_label = {person["label"]: person["code"] for person in told["participants"]}
        people = [by_label[f"labelof{number(one)}"] for one in range(PEOPLE)]
        settings = read_settings(told["config"])
        play_session(
            server.base_url,
            people,
            [Equilibrium(settings)] * PEOPLE,
            2,
            show_progress=False,
            answers=[confesses(one) for one in range(PEOPLE)],
        )
        archives = tmp_path_factory.mktemp("archives")
        archive(Rest(server.base_url, server.rest_key), session, archives)
        codes = tuple(code_shown_to(server, person) for person in people[:FORGOTTEN])
        said = tuple(forget(server, code, archives) for code in codes)
        yield Forgotten(server, session, tuple(people[:FORGOTTEN]), tuple(people[FORGOTTEN:]), codes, archives, said)


def code_shown_to(server: Serving, person: str) -> str:
    page = requests.get(f"{server.base_url}/InitializeParticipant/{person}", timeout=300).text
    (code,) = re.findall(r"withdrawal code is <strong[^>]*>([0-9A-Z-]{14})</strong>", page)
    return str(code)


def traces(text: str, people: range) -> list[str]:
    return [f"{marker}{number(one)}" for marker in MARKERS for one in people if f"{marker}{number(one)}" in text]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_each_place_is_named_with_the_participant(forgotten: Forgotten) -> None:
    for done, person in zip(forgotten.said, forgotten.gone, strict=True):
        assert (done.returncode, done.stderr) == (0, "")
        archived, stored = done.stdout.splitlines()
        assert archived.startswith(f"Participant {person} of session {forgotten.session} is forgotten in {forgotten.archives}")
        place = f"Participant {person} of session {forgotten.session} is forgotten in the database"
        assert re.fullmatch(rf"{place}: [678] entries removed\.", stored)  # the label, three answers, a log of each offer in two rounds


def test_the_database_has_nothing_of_them_and_all_of_the_others(forgotten: Forgotten) -> None:
    folder = Folder(forgotten.server.data)
    _, _, _, port, socket, *_ = (folder.database / "postmaster.pid").read_text().splitlines()
    url = f"postgresql://postgres:{folder.secrets().database_password}@/postgres?host={quote(socket)}&port={port}"
    tables = [name for (name,) in ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert "parimutuel_outro_player" in tables
    everything = "\n".join(str(ask(url, f'SELECT * FROM "{table}"')) for table in tables)
    assert traces(everything, range(FORGOTTEN)) == []
    assert len(traces(everything, range(FORGOTTEN, PEOPLE))) == len(MARKERS) * (PEOPLE - FORGOTTEN)
    query = (
        "SELECT stage1_events, stage2_events FROM parimutuel_twostage_player player JOIN otree_participant who ON participant_id = who.id"
    )
    logs = ask(url, f"{query} WHERE who.code IN ({', '.join(repr(code) for code in forgotten.gone)})")
    assert len(logs) == len(forgotten.gone) * len(ask(url, "SELECT DISTINCT round_number FROM parimutuel_twostage_player"))
    assert {log for pair in logs for log in pair} == {None}


def test_no_export_has_anything_of_them(forgotten: Forgotten) -> None:
    rest = Rest(forgotten.server.base_url, forgotten.server.rest_key)
    exports = {name: rest.export(app, function, forgotten.session) for name, (app, function) in EXPORTS.items()}
    exports |= {
        f"{name}.csv": rest.export("parimutuel_twostage", f"custom_export_{name}", forgotten.session) for name in ("pay_sheet", "bonus")
    }
    exports |= {app: rest.table(app, forgotten.session) for app in ("parimutuel_outro", "parimutuel_twostage")}
    for text in exports.values():
        assert traces(text, range(FORGOTTEN)) == []
    for name in ("events.csv", "questionnaire.csv"):
        assert {row["participant_code"] for row in rows(exports[name])} == set(forgotten.kept)
    withdrawn = {row["participant_code"]: row["forgotten_at"] for row in rows(exports["withdrawals.csv"])}
    assert all(withdrawn[person] for person in forgotten.gone)
    assert not any(withdrawn[person] for person in forgotten.kept)


def test_no_archive_has_anything_of_them_and_its_checksums_verify(forgotten: Forgotten) -> None:
    (folder,) = forgotten.archives.iterdir()
    for path in folder.rglob("*.csv"):
        assert traces(path.read_text(encoding="utf-8"), range(FORGOTTEN)) == [], path
    for name in ("events.csv", "questionnaire.csv"):
        assert {row["participant_code"] for row in rows((folder / name).read_text(encoding="utf-8"))} == set(forgotten.kept)
    for row in rows((folder / "tables" / "parimutuel_twostage.csv").read_text(encoding="utf-8")):
        if row["participant.code"] in forgotten.gone:
            assert (row["player.stage1_events"], row["player.stage2_events"]) == ("", "")
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_market_can_be_computed_again(forgotten: Forgotten, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder,) = forgotten.archives.iterdir()
    decisions = rows((folder / "decisions.csv").read_text(encoding="utf-8"))
    assert {row["participant_code"] for row in decisions} == {*forgotten.gone, *forgotten.kept}
    assert compare(["report", str(folder), "--out", str(tmp_path / "report"), "--no-figures"]) == 0


def test_a_second_time_says_that_nothing_is_left(forgotten: Forgotten) -> None:
    spelled = forgotten.codes[0].lower().replace("-", " ")
    done = forget(forgotten.server, spelled, forgotten.archives)
    assert done.returncode == 0
    assert [line.partition(" had nothing left in ")[1] != "" for line in done.stdout.splitlines()] == [True, True]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("0000-0000-0000", "Nobody has the code 0000-0000-0000"), ("ABC", "a withdrawal code has 12 letters"), ("", "a withdrawal code has")],
)
def test_a_wrong_code_is_a_sentence(forgotten: Forgotten, code: str, sentence: str) -> None:
    done = forget(forgotten.server, code, forgotten.archives)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_only_the_rest_key_forgets(forgotten: Forgotten) -> None:
    answer = requests.post(f"{forgotten.server.base_url}/api/forget", json={"code": forgotten.codes[0]}, timeout=300)
    assert answer.status_code == 403


def test_an_archive_that_was_changed_is_left_alone(forgotten: Forgotten, tmp_path: Path) -> None:
    (folder,) = forgotten.archives.iterdir()
    copy = tmp_path / folder.name
    subprocess.run(["cp", "-r", str(folder), str(copy)], check=True)
    (copy / "payments.csv").write_text("changed\n")
    code = code_shown_to(forgotten.server, forgotten.kept[0])
    done = forget(forgotten.server, code, tmp_path)
    assert done.returncode == 1
    assert "are not those that its SHA256SUMS names" in done.stderr
    assert (copy / "payments.csv").read_text() == "changed\n"


def test_an_archive_survives_an_interruption(forgotten: Forgotten, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder,) = forgotten.archives.iterdir()
    for left in (folder.name + ".before", "another.forgetting"):
        subprocess.run(["cp", "-r", str(folder), str(tmp_path / left)], check=True)
    status = main(["forget", forgotten.codes[0], "--data", str(forgotten.server.data), "--out", str(tmp_path)])
    assert (status, [path.name for path in tmp_path.iterdir()]) == (0, [folder.name])


def test_without_a_server_the_archives_are_done_and_the_rest_is_said(forgotten: Forgotten, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    (folder,) = forgotten.archives.iterdir()
    subprocess.run(["cp", "-r", str(folder), str(tmp_path / "archives")], check=True)
    code = code_shown_to(forgotten.server, forgotten.kept[-1])
    assert main(["forget", code, "--data", str(tmp_path / "none"), "--out", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert f"Participant {forgotten.kept[-1]} of session {forgotten.session} is forgotten in" in said.out
    assert said.err.startswith("The database was not searched. Nothing is being served from")
