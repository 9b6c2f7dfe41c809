"""On the real server people close their tabs anywhere, some come back, one is lost between an answer and the next page: nobody is stuck."""

from __future__ import annotations

import csv
import io
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import Export, read_export
from experiment.config import DEFAULTS, read_settings
from experiment.deadlines import CLOSING_SECONDS
from serve.answers import right_answers
from serve.demo import APP, EXPORTS
from tests.serve.people import Company, Leave, Person, offers, together, typed
from tests.server import Serving
from tests.sizes import sized

pytestmark = pytest.mark.server

CONFIG = "mixed_values"
SEED = 2012
SLACK = 60.0
"""How much longer than a stage's deadline anybody may wait: a busy machine is slow, and somebody who is stuck waits for ever."""
STAGE1, STAGE2, RESULT, START = 8, 8, 5, 25
DEADLINES = {
    "stage1_deadline_seconds": STAGE1,
    "stage2_deadline_seconds": STAGE2,
    "result_deadline_seconds": RESULT,
    "start_seconds": START,
}
SUBJECTS, MARKET_SIZE, ROUNDS = sized(small=(12, 6, 2), full=(24, 12, 6))
RETURNING, GONE = sized(small=(2, 3), full=(3, 5))
"""Of those who close the tab, how many come back and how many do not. One more is lost between an answer and the next page."""
LEFT = RETURNING + GONE + 1
LOBBY, LEAST, MOST = sized(small=(10, 6, 8), full=(14, 10, 12))
"""How many come to the lobby, and how many a market from it must have and may have."""
ENDED_SECONDS = 120.0
BEFORE = (("Consent", 0), ("Instructions2", 0), ("QuizStates", 0), ("FirstOffer", 1), ("Result", 1))
IN_A_ROUND = ("FirstOffer", "DrawGate", "SecondOffer", "MarketGate", "Result")
AFTER = ("Questionnaire", 0)


@dataclass(frozen=True)
class Played:
    """A session that was played: the people by seat, the rows of its decisions, and the data set that comparison reads."""

    people: Sequence[Person]
    decisions: Sequence[dict[str, str]]
    data: Export

    @property
    def paid(self) -> Sequence[dict[str, str]]:
        return [row for row in self.decisions if row["practice"] == "0"]

    @property
    def stayed(self) -> Sequence[Person]:
        return [person for person in self.people if not any(leave.for_good for leave in person.leaves)]

    def rows_of(self, person: Person) -> Sequence[dict[str, str]]:
        return [row for row in self.paid if row["participant_code"] == person.code]

    def contradictions(self) -> Sequence[Any]:
        return check_export(self.data, market_rounds(self.data)).contradictions


def play(server: Serving, folder: Path, participants: int, leaving: dict[int, Leave], **fields: Any) -> Played:
    """Play a session in which the subjects of some seats leave; wait until its last market has cleared, and export it."""
    unprepared = {"instructions": False, "quiz_attempts": 0, "practice_rounds": 0}
    config = {**unprepared, **DEADLINES, "seed": str(SEED), "market_size": MARKET_SIZE, **fields}
    session, codes = server.create_session(CONFIG, participants, **config)
    settings = read_settings({**DEFAULTS, "participation_fee": 0, "real_world_currency_per_point": 1, "environment": CONFIG, **config})
    company = Company()
    people = [
        Person(
            server.start_link(code),
            code,
            seat,
            company,
            SEED,
            leaves=(leaving[seat],) if seat in leaving else (),
            answers=right_answers(settings, SEED, seat),
        )
        for seat, code in enumerate(codes, start=1)
    ]
    together(people)
    return Played(people, *exported(server, session, folder, settings.total_rounds))


