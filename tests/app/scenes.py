"""Scenes of sessions, played by raw HTTP against oTree in this process; run by ``played.py`` in a copy of the project."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

INSTANT = 1e-5
_real_time, _now = time.time, [time.time()]


def _time() -> float:
    """A clock that only scenes advance, apart from an instant at each reading: a busy machine makes nobody late."""
    _now[0] += INSTANT
    return _now[0]


time.time = _time

from otree.main import setup  # noqa: E402

setup()

from otree.asgi import app  # noqa: E402
from otree.database import dbq, session_scope  # noqa: E402
from otree.models import Participant, Session  # noqa: E402
from otree.templating import ibis_loader  # noqa: E402
from starlette.testclient import TestClient  # noqa: E402

from experiment.session import _experiments, experiment_of  # noqa: E402
from parimutuel_twostage import C, Group, Player, Subsession  # noqa: E402

Q, R, NOTHING = {"good": "q", "amount": "2"}, {"good": "r", "amount": "1.5"}, {"good": "none", "amount": ""}


def before_forks() -> None:
    """Compile what nearly every scene shows, so that no child has to; also the wait page, as oTree compiles pages differently."""
    for template in Path("_templates").rglob("*.html"):
        if template.name != "Gate.html":
            ibis_loader.load(template.relative_to("_templates").as_posix())


def skip_time(seconds: float) -> None:
    _now[0] += seconds


class Client(TestClient):
    """A browser. It ignores proxies in the environment: looking for one takes a tenth of each request."""

    def __init__(self) -> None:
        super().__init__(app)
        self.trust_env = False


class Subject:
    """One browser: remembers the page it is on and every answer of the server, redirects included."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.answers: list[str] = []
        self.client = Client()
        self.at = self.text = ""
        self.status = 0

    def come(self) -> Subject:
        return self._follow(self.client.get(f"/InitializeParticipant/{self.code}", allow_redirects=False))

    def reload(self) -> Subject:
        return self._follow(self.client.get(self.at, allow_redirects=False))

    def send(self, data: dict[str, str] | list[tuple[str, str]] | None = None, follow: bool = True, at: str | None = None) -> Subject:
        """Answer the page; a list of fields may name one twice."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.client.post(at or self.at, data=urlencode(data or []), headers=form, allow_redirects=False)
        return self._follow(answer, follow)

    def offer(self, stage: int, offer: dict[str, str]) -> Subject:
        return self.send({f"stage{stage}_{name}": value for name, value in offer.items()})

    @property
    def page(self) -> str:
        return self.at.split("/")[4] if self.at.startswith("/p/") else self.at

    @property
    def known(self) -> dict[str, Any]:
        found = re.search(r"<script>var js_vars = (\{.*?\});</script>", self.text, re.DOTALL)
        return json.loads(found.group(1)) if found else {}

    @property
    def errors(self) -> list[str]:
        return [found.strip() for found in re.findall(r'class="otree-form-errors[^>]*>(.*?)</div>', self.text, re.DOTALL)]

    def _follow(self, answer: Any, follow: bool = True) -> Subject:
        for _ in range(10):
            self.status, self.text = answer.status_code, answer.text
            kept = {name: value for name, value in answer.headers.items() if name not in ("content-length", "set-cookie")}
            self.answers.append(f"{answer.status_code} {json.dumps(kept)}\n{answer.text}")
            self.at = re.sub(r"^https?://[^/]+", "", answer.url)
            if answer.status_code not in (302, 307) or not follow:
                break
            self.at = re.sub(r"^https?://[^/]+", "", answer.headers["location"])
            answer = self.client.get(self.at, allow_redirects=False)
        return self


class Played:
    """A session with all of its subjects."""

    def __init__(self, config: str, participants: int, **fields: Any) -> None:
        self.admin = Client()
        made = self.admin.post("/api/sessions", json=wanted(config, participants, fields))
        assert made.status_code == 200, made.text
        self.code = made.json()["code"]
        people = self.admin.post(f"/api/get_session/{self.code}", json={}).json()["participants"]
        self.subjects = [Subject(person["code"]) for person in sorted(people, key=lambda person: person["id_in_session"])]

    def consent(self) -> Played:
        for subject in self.subjects:
            subject.come().send()
            while subject.page.startswith("Instructions"):
                subject.send()
        return self

    def offers(self, stage: int, offers: list[dict[str, str]]) -> Played:
        """The subjects make these offers in the order of their seats; subjects on other pages go on to their next page."""
        for subject, offer in zip(self.subjects, offers, strict=True):
            if subject.page == ("FirstOffer", "SecondOffer")[stage - 1]:
                subject.offer(stage, offer)
            elif subject.page == "NoSecondOffer":
                subject.send()
        return self.reload()

    def reload(self) -> Played:
        for subject in self.subjects:
            subject.reload()
        return self

    def read(self) -> Played:
        for subject in self.subjects:
            subject.send()
        return self

    def round(self, offers: list[dict[str, str]]) -> Played:
        return self.offers(1, offers).offers(2, offers[1:] + offers[:1]).read()

    @property
    def pages(self) -> list[str]:
        return [subject.page for subject in self.subjects]

    def rows(self, *columns: str, round_number: int = 1) -> list[list[Any]]:
        """Columns of the players of a round, by participant."""
        with session_scope():
            session = Session.objects_get(code=self.code)
            players = Player.objects_filter(session=session, round_number=round_number).order_by("participant_id")
            return [[player.field_maybe_none(column) for column in columns] for player in players]

    def change(self, model: Any, filters: dict[str, Any], values: dict[str, Any]) -> None:
        with session_scope():
            session = Session.objects_get(code=self.code)
            for row in model.objects_filter(session=session, **filters):
                for name, value in values.items():
                    setattr(row, name, value)

    def change_seed(self, seed: int) -> None:
        with session_scope():
            session = Session.objects_get(code=self.code)
            session.vars["experiment"] = session.vars["experiment"] | {"seed": seed}
        _experiments.clear()

    def export(self, function: str, session: bool = True, app: str = "parimutuel_twostage") -> str:
        query = f"app={app}&function_name={function}" + (f"&session_code={self.code}" if session else "")
        return self.admin.get(f"/api/export_app_custom?{query}").text

    def anonymous(self, answer: str) -> str:
        """An answer without anything that identifies sessions or participants."""
        for number, subject in enumerate(self.subjects):
            answer = answer.replace(subject.code, f"subject-{number}")
        answer = re.sub(r"(session_pk|participant_id|player_id|group_id|group_pk)=\d+", r"\1=", answer)
        return answer.replace(self.code, "session")


def wanted(config: str, participants: int, fields: dict[str, Any]) -> dict[str, Any]:
    """A request for a session: by default without instructions, quiz and practice."""
    fields = {"instructions": False, "quiz_attempts": 0, "practice_rounds": 0, **fields}
    return {"session_config_name": config, "num_participants": participants, "modified_session_config_fields": fields}


def rows_in_database() -> list[int]:
    with session_scope():
        return [dbq(model).count() for model in (Session, Participant, Subsession, Group, Player)]


# --- scenes -----------------------------------------------------------------------------------------------------------


def bad_offers(answers: list[list[list[str]]]) -> dict[str, Any]:
    """Post each of these forms on both offer pages; how the server answers, and what it stored."""
    played = Played("small_market", 4, seed="7").consent()
    said: list[Any] = []
    stored: list[Any] = []
    for stage in (1, 2):
        subject = next(one for one in played.subjects if one.page == ("FirstOffer", "SecondOffer")[stage - 1])
        for answer in answers:
            here = subject.page
            subject.send([(name.replace("N", str(stage)), value) for name, value in answer])
            said.append([stage, answer, subject.status, subject.page == here, subject.errors])
        seat = played.subjects.index(subject)
        stored.append(played.rows(*(f"stage{stage}_{what}" for what in ("good", "amount", "q", "r", "source")))[seat])
        if stage == 1:
            played.offers(1, [Q, R, NOTHING, Q])
    return {"said": said, "stored": stored}


def file_for_an_amount() -> list[Any]:
    """Post a file where a number is wanted."""
    subject = Played("small_market", 4).consent().subjects[0]
    answer = subject.client.post(subject.at, data={"stage1_good": "q"}, files={"stage1_amount": ("5", b"5")}, allow_redirects=False)
    subject._follow(answer)
    return [subject.status, subject.page, subject.errors]


def whole_session(fields: dict[str, Any], participants: int, config: str = "small_market") -> dict[str, Any]:
    """Play to the end; the pages at the end, the exports, and what oTree itself says is paid."""
    offers = [(Q, R, NOTHING)[seat % 3] for seat in range(participants)]
    Played(config, participants, **fields)  # another session, which no export of this one may show
    played = Played(config, participants, **fields).consent()
    texts: list[list[str]] = []
    while played.subjects[0].page not in ("Questionnaire", "Payment"):
        played.offers(1, offers).offers(2, offers[1:] + offers[:1])
        texts.append([subject.text for subject in played.subjects])
        played.read()
    if played.subjects[0].page == "Questionnaire":
        played.read()
    with session_scope():
        session = Session.objects_get(code=played.code)
        paid = [
            [person.code, str(float(person.payoff)), f"{float(person.payoff_plus_participation_fee()):.2f}"]
            for person in session.get_participants()
        ]
        seed, warnings = experiment_of(session).seed, list(experiment_of(session).warnings)
    return {
        "code": played.code,
        "pages": played.pages,
        "paid": paid,
        "seed": seed,
        "warnings": warnings,
        "results": texts,
        "largest": C.NUM_ROUNDS,
        "payment": [subject.text for subject in played.subjects],
        "requests": [len(subject.answers) for subject in played.subjects],
        "report": played.admin.get(f"/AdminReport/{played.code}").text,
        **{name: played.export(f"custom_export{name}") for name in ("", "_sessions", "_payments")},
    }


def lost_answer(stage: int) -> dict[str, Any]:
    """The last subject's offer arrives, but the browser never asks for the next page; a waiting subject reloads."""
    played = Played("small_market", 4, seed="7").consent()
    if stage == 2:
        played.offers(1, [Q] * 4)
    wanted_page = ("FirstOffer", "SecondOffer")[stage - 1]
    *others, last = [subject for subject in played.subjects if subject.page == wanted_page]
    for subject in played.subjects:
        if subject in others:
            subject.offer(stage, Q)
        elif subject is not last:
            subject.send()
    data = {f"stage{stage}_{name}": value for name, value in Q.items()}
    last.send(data, follow=False)
    others[0].reload()
    return {"waited": others[0].page, "lost": last.reload().page}


