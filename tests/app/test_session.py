"""Whole sessions under every treatment: the pages follow the config, and the exports agree with the mechanism and the payments."""

import csv
import io
import json
from decimal import Decimal

import pytest

from experiment.config import read_settings
from experiment.draws import RoundKey, draw_markets, draw_round
from experiment.offers import Offer
from experiment.rounds import announce, clear
from tests.app.played import play
from theory.economy.environment import parse_environment

TREATMENTS = [
    {},
    {"announcement": "none"},
    {"inactive_threat": "none"},
    {"inactive_see_market": False},
    {"paid_rounds": "all", "real_world_currency_per_point": 0.035},
    {"practice_rounds": 2, "practice_with": "participants", "participation_fee": 3.335},
    {"matching": "random", "practice_rounds": 1, "practice_with": "participants"},
    {"shutdown_if_equal": True},
    {
        "market_size": 2,
        "stage1_deadline_seconds": 300,
        "stage2_deadline_seconds": 300,
        "result_deadline_seconds": 300,
        "matching": "random",
    },
]


@pytest.fixture(scope="module", params=TREATMENTS, ids=lambda fields: "-".join(f"{k}={v}" for k, v in fields.items()) or "paper")
def session(request, project):
    fields = {"seed": "11", "rounds": 3} | request.param
    return play(project, "whole_session", fields=fields, participants=8) | {"fields": fields}


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def stored(session):
    return json.loads(rows(session["_sessions"])[0]["json"])


def settings(session):
    record = stored(session)
    return read_settings(record["config"], environment=parse_environment(record["environment"]))


def number(text):
    return None if text == "" else float(text)


def offer(row, stage):
    q = number(row[f"stage{stage}_q"])
    return None if q is None else Offer(q, number(row[f"stage{stage}_r"]))


def markets(session):
    """Every market round of the export: its rows in the order of the seats."""
    found = {}
    for row in rows(session[""]):
        found.setdefault((int(row["round_number"]), int(row["market"])), []).append(row)
    return found


def test_everybody_ends_at_the_payment(session):
    assert set(session["pages"]) == {"Payment"}


def test_an_export_holds_its_own_session_only(session):
    assert {row["session_code"] for name in ("", "_sessions", "_payments") for row in rows(session[name])} == {session["code"]}
    assert len(rows(session[""])) == 8 * settings(session).total_rounds
    assert len(rows(session["_payments"])) == 8


def test_draws_prices_bundles_and_points_follow_from_the_export_alone(session):
    chosen, seed = settings(session), stored(session)["seeds"]["seed"]
    for (round_number, market), seats in markets(session).items():
        key = RoundKey(market, chosen.is_practice(round_number), chosen.round_in_kind(round_number))
        drawn = draw_round(chosen.environment, chosen.active, seed, key)
        assert [row["type"] for row in seats] == list(drawn.types)
        assert {row["state"] for row in seats} == {drawn.state}
        assert [row["active"] == "1" for row in seats] == list(drawn.active)
        stage1, stage2 = [offer(row, 1) for row in seats], [offer(row, 2) for row in seats]
        shut_down = announce(stage1, drawn.active, chosen.rules.shutdown_if_equal).shut_down
        outcome = clear(chosen.environment, drawn.state, drawn.types, drawn.active, stage1, stage2, shut_down)
        for row, seat in zip(seats, outcome.seats, strict=True):
            assert [number(row[name]) for name in ("price", "final_q", "final_r", "points")] == [
                seat.price,
                seat.final_q,
                seat.final_r,
                seat.points,
            ]


def test_the_active_and_nobody_else_have_a_second_offer(session):
    for row in rows(session[""]):
        assert (row["stage2_source"] == "typed") == (row["active"] == "1" and row["price"] != "")
        assert row["stage1_source"] == "typed"
        assert float(row["stage1_seconds"]) >= 0


def test_matching_is_as_configured(session):
    chosen = settings(session)
    people = [row["participant_code"] for row in rows(session["_payments"])]
    for round_number in range(1, chosen.total_rounds + 1):
        seen = [
            [people.index(row["participant_code"]) + 1 for row in seats] for (r, _), seats in markets(session).items() if r == round_number
        ]
        if chosen.schedule.matching == "random":
            practice, count = chosen.is_practice(round_number), chosen.round_in_kind(round_number)
            assert seen == draw_markets(8, chosen.market_size, session["seed"], practice, count)
        else:
            assert sorted(seen[0] + seen[1]) == list(range(1, 9))
            assert seen == [[1, 2, 3, 4], [5, 6, 7, 8]]
    groups = {row["matching_group"] for row in rows(session[""])}
    assert len(groups) == (1 if chosen.schedule.matching == "random" else 8 // chosen.market_size)


def test_payments_are_the_points_of_the_paid_rounds_and_what_otree_pays(session):
    chosen = settings(session)
    for row, (code, payoff, total) in zip(rows(session["_payments"]), session["paid"], strict=True):
        own = [float(r["points"]) for r in rows(session[""]) if r["participant_code"] == code and r["practice"] == "0"]
        assert row["participant_code"] == code
        paid = sum(own) if chosen.pay.paid_rounds == "all" else own[int(row["paid_round"]) - 1]
        assert abs(float(row["points"]) - paid) <= 0.0050001
        assert float(row["points"]) == float(payoff)
        assert row["total"] == total
        assert Decimal(row["earnings"]) + Decimal(row["participation_fee"]) == Decimal(row["total"])


def test_the_payment_page_names_the_amount(session):
    for row, text in zip(rows(session["_payments"]), session["payment"], strict=True):
        assert row["total"] in text


def test_the_admin_report_shows_settings_and_prices(session):
    assert "Environment" in session["report"]
    assert "cleared" in session["report"] or "shut down" in session["report"]


def test_an_identical_first_offer_shuts_the_market_down_only_where_configured(project):
    for shutdown in (True, False):
        fields = {"seed": "11", "rounds": 1, "shutdown_if_equal": shutdown}
        seen = play(project, "all_alike", script="scenes_knowledge.py", fields=fields)
        actives = [row for row in rows(seen["export"]) if row["active"] == "1"]
        assert set(seen["after_draw"]) == ({"NoSecondOffer"} if shutdown else {"NoSecondOffer", "SecondOffer"})
        assert all((row["price"] == "") == shutdown for row in actives)
        if shutdown:
            assert all((row["final_q"], row["final_r"]) == ("10.0", "10.0") for row in actives)


def test_inactive_subjects_see_the_market_afterwards_only_where_configured(project):
    shown, hidden = (
        play(project, "inactive_result", script="scenes_knowledge.py", fields={"seed": "11", "inactive_see_market": sees})
        for sees in (True, False)
    )
    assert shown["differs"]
    assert not hidden["differs"]