def exported(server: Serving, session: str, folder: Path, rounds: int) -> tuple[Sequence[dict[str, str]], Export]:
    """The export once every market that began has ended, which those without anybody do by themselves."""
    longest = time.monotonic() + rounds * (STAGE1 + STAGE2 + RESULT + 3 * CLOSING_SECONDS) + ENDED_SECONDS
    while True:
        decisions = list(csv.DictReader(io.StringIO(table(server, session, EXPORTS["decisions.csv"]))))
        last = [row for row in decisions if row["round_number"] == str(rounds)]
        if last and all(row["points"] for row in last):
            break
        assert time.monotonic() < longest, "a market has not reached its end"
        time.sleep(1)
    folder.mkdir(exist_ok=True)
    for name, function in EXPORTS.items():
        (folder / name).write_text(table(server, session, function))
    return decisions, read_export(folder)


def table(server: Serving, session: str, function: str) -> str:
    return str(server.rest(f"/api/export_app_custom?app={APP}&function_name={function}&session_code={session}"))


def too_long(played: Played) -> list[str]:
    """The waits that were longer than the deadline of their stage and the slack."""
    found = []
    for person in played.people:
        for wait in person.waits:
            if wait.gate == "Lobby":
                continue
            most = wait.began + START if wait.gate == "StartGate" or wait.deadline is None else wait.deadline
            if wait.ended > most + SLACK:
                found.append(f"{person.code} in round {wait.round} at {wait.gate}: {wait.ended - most:.1f} s after the deadline")
    return found


def play_two_markets(server: Serving, folder: Path) -> Played:
    """Two markets, rounds of practice and for money; some close the tab, some of them come back, one is lost after an answer."""
    draw = random.Random(SEED)
    leavers = draw.sample(range(1, SUBJECTS + 1), LEFT)
    in_market = [(page, number) for number in range(2, ROUNDS + 2) for page in IN_A_ROUND]
    places = [*draw.sample(BEFORE, 2), *draw.sample(in_market, LEFT - 4), AFTER]
    draw.shuffle(places)
    returns = [Leave(page, number, after=draw.uniform(*sized(small=(5, 15), full=(10, 40)))) for page, number in places[:RETURNING]]
    gone = [Leave(page, number) for page, number in places[RETURNING:]]
    lost = Leave(draw.choice(["FirstOffer", "SecondOffer", "Result"]), sized(small=3, full=4), posts=True)
    leaving = dict(zip(leavers, [*returns, *gone, lost], strict=True))
    fields = {"instructions": True, "quiz_attempts": 3, "practice_rounds": 1, "rounds": ROUNDS, "beliefs": True}
    return play(server, folder, SUBJECTS, leaving, **fields)


def play_smaller(server: Serving, folder: Path) -> dict[str, Played]:
    """Three sessions at once."""
    draw = random.Random(SEED)
    everybody = {seat: Leave(draw.choice(IN_A_ROUND[:3]), draw.choice([1, 2])) for seat in range(7, 13)}
    some = {1: Leave("Lobby"), 2: Leave("FirstOffer", 1), 3: Leave("Result", 1, after=5), 4: Leave("Market", 1)}
    sessions: dict[str, tuple[int, dict[int, Leave], dict[str, Any]]] = {
        "repeat": (6, {2: Leave("DrawGate", 1), 5: Leave("SecondOffer", 2)}, {"market_size": 6, "rounds": 3, "absent_at_stage2": "repeat"}),
        "left": (12, everybody, {"market_size": 6, "rounds": 2}),
        "lobby": (LOBBY, some, {"market_size": MOST, "rounds": 2, "lobby_seconds": 20, "min_market_size": LEAST}),
    }
    with ThreadPoolExecutor(len(sessions)) as pool:
        played = {name: pool.submit(play, server, folder / name, *session, **fields) for name, (*session, fields) in sessions.items()}
    return {name: session.result() for name, session in played.items()}


@pytest.fixture(scope="module")
def played(server: Serving, tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, dict[str, Played]]:
    """The larger session, and the smaller ones: after it at full size, beside it at small size."""
    with ThreadPoolExecutor(sized(small=2, full=1)) as pool:
        larger = pool.submit(play_two_markets, server, tmp_path_factory.mktemp("larger"))
        smaller = pool.submit(play_smaller, server, tmp_path_factory.mktemp("smaller"))
    return larger.result(), smaller.result()