def answered_twice() -> dict[str, Any]:
    """An offer is posted, then another one to the same page; the page is reloaded; and the result is read twice."""
    played = Played("small_market", 4, seed="7").consent()
    first = played.subjects[0]
    page = first.at
    first.offer(1, Q)
    after_first = first.page
    first.send({"stage1_good": "r", "stage1_amount": "1"}, at=page)
    stored = played.rows("stage1_q", "stage1_r")[0]
    played.offers(1, [NOTHING, Q, Q, Q]).reload().reload()
    played.offers(2, [Q] * 4)
    before = played.rows("price", "points")
    result = first.at
    first.reload().send()
    first.send(at=result)
    return {"page": after_first, "stored": stored, "same": before == played.rows("price", "points"), "at": first.page}


def deadlines() -> dict[str, Any]:
    """Stage 1: in time, half typed when the time is up, typed too late, and a feigned timeout; then nobody at stage 2."""
    played = Played(
        "small_market", 4, seed="7", stage1_deadline_seconds=60, stage2_deadline_seconds=60, result_deadline_seconds=60
    ).consent()
    seen: dict[str, Any] = {"timer": "otree-timer" in played.subjects[0].text}
    first, half, late, feigned = played.subjects
    first.offer(1, Q)
    feigned.send({"stage1_good": "q", "stage1_amount": "5", "timeout_happened": "1"})
    seen["feigned"] = [feigned.page, feigned.errors]
    feigned.offer(1, R)
    skip_time(61)
    half.send({"stage1_good": "q", "stage1_amount": "5", "timeout_happened": "1"})
    skip_time(4)
    late.offer(1, Q)
    played.reload()
    seen["stage1"] = played.rows("stage1_good", "stage1_amount", "stage1_q", "stage1_r", "stage1_source")
    seen["after_draw"] = played.pages
    seen["without_offer"] = [subject.known.get("histogram") for subject in played.subjects if subject.page == "SecondOffer"]
    skip_time(61)
    for subject in played.subjects:
        subject.send({"timeout_happened": "1"})
    played.reload()
    seen["stage2"] = played.rows("active", "stage2_q", "stage2_source", "final_q", "final_r")
    seen["result"] = played.pages
    played.read()
    seen["next"] = played.pages
    with session_scope():
        group = Group.objects_filter(session=Session.objects_get(code=played.code), round_number=2).first()
        seen["slack"] = group.stage1_deadline - group.stage1_opened
    seen["export"] = played.export("custom_export")
    return seen
