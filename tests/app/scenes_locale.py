"""Scenes of sessions that were created in different languages and currencies and are served by one process; run by ``played.py``.

A server that is started again is here the same process with another language and currency of its own, and nothing remembered.
"""

from __future__ import annotations

import re
import time
from typing import Any

from scenes import Client, Group, Played, Q, Session, Subject, session_scope, wanted

import experiment.session
from experiment.language import language
from experiment.locales import Locale, currency, serve_in
from otree_host import session_locale
from otree_host.scheduler import Scheduler
from parimutuel_twostage import Heartbeat, due_markets

FIELDS = {
    "instructions": True,
    "quiz_attempts": 1,
    "practice_rounds": 1,
    "rounds": 2,
    "beliefs": True,
    "show_posterior": True,
    "participation_fee": 5.25,
    "seed": "271828182845904",
    "stage1_deadline_seconds": 600,
}
WALKED = ("de", "en")
LOCALES = {"de": ("de", "EUR"), "en": ("en", "USD"), "yen": ("en", "JPY")}


def start_again(language_code: str, currency_code: str) -> None:
    """The server's own language and currency from now on; all caches are emptied."""
    serve_in(Locale(language_code, currency_code))
    experiment.session._experiments.clear()
    experiment.session._locales.clear()
    session_locale._by_code.clear()


def visit(subject: Subject) -> list[str]:
    """Post something wrong where the page has a form, read the refusal, then answer the page; the page and what it said."""
    said = [subject.page, subject.text]
    if subject.page in ("FirstOffer", "SecondOffer"):
        stage = 1 if subject.page == "FirstOffer" else 2
        said.append(subject.offer(stage, {"good": "q", "amount": "999"}).text)
        subject.offer(stage, Q)
    elif subject.page == "Beliefs":
        said.append(subject.send([("belief", "70"), ("belief", "31")]).text)
        subject.send([("belief", "70"), ("belief", "30")])
    elif subject.page == "Questionnaire":
        said.append(subject.send({"age": "three"}).text)
        subject.send()
    elif subject.page.startswith("Quiz"):
        said.append(subject.send({"attempt": "1"}).text)
        said.append(subject.send({"attempt": "1", **_some_answers(subject.text)}).text)
        if subject.page == said[0]:
            subject.send({"attempt": "2"})
    else:
        subject.send()
    return said


def _some_answers(page: str) -> dict[str, str]:
    """An answer to every question of a page of the quiz, most of them wrong."""
    chosen = dict(re.findall(r'<input type="radio" name="(\w+)" value="(\w+)"', page))
    return chosen | dict.fromkeys(re.findall(r'name="(\w+)" type="text"', page), "0")


def alternately(server: list[str]) -> dict[str, Any]:
    """Sessions in three locales, then a restart in ``server``; each page of two in turn, the administrator's of all."""
    sessions = {}
    for name, (language_code, currency_code) in LOCALES.items():
        start_again(language_code, currency_code)
        sessions[name] = Played("small_market", 4, **FIELDS)
    start_again(*server)
    seen: dict[str, list[list[str]]] = {name: [] for name in WALKED}
    turns = [
        (name, subject)
        for seats in zip(*(sessions[name].subjects for name in WALKED), strict=True)
        for name, subject in zip(WALKED, seats, strict=True)
    ]
    for _, subject in turns:
        subject.come()
    while any(subject.page != "Payment" for _, subject in turns):
        for name, subject in turns:
            if subject.page.endswith("Gate"):
                subject.reload()
            if subject.page != "Payment":
                seen[name].append(visit(subject))
    for name, subject in turns:
        seen[name].append([subject.page, subject.text])
    first = next(iter(sessions.values()))
    return {
        "seen": seen,
        "codes": {name: played.code for name, played in sessions.items()},
        "over": {name: Client().get(f"/OutOfRangeNotification/{played.subjects[0].code}").text for name, played in sessions.items()},
        "printed": {name: Client().get(f"/instructions/{played.code}").text for name, played in sessions.items()},
        "pay_sheet": {name: first.admin.get(f"/PaySheet/{played.code}").text for name, played in sessions.items()},
        "payments": {name: first.admin.get(f"/SessionPayments/{played.code}").text for name, played in sessions.items()},
        "report": {name: first.admin.get(f"/AdminReport/{played.code}").text for name, played in sessions.items()},
        "rest": {name: first.admin.post(f"/api/get_session/{played.code}", json={}).json() for name, played in sessions.items()},
        "exports": {kind: first.export(f"custom_export{kind}", session=False) for kind in ("", "_payments", "_pay_sheet", "_sessions")},
        "left_over": [language().code, currency()],
    }


def rooms(server: list[str]) -> dict[str, Any]:
    """The room's pages before it has a session, with one of another locale than the server's, and when that is full; and the lobby's."""
    start_again(*server)
    browser = Client()
    pages = {"no session": browser.get("/room/lab").text, "no session yet": browser.get("/room/lab?welcome_page_ok=1").text}
    start_again("de", "EUR")
    fields = {"lobby_seconds": 60, "market_size": 4, "min_market_size": 4}
    made = browser.post("/api/sessions", json=wanted("small_market", 4, fields) | {"room_name": "lab"})
    assert made.status_code == 200, made.text
    start_again(*server)
    pages["with session"] = browser.get("/room/lab").text
    for number in range(5):
        guest = Client()
        answer = guest.get("/room/lab?welcome_page_ok=1", allow_redirects=False)
        if answer.status_code == 302:
            seat = Subject(answer.headers["location"].split("/")[-1])
            seat.client = guest
            seat.come().send()
            pages[f"seat {number}"] = seat.text
        else:
            pages["full"] = answer.text
    return pages


def old_session(server: list[str]) -> dict[str, Any]:
    """A session of a version that kept no language and no currency, on a server of this locale; and one whose language has gone."""
    start_again("de", "EUR")
    old, odd = Played("small_market", 4), Played("small_market", 4)
    with session_scope():
        for played, changed in ((old, {}), (odd, {"language": "xx", "currency": "CHF"})):
            session = Session.objects_get(code=played.code)
            kept = {name: value for name, value in session.vars["experiment"].items() if name not in ("language", "currency")}
            session.vars["experiment"] = kept | changed
    start_again(*server)
    pages = {name: played.subjects[0].come().text for name, played in (("old", old), ("odd", odd))}
    return pages | {"payments": old.export("custom_export_payments", session=False)}


def locale_of_the_scheduler(server: list[str]) -> list[Any]:
    """The scheduler's language and currency while it brings on a market of each session, and after it."""
    spoken, sessions = [], {}
    for name, (language_code, currency_code) in LOCALES.items():
        start_again(language_code, currency_code)
        sessions[name] = Played("small_market", 4, stage1_deadline_seconds=10).consent()
    start_again(*server)
    advance = due_markets.progress.advance

    def noted(group: Any, now: float) -> Any:
        spoken.append([group.session.code, language().code, currency()])
        return advance(group, now)

    due_markets.progress.advance = noted
    Scheduler(due_markets.duties(Group), Heartbeat).tick(time.time() + 100)
    names = {played.code: name for name, played in sessions.items()}
    return [[names[code], *said] for code, *said in spoken], [language().code, currency()]
