"""Estimation: the truth is recovered, derivatives are those of the likelihood, and one Newton step is as good as another search."""

from decimal import Decimal

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp

from comparison.behaviour.estimation import estimate, unit_likelihood
from comparison.behaviour.game import Game
from comparison.behaviour.intervals import bootstrap_intervals, out_of_unit
from comparison.behaviour.models import MODELS
from comparison.behaviour.players import Players
from comparison.behaviour.replication import replicated
from docs.studies.behavioural_replications import ESTIMATED_FROM, TRUTH, replicate
from experiment.config import ENVIRONMENTS
from experiment.offers import OfferGrid
from tests.sizes import sized
from theory.economy.environment import read_environment


def game(name="mixed_values", step="0.1"):
    env = read_environment(ENVIRONMENTS / f"{name}.toml")
    return Game(env, env.active, OfferGrid(Decimal(step), Decimal("10"), Decimal("10")))


def data(name, units=12, rounds=10, seed=3, economy="mixed_values"):
    return replicated(Players(game(economy), MODELS[name], np.array(list(TRUTH[name].values()))), units, rounds, seed)


PLAYS = {name: data(name) for name in TRUTH if name not in ESTIMATED_FROM}


def subset(play, keep):
    """The same data with only some units, numbered anew."""
    rows = np.isin(play.unit, keep)
    fields = {name: getattr(play, name)[rows] for name in ("types", "read", "active", "first", "second", "second_offers")}
    unit = np.unique(play.unit[rows], return_inverse=True)[1]
    subject = np.unique(play.subject[rows], return_inverse=True)[1].reshape(play.subject[rows].shape)
    return type(play)(game=play.game, unit=unit, subject=subject, **fields)


@pytest.mark.parametrize("name", TRUTH)
def test_every_model_recovers_its_parameters_within_four_standard_errors(name):
    play = PLAYS[ESTIMATED_FROM.get(name, name)]
    fit = estimate(MODELS[name], play)
    error = bootstrap_intervals(fit, 200, 1).standard_error
    assert (np.abs(fit.values - list(TRUTH[name].values())) < 4 * error).all(), (fit.values, error)
    assert (error < [0.08, 0.08, 0.15, 0.15][: len(error)]).all()


@pytest.mark.parametrize("economy", ["three_types", "nearly_common", "small_market"])
def test_other_economies_give_back_the_truth_too(economy):
    fit = estimate(MODELS["cursed"], data("cursed", units=15, economy=economy))
    error = bootstrap_intervals(fit, 200, 1).standard_error
    assert (np.abs(fit.values - list(TRUTH["cursed"].values())) < 4 * error).all(), (fit.values, error)


@pytest.mark.parametrize("name", PLAYS)
def test_the_model_that_made_the_data_predicts_unseen_units_best(name):
    play = PLAYS[name]
    outside = {rival: out_of_unit(estimate(MODELS[rival], play), play).sum() for rival in ("uniform", "logit_nash", name, "level_k")}
    assert outside[name] == max(outside.values())


def test_the_likelihood_is_the_product_of_the_chances_of_all_offers_of_a_subject():
    play, model = PLAYS["level_k"], MODELS["level_k"]
    truth = list(TRUTH["level_k"].values())
    kinds = model.bind(play.situations, None)(np.array(truth))
    where = play._situations[1]
    total = 0.0
    for subject in np.unique(play.subject[play.unit == 0]):
        rows, seats = np.nonzero(play.subject == subject)
        logs = [np.log(kind.share) for kind in kinds]
        for s, n in zip(rows, seats, strict=True):
            for k, kind in enumerate(kinds):
                logs[k] += kind.first[play.types[s, n], play.first[s, n]]
                if play.second[s, n] >= 0:
                    logs[k] += kind.second[where[s, n], play.second[s, n]]
        total += logsumexp(logs)
    free = np.array([one.free(value) for one, value in zip(model.parameters, truth, strict=True)])
    assert unit_likelihood(model, play)(free)[0] == pytest.approx(total)


@pytest.mark.parametrize("name", ["logit_nash", "conduct", "level_k"])
def test_the_slope_is_nothing_at_the_estimate_and_no_point_around_it_is_higher(name):
    play = PLAYS[name]
    fit = estimate(MODELS[name], play)
    error = 1 / np.sqrt(np.diag(fit.information.sum(axis=0)))
    assert (np.abs(fit.scores.sum(axis=0) * error) < 1e-2).all()
    likelihood = unit_likelihood(MODELS[name], play)
    for step in np.eye(len(error)) * error:
        assert likelihood(fit.free + step).sum() < fit.loglik
        assert likelihood(fit.free - step).sum() < fit.loglik
        # one standard error by the information costs half a unit of log-likelihood, times what the others' correlation adds
        assert fit.loglik - likelihood(fit.free + step).sum() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("name", ["logit_nash", "cursed", "level_k"])
