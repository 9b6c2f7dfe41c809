"""The lobby: those who are there form a market, at once if of the target size and later if of any allowed size; all others end properly."""

import csv
import io
import json
import math

import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from experiment.draws import RoundKey, draw_round
from tests.app.played import play
from theory.economy.environment import parse_environment

TARGET, LEAST, SECONDS = 8, 7, 60


def lobby(project, scene, **arguments):
    return play(project, scene, script="scenes_lobby.py", **arguments)


def exported(seen, folder):
    """What the comparison finds in the session's export: the market rounds, and contradictions of the mechanism."""
    for name in ("", "_sessions", "_payments"):
        (folder / f"export{name}.csv").write_text(seen[name])
    data = read_export(folder)
    markets = market_rounds(data)
    return markets, check_export(data, markets)


@pytest.fixture(scope="module")
def at_target(project):
    return lobby(project, "sizes", arrivals=TARGET, participants=TARGET, seconds=0)


@pytest.fixture(scope="module")
def below_target(project):
    return lobby(project, "sizes", arrivals=TARGET - 1, participants=TARGET, seconds=SECONDS + 3)


@pytest.fixture(scope="module")
def above_target(project):
    return lobby(project, "sizes", arrivals=TARGET + 1, participants=TARGET + 1, seconds=SECONDS + 3)


def test_a_market_forms_as_soon_as_the_target_is_there(at_target):
    assert at_target["pages"] == ["Lobby"] * (TARGET - 1) + ["Market"]
    assert at_target["at_once"] == ["Market"] * TARGET
    assert at_target["end"] == ["Payment"] * TARGET
    assert at_target["reasons"] == [None] * TARGET


def test_a_smaller_market_forms_when_the_longest_wait_is_over(below_target):
    assert below_target["at_once"] == ["Lobby"] * (TARGET - 1)
    assert below_target["after"] == ["Market"] * (TARGET - 1)
    assert set(below_target["end"]) == {"Payment"}
    assert below_target["reasons"] == [None] * TARGET


def test_who_comes_after_a_full_market_is_told_in_time_that_there_is_none(above_target):
    assert above_target["at_once"] == ["Market"] * TARGET + ["Lobby"]
    assert above_target["after"] == ["Market"] * TARGET + ["Payment"]
    assert above_target["reasons"] == [None] * TARGET + ["no_match"]
    paid = list(csv.DictReader(io.StringIO(above_target["_payments"])))
    assert len(paid) == TARGET + 1
    assert float(paid[-1]["points"]) == 0


@pytest.mark.parametrize(("arrivals", "active"), [(TARGET, 6), (TARGET - 1, 6)])
def test_a_market_is_told_its_own_numbers_and_its_own_chance(at_target, below_target, arrivals, active):
    seen = at_target if arrivals == TARGET else below_target
    chance = {2: "25", 1: "14"}[arrivals - active]
    for text in seen["told"]:
        assert f"{arrivals} participants</strong>" in text
        assert ("2 of them, drawn at random, become" if arrivals == TARGET else "one of them, drawn at random, becomes") in text
        assert f"The other {active} stay active." in text
        assert f"<strong>{chance}" in text


@pytest.mark.parametrize("arrivals", [TARGET, TARGET - 1])
def test_draws_export_and_prices_are_those_of_the_markets_size(at_target, below_target, tmp_path, arrivals):
    seen = at_target if arrivals == TARGET else below_target
    markets, checks = exported(seen, tmp_path)
    assert [str(wrong) for wrong in checks.contradictions] == []
    assert len(checks.redrawn) == 1
    assert [market.environment.agents for market in markets] == [arrivals] * 2
    session = json.loads(next(csv.DictReader(io.StringIO(seen["_sessions"])))["json"])
    environment = parse_environment(session["environment"]).with_agents(arrivals)
    active = math.ceil((1 - environment.inactive_share) * arrivals)
    for market in markets:
        drawn = draw_round(environment, active, session["seeds"]["seed"], RoundKey(1, False, market.round_number))
        assert tuple(row.decision.type for row in market.rows) == drawn.types
        assert tuple(bool(row.decision.active) for row in market.rows) == drawn.active
        assert {(row.decision.agents, row.decision.actives) for row in market.rows} == {(arrivals, active)}


def test_fewer_than_a_market_takes_are_each_told_when_their_own_time_is_up(project):
    seen = lobby(project, "too_few")
    assert seen["between"] == ["Payment", "Lobby"]
    assert seen["end"] == ["Payment", "Payment"]
    assert seen["reasons"] == ["no_match"] * 2 + [None] * 6


def test_nobody_in_the_lobby_is_nobody_in_a_market(project):
    seen = lobby(project, "sizes", arrivals=0, participants=TARGET, seconds=0)
    assert len(list(csv.DictReader(io.StringIO(seen[""])))) == 0
    assert seen["report"] == 200


def test_who_leaves_may_do_so_after_a_while_only_and_is_counted_no_more(project):
    seen = lobby(project, "leaver")
    assert seen["early"] == "Lobby"
    assert seen["offered"]["may_leave"]
    assert seen["left"] == "Payment"
    assert seen["pages"] == ["Payment"] + ["Market"] * 8
    assert seen["tried"] == "Market"
    assert seen["reasons"] == ["left_lobby"] + [None] * 8


@pytest.mark.parametrize("how", ["closed", "hidden", "worker", "restart"])
def test_who_is_away_is_in_no_market(project, how):
    seen = lobby(project, "away", how=how)
    assert seen["seen"] == ["7 of 8 are here, you included."] * 2
    assert seen["at_eighth"] == ["Lobby"] * 7
    assert seen["rest"] == ["Market"] * 7
    assert seen["gone"] == "Payment"
    assert seen["reasons"] == ["no_match"] + [None] * 8


def test_who_comes_back_in_time_is_in_the_market(project):
    assert lobby(project, "away", how="back")["at_eighth"] == ["Market"] * 8


def test_who_failed_the_quiz_is_never_in_the_lobby(project):
    seen = lobby(project, "quiz_failed")
    assert seen["failed"] == "Payment"
    assert seen["count"] == "7 of 8 are here, you included."
    assert seen["pages"] == ["Market"] * 8


def test_markets_are_numbered_as_they_form_and_stay_the_same_in_every_round(project):
    seen = lobby(project, "two_markets")
    first, second = seen["groups"]
    assert [row[:2] for row in first] == [row[:2] for row in second]
    assert [row[0] for row in first] == [1] * 8 + [2] * 8 + [0] * 2
    assert [row[1] for row in first[:16]] == [*range(1, 9)] * 2
    assert all(kind in ("blue", "green") for *_, kind in first[:16] + second[:16])
    assert [row[2] for row in first[16:]] == [None, None]
