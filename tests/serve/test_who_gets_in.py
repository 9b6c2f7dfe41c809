"""Who gets in, on the real server in production: all of oTree's addresses, asked for without a login."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.app.played import copy_project, play
from tests.serve.strangers import SECONDS, Listener, is_shut, log_in
from tests.server import Serving

pytestmark = pytest.mark.server

OPEN = {
    "/room/{room_name}": "the entry page of a room; where labels are needed it asks for them",
    "/instructions/{session_code}": "the instructions for print: what every subject of the session may know",
    "/GBATInactive": "one sentence of oTree's own",
    "/browser_bot_start": "waits for a session of browser bots, which nobody starts without the REST key",
    "/SaveDB": "tells the number of the server's process; it stores on the development server only",
    "/favicon.ico": "a picture",
}
OPEN_WITH_OWN_CODE = {
    "/InitializeParticipant/{code}": "a subject's start link",
    "/OutOfRangeNotification/{code}": "one sentence to who is past the last page",
}
OPEN_SOCKETS = {
    "/wait_page": "a subject who waits is told when to go on",
    "/subsession_wait_page": "the same, for a whole session",
    "/group_by_arrival_time": "the same, in the lobby",
    "/auto_advance": "a subject's page is told that it is over",
    "/wait_for_session_in_room": "who waits in a room is told that the session is there",
    "/browser_bots_client/{session_code}": "told when oTree's browser bots have ended, of which there are none",
    "/browser_bot_wait": "the same, before they begin",
    "/live": "a page's own messages to its subject; no page here has any",
    "/trial": "the same",
    "/chat": "a chat's messages; its address is signed, and no page here has one",
}
"""All others ask for a login; /login itself, to which the shut addresses lead, is the experimenter's way in."""
NOBODYS_CODE = "zzzzzzzz"


@dataclass(frozen=True)
class World:
    """A server with a session in which none of the strangers takes part, and perhaps with sessions of other tests."""

    server: Serving
    addresses: dict[str, list[str]]
    session: str
    people: list[str]
    sessions: list[str]
    """All there are."""

    @property
    def secrets(self) -> list[str]:
        return [*self.people, self.server.rest_key, self.server.admin_password]


@pytest.fixture(scope="module")
def world(server: Serving, tmp_path_factory: pytest.TempPathFactory) -> World:
    project = copy_project(tmp_path_factory.mktemp("project"))
    addresses = play(project, "addresses", script="scenes_access.py")
    session, people = server.create_session("small_market", 4, rounds=1, questionnaire="")
    requests.get(server.start_link(people[1]), timeout=SECONDS)
    return World(server, addresses, session, people, codes(server))


def codes(server: Serving) -> list[str]:
    return [session["code"] for session in server.rest("/api/sessions")]


def fill(path: str, code: str, participant: str = NOBODYS_CODE) -> str:
    places = {"participant_code": participant, "page_index": "3", "room_name": "lab", "config_name": "small_market"}
    return re.sub(r"\{(\w+)\}", lambda place: places.get(place.group(1), code), path)


def not_shut(world: World, code: str, **request: Any) -> dict[str, str]:
    """The addresses that answer, asked for and posted to, with all that they said."""
    said: dict[str, str] = {}
    for path in world.addresses["pages"]:
        url = world.server.base_url + fill(path, code)
        query = {"app": "parimutuel_twostage", "session_code": world.session, "participant_label": "x"}
        form = {"username": "admin", "password": ""}
        wish = {"session_config_name": "small_market", "num_participants": 4}
        sent = {"json": wish} if "/api/" in path else {"data": form}
        answers = [
            requests.get(url, params=query, timeout=SECONDS, **request),
            requests.post(url, params=query, timeout=SECONDS, **sent, **request),
        ]
        for answer in answers:
            assert answer.status_code < 500, path
            if path not in OPEN:
                assert not [secret for secret in world.secrets if secret in answer.text and secret != code], path
        if not all(map(is_shut, answers)):
            said[path] = "".join(answer.text for answer in answers)
    return said


def test_without_a_login_only_the_listed_addresses_answer(world: World) -> None:
    known = not_shut(world, world.session)
    assert set(known) == set(OPEN)
    for path, said in known.items():
        assert not [secret for secret in world.secrets if secret in said], path


def test_neither_an_invented_code_nor_a_wrong_rest_key_opens_more(world: World) -> None:
    assert set(not_shut(world, NOBODYS_CODE, headers={"otree-rest-key": "guessed"})) <= set(OPEN)


def test_a_subjects_code_opens_that_subjects_start_link_and_no_other_address(world: World) -> None:
    told = not_shut(world, world.people[0])
    assert set(told) - set(OPEN) == set(OPEN_WITH_OWN_CODE)
    for path, said in told.items():
        assert not [code for code in world.people[1:] if code in said], path


def test_the_session_is_as_it_was_after_all_that_was_asked_and_posted(world: World) -> None:
    assert codes(world.server) == world.sessions


