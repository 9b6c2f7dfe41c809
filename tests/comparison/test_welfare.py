"""Welfare of market rounds: the theory's of each alone, with the floor, and where somebody ends without a good."""

import numpy as np
import pytest

from comparison.report.welfare import loss_sentence
from experiment.offers import Offer
from tests.comparison.reports import report
from tests.synthetic import alpha_star, beta, noisy, play
from theory.economy.environment import environment_fields, parse_environment, read_environment
from theory.efficiency.coefficients import resource_utilisation
from theory.efficiency.losses import welfare

LOSSES = ["loss_inactive", "loss_exogenous", "loss_information", "loss_market_power", "loss_behaviour"]


@pytest.mark.parametrize("name", ["mixed_values", "nearly_common", "three_types"])
def test_losses_dispersion_and_debreus_coefficient_are_those_of_each_market_round_alone(compare, name):
    fields = environment_fields(read_environment(f"environments/{name}.toml"))
    del fields["utility"]["floor"]  # which the theory does not use
    economy = parse_environment(fields)
    found = compare(play(participants=24, rounds=2, first=noisy(alpha_star, 20), second=noisy(beta, 20), economy=economy))
    block, rounds = found.block, found.tables.market_rounds
    kinds = np.arange(len(block.environment.types))
    for place in range(block.size):
        here = block.market == place
        order = [
            row
            for active in (True, False)
            for x in kinds
            for row in np.flatnonzero(here & (block.active == active) & (block.type_index == x))
        ]
        apart = np.bincount(block.type_index[here & ~block.active], minlength=len(kinds))
        alone = welfare(block.environment, int(block.state[place]), block.configuration[place], apart, block.final[order])
        np.testing.assert_allclose(rounds[LOSSES].iloc[place], [loss.points for loss in alone.losses], atol=1e-8)
        observed = alone.outcomes[-1]
        assert rounds["efficiency_ex_post"].iloc[place] == pytest.approx(observed.gains_share, rel=1e-8)
        assert rounds["debreu"].iloc[place] == pytest.approx(observed.coefficient, rel=1e-9)
        assert rounds["mrs_dispersion"].iloc[place] == pytest.approx(observed.mrs_dispersion, rel=1e-9)


def test_losses_add_up_from_the_efficient_points_to_the_observed_ones(compare):
    found = compare(play(participants=24, rounds=3, environment="three_types", first=noisy(alpha_star, 80), second=noisy(beta, 80)))
    rounds = found.tables.market_rounds
    np.testing.assert_allclose(rounds[LOSSES].sum(axis=1), rounds["points_efficient"] - rounds["points_observed"], atol=1e-9)
    assert rounds["loss_behaviour"].mean() > 1
    (cell,) = found.tables.welfare.to_dict("records")
    assert cell["loss_behaviour"] == pytest.approx(rounds["loss_behaviour"].mean())
    gained, there = (rounds[f"points_{name}"].sum() - rounds["points_autarky"].sum() for name in ("observed", "efficient"))
    assert cell["efficiency_ex_post"] == pytest.approx(gained / there)


def test_who_ends_without_a_good_has_an_infinite_rate_needs_nothing_and_is_paid_the_floor(compare):
    found = compare(play(participants=4, rounds=2, second=lambda seat: Offer(10.0, 0.0) if seat.participant < 3 else beta(seat)))
    block, rounds = found.block, found.tables.market_rounds
    bare = block.sums(block.final[:, 0] == 0) > 0
    assert bare.any()
    assert np.isinf(rounds["mrs_dispersion"][bare]).all()
    assert np.isfinite(rounds[[*LOSSES, "debreu"]]).all(axis=None)
    assert found.tables.welfare["without_a_good"].item() == bare.sum()
    for place in np.flatnonzero(bare):
        here = block.market == place
        alone = resource_utilisation(block.environment, block.type_index[here], block.final[here], np.eye(2)[block.state[place]])
        assert rounds["debreu"].iloc[place] == pytest.approx(alone.coefficient, rel=1e-9)
        assert rounds["debreu"].iloc[place] < 0.9
    np.testing.assert_allclose(rounds["points_observed"], block.sums(block.points) / 4)


