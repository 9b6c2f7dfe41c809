"""Scenes of who gets in: which addresses there are, and what one subject can learn about the others; run by ``played.py``."""

from __future__ import annotations

from typing import Any

from scenes import NOTHING, Client, Played, Q, R, app  # starts oTree, so it comes first

# isort: split

import otree.common
from otree.database import session_scope
from otree.models import Participant, Session
from otree.views import cbv
from starlette.routing import Mount, WebSocketRoute


def addresses() -> dict[str, list[str]]:
    """All addresses that oTree answers at: pages, folders of files, and those of websockets."""
    found: dict[str, list[str]] = {"pages": [], "folders": [], "sockets": []}
    for route in app.routes:
        kind = "folders" if isinstance(route, Mount) else "sockets" if isinstance(route, WebSocketRoute) else "pages"
        found[kind].append(route.path)
    return found


def codes(sessions: int) -> dict[str, Any]:
    """The codes of participants and sessions, and of the links for whole sessions; and where they come from."""
    played = [Played("small_market", 4) for _ in range(sessions)]
    with session_scope():
        links = [Session.objects_get(code=one.code)._anonymous_code for one in played]
    people = [subject.code for one in played for subject in one.subjects]
    sources = [type(source).__name__ for source in (otree.common.rng, cbv.rng)]
    return {"people": people, "sessions": [one.code for one in played], "links": links, "sources": sources}


def every_answer(config: str, participants: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Every answer, headers included, that each subject gets in a whole session; and what tells the subjects apart."""
    played = Played(config, participants, **fields).consent()
    for _ in range(200):
        for number, subject in enumerate(played.subjects):
            subject.reload()
            if subject.page in ("FirstOffer", "SecondOffer"):
                subject.offer(1 if subject.page == "FirstOffer" else 2, (Q, R, NOTHING)[number % 3])
            elif subject.page == "Beliefs":
                subject.send([("belief", "70"), ("belief", "30")])
            elif subject.page != "Payment":
                subject.send()
        if set(played.pages) == {"Payment"}:
            break
    return {
        "pages": played.pages,
        "codes": [subject.code for subject in played.subjects],
        "told": [subject.answers for subject in played.subjects],
        "printed": Client().get(f"/instructions/{played.code}").text,
    }


def another_ones_label(label: str) -> dict[str, Any]:
    """Somebody comes by a start link with the label of somebody who has a seat; who has which label then."""
    played = Played("small_market", 4)
    ways = [f"/InitializeParticipant/{subject.code}?participant_label={label}" for subject in played.subjects[:2]]
    statuses = [Client().get(way, allow_redirects=False).status_code for way in (*ways, ways[0])]
    with session_scope():
        labels = [Participant.objects_get(code=subject.code).label for subject in played.subjects[:2]]
    return {"statuses": statuses, "labels": labels}


def link_for_all(room: str | None) -> int:
    """How the link for the whole session answers, for a session in a room or in none."""
    client = Client()
    wish = {"session_config_name": "small_market", "num_participants": 4} | ({"room_name": room} if room else {})
    made = client.post("/api/sessions", json=wish).json()
    status: int = client.get(made["session_wide_url"].removeprefix("http://testserver"), allow_redirects=False).status_code
    return status
