"""Scenes of subjects who wait, of the seat on their pages, and of receipts; run by ``played.py``."""

from __future__ import annotations

import time
from typing import Any

from scenes import NOTHING, Client, Participant, Played, Q, R, Session, session_scope, skip_time  # starts oTree, so it comes first

# isort: split

from scenes_payment import to_the_end

from parimutuel_twostage import pausing

OFFERS = [Q, R, NOTHING, Q]


def asks(subject: Any) -> dict[str, Any]:
    """What the page's script is told when it asks, or where it would be sent."""
    answer = subject.client.get(subject.at + "?check=1", allow_redirects=False)
    told: dict[str, Any] = {"redirected": True} if answer.status_code == 302 else answer.json()
    return told | {"kept": answer.headers.get("cache-control")}


def counts(order: list[int], fields: dict[str, Any]) -> dict[str, Any]:
    """Subjects make their offers in this order; what each who waits is told after each of them, at both stages."""
    played = Played("small_market", 4, **({"seed": "7"} | fields)).consent()
    seen: dict[str, Any] = {"stage1": [], "stage2": []}
    for seat in order:
        played.subjects[seat].offer(1, OFFERS[seat])
        waiting = [subject for subject in played.subjects if subject.page == "DrawGate"]
        seen["stage1"].append([asks(subject) for subject in waiting])
    played.reload()
    for seat in order:
        subject = played.subjects[seat]
        if subject.page == "NoSecondOffer":
            subject.send()
        elif subject.page == "SecondOffer":
            subject.offer(2, OFFERS[seat])
        seen["stage2"].append([asks(one) for one in played.subjects if one.page == "MarketGate"])
    return seen


def gates() -> dict[str, str]:
    """The text of each wait page, for each kind of offer made before it."""
    played = Played("small_market", 5, market_size=5, seed="7", stage1_deadline_seconds=60, stage2_deadline_seconds=60).consent()
    first, second, third, missed, _ = played.subjects
    texts = {}
    for name, subject, offer in (("q", first, Q), ("r", second, R), ("nothing", third, NOTHING)):
        texts[f"DrawGate {name}"] = subject.offer(1, offer).text
    skip_time(60)
    texts["DrawGate missed"] = missed.send({"timeout_happened": "1"}).text
    skip_time(5)
    played.reload()
    active = [subject for subject in played.subjects if subject.page == "SecondOffer"]
    idle = next(subject for subject in played.subjects if subject.page == "NoSecondOffer")
    texts["MarketGate idle"] = idle.send().text
    for name, subject, offer in zip(("q", "r"), active, (Q, R), strict=False):
        texts[f"MarketGate {name}"] = subject.offer(2, offer).text
    return texts


def ready(fields: dict[str, Any]) -> list[Any]:
    """Subjects come to the wait page before the first round, one by one; what the first of them reads and is told."""
    played = Played("small_market", 4, instructions=True, stage1_deadline_seconds=60, **fields)
    first, second, *_ = played.subjects
    seen: list[Any] = []
    for subject in (first, second):
        subject.come().send()
        while subject.page.startswith("Instructions"):
            subject.send()
        seen.append(asks(first)["count"])
    return [first.page, first.text, *seen]


def paused_while_waiting() -> list[str]:
    """What a page that waits is told before, during and after a pause."""
    played = Played("small_market", 4, seed="7").consent()
    first = played.subjects[0].offer(1, Q)
    states = [asks(first)["state"]]
    for change in (pausing.pause, pausing.resume):
        with session_scope():
            change(Session.objects_get(code=played.code), time.time())
        states.append(asks(first)["state"])
    return states


def seats(fields: dict[str, Any], labels: list[str | None], config: str = "small_market") -> dict[str, Any]:
    """Every page of every subject, by name, where these subjects have these labels."""
    played = Played(config, len(labels), **({"seed": "7", "rounds": 1} | fields))
    with session_scope():
        for subject, label in zip(played.subjects, labels, strict=True):
            Participant.objects_get(code=subject.code).set_label(label)
    pages: list[dict[str, str]] = [{} for _ in labels]

    def look() -> None:
        for subject, seen in zip(played.subjects, pages, strict=True):
            seen[subject.page] = subject.text

    for subject in played.subjects:
        subject.come()
    look()
    played.read()
    look()
    if "Lobby" in pages[0]:
        played.reload()
        look()
        return {"pages": pages}
    for subject, offer in zip(played.subjects[:-1], OFFERS, strict=False):
        subject.offer(1, offer)
    look()
    played.subjects[-1].offer(1, OFFERS[-1])
    played.reload()
    look()
    for subject in played.subjects:
        subject.send() if subject.page == "NoSecondOffer" else subject.offer(2, R)
        look()
    played.reload()
    look()
    for _ in range(2):  # the questionnaire, the payment
        played.read()
        look()
    return {"pages": pages}


def receipts(fields: dict[str, Any]) -> dict[str, Any]:
    """A session that is over, in which one place was never taken: its receipts."""
    played = Played("small_market", 4, **({"seed": "7", "rounds": 1, "questionnaire": ""} | fields)).consent()
    to_the_end(played, OFFERS)
    with session_scope():
        Participant.objects_get(code=played.subjects[1].code).visited = False
    return {
        "codes": [subject.code for subject in played.subjects],
        "page": played.admin.get(f"/PaySheet/{played.code}?file=receipts").text,
        "payment": [subject.text for subject in played.subjects],
        "_payments": played.export("custom_export_payments"),
    }


def laboratory(labels: list[str | None]) -> list[list[str | None]]:
    """Browsers open the laboratory's room with these labels; to whose seat each comes, and the label of that seat."""
    admin = Client()
    wish = {"session_config_name": "small_market", "num_participants": 4, "room_name": "lab"}
    assert admin.post("/api/sessions", json=wish).status_code == 200
    seen: list[list[str | None]] = []
    for label in labels:
        answer = Client().get(
            "/room/lab", params={"welcome_page_ok": "1"} | ({} if label is None else {"participant_label": label}), allow_redirects=False
        )
        code = answer.headers["location"].rsplit("/", 1)[-1]
        with session_scope():
            seen.append([code, Participant.objects_get(code=code).label])
    return seen
