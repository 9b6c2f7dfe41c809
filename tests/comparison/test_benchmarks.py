"""The theory's prices for market rounds: each benchmark compared with the theory called one market at a time."""

import numpy as np
import pytest

from comparison import hypotheses
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from comparison.design import criteria
from comparison.report.terms import BENCHMARK_NAMES
from comparison.statistics import benchmarks
from comparison.statistics.benchmarks import ANNOUNCED, BENCHMARKS, COMPETITIVE, NASH, RIVALS, predictions
from experiment.offers import Offer
from experiment.rounds import announce
from tests.synthetic import alpha_star, noisy, play, write_export
from theory.economy.environment import environment_fields, parse_environment, read_environment
from theory.equilibrium import rivals
from theory.equilibrium.competitive import competitive_equilibrium
from theory.equilibrium.semipooling import one_stage_equilibria
from theory.equilibrium.separating import announced_offer
from theory.equilibrium.stage1 import UNREAD
from theory.equilibrium.stage2 import NotSolved, solve_stage2
from theory.mechanism import market_trade

SHOWN_ONLY: set[str] = set()
"""Benchmarks that no planned test sets against Nash."""
NOT_DESIGNED = {ANNOUNCED}
"""Benchmarks that ``design`` and ``power`` do not know: this one hangs on the first offers."""


def predicted(folder, session):
    markets = market_rounds(read_export(write_export(folder, session)))
    return list(zip(markets, predictions(markets), strict=True))


def test_every_benchmark_has_its_name_in_each_table():
    assert BENCHMARK_NAMES.keys() == set(BENCHMARKS)
    assert hypotheses.RIVALS.keys() == set(BENCHMARKS) - {NASH} - SHOWN_ONLY
    assert criteria.BENCHMARKS.keys() == set(BENCHMARKS) - NOT_DESIGNED


def test_a_benchmark_is_one_prediction_wherever_it_is_named():
    assert {name: criteria.BENCHMARKS[name] for name in RIVALS} == RIVALS
    assert criteria.BENCHMARKS[COMPETITIVE] is rivals.LIMIT_STATE


@pytest.mark.parametrize("name", ["small_market", "three_types"])
def test_batched_benchmarks_equal_the_theory_of_each_market_alone(tmp_path, name):
    session = play(participants=12, rounds=4, environment=name, first=noisy(alpha_star, 60))
    environment = session.settings.environment
    for market, prediction in predicted(tmp_path, session):
        nash = solve_stage2(environment, [market.configuration])
        assert prediction.prices["nash"] == pytest.approx(float(nash.price[0]), rel=1e-12)
        for row in np.flatnonzero(market.active):
            np.testing.assert_allclose(prediction.nash_offers[row], nash.offers[0, market.type_index[row]], atol=1e-12)
        state = environment.state_index(market.state)
        assert prediction.prices["competitive"] == pytest.approx(competitive_equilibrium(environment).price[state], rel=1e-12)


def test_the_announced_price_is_that_of_each_subject_answering_what_it_saw(tmp_path):
    session = play(participants=12, rounds=4, environment="three_types", first=noisy(alpha_star, 60))
    environment = session.settings.environment
    misread = 0
    for market, prediction in predicted(tmp_path, session):
        told = announce(market.stage1, market.active.tolist(), False)
        offers = [
            announced_offer(environment, int(market.type_index[row]), (market.stage1[row].q, market.stage1[row].r), told.bars)
            for row in np.flatnonzero(market.active)
        ]
        trade = market_trade(environment, offers)
        assert prediction.prices["announced"] == pytest.approx(trade.price, rel=1e-12)
        misread += int((prediction.read_as != market.type_index)[market.active].sum())
    assert misread > 0


def test_where_everybody_reads_as_the_own_type_the_two_nash_prices_agree(tmp_path):
    for _, prediction in predicted(tmp_path, play(participants=8, rounds=3)):
        assert prediction.prices["announced"] == pytest.approx(prediction.prices["nash"], rel=1e-12)


def test_without_an_announcement_the_prediction_is_the_equilibrium_in_which_types_stay_unknown(tmp_path):
    session = play(participants=12, rounds=3, environment="three_types", announcement="none", first=noisy(alpha_star, 60))
    environment = session.settings.environment
    offers = one_stage_equilibria(environment).equilibria[0].offers
    for market, prediction in predicted(tmp_path, session):
        assert np.isnan(prediction.announced_offers[~market.active]).all()
        np.testing.assert_allclose(prediction.announced_offers[market.active], offers[market.type_index[market.active]], atol=1e-12)
        totals = market.configuration @ offers + environment.active * environment.epsilon
        assert prediction.prices["announced"] == pytest.approx(totals[1] / totals[0], rel=1e-12)
        assert prediction.prices["announced"] != pytest.approx(prediction.prices["nash"], rel=1e-3)