def test_one_step_is_where_a_search_without_the_unit_ends(name):
    play = PLAYS[name]
    fit = estimate(MODELS[name], play)
    for unit in (0, 5):
        others = np.arange(play.units) != unit
        step = fit.reweighted(others[None].astype(float))[0]
        anew = estimate(MODELS[name], subset(play, np.flatnonzero(others))).free
        error = np.sqrt(np.diag(np.linalg.inv(fit.information.sum(axis=0))))
        assert (np.abs(step - anew) < 0.1 * error).all()


def test_one_step_resamples_spread_as_searches_of_the_resamples_do():
    play, model = data("logit_nash", units=20), MODELS["logit_nash"]
    fit = estimate(model, play)
    weights = np.random.default_rng(4).multinomial(20, np.full(20, 1 / 20), size=sized(small=10, full=40)).astype(float)
    steps = fit.reweighted(weights)
    searched = []
    for weight in weights:
        units = np.repeat(np.arange(20), weight.astype(int))
        parts = [subset(play, [unit]) for unit in units]
        fields = {
            field: np.concatenate([getattr(part, field) for part in parts])
            for field in ("types", "read", "active", "first", "second", "second_offers")
        }
        unit = np.repeat(np.arange(20), [len(part.unit) for part in parts])
        subject = np.concatenate([part.subject + 12 * place for place, part in enumerate(parts)])
        searched.append(estimate(model, type(play)(game=play.game, unit=unit, subject=subject, **fields), fit.values).free)
    np.testing.assert_allclose(steps.std(axis=0), np.std(searched, axis=0), rtol=0.05)
    np.testing.assert_allclose(steps, searched, rtol=0, atol=0.1 * steps.std())


def test_intervals_widen_with_fewer_units_and_one_unit_has_none():
    wide, narrow = (bootstrap_intervals(estimate(MODELS["logit_nash"], data("logit_nash", units=units)), 200, 1) for units in (4, 30))
    assert ((wide.high - wide.low) > 1.5 * (narrow.high - narrow.low)).all()
    alone = data("logit_nash", units=1)
    fit = estimate(MODELS["logit_nash"], alone)
    assert np.isnan(bootstrap_intervals(fit, 200, 1).low).all()
    assert np.isnan(out_of_unit(fit, alone)).all()


def test_the_same_seed_gives_the_same_intervals():
    fit = estimate(MODELS["logit_nash"], PLAYS["logit_nash"])
    one, again, other = (bootstrap_intervals(fit, 100, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.low, again.low)
    assert (one.low != other.low).all()


def test_a_parameter_that_the_data_push_out_of_its_range_stops_at_the_end_and_has_no_interval():
    fit = estimate(MODELS["conduct"], PLAYS["level_k"])
    found = bootstrap_intervals(fit, 200, 1)
    assert fit.at_end[2]
    assert fit.values[2] == pytest.approx(1.5)
    assert np.isnan([found.standard_error[2], found.low[2], found.high[2]]).all()
    nash = estimate(MODELS["cursed"], PLAYS["logit_nash"])
    assert nash.values[2] == pytest.approx(0, abs=0.3)
    assert np.isnan(bootstrap_intervals(nash, 200, 1).low[2]) == nash.at_end[2]


def test_out_of_unit_likelihood_uses_only_what_other_units_did():
    play = PLAYS["logit_equilibrium"]
    fit = estimate(MODELS["logit_empirical"], play)
    unit = 3
    others = subset(play, np.flatnonzero(np.arange(play.units) != unit))
    likelihood = unit_likelihood(MODELS["logit_empirical"], others)
    searched = minimize(lambda free: -likelihood(free).sum(), fit.free, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-6})
    weight = (np.arange(play.units) != unit).astype(float)
    expected = unit_likelihood(MODELS["logit_empirical"], play, weight)(searched.x)[unit]
    assert out_of_unit(fit, play)[unit] == pytest.approx(expected, abs=0.01)


def test_mean_offers_are_the_averages_of_those_read_alike_after_the_same_announcement():
    play = PLAYS["logit_nash"]
    known = play.situations.configurations
    mean = play.mean_offers(np.ones(play.units))
    announced = np.stack([((play.read == y) & play.active).sum(axis=1) for y in (0, 1)], axis=1)
    for d in range(len(known)):
        rows = (announced == known[d]).all(axis=1)
        for y in np.flatnonzero(known[d]):
            chosen = play.active[rows] & (play.read[rows] == y)
            np.testing.assert_allclose(mean[d, y], play.second_offers[rows][chosen].mean(axis=0))


@pytest.mark.parametrize("name", TRUTH)
def test_intervals_cover_the_truth_in_most_of_a_few_replications(name):
    found = [replicate(game(), name, 6, 10, 200, 1, number) for number in range(sized(small=10, full=40))]
    covered = np.mean([one.covered for one in found], axis=0)
    assert (covered >= sized(small=0.6, full=0.8)).all(), covered
    estimates, errors = (np.array([getattr(one, field) for one in found]) for field in ("estimate", "standard_error"))
    np.testing.assert_allclose(errors.mean(axis=0), estimates.std(axis=0), rtol=sized(small=0.8, full=0.4))
