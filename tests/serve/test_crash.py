"""A session whose server is killed again and again: it ends as it would have, and nothing that was acknowledged is lost.

What is killed is started again by the launcher; where that is killed too, by hand, once it has been down for a while.

At small size each of the processes is killed once. At full size there are six kills, one of them followed by more than a minute in
which nobody starts the launcher again. `CRASH_KILLS=20 pytest -o faulthandler_timeout=0 tests/serve/test_crash.py` kills twenty
times, which takes some minutes more; CRASH_SEED chooses other moments.
"""

from __future__ import annotations

import csv
import io
import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from serve.bots import OFFER_PAGES
from serve.demo import APP, EXPORTS
from tests.serve.people import Company, Leave, Person, offers, together, typed
from tests.server import Serving, serving
from tests.sizes import sized

pytestmark = pytest.mark.server

KILLS = int(os.environ.get("CRASH_KILLS", sized(small="0", full="6")))
"""How many kills are planned by chance; none: each process is killed once."""
SEED = int(os.environ.get("CRASH_SEED", "2012"))
SUBJECTS, ROUNDS = (12, 6) if KILLS else (6, 3)
FIELDS = {"market_size": SUBJECTS, "rounds": ROUNDS, "result_deadline_seconds": 6, "misses_allowed": 0, "seed": "2012"}
STAGE_SECONDS = sized(small=12, full=20)
SLOWER = 4
"""Stages are this many times longer if the machine turns out to be too busy for these."""
AWAY, SILENT, GONE = (3, 7, 10) if KILLS else (3, 4, 6)
ABSENCES = {
    AWAY: (Leave("FirstOffer", 2, until=3),),
    SILENT: (Leave("FirstOffer", 2, posts=True, until=3), *([Leave("FirstOffer", 4, posts=True, until=5)] if ROUNDS > 4 else [])),
    GONE: (Leave("Result", ROUNDS - 1),),
}
"""Of three seats: one is away for a round, one from the first offer of a round to its end, twice, one in the last round and after.

Nobody becomes a dropout, so that the subjects waited for do not depend on who is fastest."""
ANSWERS = 3 * SUBJECTS * ROUNDS - 12
"""At least this many answers are given in a session."""
LONG_DOWNTIME = 65.0
ROLES = ("server", "client backend", "worker", "database", "launcher")


@dataclass(frozen=True)
class Kill:
    """What is killed how long after this many answers were acknowledged, and how long it stays down."""

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


def one_kill_of_each() -> list[Kill]:
    """At moments that lie evenly in the session; only the launcher does not come back by itself."""
    moments = range(ANSWERS // 8, ANSWERS - SUBJECTS, ANSWERS // 6)
    return [Kill(moment, 0.5, (role,), 2.0 if role == "launcher" else 0.0) for moment, role in zip(moments, ROLES, strict=False)]


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


def play(server: Serving, kills: Sequence[Kill], seconds: int) -> Played:
    session, codes = server.create_session(
        "mixed_values", SUBJECTS, **FIELDS, stage1_deadline_seconds=seconds, stage2_deadline_seconds=seconds
    )
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


def play_both(seconds: int) -> tuple[Played, Played]:
    with serving() as killed, serving() as quiet, ThreadPoolExecutor(2) as pool:
        kills = planned_kills(KILLS) if KILLS else one_kill_of_each()
        disturbed, undisturbed = pool.submit(play, killed, kills, seconds), pool.submit(play, quiet, (), seconds)
        return disturbed.result(), undisturbed.result()


def is_hurried(played: Played, seconds: int) -> bool:
    """Whether the machine was so busy that somebody had answered only after half of a stage."""
    answers = (answer for person in played.people for answer in person.acknowledged if answer.page in OFFER_PAGES)
    return any(answer.seconds_left < seconds / 2 for answer in answers)


@pytest.fixture(scope="module")
def both() -> tuple[Played, Played]:
    """The same session twice, on a server that is killed and on one that is left in peace, where nobody is late for another reason."""
    disturbed, undisturbed = play_both(STAGE_SECONDS)
    return play_both(STAGE_SECONDS * SLOWER) if is_hurried(undisturbed, STAGE_SECONDS) else (disturbed, undisturbed)


@pytest.fixture(scope="module")
def disturbed(both: tuple[Played, Played]) -> Played:
    return both[0]


@pytest.fixture(scope="module")
def undisturbed(both: tuple[Played, Played]) -> Played:
    return both[1]


def test_the_session_finishes_for_everybody_who_is_there(disturbed: Played) -> None:
    assert sum(person.failures for person in disturbed.people) >= (KILLS or len(ROLES))
    assert [person.is_done for person in disturbed.people] == [person.seat != GONE for person in disturbed.people]
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
    assert absent == {("2", codes[AWAY]), (str(ROUNDS), codes[GONE])}