def test_a_shutdown_that_did_not_happen_is_news_of_its_own_that_nothing_is_predicted_for(tmp_path):
    for _, prediction in predicted(tmp_path, play(participants=8, rounds=2, announcement="none", shutdown_if_equal=True)):
        assert np.isnan(prediction.prices["announced"])
        assert prediction.prices["nash"] > 0


def test_where_no_equilibrium_without_an_announcement_is_found_the_rest_is_still_computed(tmp_path, monkeypatch):
    def none_found(*_):
        raise NotSolved("none")

    monkeypatch.setattr(benchmarks, "one_stage_offers", none_found)
    for _, prediction in predicted(tmp_path, play(participants=8, rounds=2, announcement="none")):
        assert np.isnan(prediction.prices["announced"])
        assert prediction.prices["nash"] > 0


def test_an_absent_offer_is_not_read_and_still_leaves_a_benchmark(tmp_path):
    def first(seat):
        return None if seat.participant == 1 else alpha_star(seat)

    for market, prediction in predicted(tmp_path, play(participants=4, rounds=3, first=first)):
        absent = [row.decision.stage1_source == "absent" for row in market.rows]
        np.testing.assert_array_equal(prediction.read_as == UNREAD, absent)
        assert prediction.prices["announced"] > 0


def test_where_nobody_makes_an_offer_nothing_is_read(tmp_path):
    for _, prediction in predicted(tmp_path, play(participants=4, rounds=1, first=lambda _seat: None)):
        assert np.isnan(prediction.prices["announced"])


def test_a_market_that_shut_down_has_no_price_at_the_announcement(tmp_path):
    session = play(participants=4, rounds=1, first=lambda _seat: Offer(1.0, 0.0), shutdown_if_equal=True)
    for market, prediction in predicted(tmp_path, session):
        assert market.shut_down
        assert np.isnan(prediction.prices["announced"])


@pytest.mark.parametrize("name", ["small_market", "three_types"])
def test_every_rival_price_is_that_of_the_rival_at_each_markets_types(tmp_path, name):
    for market, prediction in predicted(tmp_path, play(participants=12, rounds=3, environment=name, first=noisy(alpha_star, 60))):
        assert set(prediction.prices) == set(BENCHMARKS)
        environment = market.session.environment
        alone = {
            "competitive_posterior": rivals.COMPETITIVE,
            "nash_private": rivals.NASH_PRIVATE,
            "nash_no_information": rivals.NASH_NO_INFORMATION,
            "competitive_private": rivals.COMPETITIVE_PRIVATE,
            "competitive_no_information": rivals.COMPETITIVE_NO_INFORMATION,
        }
        for benchmark, rival in alone.items():
            price = rivals.rival_outcome(environment, rival, [market.configuration]).price[0]
            assert prediction.prices[benchmark] == pytest.approx(price, rel=1e-12)
        assert prediction.prices["autarky"] == pytest.approx(environment.epsilon_r / environment.epsilon_q, rel=1e-15)


def test_repeating_the_first_offers_is_the_market_of_those_made_and_of_nothing_from_who_made_none(tmp_path):
    def first(seat):
        return None if seat.participant == 1 else noisy(alpha_star, 60)(seat)

    for market, prediction in predicted(tmp_path, play(participants=4, rounds=3, first=first)):
        made = [offer for offer, active in zip(market.stage1, market.active, strict=True) if active and offer is not None]
        total_q, total_r = (0.5 * market.active.sum() + sum(getattr(offer, good) for offer in made) for good in ("q", "r"))
        assert prediction.prices["repeat_stage1"] == pytest.approx(total_r / total_q, rel=1e-14)


def test_first_offers_that_no_state_allows_leave_no_price_as_announced_and_all_others(tmp_path):
    fields = environment_fields(read_environment("environments/three_types.toml"))
    fields["likelihood"]["low"] = {"blue": 0.5, "green": 0.5, "orange": 0.0}
    fields["likelihood"]["middle"] = {"blue": 0.0, "green": 1.0, "orange": 0.0}
    fields["likelihood"]["high"] = {"blue": 0.0, "green": 0.5, "orange": 0.5}
    rule = noisy(alpha_star, 45)
    session = play(participants=12, rounds=12, first=rule, economy=parse_environment(fields), environment="three_types")
    lacking = 0
    for _, prediction in predicted(tmp_path, session):
        lacking += np.isnan(prediction.prices["announced"])
        assert all(price > 0 for name, price in prediction.prices.items() if name != "announced")
    assert 0 < lacking < 12
