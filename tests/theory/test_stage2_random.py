"""Proposition 1 on thousands of random economies, against best replies that know nothing of the solver."""

from __future__ import annotations

import numpy as np
import pytest

from tests.economies import random_economy
from tests.sizes import sized
from tests.theory.independent import largest_gap
from theory.economy.utility import FAMILIES
from theory.equilibrium.stage2 import solve_stage2
from theory.mechanism import is_offer

ECONOMIES = sized(small=400, full=10_000)
PARTS = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_every_economy_is_solved_and_all_offers_are_best_replies_to_each_other(part):
    generator = np.random.default_rng([20120621, part])
    for index in range(ECONOMIES // PARTS):
        economy = random_economy(generator, FAMILIES[index % len(FAMILIES)], rows=2)
        env, counts = economy.environment, economy.configurations
        found = solve_stage2(env, counts)
        present = counts > 0
        assert np.isnan(found.offers[~present]).all()
        assert is_offer(found.offers[present], env.endowment).all()
        assert largest_gap(env, counts[0], found.posterior[0], found.offers[0]) <= 1e-9
        alone = solve_stage2(env, counts[:1])
        np.testing.assert_array_equal(alone.offers[0], found.offers[0])
        assert alone.price[0] == found.price[0]
