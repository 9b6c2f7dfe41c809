"""Bots play what the theory says, on the grid, and none waits for ever."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from experiment.config import ENVIRONMENTS, read_settings
from experiment.offers import NO_TRADE, Offer
from experiment.quiz import quiz
from experiment.quiz.items import PAGES
from serve.answers import no_answers, right_answers
from serve.bots import Bot, Visit, _Page, offer_fields, play_session, seconds_to_leave
from serve.problem import ServeProblem
from serve.rest import Rest
from serve.strategies import Equilibrium, Situation
from theory.economy.environment import read_environment
from theory.equilibrium.semipooling import one_stage_equilibria
from theory.equilibrium.separating import announced_offers
from theory.equilibrium.stage1 import stage1_optimum

CONFIG = {"environment": "mixed_values", "participation_fee": 0.0, "real_world_currency_per_point": 0.1, "offer_grid": 0.1}


class _OneSubject(BaseHTTPRequestHandler):
    """A server with one subject who offers, waits for ever if the participant is called `stuck`, and is paid."""

    def do_GET(self) -> None:
        if self.path.startswith("/InitializeParticipant/"):
            self._redirect(f"/p/{self.path.rpartition('/')[2]}/market/FirstOffer/1")
        elif "/DrawGate/" in self.path and "stuck" not in self.path:
            self._redirect(self.path.replace("DrawGate/2", "Payment/3"))
        else:
            self._page("DrawGate" in self.path)

    def do_POST(self) -> None:
        posted = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if "refused" in self.path:
            self._page(False, {"oTree-Redisplay-With-Errors": "1"})
        elif posted == "stage1_good=q&stage1_amount=1.5":
            self._redirect(self.path.replace("FirstOffer/1", "DrawGate/2"))
        else:
            self.send_error(500)

    def _page(self, waits: bool, headers: dict[str, str] | None = None) -> None:
        self.send_response(200)
        for name, value in ({"oTree-Wait-Page": "1"} if waits else headers or {}).items():
            self.send_header(name, value)
        body = f"<script>var js_vars = {json.dumps({'type': 'blue;</b>'})};</script>".encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, path: str) -> None:
        self.send_response(302)
        self.send_header("Location", path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *message: Any) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _OneSubject)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def always(situation: Situation) -> Offer:
    return Offer(1.5, 0.0)


def test_a_bot_goes_from_the_start_link_to_the_payment_page(url: str) -> None:
    visits = Bot(url, "somebody", always).play(threading.Event())
    assert [(visit.app, visit.page, visit.offer) for visit in visits] == [
        ("market", "FirstOffer", Offer(1.5, 0.0)),
        ("market", "Payment", None),
    ]
    assert visits[0].known == {"type": "blue;</b>"}


def test_a_stuck_bot_says_so_and_calls_the_others_off(url: str) -> None:
    with pytest.raises(ServeProblem, match=r"Bot stuck has waited for more than 1 s on /p/stuck/market/DrawGate/2"):
        play_session(url, ["stuck", "somebody"], [always, always], rounds=1, stuck_seconds=1, show_progress=False)


def test_a_refused_answer_is_named(url: str) -> None:
    with pytest.raises(ServeProblem, match=r"'stage1_amount': '1\.5'.* on FirstOffer was refused"):
        play_session(url, ["refused"], [always], rounds=1, show_progress=False)


def test_an_error_of_the_server_is_named(url: str) -> None:
    with pytest.raises(ServeProblem, match="got 500"):
        play_session(url, ["somebody"], [lambda situation: NO_TRADE], rounds=1, show_progress=False)


def test_who_calls_the_play_off_gets_a_sentence(url: str) -> None:
    off = threading.Event()
    threading.Timer(0.5, off.set).start()
    with pytest.raises(ServeProblem, match="bots were stopped"):
        play_session(url, ["stuck"], [always], rounds=1, show_progress=False, called_off=off)


def test_a_server_that_is_gone_is_named() -> None:
    with pytest.raises(ServeProblem, match="got no answer"):
        Bot("http://127.0.0.1:1", "somebody", always).play(threading.Event())
    with pytest.raises(ServeProblem, match="did not answer"):
        Rest("http://127.0.0.1:1", "key").export("app", "function", "session")


@pytest.mark.parametrize(
    ("offer", "fields"),
    [
        (Offer(2.5, 0.0), {"stage1_good": "q", "stage1_amount": "2.5"}),
        (Offer(0.0, 10.0), {"stage1_good": "r", "stage1_amount": "10"}),
        (NO_TRADE, {"stage1_good": "none", "stage1_amount": ""}),
    ],
)
def test_offers_are_posted_as_the_form_wants_them(offer: Offer, fields: dict[str, str]) -> None:
    assert offer_fields(1, offer) == fields


@pytest.mark.parametrize("name", sorted(path.stem for path in ENVIRONMENTS.glob("*.toml")))
def test_the_equilibrium_strategy_plays_alpha_star_and_s2_star_on_the_grid(name: str) -> None:
    settings = read_settings({**CONFIG, "environment": name})
    strategy, environment = Equilibrium(settings), settings.environment
    types = np.arange(environment.active) % len(environment.types)
    first = [strategy(Situation(1, {"type": environment.types[x]})) for x in types]
    optimum = stage1_optimum(read_environment(ENVIRONMENTS / f"{name}.toml")).offers
    assert all(settings.grid.contains(offer) for offer in first)
    assert np.abs(np.array([(offer.q, offer.r) for offer in first]) - optimum[types]).max() <= 0.05 + 1e-9

    seen = [{"q": offer.q, "r": offer.r, "count": first.count(offer)} for offer in dict.fromkeys(first)]
    second = [
        strategy.unrounded(
            Situation(2, {"type": environment.types[x], "histogram": seen, "own_offer": {"q": offer.q, "r": offer.r}}),
        )
        for x, offer in zip(types, first, strict=True)
    ]
    whole = announced_offers(environment, types, [(offer.q, offer.r) for offer in first])
    np.testing.assert_allclose(second, whole, atol=1e-9)


def test_without_an_announcement_the_second_offer_is_that_of_the_game_in_which_types_stay_unknown() -> None:
    settings = read_settings({**CONFIG, "announcement": "none"})
    offers = one_stage_equilibria(settings.environment, settings.active).equilibria[0].offers
    strategy = Equilibrium(settings)
    for x, name in enumerate(settings.environment.types):
        offer = strategy(Situation(2, {"type": name, "histogram": None, "own_offer": {"q": 1.0, "r": 0.0}}))
        np.testing.assert_allclose((offer.q, offer.r), offers[x], atol=0.05 + 1e-9)


def test_bots_answer_the_quiz_as_the_server_asks_it() -> None:
    settings = read_settings({**CONFIG, "seed": "7"})
    for participant in (1, 2):
        answers = right_answers(settings, 7, participant)
        posted = [dict(answers(page)) for page in PAGES]
        assert [fields.pop("attempt") for fields in posted] == ["1"] * len(PAGES)
        items = {item.key: item for item in quiz(settings, 7, participant)}
        assert {key for fields in posted for key in fields} == set(items)
        assert all(items[key].is_right(answer) for fields in posted for key, answer in fields.items())
        assert answers("Consent") == no_answers("QuizStates") == {}


def test_the_time_to_leave_counts_from_the_last_offer_to_the_last_who_left() -> None:
    def visit(app: str, shown: float, answered: float, offer: Offer | None) -> Visit:
        return Visit("somebody", app, "Page", shown, answered, {}, offer)

    quick = [visit("market", 0, 1, NO_TRADE), visit("market", 4, 5, None), visit("payment", 5.5, 6, None)]
    slow = [visit("market", 0, 3, NO_TRADE), visit("market", 4, 6, None), visit("payment", 7.5, 8, None)]
    assert seconds_to_leave([quick, slow], "market") == 4.5


def test_a_bot_that_is_asked_for_a_belief_finds_all_states_equally_likely() -> None:
    page = _Page("", "market", "Beliefs", False, False, '<script>var js_vars = {"states": ["low", "middle", "high"]};</script>')
    data, _, offer = Bot("", "someone", Equilibrium(read_settings(CONFIG)))._answer(page)
    assert (data, offer) == ({"belief": "34,33,33"}, None)
