"""Scenes of the offer pages: their aids, and the log of what they were used for. Run by ``played.py`` in a copy of the project."""

from __future__ import annotations

from typing import Any

from scenes import NOTHING, Played, Q, R, skip_time


def offer_pages(fields: dict[str, Any]) -> dict[str, Any]:
    """The text and script data of the pages for the first offer, the second offer and the result, in the second round."""
    played = Played("small_market", 4, seed="7", **{"rounds": 2, **fields}).consent().round([Q, R, NOTHING, Q])
    seen = {"FirstOffer": played.subjects[0]}
    texts = {"FirstOffer": played.subjects[0].text}
    known = {"FirstOffer": seen["FirstOffer"].known}
    played.offers(1, [Q, R, NOTHING, Q])
    active = next(subject for subject in played.subjects if subject.page == "SecondOffer")
    texts["SecondOffer"], known["SecondOffer"] = active.text, active.known
    played.offers(2, [R, Q, Q, Q])
    texts["Result"], known["Result"] = active.text, active.known
    return {"texts": texts, "known": known}


def logged(fields: dict[str, Any], posted: list[Any]) -> dict[str, Any]:
    """Each subject posts its offer with one of these ``events`` (a list: several fields); what is stored and exported."""
    Played("small_market", 4, seed="8").consent().subjects[0].send(_form(1, Q, ['[{"t":1,"what":"shown","value":null}]']))
    played = Played("small_market", 4, seed="7", **fields).consent()
    pages = []
    for subject, events in zip(played.subjects, posted, strict=True):
        subject.send(_form(1, Q, events if isinstance(events, list) else [events]))
        pages.append([subject.status, subject.page])
    return {"pages": pages, "stored": played.rows("stage1_source", "stage1_events"), **_exported(played)}


def log_of_a_miss_and_a_refusal(events: str, later: str) -> dict[str, Any]:
    """A log sent with a refused offer, then a longer one with a valid offer; and one sent when the time is up."""
    played = Played("small_market", 4, seed="7", stage1_deadline_seconds=60).consent()
    refused, missed, *others = played.subjects
    refused.send(_form(1, {"good": "q", "amount": "999"}, [events]))
    errors = refused.errors
    refused.send(_form(1, Q, [later]))
    for subject in others:
        subject.send(_form(1, R, []))
    skip_time(61)
    missed.send([*_form(1, Q, [events]), ("timeout_happened", "1")])
    return {"errors": errors, "stored": played.rows("stage1_q", "stage1_source", "stage1_events")}


def second_tab(events: str, later: str) -> dict[str, Any]:
    """A second tab posts another offer with another log to a page that the first has answered."""
    played = Played("small_market", 4, seed="7").consent()
    subject = played.subjects[0]
    page = subject.at
    subject.send(_form(1, Q, [events]))
    before = played.rows("stage1_q", "stage1_r", "stage1_seconds", "stage1_events")[0]
    subject.send(_form(1, R, [later]), at=page)
    after = played.rows("stage1_q", "stage1_r", "stage1_seconds", "stage1_events")[0]
    return {"before": before, "after": after, "page": subject.page, "kept": [answer.split("\n")[0] for answer in subject.answers]}


def _form(stage: int, offer: dict[str, str], events: list[str]) -> list[tuple[str, str]]:
    return [(f"stage{stage}_{name}", value) for name, value in offer.items()] + [("events", each) for each in events]


def _exported(played: Played) -> dict[str, Any]:
    return {"code": played.code, "people": [s.code for s in played.subjects], "export": played.export("custom_export_events")}
