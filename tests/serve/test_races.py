"""Whatever is posted twice, at once, too early or too late: one offer counts, the first; a market clears once; everybody is paid once."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from experiment.config import read_settings
from serve.answers import Answers, right_answers
from serve.rest import Rest
from tests.serve.victims import honest_fields
from tests.serve.wire import FORM, Answer, Line, Request, form
from tests.server import Serving
from tests.sizes import sized

pytestmark = pytest.mark.server

AT_ONCE = sized(small=15, full=50)
EXPORTS = {
    "parimutuel_twostage": ("custom_export", "custom_export_sessions", "custom_export_payments", "custom_export_beliefs"),
    "parimutuel_intro": ("custom_export_quiz",),
    "parimutuel_outro": ("custom_export_questionnaire",),
}
Fields = Sequence[tuple[str, str]]


@dataclass
class Player:
    """A subject with any number of browsers. ``all_answers`` are the statuses of everything that was ever asked for."""

    server: Serving
    code: str
    knows: Answers
    all_answers: list[int]
    at: str = ""
    text: str = ""

    @property
    def page(self) -> str:
        return self.at.split("/")[4] if self.at.startswith("/p/") else ""

    def come(self) -> None:
        self.at = f"/InitializeParticipant/{self.code}"
        self.look()

    def look(self) -> Player:
        """Ask for the page, and go where that leads."""
        answer = self.ask(Request("GET", self.at))
        while answer.leads_to:
            self.at = re.sub("^http://[^/]+", "", answer.leads_to)
            answer = self.ask(Request("GET", self.at))
        self.text = answer.text
        return self

    def ask(self, request: Request) -> Answer:
        line = Line(self.server.port)
        answer = line.ask(request)
        line.close()
        self.all_answers.append(answer.status)
        return answer

    def post(self, fields: Fields, at: str | None = None) -> Answer:
        return self.ask(Request("POST", at or self.at, (FORM,), form(list(fields))))

    def again(self) -> Answer:
        """Ask for the page that the subject is on, wherever that leads."""
        return self.ask(Request("GET", self.at))

    def honest(self) -> Fields:
        return honest_fields(self.page, self.text, self.knows)

    def go_on(self) -> None:
        self.post(self.honest())
        self.look()

    def until(self, *pages: str) -> None:
        """Answer honestly up to one of these pages."""
        for _ in range(40):
            if self.page in pages:
                return
            self.go_on()
        raise AssertionError(f"{self.at} is not one of {pages}")


@dataclass
class Market:
    """Four subjects of one session, and what the server keeps of it."""

    server: Serving
    session: str
    players: list[Player]
    rounds: int
    folder: Path
    errors_before: int

    def rows(self, app: str = "parimutuel_twostage", function: str = "custom_export") -> list[dict[str, str]]:
        text = Rest(self.server.base_url, self.server.rest_key).export(app, function, self.session)
        return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))

    def offers(self, player: Player, stage: int, round_number: int = 1) -> list[tuple[str, str, str]]:
        return [
            (row[f"stage{stage}_q"], row[f"stage{stage}_r"], row[f"stage{stage}_source"])
            for row in self.rows()
            if (row["participant_code"], row["round_number"]) == (player.code, str(round_number))
        ]

    def play(self) -> None:
        """To the end: everybody in turn, as far as they come."""
        for _ in range(60):
            waiting = [player for player in self.players if player.look().page != "Payment"]
            if not waiting:
                return
            for player in waiting:
                if "Gate" not in player.page:
                    player.go_on()
        raise AssertionError([player.at for player in self.players])

    def check(self) -> None:
        """One row for each participant and round, everything recomputes, payments once, no error on the way."""
        self.play()
        for app, functions in EXPORTS.items():
            for function in functions[:3] if app == "parimutuel_twostage" else ():
                text = Rest(self.server.base_url, self.server.rest_key).export(app, function, self.session)
                (self.folder / f"{function}.csv").write_text(text, encoding="utf-8", newline="")
        export = read_export(self.folder)
        assert (export.unfinished, len(export.rows), len(export.payments)) == ((), 4 * self.rounds, 4)
        assert len({(row.decision.participant_code, row.decision.round_number) for row in export.rows}) == 4 * self.rounds
        assert [str(wrong) for wrong in check_export(export, market_rounds(export)).contradictions] == []
        statuses = {status for player in self.players for status in player.all_answers}
        assert statuses <= {200, 302, 307}
        assert self.server.log.count("Traceback") == self.errors_before


@pytest.fixture
def market(server: Serving, tmp_path: Path) -> Callable[..., Market]:
    def begin(**fields: object) -> Market:
        session, people = server.create_session("small_market", 4, **{"rounds": 1, "seed": "11", **fields})
        settings = read_settings(server.rest(f"/api/get_session/{session}", {})["config"])
        answers = [right_answers(settings, settings.seed or 0, place) for place in range(1, 5)]
        players = [Player(server, code, knows, []) for code, knows in zip(people, answers, strict=True)]
        for player in players:
            player.come()
        return Market(server, session, players, int(str(fields.get("rounds", 1))), tmp_path, server.log.count("Traceback"))

    return begin


def all_at_once(deeds: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Each action in a thread of its own, none before all are ready."""
    ready = threading.Barrier(len(deeds))

    def do(deed: Callable[[], Answer]) -> Answer:
        ready.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def offer(stage: int, good: str, amount: str) -> Fields:
    return [(f"stage{stage}_good", good), (f"stage{stage}_amount", amount), ("events", "[]")]


