"""Sessions of many configs, played through, with every page that anybody sees; run by ``played.py`` as ``scenes.py`` is."""

from __future__ import annotations

from typing import Any

from scenes import NOTHING, Played, Q, R, Subject

MOST_STEPS = 60


def seen(sessions: list[dict[str, Any]]) -> list[dict[str, list[str]]]:
    """For each session, given as config, participants, fields and whether all offer the same: the pages by their names."""
    return [_seen(**session) for session in sessions]


def _seen(config: str, participants: int, fields: dict[str, Any], alike: bool = False) -> dict[str, list[str]]:
    played = Played(config, participants, seed="7", **fields)
    pages: dict[str, list[str]] = {}
    for subject in played.subjects:
        subject.come()
    for _ in range(MOST_STEPS):
        for number, subject in enumerate(played.subjects):
            pages.setdefault(subject.page, []).append(subject.text)
            _answer(subject, Q if alike else (Q, R, NOTHING)[number % 3])
        if set(played.reload().pages) == {"Payment"}:
            break
    pages["Payment"] = [subject.text for subject in played.subjects]
    return pages


def _answer(subject: Subject, offer: dict[str, str]) -> None:
    """Go on from a page if its reader decides when; subjects who wait are left alone."""
    if subject.page in ("FirstOffer", "SecondOffer"):
        subject.offer(("FirstOffer", "SecondOffer").index(subject.page) + 1, offer)
    elif subject.page == "Beliefs":
        subject.send([("belief", "50"), ("belief", "50")])
    elif subject.page not in ("Lobby", "Payment") and not subject.page.endswith("Gate"):
        subject.send()
