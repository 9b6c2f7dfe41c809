"""A room with a list of labels, on the real server: each label's address is its own, and nobody can make one up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.app.played import copy_project
from tests.serve.strangers import log_in
from tests.server import Serving, serving

pytestmark = pytest.mark.server

LABELS = ("ann", "bob", "carl")
ROOM = "monday_1"


@dataclass(frozen=True)
class Listed:
    """A room with a list, its session, and the addresses that the experimenter's page of the room showed."""

    server: Serving
    project: Path
    session: str
    hashes: dict[str, str]
    before: tuple[int, int]
    """What a right and a wrong address got before there was a session."""

    def enter(self, browser: requests.Session | None = None, **query: str) -> tuple[int, str]:
        """Ask for the entry route with these parameters; the status and where it leads."""
        return _enter(self.server, browser, **query)

    def ask(self, **query: str) -> str | None:
        """What the entry page says when its button is pressed; None if it lets the participant in."""
        said = requests.post(f"{self.server.base_url}/room/{ROOM}", json=query, timeout=300).json()
        return " ".join(said["errors"].values()) if "errors" in said else None


def _enter(server: Serving, browser: requests.Session | None = None, **query: str) -> tuple[int, str]:
    ask = browser or requests.Session()
    url = f"{server.base_url}/room/{ROOM}"
    answer = ask.get(url, params=query | {"welcome_page_ok": "1"}, allow_redirects=False, timeout=300)
    return answer.status_code, urlsplit(answer.headers.get("location", "")).path


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listed]:
    project = copy_project(tmp_path_factory.mktemp("project"))
    (project / "_rooms").mkdir(exist_ok=True)
    (project / "_rooms" / f"{ROOM}.txt").write_text("\n".join(LABELS))
    (project / "_rooms" / "with-hyphen.txt").write_text("ann")
    with serving(project) as server:
        page = log_in(server.base_url, server.admin_password).get(f"{server.base_url}/room_without_session/{ROOM}", timeout=300).text
        queries = [parse_qs(found.replace("&amp;", "&")) for found in re.findall(rf"/room/{ROOM}\?([\w=&;]+)", page)]
        hashes = {query["participant_label"][0]: query["hash"][0] for query in queries if "hash" in query}
        before = tuple(_enter(server, participant_label="ann", hash=hash_)[0] for hash_ in (hashes["ann"], "00000000"))
        wish = {"session_config_name": "small_market", "num_participants": 4, "room_name": ROOM}
        session = server.rest("/api/sessions", wish)["code"]
        yield Listed(server, project, session, hashes, (before[0], before[1]))


def test_the_experimenters_page_of_the_room_has_an_address_for_each_label(listed: Listed) -> None:
    assert set(listed.hashes) == set(LABELS)
    assert len(set(listed.hashes.values())) == len(LABELS)
    assert all(re.fullmatch(r"[0-9a-f]{8}", hash_) for hash_ in listed.hashes.values())


def test_a_list_that_will_not_do_makes_no_room_and_is_told_of(listed: Listed) -> None:
    assert "_rooms/with-hyphen.txt defines no room" in listed.server.log
    assert {room["name"] for room in listed.server.rest("/api/rooms")} == {"lab", "online", ROOM}


def test_before_the_session_only_the_right_address_waits(listed: Listed) -> None:
    assert listed.before == (200, 404)


def test_who_has_no_hash_a_wrong_one_anothers_or_no_listed_label_is_refused_with_one_sentence(listed: Listed) -> None:
    ann = listed.hashes["ann"]
    tries = [
        {"participant_label": "ann"},
        {"participant_label": "ann", "hash": ""},
        {"participant_label": "ann", "hash": "00000000"},
        {"participant_label": "ann", "hash": listed.hashes["bob"]},
        {"participant_label": "ann", "hash": ann.upper() if ann.upper() != ann else ann[::-1]},
        {"participant_label": "Ann", "hash": ann},
        {"participant_label": "eve", "hash": ann},
        {"participant_label": "eve"},
        {"participant_label": "an n", "hash": ann},
    ]
    assert [listed.enter(**query) for query in tries] == [(404, "")] * len(tries)
    (said,) = {listed.ask(**query) for query in tries}
    assert said is not None
    assert said.endswith(".")


def test_who_comes_without_a_label_is_refused(listed: Listed) -> None:
    for query in ({}, {"hash": listed.hashes["ann"]}, {"participant_label": "", "hash": listed.hashes["ann"]}):
        assert listed.enter(**query) == (404, "")
        assert listed.ask(**query) is not None


def test_the_right_address_leads_to_its_own_seat_from_any_browser_and_no_other_label_to_that(listed: Listed) -> None:
    right = {label: {"participant_label": label, "hash": listed.hashes[label]} for label in LABELS}
    assert listed.ask(**right["ann"]) is None
    browser = requests.Session()
    first, again = listed.enter(browser, **right["ann"]), listed.enter(**right["ann"])
    others = [listed.enter(browser, **right[label]) for label in LABELS[1:]]
    assert first == again
    assert {status for status, _ in (first, *others)} == {302}
    assert len({place for _, place in (first, *others)}) == len(LABELS)


def test_the_link_for_the_whole_session_is_no_way_around_the_list(listed: Listed) -> None:
    link = listed.server.rest(f"/api/get_session/{listed.session}", {})["session_wide_url"]
    for query in ({}, {"participant_label": "ann"}, {"participant_label": "eve"}):
        assert requests.get(link, params=query, allow_redirects=False, timeout=300).status_code == 404


def test_the_hash_is_keyed_by_the_servers_secret(listed: Listed) -> None:
    known = listed.server.data / "secrets.json"
    secret = re.search(r'"secret_key": "([^"]+)"', known.read_text())
    assert secret is not None

    def hash_of(key: str) -> str:
        program = "from otree.common import make_hash; print(make_hash('ann'))"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OTREE_")}
        environment |= {"OTREE_SECRET_KEY": key, "OTREE_ADMIN_PASSWORD": listed.server.admin_password}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=listed.project, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.split()[-1]

    assert hash_of(secret[1]) == listed.hashes["ann"]
    assert hash_of(secret[1][:-1]) != listed.hashes["ann"]
