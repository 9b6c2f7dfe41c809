"""The seeded draws: reproducible, independent of treatment, distributed as the model says."""

from collections import Counter

import numpy as np
import pytest

from experiment.config import ENVIRONMENTS
from experiment.draws import RoundKey, draw_markets, draw_paid_round, draw_round, fresh_seed
from theory.economy.environment import read_environment

ENVIRONMENT = read_environment(ENVIRONMENTS / "three_types.toml")


def draws(seed: int, rounds: int = 1, market: int = 1, active: int = 10):
    return [draw_round(ENVIRONMENT, active, seed, RoundKey(market, False, n)) for n in range(1, rounds + 1)]


def test_one_seed_gives_one_session():
    assert draws(7, 5) == draws(7, 5)
    assert draws(7, 5) != draws(8, 5)


def test_the_first_draw_of_seed_1_never_changes():
    drawn = draws(1)[0]
    assert (drawn.state, drawn.types[:4], drawn.active.index(False)) == ("middle", ("green", "green", "orange", "orange"), 4)


def test_practice_and_market_have_draws_of_their_own():
    keys = [RoundKey(1, False, 1), RoundKey(1, True, 1), RoundKey(2, False, 1), RoundKey(1, False, 2)]
    assert len({draw_round(ENVIRONMENT, 10, 3, key) for key in keys}) == len(keys)


def test_a_treatment_without_the_threat_sees_the_same_state_and_types():
    for threat, none in zip(draws(5, 20), draws(5, 20, active=12), strict=True):
        assert (threat.state, threat.types) == (none.state, none.types)
        assert all(none.active)
        assert sum(threat.active) == 10


def test_a_smaller_market_sees_the_first_seats_of_a_larger_one():
    small = draw_round(ENVIRONMENT.with_agents(6), 5, 9, RoundKey(1, False, 1))
    large = draw_round(ENVIRONMENT, 10, 9, RoundKey(1, False, 1))
    assert small.state == large.state
    assert small.types == large.types[:6]


def test_states_types_and_inactivity_have_the_frequencies_of_the_model():
    rounds = draws(11, 4000)
    states = Counter(drawn.state for drawn in rounds)
    for z, name in enumerate(ENVIRONMENT.states):
        share = ENVIRONMENT.prior[z]
        assert abs(states[name] / 4000 - share) < 4 * np.sqrt(share * (1 - share) / 4000)
        seen = Counter(x for drawn in rounds if drawn.state == name for x in drawn.types)
        for x, type_name in enumerate(ENVIRONMENT.types):
            share = ENVIRONMENT.likelihood[z, x]
            assert abs(seen[type_name] / seen.total() - share) < 4 * np.sqrt(share * (1 - share) / seen.total())
    active = np.array([drawn.active for drawn in rounds])
    assert (active.sum(axis=1) == 10).all()
    assert np.abs(active.mean(axis=0) - 10 / 12).max() < 4 * np.sqrt(10 / 144 * 2 / 4000)


def test_random_markets_divide_everybody_and_mix():
    together = Counter()
    for number in range(1, 401):
        markets = draw_markets(8, 4, 3, False, number)
        assert sorted(n for market in markets for n in market) == list(range(1, 9))
        together.update(n for market in markets if 1 in market for n in market)
    assert together[1] == 400
    for other in range(2, 9):
        assert abs(together[other] / 400 - 3 / 7) < 0.1


def test_every_round_is_as_likely_to_be_paid():
    counts = Counter(draw_paid_round(n, 10, 5) for n in range(1, 5001))
    assert set(counts) == set(range(1, 11))
    assert max(abs(count / 5000 - 0.1) for count in counts.values()) < 0.02


def test_fresh_seeds_differ():
    assert len({fresh_seed() for _ in range(50)}) == 50


def test_everybody_active_or_nobody_is_a_draw_too():
    assert all(draw_round(ENVIRONMENT, 12, 1, RoundKey(1, False, 1)).active)
    assert not any(draw_round(ENVIRONMENT, 0, 1, RoundKey(1, False, 1)).active)


@pytest.mark.parametrize("participants", [4, 8, 12])
def test_markets_have_the_stated_size(participants):
    assert {len(market) for market in draw_markets(participants, 4, 1, True, 1)} == {4}
