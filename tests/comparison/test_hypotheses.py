"""The planned tests on synthetic sessions: their results where theory holds, their refusals, and how each number is computed."""

import numpy as np
import pandas as pd
import pytest

from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from comparison.hypotheses import COLUMNS, Margins, hypothesis_tests
from comparison.inference.multiple import holm
from comparison.inference.units import unit_means
from comparison.statistics.benchmarks import predictions
from comparison.statistics.tables import compute_tables
from experiment.offers import Offer
from tests.sizes import sized
from tests.synthetic import alpha_star, beta, noisy, play, write_export


def tables(folder, sessions):
    export = read_export(write_export(folder, sessions))
    markets = market_rounds(export)
    return compute_tables(markets, predictions(markets), check_export(export, markets))


def answers(played, **options):
    return hypothesis_tests(played.decisions_compared, played.market_rounds, **options)


def row(table, start):
    return table[table["question"].str.startswith(start)].iloc[0]


@pytest.fixture(scope="module")
def equilibrium(tmp_path_factory):
    return tables(tmp_path_factory.mktemp("equilibrium"), play(participants=24, rounds=6))


@pytest.fixture(scope="module")
def two_treatments(tmp_path_factory):
    careful = play("aaaa1111", 24, noisy(alpha_star, 10), noisy(beta, 10), seed=1, rounds=6, treatment="careful")
    careless = play("bbbb2222", 20, noisy(alpha_star, 60), noisy(beta, 60), seed=2, rounds=6, treatment="careless")
    return tables(tmp_path_factory.mktemp("treatments"), [careful, careless])


def test_play_of_the_equilibrium_agrees_with_it_as_strongly_as_six_units_can_say(equilibrium):
    found = answers(equilibrium)
    agreement = found[found["question"].str.contains("agree")]
    assert len(agreement) == 5
    assert (agreement["p_value"] == agreement["least_p"]).all()
    assert (agreement["units"] == 6).all()
    first = found[found["question"].str.startswith("Do stage-1 offers of type blue differ")].iloc[0]
    assert (first["estimate"], first["p_value"]) == (0.0, 1.0)


def test_play_of_the_equilibrium_is_closer_to_nash_than_to_the_competitive_price_in_every_unit(equilibrium):
    found = row(answers(equilibrium), "Is the price closer to Nash than to the competitive price at the state")
    assert found["estimate"] > 0
    assert found["p_value"] == found["least_p"] == 2 / 2**6


def test_a_margin_within_the_grids_error_is_not_claimed(equilibrium):
    found = row(answers(equilibrium, margins=Margins(price=1e-4)), "Does the price agree")
    assert found["p_value"] > 0.05
    assert "0.0001" in found["question"]


def test_play_that_is_off_by_the_same_in_every_round_is_found_to_differ(tmp_path):
    def shy(seat):
        offer = alpha_star(seat)
        return seat.settings.grid.nearest(offer.q / 2, offer.r / 2)

    found = answers(tables(tmp_path, play(participants=24, rounds=4, first=shy)))
    differs = row(found, "Do stage-1 offers of type blue differ")
    assert differs["p_value"] == differs["least_p"]
    assert row(found, "Do stage-1 offers of type blue agree")["p_value"] == 1.0


def test_types_that_make_the_same_first_offer_are_told_apart_no_better_than_by_chance(tmp_path):
    found = row(answers(tables(tmp_path, play(participants=24, rounds=4, first=lambda _: Offer(1.0, 0.0)))), "Do first offers tell")
    assert (found["estimate"], found["p_value"]) == (0.0, 1.0)


def test_chance_is_the_mean_over_all_ways_to_deal_a_units_readings_to_its_types(two_treatments):
    decisions = two_treatments.decisions_compared
    unit = decisions[(decisions["session_code"] == "bbbb2222") & (decisions["matching_group"] == "1")]
    rng, types = np.random.default_rng(0), unit["type"].to_numpy()
    chance = np.mean([(types == rng.permutation(unit["read_as"])).mean() for _ in range(sized(small=4_000, full=20_000))])
    one = decisions.assign(used=decisions.index.isin(unit.index))
    table = hypothesis_tests(one, two_treatments.market_rounds)
    found = row(table[table["cell"] == "careless"], "Do first offers tell")
    assert found["estimate"] == pytest.approx(unit["inside_interval"].mean() - chance, abs=sized(small=0.01, full=0.005))


