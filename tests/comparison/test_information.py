"""The information in the histogram: by hand, and where likelihoods are zero or offers absent."""

import math

import numpy as np
import pytest

from comparison.statistics.information import brier, divergence_of, log_score
from experiment.offers import Offer
from tests.synthetic import alpha_star, noisy, play
from theory.economy.environment import environment_fields, parse_environment, read_environment

PRIOR = {"low": 0.5, "high": 0.5}
LIKELIHOOD = {"low": {"blue": 0.7, "green": 0.3}, "high": {"blue": 0.3, "green": 0.7}}


def bayes(types):
    """The posterior of small_market by hand."""
    weight = {z: PRIOR[z] * math.prod(LIKELIHOOD[z][x] for x in types) for z in PRIOR}
    return {z: value / sum(weight.values()) for z, value in weight.items()}


def kl(true, told):
    return sum(true[z] * math.log(true[z] / told[z]) for z in true)


def test_divergence_gain_and_scores_are_those_of_bayes_by_hand(compare):
    def first(seat):
        return None if seat.participant == 2 else noisy(alpha_star, 80)(seat)

    found = compare(play(participants=12, rounds=6, first=first))
    misled = 0
    for market in found.tables.market_rounds.itertuples():
        rows = found.tables.decisions_compared.query("active and market == @market.market and paid_round == @market.paid_round")
        true, told = bayes(rows["type"]), bayes([seen for seen in rows["read_as"] if seen])
        assert market.info_kl == pytest.approx(kl(true, told), abs=1e-12)
        assert market.info_kl_prior == pytest.approx(kl(true, PRIOR), abs=1e-12)
        if market.info_kl_prior > 1e-9:
            assert market.info_gain == pytest.approx(1 - kl(true, told) / kl(true, PRIOR), abs=1e-9)
        assert market.brier == pytest.approx(sum((told[z] - (z == market.state)) ** 2 for z in told), abs=1e-12)
        assert market.log_score == market.info_kl_state == pytest.approx(-math.log(told[market.state]), abs=1e-12)
        assert market.brier_types == pytest.approx(sum((true[z] - (z == market.state)) ** 2 for z in true), abs=1e-12)
        misled += market.info_gain < 0
    assert misled > 0
    (cell,) = found.tables.information.to_dict("records")
    rounds = found.tables.market_rounds
    assert cell["info_gain"] == pytest.approx(1 - rounds["info_kl"].sum() / rounds["info_kl_prior"].sum())
    assert cell["mean_brier"] == pytest.approx(rounds["brier"].mean())


def test_where_nobody_makes_an_offer_the_histogram_tells_what_the_prior_tells(compare):
    rounds = compare(play(participants=8, rounds=3, first=lambda _: None)).tables.market_rounds
    np.testing.assert_allclose(rounds["info_kl"], rounds["info_kl_prior"])
    np.testing.assert_allclose(rounds["brier"], 0.5)
    assert (rounds["info_gain"].dropna() == 0).all()


def test_where_nothing_is_announced_nothing_is_said(compare):
    silent = compare(play(participants=8, rounds=2, announcement="none"))
    shut = compare(play(participants=8, rounds=1, first=lambda _: Offer(1.0, 0.0), shutdown_if_equal=True))
    for found in (silent, shut):
        assert found.tables.market_rounds[["info_kl", "info_gain", "brier", "log_score"]].isna().all(axis=None)
        assert found.tables.information.empty


def test_a_state_that_the_types_rule_out_adds_nothing_and_one_that_only_the_histogram_rules_out_costs_everything():
    true = np.array([[0.4, 0.6, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0]])
    told = np.array([[0.4, 0.5, 0.1], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    np.testing.assert_allclose(divergence_of(true, told), [0.6 * math.log(1.2), np.inf, 0])
    state = np.array([1, 1, 1])
    np.testing.assert_allclose(log_score(told, state), [math.log(2), np.inf, 0])
    np.testing.assert_allclose(brier(told, state), [0.16 + 0.25 + 0.01, 2, 0])


def test_types_that_the_histogram_makes_impossible_leave_a_finite_brier_score_and_are_counted(compare):
    fields = environment_fields(read_environment("environments/small_market.toml"))
    fields["likelihood"] = {"low": {"blue": 1.0, "green": 0.0}, "high": {"blue": 0.3, "green": 0.7}}
    session = play(participants=12, rounds=6, first=lambda _: Offer(0.0, 5.0), economy=parse_environment(fields))  # read as green's
    found = compare(session)
    rounds = found.tables.market_rounds
    low = rounds[rounds["state"] == "low"]
    assert len(low) > 0
    assert (low["brier"] == 2).all()
    assert np.isinf(low["log_score"]).all()
    assert found.tables.information["ruled_out"].item() == np.isinf(rounds["info_kl"]).sum() > 0
