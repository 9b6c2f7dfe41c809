"""Scenes of sessions with texts of a study's own, and of subjects who do not agree; run by ``played.py`` as ``scenes.py`` is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from scenes import Client, Participant, Played, Q, Session, _experiments, rows_in_database, session_scope, skip_time, wanted
from scenes_payment import to_the_end

from experiment.leaving import reason_to_leave
from experiment.texts import studies

DECLINES = {"declines": "1"}
OUTRO, INTRO = {"app": "parimutuel_outro"}, {"app": "parimutuel_intro"}
ANSWERS = [
    {"own_trust": "3", "own_traded_before": "often", "own_semesters": "2,5", "own_strategy": "=1+1\r\n<b>"},
    {"own_trust": "7", "own_traded_before": "never", "own_semesters": "4", "own_strategy": "=1+1\r\n<b>"},
]


def exports(played: Played) -> dict[str, str]:
    return {
        "": played.export("custom_export"),
        "_sessions": played.export("custom_export_sessions"),
        "_payments": played.export("custom_export_payments"),
        "consent": played.export("custom_export_consent", **INTRO),
        "texts": played.export("custom_export_texts", **INTRO),
        "questionnaire": played.export("custom_export_questionnaire", **OUTRO),
    }


def own_texts(fields: dict[str, Any]) -> dict[str, Any]:
    """A session with the example's texts, whose files are changed and then broken while it runs; from consent to payment."""
    Played("small_market", 4, rounds=1)  # another session, which no export of this one may show
    played = Played("small_market", 4, texts="example", minutes=45, rounds=1, questionnaire="age", **fields)
    first = played.subjects[0].come().text
    changed = Path("texts/example/en/welcome.md")
    before = changed.read_text()
    changed.write_text("# Something else\n")
    Path("texts/example/en/questionnaire.toml").write_text("[[item]\n")
    _experiments.clear()
    again = played.subjects[0].reload().text
    answer = Client().post("/api/sessions", json=wanted("small_market", 4, {"texts": "example", "minutes": 45}))
    left_out = studies.left_out()
    played.consent()
    to_the_end(played, [Q] * 4)
    asked = played.subjects[0].text
    said = []
    for answers in ({}, ANSWERS[0]):
        subject = played.subjects[0].send(answers)
        said.append([subject.page, len(subject.errors), re.findall('class="hint" id="([a-z_-]+)-error"', subject.text)])
    for subject in played.subjects:
        subject.send(ANSWERS[1])
    report = played.admin.get(f"/AdminReport/{played.code}").text
    return {
        "first": [first, again],
        "welcome": before,
        "refused": [answer.status_code, answer.text],
        "left_out": left_out,
        "asked": asked,
        "judged": said,
        "pages": played.pages,
        "payment": played.subjects[0].text,
        "report": report,
        **exports(played),
    }


def built_in() -> dict[str, Any]:
    """A session as a newcomer creates it: one subject agrees, then the experimenter moves two on who have not decided; one never comes."""
    played = Played("small_market", 4, rounds=1)
    first = played.subjects[0].come().send()
    for subject in played.subjects[1:3]:
        subject.come()
    before = first.page
    with session_scope():
        session = Session.objects_get(code=played.code)
        session.advance_last_place_participants(visited_only=True)
    moved = [subject.reload().page for subject in played.subjects[1:3]]
    return {"first": before, "moved": moved, "report": _report(played), **exports(played)}


def _report(played: Played) -> str:
    return str(played.admin.get(f"/AdminReport/{played.code}").text)


def declined(fields: dict[str, Any]) -> dict[str, Any]:
    """One of four does not agree; the others play to the end, and none of them waits for that one, in any round."""
    played = Played("small_market", 4, seed="7", **fields)
    *others, gone = played.subjects
    for subject in others:
        subject.come().send()
    asked = gone.come().text
    gone.send(DECLINES)
    left = [gone.page, gone.text]
    pages: list[list[str]] = []
    for _ in range(60):
        here = [subject.reload().page for subject in others]
        if all(page in ("Questionnaire", "Payment") for page in here):
            break
        for subject in others:
            if subject.page in ("FirstOffer", "SecondOffer"):
                subject.offer(1 if subject.page == "FirstOffer" else 2, Q)
            elif subject.page not in ("DrawGate", "MarketGate", "StartGate"):
                subject.send()
        pages.append([subject.page for subject in others])
    for subject in others:
        while subject.page == "Questionnaire":
            subject.send()
    again = gone.come().page
    with session_scope():
        person = Participant.objects_get(code=gone.code)
        reason = reason_to_leave(person)
        paid = f"{float(person.payoff_plus_participation_fee()):.2f}"
    return {
        "asked": asked,
        "left": left,
        "again": again,
        "reason": reason,
        "otree_paid": paid,
        "pages": [subject.page for subject in others],
        "code": gone.code,
        "report": _report(played),
        **exports(played),
    }


def declined_before_a_lobby() -> dict[str, Any]:
    """Of five, one does not agree; the other four find their market."""
    played = Played("small_market", 5, seed="7", rounds=1, market_size=4, min_market_size=4, lobby_seconds=60)
    gone, *others = played.subjects
    gone.come().send(DECLINES)
    for subject in others:
        subject.come().send()
    skip_time(1)
    return {"gone": gone.page, "others": [subject.reload().page for subject in others], "left": rows_in_database()[0], **exports(played)}


def decides_twice() -> dict[str, Any]:
    """Agreeing, then not, at the page's own address; and the reverse; and both at once."""
    played = Played("small_market", 4, rounds=1)
    agrees, declines, both, _ = played.subjects
    for subject, first, second in ((agrees, {}, DECLINES), (declines, DECLINES, {})):
        here = subject.come().at
        subject.send(first).send(second, at=here)
    both.come().send([("declines", "1"), ("declines", "2")])
    return {"pages": played.pages[:3], "errors": both.errors, **exports(played)}
