"""A session whose server is killed again and again: it ends as it would have, and nothing that was acknowledged is lost.

What is killed is started again by the launcher; where that is killed too, by hand, once it has been down for a while.

`CRASH_KILLS=20 pytest -o faulthandler_timeout=0 tests/serve/test_crash.py` kills twenty times, which takes some minutes more than the
six times of the default; CRASH_SEED chooses other moments.
"""

from __future__ import annotations

import csv
import io
import os
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from serve.demo import APP, EXPORTS
from tests.serve.people import Company, Leave, Person, offers, together, typed
from tests.server import Serving, serving

pytestmark = pytest.mark.server

KILLS = int(os.environ.get("CRASH_KILLS", "6"))
SEED = int(os.environ.get("CRASH_SEED", "2012"))
SUBJECTS, ROUNDS = 12, 6
FIELDS = {
    "rounds": ROUNDS,
    "stage1_deadline_seconds": 20,
    "stage2_deadline_seconds": 20,
    "result_deadline_seconds": 6,
    "misses_allowed": 0,
    "seed": "2012",
}
ABSENCES = {
    3: (Leave("FirstOffer", 2, until=3),),
    7: (Leave("FirstOffer", 2, posts=True, until=3), Leave("FirstOffer", 4, posts=True, until=5)),
    10: (Leave("Result", ROUNDS - 1),),
}
"""Of three seats: one is away for a round, one from the first offer of a round to its end, twice, one in the last round and after.

Nobody becomes a dropout, so that who is waited for does not hang on who is the fastest."""
ANSWERS = 3 * SUBJECTS * ROUNDS - 12
"""At least so many are given in a session."""
LONG_DOWNTIME = 65.0


@dataclass(frozen=True)
class Kill:
    """What is killed how long after so many answers were acknowledged, and how long it stays down."""

    after_answers: int
    delay: float
    roles: tuple[str, ...]
    downtime: float


@dataclass(frozen=True)
class Played:
    """A session that was played: the people by seat, and the rows of its decisions and payments."""

    people: Sequence[Person]
    decisions: Sequence[dict[str, str]]
    payments: Sequence[dict[str, str]]

    def by_seat(self, rows: Sequence[dict[str, str]], columns: Sequence[str]) -> list[tuple[str, ...]]:
        """These columns of the rows, with seats in place of the participants' codes, in order."""
        seats = {person.code: f"{person.seat:02}" for person in self.people}
        return sorted((seats[row["participant_code"]], *(row[column] for column in columns)) for row in rows)


def planned_kills(count: int) -> list[Kill]:
    """A third of the server, some of one process of the database, with the worker, or with the whole database; one in ten for over a
    minute. Every third is of the launcher too, and so is each that stays down; from too many of the others it would not come back."""
    draw = random.Random(SEED)
    alone, part, both = count // 3, count // 3, count // 6
    blows = [("server",)] * alone + [("client backend",)] * part + [("server", "worker")] * both
    blows += [("server", "worker", "database")] * (count - len(blows))
    downtimes = [LONG_DOWNTIME] * max(1, count // 10)
    downtimes += [0.0] * (count - len(downtimes))
    draw.shuffle(blows)
    draw.shuffle(downtimes)
    moments = sorted(draw.sample(range(1, ANSWERS - SUBJECTS), count))
    for place, down in enumerate(downtimes):
        if down or place % 3 == 2:
            blows[place] = ("launcher", *blows[place])
    return [Kill(moment, draw.uniform(0, 2), roles, down) for moment, roles, down in zip(moments, blows, downtimes, strict=True)]


def play(server: Serving, kills: Sequence[Kill]) -> Played:
    session, codes = server.create_session("mixed_values", SUBJECTS, **FIELDS)
    company = Company()
    people = [
        Person(server.start_link(code), code, seat, company, SEED, leaves=ABSENCES.get(seat, ()), bears_failures=bool(kills))
        for seat, code in enumerate(codes, start=1)
    ]
    together(people, killer(server, company, kills))
    tables = (table(server, session, EXPORTS[name]) for name in ("decisions.csv", "payments.csv"))
    return Played(people, *tables)


def killer(server: Serving, company: Company, kills: Sequence[Kill]) -> Callable[[], None]:
    def kill_and_restart() -> None:
        for kill in kills:
            company.wait_for_answers(kill.after_answers)
            company.off.wait(kill.delay)
            restarts = server.restarts
            server.kill(*kill.roles)
            if "launcher" in kill.roles:
                server.wait_for_exit()
                if company.off.wait(kill.downtime):
                    return
                server.restart()
            else:
                server.wait_until_served_again(restarts)

    return kill_and_restart


def table(server: Serving, session: str, function: str) -> list[dict[str, str]]:
    text = server.rest(f"/api/export_app_custom?app={APP}&function_name={function}&session_code={session}")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Played, Played]]:
    """The same session twice, on a server that is killed and on one that is left in peace."""
    with serving() as killed, serving() as quiet, ThreadPoolExecutor(2) as pool:
        disturbed, undisturbed = pool.submit(play, killed, planned_kills(KILLS)), pool.submit(play, quiet, ())
        yield disturbed.result(), undisturbed.result()


@pytest.fixture(scope="module")
def disturbed(both: tuple[Played, Played]) -> Played:
    return both[0]


@pytest.fixture(scope="module")
def undisturbed(both: tuple[Played, Played]) -> Played:
    return both[1]


def test_the_session_finishes_for_everybody_who_is_there(disturbed: Played) -> None:
    assert sum(person.failures for person in disturbed.people) >= KILLS
    assert [person.is_done for person in disturbed.people] == [person.seat != 10 for person in disturbed.people]
    assert all(row["points"] for row in disturbed.decisions)


def test_every_acknowledged_offer_is_in_the_export_and_no_other(disturbed: Played) -> None:
    exported = typed(disturbed.decisions)
    assert offers(disturbed.people, only_in_time=True).items() <= exported.items() <= offers(disturbed.people).items()


def test_states_types_draws_offers_and_prices_are_those_of_an_undisturbed_session(disturbed: Played, undisturbed: Played) -> None:
    draws = ("round_number", "market", "state", "type", "active")
    made = [f"stage{stage}_{what}" for stage in (1, 2) for what in ("source", "q", "r")]
    columns = (*draws, *made, "price", "final_q", "final_r", "points")
    expected = undisturbed.by_seat(undisturbed.decisions, columns)
    assert len(expected) == SUBJECTS * ROUNDS
    assert disturbed.by_seat(disturbed.decisions, columns) == expected


def test_payments_are_those_of_an_undisturbed_session(disturbed: Played, undisturbed: Played) -> None:
    columns = [column for column in undisturbed.payments[0] if column not in ("session_code", "participant_code")]
    assert disturbed.by_seat(disturbed.payments, columns) == undisturbed.by_seat(undisturbed.payments, columns)


def test_in_peace_only_those_are_absent_who_went_away(undisturbed: Played) -> None:
    absent = {(row["round_number"], row["participant_code"]) for row in undisturbed.decisions if row["stage1_source"] == "absent"}
    codes = {person.seat: person.code for person in undisturbed.people}
    assert absent == {("2", codes[3]), (str(ROUNDS), codes[10])}