@pytest.fixture(scope="module")
def two_markets(played: tuple[Played, dict[str, Played]]) -> Played:
    return played[0]


@pytest.fixture(scope="module")
def smaller(played: tuple[Played, dict[str, Played]]) -> dict[str, Played]:
    return played[1]


def test_eight_close_the_tab_and_one_is_lost(two_markets: Played) -> None:
    """This many at full size, five and one at small size."""
    assert sum(len(person.left) for person in two_markets.people) == LEFT


def test_whoever_is_there_reaches_the_last_page(two_markets: Played) -> None:
    assert len(two_markets.stayed) == SUBJECTS - GONE - 1
    assert {person.last for person in two_markets.stayed} == {"Payment"}


def test_nobody_waits_longer_than_the_deadline_of_a_stage_and_the_slack(two_markets: Played) -> None:
    assert too_long(two_markets) == []


def test_the_export_is_complete_and_every_default_marked(two_markets: Played) -> None:
    assert len(two_markets.paid) == SUBJECTS * ROUNDS
    for row in two_markets.paid:
        assert row["stage1_source"] in ("typed", "absent")
        assert row["stage2_source"] in (("typed", "absent") if row["active"] == "1" else ("",))
        for stage in (1, 2):
            assert bool(row[f"stage{stage}_q"]) == (row[f"stage{stage}_source"] == "typed")
    assert any(row["stage1_source"] == "absent" for row in two_markets.paid)


def test_what_was_acknowledged_in_time_to_those_who_stayed_is_in_the_export(two_markets: Played) -> None:
    never_left = [person for person in two_markets.people if not person.leaves]
    exported = typed(row for person in never_left for row in two_markets.rows_of(person))
    acknowledged = offers(never_left, only_in_time=True)
    assert len(acknowledged) > len(never_left) * ROUNDS
    assert {key: exported.get(key) for key in acknowledged if key[1] > 1} == {key: acknowledged[key] for key in acknowledged if key[1] > 1}


def test_nothing_is_typed_in_the_export_that_nobody_typed(two_markets: Played) -> None:
    acknowledged = offers(two_markets.people)
    exported = typed(two_markets.paid)
    assert exported == {key: acknowledged.get(key) for key in exported}


def test_prices_bundles_and_points_can_be_computed_again(two_markets: Played) -> None:
    assert two_markets.contradictions() == ()


def test_the_absent_at_stage_2_repeat_their_first_offer_where_the_config_says_so(smaller: dict[str, Played]) -> None:
    played = smaller["repeat"]
    assert [person.last for person in played.stayed] == ["Payment"] * 4
    assert too_long(played) == []
    gone = [row for person in played.people if person.leaves for row in played.rows_of(person)]
    absent = [row for row in gone if row["stage2_source"] == "absent"]
    assert any(row["stage1_source"] == "typed" for row in absent)
    for row in absent:
        assert (row["stage2_q"], row["stage2_r"]) == ((row["stage1_q"], row["stage1_r"]) if row["stage1_source"] == "typed" else ("", ""))
    assert played.contradictions() == ()


def test_a_market_that_everybody_leaves_ends_by_itself_and_holds_no_other_up(smaller: dict[str, Played]) -> None:
    played = smaller["left"]
    assert [person.last for person in played.stayed] == ["Payment"] * 6
    assert len(played.paid) == 24
    assert too_long(played) == []
    assert played.contradictions() == ()


def test_a_market_from_a_lobby_goes_on_without_those_who_left(smaller: dict[str, Played]) -> None:
    played = smaller["lobby"]
    placed = {row["participant_code"] for row in played.paid}
    assert LEAST <= len(placed) <= MOST
    assert [person.last for person in played.stayed] == ["Payment"] * (LOBBY - 3)
    assert too_long(played) == []
    assert played.contradictions() == ()
