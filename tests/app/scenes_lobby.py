"""Scenes of a lobby: who comes, stays, leaves and is away, on a clock that the scenes advance; run by ``played.py``."""

from __future__ import annotations

from typing import Any

from scenes import Client, Played, Q, Subject, skip_time  # starts oTree, so it comes first

# isort: split

from otree.database import session_scope
from otree.models import Participant, Session

from experiment.leaving import QUIZ_FAILED, leave, reason_to_leave
from parimutuel_twostage import Player

LOBBY = {
    "market_size": 8,
    "min_market_size": 7,
    "lobby_seconds": 60,
    "lobby_leave_seconds": 20,
    "rounds": 2,
    "seed": "271828182845904",
    "questionnaire": "",
}


def lobby(participants: int, **fields: Any) -> Played:
    return Played("small_market", participants, **(LOBBY | fields))


def recheck(subjects: list[Subject], seconds: float, away: tuple[int, ...] = ()) -> None:
    """The pages of these subjects keep asking for this many seconds, every three."""
    for _ in range(int(seconds // 3)):
        skip_time(3)
        for number, subject in enumerate(subjects):
            if subject.page == "Lobby":
                check(subject, away=number in away)


def check(subject: Subject, away: bool = False) -> Any:
    """What the page's script does: ask, and reload if the page has ended."""
    answer = subject.client.get(subject.at + "?check=1" + ("&away=1" if away else ""), allow_redirects=False)
    if answer.status_code == 302:
        subject.reload()
        return None
    return answer.json()


def reasons(played: Played) -> list[str | None]:
    with session_scope():
        people = Session.objects_get(code=played.code).get_participants()
        return [reason_to_leave(person) for person in sorted(people, key=lambda person: person.id_in_session)]


def sizes(arrivals: int, participants: int, seconds: float) -> dict[str, Any]:
    """This many participants come at once and wait; then those in a market play it to its end."""
    played = lobby(participants)
    here = played.subjects[:arrivals]
    for subject in here:
        subject.come().send()
    pages = [subject.page for subject in here]
    for subject in here:
        subject.reload()
    at_once = [subject.page for subject in here]
    recheck(here, seconds)
    after = [subject.page for subject in here]
    told = [subject.text for subject in here]
    for subject in here:
        if subject.page == "Market":
            subject.send()
    for _ in range(LOBBY["rounds"]):
        for stage, page in ((1, "FirstOffer"), (2, "SecondOffer")):
            for subject in here:
                if subject.page == page:
                    subject.offer(stage, Q)
                elif subject.page == "NoSecondOffer" and stage == 2:
                    subject.send()
            for subject in here:
                subject.reload()
        for subject in here:
            if subject.page == "Result":
                subject.send()
    return {
        "pages": pages,
        "at_once": at_once,
        "after": after,
        "told": told,
        "end": [subject.page for subject in here],
        "reasons": reasons(played),
        "report": played.admin.get(f"/AdminReport/{played.code}").status_code,
        **{name: played.export(f"custom_export{name}") for name in ("", "_sessions", "_payments")},
    }


def leaver() -> dict[str, Any]:
    """Six wait; one tries to leave too early, and later leaves; then two more come."""
    played = lobby(9)
    first = played.subjects[0]
    for subject in played.subjects[:6]:
        subject.come().send()
    early = first.send({"leave": "1"}).page
    recheck(played.subjects[:6], 21)
    offered = check(first)
    left = first.send({"leave": "1"}).page
    for subject in played.subjects[6:9]:
        subject.come().send()
    for subject in played.subjects:
        subject.reload()
    placed = played.subjects[1]
    tried = placed.send({"leave": "1"}, at=placed.at.replace("Market", "Lobby")).page
    return {"early": early, "offered": offered, "left": left, "pages": played.pages, "tried": tried, "reasons": reasons(played)}


def away(how: str) -> dict[str, Any]:
    """Eight come, but one is away when the eighth comes: the tab closed, hidden, or opened by oTree's worker only."""
    played = lobby(9)
    gone = played.subjects[0]
    for subject in played.subjects[:7]:
        subject.come().send()
    seen = [check(subject)["count"] for subject in played.subjects[:1]]
    if how == "hidden":
        check(gone, away=True)
    else:
        recheck(played.subjects[1:7], 15)
    if how == "worker":
        gone.client.get(gone.at, headers={"user-agent": "Python-urllib/3.11"})
    if how == "restart":
        with session_scope():
            Participant.objects_get(code=gone.code)._waitpage_is_connected = True
    played.subjects[7].come().send()
    seen.append(check(played.subjects[7])["count"])
    at_eighth = played.pages[1:8]
    if how == "back":
        gone.reload()
        at_eighth = [subject.reload().page for subject in played.subjects[:8]]
        return {"at_eighth": at_eighth}
    recheck(played.subjects[1:8], 60)
    rest = [subject.reload().page for subject in played.subjects[1:8]]
    return {"seen": seen, "at_eighth": at_eighth, "rest": rest, "gone": gone.reload().page, "reasons": reasons(played)}


def too_few() -> dict[str, Any]:
    """Two come one after the other, fewer than a market takes; each learns so when their own time is up."""
    played = lobby(8)
    one, two = played.subjects[:2]
    one.come().send()
    recheck([one], 30)
    two.come().send()
    recheck([one, two], 33)
    between = [one.page, two.page]
    recheck([one, two], 30)
    return {"between": between, "end": [one.page, two.page], "reasons": reasons(played)}


def quiz_failed() -> dict[str, Any]:
    """A subject who failed the quiz and asks for the lobby all the same is moved on, and is not counted."""
    played = lobby(9)
    failed = played.subjects[0]
    failed.come()
    with session_scope():
        leave(Participant.objects_get(code=failed.code), QUIZ_FAILED)
    failed.send()
    for subject in played.subjects[1:8]:
        subject.come().send()
    count = check(played.subjects[7])["count"]
    played.subjects[8].come().send()
    return {"failed": failed.page, "count": count, "pages": [subject.reload().page for subject in played.subjects[1:]]}


def two_markets() -> dict[str, Any]:
    """Eighteen come: two full markets, and two who find none; the rounds' groups, and what was drawn."""
    played = lobby(18)
    for subject in played.subjects:
        subject.come().send()
    for subject in played.subjects:
        subject.reload()
    with session_scope():
        session = Session.objects_get(code=played.code)
        groups = [
            [
                [player.group.id_in_subsession, player.id_in_group, player.field_maybe_none("type")]
                for player in Player.objects_filter(session=session, round_number=number).order_by("participant_id")
            ]
            for number in (1, 2)
        ]
    return {"pages": played.pages, "groups": groups}


def room_entrance(labels: list[str | None]) -> dict[str, Any]:
    """Ask for the online room with these labels, each in a browser of its own; what is said, and who has which label."""
    admin = Client()
    wish = {"session_config_name": "small_market", "num_participants": 4, "room_name": "online"}
    code = admin.post("/api/sessions", json=wish).json()["code"]
    previews, statuses, places, refusals = [], [], [], []
    for label in labels:
        browser, query = Client(), {} if label is None else {"participant_label": label}
        previews.append(browser.get("/room/online", params=query).status_code)
        refusals.append(browser.post("/room/online", json=query).json().get("errors", {}).get("participant_label"))
        answer = browser.get("/room/online", params=query | {"welcome_page_ok": "1"}, allow_redirects=False)
        statuses.append(answer.status_code)
        places.append(answer.headers.get("location", "").rsplit("/", 1)[-1])
    with session_scope():
        people = sorted(Session.objects_get(code=code).get_participants(), key=lambda person: person.id_in_session)
        kept, last = [person.label for person in people], people[-1].code
    initialised = admin.get(f"/InitializeParticipant/{last}", params={"participant_label": "=1+1"}, allow_redirects=False).status_code
    return {"previews": previews, "refusals": refusals, "statuses": statuses, "places": places, "kept": kept, "start": initialised}
