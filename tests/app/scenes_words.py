"""A session in the language of the environment: what stands on its pages; run by ``played.py`` in a copy of the project."""

from __future__ import annotations

from typing import Any

from scenes import NOTHING, Played, Q, R


def whole_session() -> dict[str, Any]:
    """Every page of a session of one round, as one subject of those who see it sees it."""
    played = Played("small_market", 4, seed="7", rounds=1, practice_rounds=0)
    first, *others = played.subjects
    pages = {"Consent": first.come().text}
    for subject in others:
        subject.come()
    played.read()
    pages["FirstOffer"] = first.text
    wrong = {
        "off grid": first.offer(1, {"good": "q", "amount": "2,55"}).errors,
        "too much": first.offer(1, {"good": "r", "amount": "10.5"}).errors,
        "twice": first.send([("stage1_good", "q"), ("stage1_good", "r"), ("stage1_amount", "1")]).errors,
    }
    pages["DrawGate"] = first.offer(1, {"good": "q", "amount": "2,5"}).text
    for subject, offer in zip(others, (R, NOTHING, Q), strict=True):
        subject.offer(1, offer)
    played.reload()
    pages |= {subject.page: subject.text for subject in played.subjects}
    stored = played.rows("stage1_q")[0]
    played.offers(2, [R] * 4)
    pages["Result"] = first.text
    pages["Payment"] = first.send().text
    pages["after the last page"] = first.client.get(f"/OutOfRangeNotification/{first.code}").text
    pages["the room"] = first.client.get("/room/lab").text
    return {"pages": pages, "wrong": wrong, "stored": stored}