def test_the_experimenter_gets_in_with_the_password_and_nobody_with_another(world: World) -> None:
    report = f"{world.server.base_url}/AdminReport/{world.session}"
    assert log_in(world.server.base_url, world.server.admin_password).get(report, timeout=SECONDS).url == report
    for wrong in ("", "admin", world.server.admin_password.upper()):
        assert is_shut(log_in(world.server.base_url, wrong).get(report, timeout=SECONDS))


def test_without_a_login_only_the_listed_websockets_stay_open_and_the_others_say_and_do_nothing(world: World) -> None:
    wishes = (
        json.dumps({"session_config": "small_market", "num_participants": "4", "room_name": "lab", "is_mturk": ""}),
        json.dumps([world.session]),
        json.dumps({"app_name": "parimutuel_twostage", "is_custom": True}),
    )
    for path in set(world.addresses["sockets"]) - set(OPEN_SOCKETS):
        for wish in wishes:
            stranger = Listener(world.server.base_url + fill(path, world.session), (wish,)).listen()
            assert (stranger.heard, stranger.code) == ([], 1008), path
    assert codes(world.server) == world.sessions
    assert set(OPEN_SOCKETS) <= set(world.addresses["sockets"])


def test_the_open_websockets_tell_a_subject_nothing_that_leads_to_another(world: World) -> None:
    me, *others = world.people
    address = f"participant_code={me}&session_code={world.session}&page_name=FirstOffer&page_index=0&session_pk=1&participant_id=1"
    address += "&group_id=1&player_id=1&app_name=parimutuel_twostage&room_name=lab&tab_unique_id=x&channel=1"
    waiting = re.search(r"/wait_page\?[\w=&;]+", go_on_until_waiting(world.server.start_link(me)))
    assert waiting is not None
    sockets = {path: f"{fill(path, world.session)}?{address}" for path in OPEN_SOCKETS} | {"/wait_page": waiting[0].replace("&amp;", "&")}
    listeners = {
        path: Listener(world.server.base_url + address, () if path in ("/live", "/trial") else (json.dumps({"tab_hidden": False}),))
        for path, address in sockets.items()
    }
    with ThreadPoolExecutor(len(listeners)) as pool:
        listening = [pool.submit(listener.listen, 2 * SECONDS) for listener in listeners.values()]
        try:
            assert all(listener.opened.wait(SECONDS) for listener in listeners.values())
            for code in others:
                go_on_until_waiting(world.server.start_link(code))
            wait_for(lambda: {"status": "ready"} in map(json.loads, listeners["/wait_page"].heard))
            wait_for(lambda: {"auto_advanced": True} in map(json.loads, listeners["/auto_advance"].heard))
        finally:
            for listener in listeners.values():
                listener.enough.set()
    heard = [(path, message) for path, listener in listeners.items() for message in listener.heard]
    assert all(done.exception() is None for done in listening)
    assert not [(path, message) for path, message in heard for code in others if code in message]


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {SECONDS:.0f} s"
        time.sleep(0.1)


def go_on_until_waiting(url: str) -> str:
    """A subject's page that waits for the others at the end of stage 1, or the page after it for the last to come."""
    answer = requests.get(url, timeout=SECONDS)
    for _ in range(5):
        if "/wait_page?" in answer.text or "/SecondOffer/" in answer.url:
            break
        answer = requests.post(answer.url, data={"stage1_good": "q", "stage1_amount": "1"}, timeout=SECONDS)
    return answer.text


def test_a_page_answers_to_its_own_code_only_and_leads_its_subject_back(world: World) -> None:
    browser = requests.Session()
    mine = browser.get(world.server.start_link(world.people[0]), timeout=SECONDS).url
    for code in (world.people[0][:-1], world.people[0].upper(), world.people[0][:-1] + "~", world.people[0] + "a", "1", "%25", "_" * 8):
        assert browser.get(mine.replace(world.people[0], code), timeout=SECONDS).status_code == 404, code
    for path in world.addresses["pages"]:
        if path.startswith("/p/"):
            assert browser.get(world.server.base_url + fill(path, "", world.people[0]), timeout=SECONDS).url == mine, path


def test_files_are_served_from_the_folders_for_it_only(world: World) -> None:
    base = f"{world.server.base_url}/static"
    assert requests.get(f"{base}/parimutuel/style.css", timeout=SECONDS).status_code == 200
    missing = dict.fromkeys(("settings.py", ""), 404)
    leading_up = dict.fromkeys(("../settings.py", "%2e%2e/settings.py", "parimutuel/%2e%2e/%2e%2e/settings.py", "..%2fserver.log"), 400)
    for path, status in (missing | leading_up).items():
        prepared = requests.Request("GET", base).prepare()
        prepared.url = f"{base}/{path}"
        assert requests.Session().send(prepared, timeout=SECONDS).status_code == status, path
    assert Path("settings.py").exists()