@pytest.mark.parametrize("stage", [1, 2])
def test_of_fifty_posts_of_one_offer_at_once_one_counts(market: Callable[..., Market], stage: int) -> None:
    playing = market()
    player = _at_offer(playing, stage)
    answers = all_at_once([lambda: player.post(offer(stage, "q", "2"))] * AT_ONCE)
    assert {answer.status for answer in answers} == {302}
    assert len({answer.leads_to for answer in answers}) == 1, "all of them lead to the one next page"
    assert playing.offers(player, stage) == [("2.0", "0.0", "typed")]
    playing.check()


@pytest.mark.parametrize("stage", [1, 2])
def test_of_two_tabs_with_different_offers_the_first_that_arrives_counts(market: Callable[..., Market], stage: int) -> None:
    playing = market()
    player = _at_offer(playing, stage)
    page = player.at
    player.post(offer(stage, "q", "2"))
    later = player.post(offer(stage, "r", "3"), at=page)
    assert later.status == 302
    assert playing.offers(player, stage) == [("2.0", "0.0", "typed")]
    playing.check()
    assert player.post(offer(stage, "r", "4"), at=page).status == 302, "replayed after the market cleared"
    assert playing.offers(player, stage) == [("2.0", "0.0", "typed")]


def test_of_different_offers_all_at_once_one_is_kept_whole(market: Callable[..., Market]) -> None:
    playing = market()
    player = _at_offer(playing, 1)
    all_at_once([partial(player.post, offer(1, "qr"[n % 2], str(1 + n // 2))) for n in range(16)])
    ((q, r, source),) = playing.offers(player, 1)
    assert source == "typed"
    assert sorted([float(q) > 0, float(r) > 0]) == [False, True]
    playing.check()
    assert playing.offers(player, 1) == [(q, r, source)]


def test_a_double_click_answers_one_page_only(market: Callable[..., Market]) -> None:
    playing = market(instructions=True, quiz_attempts=2, beliefs=True, rounds=2)
    for player in playing.players:
        for _ in range(14):
            if "Gate" in player.page:
                break
            before, fields = player.at, player.honest()
            first, second = all_at_once([partial(player.post, fields)] * 2)
            assert {first.status, second.status} == {302}
            assert first.leads_to == second.leads_to
            player.look()
            assert _index(player.at) > _index(before)
    quiz = playing.rows("parimutuel_intro", "custom_export_quiz")
    assert len(quiz) == len({(row["participant_code"], row["item"]) for row in quiz}) > 0
    playing.check()


def test_of_fifty_forms_of_the_quiz_at_once_one_attempt_is_used(market: Callable[..., Market]) -> None:
    playing = market(quiz_attempts=3)
    player = playing.players[0]
    player.until("QuizStates")
    wrong = [(name, value if name == "attempt" else "7777") for name, value in player.honest()]
    right = player.honest()
    all_at_once([lambda: player.post(right)] * (AT_ONCE // 2) + [lambda: player.post(wrong)] * (AT_ONCE // 2))
    log = [row for row in playing.rows("parimutuel_intro", "custom_export_quiz") if row["participant_code"] == player.code]
    assert {row["attempt"] for row in log} <= {"1"}
    assert len(log) == len({row["item"] for row in log})
    playing.check()


def test_of_fifty_beliefs_and_questionnaires_at_once_one_counts(market: Callable[..., Market]) -> None:
    playing = market(beliefs=True, rounds=2)
    _first_offers(playing)
    player = next(player for player in playing.players if player.look().page == "Beliefs")
    page = player.at
    player.post([("belief", "80"), ("belief", "20")])
    all_at_once([lambda: player.post([("belief", "10"), ("belief", "90")], at=page)] * AT_ONCE)
    stated = [row["belief"] for row in playing.rows(function="custom_export_beliefs") if row["participant_code"] == player.code]
    assert stated == ["80", "20"]
    for _ in range(60):
        if player.page == "Questionnaire":
            break
        for one in playing.players:
            if "Gate" not in one.look().page and one.page != "Questionnaire":
                one.go_on()
    page = player.at
    player.post([("age", "30"), ("risk", "3")])
    all_at_once([lambda: player.post([("age", "90"), ("risk", "9")], at=page)] * AT_ONCE)
    answers = [row for row in playing.rows("parimutuel_outro", "custom_export_questionnaire") if row["participant_code"] == player.code]
    assert {row["item"]: row["answer"] for row in answers if row["answer"]} == {"age": "30", "risk": "3"}
    assert len(answers) == len({row["item"] for row in answers})
    playing.check()


def test_posts_to_earlier_and_later_pages_lead_back_and_change_nothing(market: Callable[..., Market]) -> None:
    playing = market()
    player = playing.players[0]
    consent, first = player.at, _at_offer(playing, 1).at
    later = first.replace("FirstOffer", "SecondOffer")
    addresses = [
        consent,
        later,
        *(re.sub(r"\d+$", str(_index(first) + step), later) for step in range(-3, 9)),
        f"/p/{player.code}/payment/Payment/99",
    ]
    for address in addresses:
        if address != first:
            answer = player.post(offer(2, "q", "5"), at=address)
            assert (answer.status, re.sub("^http://[^/]+", "", answer.leads_to or "")) == (302, first), address
    assert playing.offers(player, 1) == [("", "", "")]
    playing.check()


def test_everybody_at_once_at_the_gates_clears_each_market_once(market: Callable[..., Market]) -> None:
    rounds = sized(small=2, full=3)
    playing = market(rounds=rounds)
    for _ in range(rounds):
        for player in playing.players:
            player.until("FirstOffer")
        for pages in (("FirstOffer",), ("SecondOffer", "NoSecondOffer")):
            posts = [partial(player.post, player.honest()) for player in playing.players if player.look().page in pages]
            assert len(posts) >= (4 if "FirstOffer" in pages else 3)
            all_at_once(posts * 2)
            gates = [player.again for player in playing.players]
            for player in playing.players:
                player.look()
            all_at_once((gates * AT_ONCE)[:AT_ONCE])
            assert {player.look().page for player in playing.players} <= {"SecondOffer", "NoSecondOffer", "Result"}
        assert {player.page for player in playing.players} == {"Result"}
        for player in playing.players:
            player.go_on()
    playing.check()


def test_fifty_requests_for_a_gate_at_once_all_wait_and_then_all_go_on(market: Callable[..., Market]) -> None:
    playing = market()
    *early, last = playing.players
    for player in early:
        player.until("DrawGate")
    last.until("FirstOffer")
    waits = all_at_once([early[0].again] * AT_ONCE)
    assert {(answer.status, answer.waits) for answer in waits} == {(200, True)}
    gate = early[0].at
    fields = last.honest()
    asks = [partial(early[0].ask, Request("GET", gate))] * AT_ONCE
    all_at_once([*asks[: AT_ONCE // 2], lambda: last.post(fields), *asks[AT_ONCE // 2 :]])
    last.look()
    after = all_at_once(asks)
    assert {answer.status for answer in after} == {302}
    assert len({answer.leads_to for answer in after}) == 1
    playing.check()


def _first_offers(playing: Market) -> None:
    for player in playing.players:
        player.until("DrawGate", "Beliefs", "SecondOffer", "NoSecondOffer")


def _at_offer(playing: Market, stage: int) -> Player:
    """A subject who is on the page of this offer."""
    if stage == 1:
        playing.players[0].until("FirstOffer")
        return playing.players[0]
    _first_offers(playing)
    return next(player for player in playing.players if player.look().page == "SecondOffer")


def _index(address: str) -> int:
    return int(address.rpartition("/")[2])