def test_where_nobody_trades_all_gains_are_lost(compare):
    nothing = Offer(0.0, 0.0)
    rounds = compare(play(participants=8, rounds=2, first=lambda _: nothing, second=lambda _: nothing)).tables.market_rounds
    np.testing.assert_allclose(rounds["points_observed"], rounds["points_autarky"])
    assert (rounds["efficiency_ex_post"].dropna() == 0).all()
    mixed = rounds["efficiency_ex_post"].notna()
    assert mixed.any()
    assert (rounds["debreu"][mixed] < 1).all()


def row_of(inactive, exogenous, information, market_power, behaviour):
    """A row of the welfare table with these losses."""
    lost = {"inactive": inactive, "exogenous": exogenous, "information": information, "market_power": market_power, "behaviour": behaviour}
    return {"cell": "t", "mean_debreu": 0.99, **{f"loss_{cause}": points for cause, points in lost.items()}}


def test_a_part_that_exceeds_the_whole_is_not_called_a_part_of_it():
    """What came from outside makes the equilibrium better than the efficient allocation of the market's own goods."""
    said = loss_sentence(row_of(-0.66, 0.05, 0.08, 0.40, 0.82))
    assert "the equilibrium pays 0.13 points per agent and round more than the efficient allocation of the market's own goods" in said
    assert "the offers that subjects made paid 0.82 points per agent and round less than the equilibrium" in said
    assert "the largest loss on the way to the equilibrium is that to market power (0.40)" in said
    assert "gains come with some inactive (0.66)" in said
    assert "of them" not in said


@pytest.mark.parametrize("signs", list(np.ndindex(3, 3, 3, 3, 3)))
def test_the_sentence_on_losses_is_true_for_every_pattern_of_signs(signs):
    row = row_of(*((np.array(signs) - 1) * [0.1, 0.2, 0.4, 0.8, 1.6]))
    theory = sum(row[name] for name in LOSSES[:4])
    said = loss_sentence(row)
    for lost, what, than in (
        (theory, "the equilibrium pays", "the efficient allocation of the market's own goods"),
        (row["loss_behaviour"], "the offers that subjects made paid", "the equilibrium"),
    ):
        size = f"{abs(lost):.2f}"
        if size == "0.00":
            assert f"{what} as many points as {than}" in said
        else:
            assert f"{what} {size} points per agent and round {'less' if lost > 0 else 'more'} than {than}" in said
    names = {"loss_inactive": "some inactive", "loss_exogenous": "exogenous offers", "loss_information": "information"}
    for name, word in {**names, "loss_market_power": "market power"}.items():
        assert (f"{word} ({-row[name]:.2f})" in said.partition("gains come with")[2]) == (row[name] < 0)
    largest = max(row[name] for name in LOSSES[:4])
    assert (f"({largest:.2f})" in said.partition("the largest loss")[2]) if largest > 0 else "no step on the way" in said


def test_gains_of_markets_with_trade_outside_and_without_are_not_to_be_compared(tmp_path):
    bare = play("bare1111", 8, rounds=1, treatment="bare", inactive_threat="none")
    threat = play("threat11", 8, rounds=1, treatment="threat", seed=3)
    again = play("again111", 8, rounds=1, treatment="again", seed=4)
    _, page = report(tmp_path / "unlike", bare, threat)
    assert "are not to be compared between these treatments; only in threat does anybody trade at p1." in page
    _, page = report(tmp_path / "alike", threat, again)
    assert "not to be compared" not in page
    _, page = report(tmp_path / "one", threat)
    assert "not to be compared" not in page
