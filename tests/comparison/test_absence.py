"""Sessions in which the absent repeat their first offer: checked, priced as traded, counted, and in no statistic of behaviour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from comparison.behaviour.choices import played
from comparison.checking.validation import check_export
from comparison.cli import main
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from experiment.config import ENVIRONMENTS
from experiment.offers import Offer
from tests.comparison.reports import report_command
from tests.synthetic import alpha_star, beta, change, play, write_export

GONE = {(1, 1), (2, 2), (3, 2), (5, 3)}
"""Participants who miss stage 2, with the round; the third misses stage 1 of that round, too."""


def first(seat):
    return None if (seat.participant, seat.round_number) == (3, 2) else alpha_star(seat)


def second(seat):
    return None if (seat.participant, seat.round_number) in GONE else beta(seat)


def session(rule="repeat", **config):
    return play(
        participants=8,
        rounds=3,
        first=first,
        second=second,
        seed=3,
        inactive_threat="none",
        absent_at_stage2=rule,
        paid_rounds="all",
        **config,
    )


SESSION = session()


def checked(folder):
    export = read_export(folder)
    markets = market_rounds(export)
    return markets, check_export(export, markets)


def row_of(participant, number):
    return next(
        i for i, row in enumerate(SESSION.decisions, start=2) if (row.participant_code, row.round_number) == (f"p{participant:03d}", number)
    )


@pytest.fixture
def export(tmp_path):
    return write_export(tmp_path / "export", SESSION)


def test_who_is_absent_repeats_the_own_first_offer_where_there_was_one():
    for participant, number in GONE:
        said = SESSION.decisions[row_of(participant, number) - 2]
        assert said.stage2_source == "absent"
        assert (said.stage2_q, said.stage2_r) == (said.stage1_q, said.stage1_r)
    assert SESSION.decisions[row_of(3, 2) - 2].stage2_q is None


@pytest.mark.parametrize("played_session", [SESSION, session("none"), session(shutdown_if_equal=True), session(practice_rounds=1)])
def test_prices_bundles_and_points_follow_from_the_amounts_whoever_gave_them(tmp_path, played_session):
    _, checks = checked(write_export(tmp_path, played_session))
    assert [str(wrong) for wrong in checks.contradictions] == []
    assert checks.redrawn == {played_session.code}


def test_a_repeated_offer_moves_the_price():
    silent = session("none")
    rounds = [[row.price for row in one.decisions if row.round_number == 1] for one in (SESSION, silent)]
    assert rounds[0] != rounds[1]


@pytest.mark.parametrize(
    ("participant", "number", "column", "value", "rule"),
    [
        (1, 1, "stage2_q", "0.3", "own first offer"),
        (1, 1, "stage2_r", "", "own first offer"),
        (3, 2, "stage2_r", "1.0", "who typed no first offer"),
    ],
)
def test_another_offer_than_the_first_is_no_repeated_one(export, participant, number, column, value, rule):
    row = row_of(participant, number)
    change(export, row, column, value)
    assert any(wrong.place.row == row and wrong.column == column and rule in wrong.rule for wrong in checked(export)[1].contradictions)


def test_a_session_that_does_not_repeat_has_no_amounts_of_the_absent(tmp_path):
    amounts = replace(session("none"), decisions=SESSION.decisions, payments=SESSION.payments)
    wrong = checked(write_export(tmp_path, amounts))[1].contradictions
    assert {one.rule for one in wrong} == {"an absent offer has no amounts"}
    assert len(wrong) == 2 * (len(GONE) - 1)


def test_a_first_offer_that_was_not_typed_is_repeated_by_nobody(export):
    change(export, row_of(1, 1), "stage1_source", "robot")
    assert any("no first offer" in wrong.rule for wrong in checked(export)[1].contradictions)


def test_repeated_offers_are_counted_and_in_no_statistic_of_second_offers(compare):
    repeated, silent = compare(SESSION), compare(session("none"))
    counts = repeated.tables.counts.iloc[0]
    assert (counts["stage2_absent"], counts["stage2_repeated"], counts["stage2_typed"]) == (4, 3, 20)
    assert repeated.tables.market_rounds["stage2_repeated"].sum() == 3
    assert silent.tables.counts["stage2_repeated"].sum() == 0
    columns = ["offers", "mean", "sd"]
    np.testing.assert_array_equal(repeated.tables.stage2_offers[columns], silent.tables.stage2_offers[columns])
    assert repeated.tables.stage2_offers["offers"].sum() == 20


def test_the_offers_that_others_faced_include_repeated_ones(compare):
    block = compare(SESSION).block
    rows = [row for market in block.markets for row in market.rows]
    place = next(i for i, row in enumerate(rows) if (row.decision.participant_code, row.decision.round_number) == ("p001", 1))
    made = Offer(*block.second[place])
    assert made == rows[place].stage1
    rival = next(i for i in np.flatnonzero(block.market == block.market[place]) if i != place)
    others = [i for i in np.flatnonzero(block.market == block.market[place]) if i != rival]
    env = block.markets[block.market[place]].environment
    expected = np.nan_to_num(block.second[others]).sum(axis=0) + env.agents * env.epsilon
    np.testing.assert_allclose(block.others[rival], expected)


def test_models_of_behaviour_explain_no_repeated_offer(tmp_path):
    markets, _ = checked(write_export(tmp_path, SESSION))
    assert played(markets).choices.second.sum() == 24 - len(GONE)
    assert played(markets).choices.first.sum() == 23


def test_absent_first_offers_tell_nothing(compare):
    compared = compare(SESSION)
    row = compared.tables.decisions_compared
    absent = row[(row["participant_code"] == "p003") & (row["round_number"] == 2)].iloc[0]
    assert (absent["read_as"], absent["stage2_repeated"]) == ("", False)


def test_sessions_that_repeat_and_that_do_not_are_two_treatments(compare):
    other = session("none")
    other = replace(
        other,
        code="other123",
        decisions=tuple(replace(row, session_code="other123") for row in other.decisions),
        line=("other123", other.line[1]),
        payments=(),
    )
    cells = compare(SESSION, other).tables.cells
    assert cells["absent_at_stage2"].tolist() == ["none", "repeat"]
    assert cells["cell"].tolist() == ["baseline, absent at stage 2: none", "baseline, absent at stage 2: repeat"]


def test_the_report_says_how_many_offers_were_repeated(export, tmp_path):
    assert report_command(export, tmp_path / "out") == 0
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Of the missed second offers, 3 were replaced by the subject" in page
    assert "missed, the first repeated" in page


def test_a_simulated_session_may_repeat(tmp_path):
    command = ["simulate", str(ENVIRONMENTS / "small_market.toml"), "--model", "uniform", "--rounds", "1", "--seed", "1"]
    assert main([*command, "--absent-at-stage2", "repeat", "--out", str(tmp_path)]) == 0
    (read,) = read_export(tmp_path).sessions.values()
    assert read.settings.absence.repeats