def test_treatments_are_compared_by_one_number_per_unit(two_treatments):
    found = answers(two_treatments)
    apart = found[found["cell"] == "careful against careless"]
    assert list(apart["units"]) == [11, 11, 11]
    assert (apart["note"] == "6 and 5 units.").all()
    rounds = two_treatments.market_rounds
    distance = unit_means(rounds.assign(size=rounds["log_deviation_nash"].abs()), "size")
    expected = distance["aaaa1111"].mean() - distance["bbbb2222"].mean()
    assert apart.iloc[0]["estimate"] == pytest.approx(expected)
    assert apart.iloc[0]["p_value"] <= 0.05


def test_holms_p_values_are_those_of_the_family(two_treatments):
    found = answers(two_treatments)
    assert len(found.groupby(["family", "cell"])) == 6 * 2 + 1
    for _, family in found.groupby(found["family"] + found["cell"]):
        np.testing.assert_allclose(family["p_holm"], holm(family["p_value"]))


def test_learning_is_the_last_third_less_the_first(two_treatments):
    rounds = two_treatments.market_rounds
    careful = rounds[rounds["cell"] == "careful"]
    size = careful["log_deviation_nash"].abs()
    late = size[careful["paid_round"] >= 5].groupby(careful["matching_group"]).mean()
    early = size[careful["paid_round"] <= 2].groupby(careful["matching_group"]).mean()
    assert row(answers(two_treatments), "Does the price's distance")["estimate"] == pytest.approx((late - early).mean())


def test_benchmarks_that_the_tables_have_are_compared_with_and_the_others_named_as_missing(equilibrium):
    rounds = equilibrium.market_rounds.assign(log_deviation_autarky=equilibrium.market_rounds["log_deviation_nash"].abs() + 0.2)
    found = hypothesis_tests(equilibrium.decisions_compared, rounds)
    assert row(found, "Is the price closer to Nash than to autarky")["estimate"] == pytest.approx(0.2)
    found = hypothesis_tests(equilibrium.decisions_compared, rounds.drop(columns="log_deviation_autarky"))
    missing = row(found, "Is the price closer to Nash than to autarky")
    assert np.isnan(missing["p_value"])
    assert missing["note"] == "No unit has this number."


def test_with_random_matching_the_session_is_the_one_unit_and_nothing_is_tested(tmp_path):
    found = answers(tables(tmp_path, play(participants=8, rounds=2, matching="random")))
    assert found["p_value"].isna().all()
    assert found["p_holm"].isna().all()
    assert (found["note"] != "").all()
    assert "One unit" in found.iloc[0]["note"]
    assert "There is one treatment" in found.iloc[-1]["note"]
    assert "Paid rounds played: 2" in row(found, "Does efficiency change")["note"]


def test_rows_that_do_not_count_change_nothing(equilibrium):
    decisions, rounds = equilibrium.decisions_compared, equilibrium.market_rounds
    practice = decisions.assign(used=False, stage1_deviation=1.0), rounds.assign(used=False, log_deviation_nash=1.0)
    more = hypothesis_tests(pd.concat([decisions, practice[0]]), pd.concat([rounds, practice[1]]))
    pd.testing.assert_frame_equal(more, answers(equilibrium))


def test_where_no_row_counts_every_test_says_so(equilibrium):
    found = hypothesis_tests(equilibrium.decisions_compared.assign(used=False), equilibrium.market_rounds.assign(used=False))
    assert found["p_value"].isna().all()
    assert (found["units"] == 0).all()
    assert (found["note"] != "").all()


def test_the_order_of_rows_does_not_matter_and_the_columns_are_always_the_same(two_treatments):
    found = answers(two_treatments)
    mixed = hypothesis_tests(
        two_treatments.decisions_compared.sample(frac=1.0, random_state=1), two_treatments.market_rounds.sample(frac=1.0, random_state=1)
    )
    pd.testing.assert_frame_equal(mixed, found, check_exact=True)
    assert tuple(found.columns) == COLUMNS
