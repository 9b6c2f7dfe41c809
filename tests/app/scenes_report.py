"""Scenes of the experimenter's report and its buttons; run by ``played.py`` as ``scenes.py`` is."""

from __future__ import annotations

import html
import re
from typing import Any

from scenes import NOTHING, Client, Group, Participant, Played, Q, R, Session, session_scope, skip_time

from experiment.leaving import LEFT_LOBBY, leave

CLOCK = {"stage1_deadline_seconds": 60, "stage2_deadline_seconds": 60, "result_deadline_seconds": 60}
OFFERS = [Q, R, NOTHING, Q]


def report_of(played: Played) -> Any:
    return played.admin.get(f"/AdminReport/{played.code}")


def text_of(answer: Any) -> str:
    """What the report says, without tags and with single blanks."""
    inside = answer.text[answer.text.index('id="market-report"') :]
    return " ".join(html.unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", inside, flags=re.DOTALL)).split())


def press(played: Played, token: str | None = None, **form: str) -> Any:
    """A button of the report, as its form sends it; with the token of the page unless another one is given."""
    if token is None:
        token = re.search(r'name="csrftoken" value="(\d+)"', report_of(played).text).group(1)
    return played.admin.post(f"/MarketControl/{played.code}", data={"csrftoken": token, **form}, allow_redirects=False)


def group_of(played: Played, round_number: int = 1) -> str:
    return str(played.rows("group_id", round_number=round_number)[0][0])


def deadline(played: Played, field: str) -> float:
    with session_scope():
        return float(Group.objects_filter(session=Session.objects_get(code=played.code), round_number=1).one().field_maybe_none(field))


def course(fields: dict[str, Any]) -> dict[str, Any]:
    """The report before anybody comes, during the first stage, after the draw, after the result, and at the end."""
    played = Played("small_market", 4, seed="7", rounds=1, **CLOCK, **fields)
    said = {"before": text_of(report_of(played))}
    played.consent()
    played.subjects[0].offer(1, Q)
    said["first"] = text_of(report_of(played))
    played.reload().offers(1, [NOTHING, R, NOTHING, Q])
    said["drawn"] = report_of(played).text
    played.offers(2, OFFERS)
    said["cleared"] = report_of(played).text
    said["cleared_text"] = text_of(report_of(played))
    played.read()
    said["end"] = text_of(report_of(played))
    said["export"], said["sessions"] = played.export("custom_export"), played.export("custom_export_sessions")
    said["payments"] = played.export("custom_export_payments")
    return said


def absent() -> dict[str, Any]:
    """One closes the browser at the first offer and misses two rounds; another has a label that is markup."""
    played = Played("small_market", 4, seed="7", rounds=2, misses_allowed=2, **CLOCK).consent()
    with session_scope():
        Participant.objects_get(code=played.subjects[1].code).label = "<b>&x"
    here = played.subjects[1:]
    for subject in here:
        subject.offer(1, Q)
    skip_time(30)
    waiting = text_of(report_of(played))
    skip_time(35)
    for subject in here:
        subject.reload()
    late = text_of(report_of(played))
    for subject in here:
        if subject.page == "SecondOffer":
            subject.offer(2, Q)
        elif subject.page == "NoSecondOffer":
            subject.send()
    skip_time(65)
    for subject in here:
        subject.reload()
    return {"waiting": waiting, "late": late, "gone": text_of(report_of(played)), "markup": report_of(played).text}


def failing_solver() -> str:
    """The theory's solver fails while the report is requested."""
    from experiment import predicted

    def breaks(*arguments: Any) -> Any:
        raise FloatingPointError("no <number> came out")

    predicted.solve_stage2 = breaks
    played = Played("small_market", 4, seed="7", rounds=1).consent()
    played.round(OFFERS)
    answer = report_of(played)
    return f"{answer.status_code} {answer.text}"


def lobby() -> dict[str, Any]:
    """Two wait, one of them silently after a while; a third has left."""
    played = Played("small_market", 4, lobby_seconds=600, rounds=1)
    for subject in played.subjects[:3]:
        subject.come().send()
    with session_scope():
        leave(Participant.objects_get(code=played.subjects[2].code), LEFT_LOBBY)
    skip_time(50)
    played.subjects[0].reload()
    return {"text": text_of(report_of(played))}


def pauses() -> dict[str, Any]:
    """Pause and resume, each twice, and see what the deadline of the market is afterwards."""
    played = Played("small_market", 4, seed="7", rounds=1, **CLOCK).consent()
    before = deadline(played, "stage1_deadline")
    first = press(played, action="pause")
    paused = text_of(report_of(played))
    press(played, action="pause")
    twice = text_of(report_of(played))
    skip_time(100)
    page = played.subjects[0].reload().text
    played.subjects[0].offer(1, Q)
    press(played, action="resume")
    running = text_of(report_of(played))
    press(played, action="resume")
    return {
        "to": [first.status_code, first.headers["location"], f"/AdminReport/{played.code}"],
        "paused": paused,
        "twice": twice,
        "page": page,
        "running": running,
        "not_paused": text_of(report_of(played)),
        "moved": deadline(played, "stage1_deadline") - before,
        "source": played.rows("stage1_source")[0],
    }


def extensions(asked: list[dict[str, str]]) -> list[list[Any]]:
    """Each of these forms, with what the report says on top and how far the deadline moved; ``GROUP`` is the market's own number."""
    played = Played("small_market", 4, seed="7", rounds=1, **CLOCK).consent()
    other = Played("small_market", 4, rounds=1, **CLOCK).consent()
    numbers = {"GROUP": group_of(played), "OTHER": group_of(other)}
    seen = []
    for form in asked:
        before = deadline(played, "stage1_deadline")
        status = press(played, action="extend", **{name: numbers.get(value, value) for name, value in form.items()}).status_code
        skip_time(0.01)
        news = re.search(r'data-says="([^"]*)" data-key="done', report_of(played).text)
        seen.append([status, html.unescape(news.group(1)) if news else "", deadline(played, "stage1_deadline") - before])
    return seen


def strangers_and_login(password: str, key: str) -> dict[str, Any]:
    """On a server with these: who is not logged in, and a form that no page of this server gave; then the administrator."""
    rest = Client()
    rest.headers.update({"otree-rest-key": key})
    wish = {"session_config_name": "small_market", "num_participants": 4}
    code = rest.post("/api/sessions", json=wish).json()["code"]

    def is_paused() -> bool:
        with session_scope():
            return Session.objects_get(code=code).vars.get("paused_at") is not None

    address = f"/MarketControl/{code}"
    stranger = Client()
    answers = {
        how: [answer.status_code, answer.headers.get("location", "")]
        for how, answer in {
            "get": stranger.get(address, allow_redirects=False),
            "post": stranger.post(address, data={"action": "pause"}, allow_redirects=False),
            "rest": rest.post(address, data={"action": "pause"}, allow_redirects=False),
            "unknown": stranger.post("/MarketControl/nosuch", data={"action": "pause"}, allow_redirects=False),
        }.items()
    }
    before = is_paused()
    admin = Client()
    token = re.search(r'name="csrftoken" value="(\d+)"', admin.get("/login").text).group(1)
    admin.post("/login", data={"csrftoken": token, "username": "admin", "password": password}, allow_redirects=False)
    forged = [admin.post(address, data={"action": "pause", **more}, allow_redirects=False).status_code for more in ({}, {"csrftoken": "1"})]
    after_forged = is_paused()
    cookie = admin.post(address, data={"action": "pause", "csrftoken": token}, allow_redirects=False)
    odd = [
        admin.post(f"/MarketControl/{odd}", data={"action": "pause", "csrftoken": token}, allow_redirects=False).status_code
        for odd in ("nosuch", "%00", "a b", "é")
    ]
    return {
        "answers": answers,
        "before": before,
        "forged": forged,
        "after_forged": after_forged,
        "admin": cookie.status_code,
        "paused": is_paused(),
        "odd": odd,
        "get": admin.get(address, allow_redirects=False).headers["location"],
    }


def odd_forms(forms: list[dict[str, str]]) -> list[int]:
    """Forms that no button sends, and a file where a word is wanted."""
    played = Played("small_market", 4, seed="7", rounds=1).consent()
    token = re.search(r'name="csrftoken" value="(\d+)"', report_of(played).text).group(1)
    address = f"/MarketControl/{played.code}"
    statuses = [press(played, token, **form).status_code for form in forms]
    for name in ("action", "seconds", "group"):
        form = {"csrftoken": token, "action": "extend", "seconds": "30", "group": group_of(played)}
        form.pop(name)
        statuses.append(played.admin.post(address, data=form, files={name: ("x", b"pause")}, allow_redirects=False).status_code)
    return [*statuses, report_of(played).status_code]
