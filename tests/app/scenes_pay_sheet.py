"""Scenes about the sheet of payments and the recruiter's files, played like those of ``scenes.py``."""

from __future__ import annotations

from typing import Any

from scenes import NOTHING, Client, Played, Q, R, Session, session_scope
from scenes_payment import to_the_end

from experiment.leaving import leave

FUNCTIONS = ("", "_sessions", "_payments", "_beliefs", "_events", "_pay_sheet", "_bonus", "_bonus_with_fee")


def labelled(fields: dict[str, Any], labels: list[str | None], leavers: dict[str, str], absent: list[int]) -> dict[str, Any]:
    """A session whose subjects have labels, some of whom leave and some of whom never come; every export, and the administrator's page."""
    to_the_end(Played("small_market", 4, **fields).consent(), [Q] * 4)  # another session, which no file of this one may show
    played = Played("small_market", 4, **fields)
    _call(played, labels)
    early = _files(played)
    to_the_end(played.consent(), [(Q, R, NOTHING)[seat % 3] for seat in range(4)])
    with session_scope():
        people = sorted(Session.objects_get(code=played.code).get_participants(), key=lambda person: person.id_in_session)
        for seat, reason in leavers.items():
            leave(people[int(seat)], reason)
        for seat in absent:
            people[seat].visited = False
    outro = {"app": "parimutuel_outro"}
    return {
        "code": played.code,
        "people": [subject.code for subject in played.subjects],
        "early": early,
        "files": _files(played),
        "exports": {name: played.export(f"custom_export{name}") for name in FUNCTIONS},
        "questionnaire": played.export("custom_export_questionnaire", **outro),
        "quiz": played.export("custom_export_quiz", app="parimutuel_intro"),
        "page_times": played.admin.get("/api/export_page_times").text,
        "wide": played.admin.get(f"/api/export_wide?session_code={played.code}").text,
        "unknown": [
            played.admin.get(path).status_code
            for path in ("/PaySheet/nowhere1", "/PaySheet/a'b", f"/PaySheet/{played.code}?file=all", f"/PaySheet/{played.code}?file=")
        ],
    }


def seats(labels: list[str]) -> dict[str, Any]:
    """Subjects arrive at the room for recruiters under these labels, and nobody else does; who counts as having come."""
    admin = Client()
    wish = {"session_config_name": "small_market", "num_participants": 4, "room_name": "online"}
    code = admin.post("/api/sessions", json=wish).json()["code"]
    for label in labels:
        browser = Client()
        answer = browser.get("/room/online", params={"participant_label": label, "welcome_page_ok": "1"}, allow_redirects=False)
        browser.get(answer.headers["location"])
    query = f"app=parimutuel_twostage&function_name=custom_export_pay_sheet&session_code={code}"
    return {"sheet": admin.get(f"/api/export_app_custom?{query}").text, "page": admin.get(f"/PaySheet/{code}").text}


def _call(played: Played, labels: list[str | None]) -> None:
    with session_scope():
        people = sorted(Session.objects_get(code=played.code).get_participants(), key=lambda person: person.id_in_session)
        for person, label in zip(people, labels, strict=True):
            person.set_label(label)


def _files(played: Played) -> dict[str, str]:
    address = f"/PaySheet/{played.code}"
    return {"page": played.admin.get(address).text} | {name: played.admin.get(f"{address}?file={name}").text for name in ("bonus", "total")}
