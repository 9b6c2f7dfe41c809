"""Scenes of the instructions: what stands on their pages, in the panel and in print; run by ``played.py`` like ``scenes.py``."""

from __future__ import annotations

from typing import Any

from scenes import Client, Played


def everywhere(sessions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each session, given as config, participants and fields: the instructions in print, on the pages, and in the panel."""
    return [_everywhere(**session) for session in sessions]


def _everywhere(config: str, participants: int, fields: dict[str, Any]) -> dict[str, Any]:
    played = Played(config, participants, **fields)
    anybody = Client()
    answer = anybody.get(f"/instructions/{played.code}")
    reader = played.subjects[0].come().send()
    pages = []
    while reader.page.startswith("Instructions"):
        pages.append(reader.text)
        reader.send()
    return {
        "status": answer.status_code,
        "printed": answer.text,
        "pages": pages,
        "decision": reader.text,
        "page": reader.page,
        "type": played.rows("type")[0][0],
    }


def way_back(fields: dict[str, Any]) -> dict[str, Any]:
    """The pages that readers see if they go on to the third one, back to the first, and then on to the end."""
    reader = Played("small_market", 4, **fields).subjects[0].come()
    steps = []
    for data in ({}, {}, {}, {"back_button": "{}"}, {"back_button": "{}"}, *[{}] * 7):
        reader.send(data)
        steps.append(reader.page)
    return {"steps": steps, "first_has_back": "back_button()" in Played("small_market", 4, **fields).subjects[0].come().send().text}


def addresses() -> dict[str, Any]:
    """What the server answers to those who ask for instructions: of a session, of none, and the admin for the link."""
    played = Played("small_market", 4)
    anybody = Client()
    return {
        "code": played.code,
        "known": anybody.get(f"/instructions/{played.code}").status_code,
        "unknown": anybody.get("/instructions/nosuch").status_code,
        "report": played.admin.get(f"/AdminReport/{played.code}").text,
        "again": anybody.get(f"/instructions/{played.code}").text == anybody.get(f"/instructions/{played.code}").text,
        "participants": [subject.code for subject in played.subjects],
        "printed": anybody.get(f"/instructions/{played.code}").text,
    }
