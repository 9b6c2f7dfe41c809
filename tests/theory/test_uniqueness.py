"""Uniqueness of beta^sigma: the premises of the proof, and a scan of the price line that finds one crossing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.economies import asymmetric_environment, random_economy, unchecked
from tests.sizes import sized
from theory.certificates.uniqueness import uniqueness
from theory.economy.environment import Role
from theory.economy.utility import CRRA, FAMILIES
from theory.equilibrium.stage2 import solve_stage2
from theory.roles import uniqueness as role_uniqueness

ROLES = (Role("buyer", 6, 2.0, 9.0), Role("seller", 6, 8.0, 3.0))


@pytest.mark.parametrize("family", FAMILIES)
def test_with_one_endowment_it_is_proved_for_every_family(family):
    found = uniqueness(asymmetric_environment(family))
    assert found.status == "proved"
    assert found.least_slope > 0


@pytest.mark.parametrize(("family", "curvature"), [*((family, None) for family in FAMILIES), (CRRA, 12.0)])
def test_with_roles_it_is_proved_up_to_the_bound(family, curvature):
    # ratios of endowments 12 to 1: the bound is 12.04
    env = replace(asymmetric_environment(family), roles=ROLES, stated_price=1.0, endowment_q=5.0, endowment_r=6.0)
    if curvature is not None:
        env = replace(env, utility=replace(env.utility, curvature=curvature))
    assert uniqueness(env).status == "proved"


def test_with_roles_it_is_scanned_beyond_the_bound():
    env = replace(asymmetric_environment(CRRA), roles=ROLES, stated_price=1.0, endowment_q=5.0, endowment_r=6.0)
    found = uniqueness(replace(env, utility=replace(env.utility, curvature=12.1)))
    assert found.status == "scanned"
    assert "12.04" in found.reason


def test_a_curve_that_falls_is_unknown(monkeypatch):
    env = asymmetric_environment(CRRA)
    falling = unchecked(env, utility=unchecked(env.utility, curvature=-0.5))
    assert uniqueness(falling).status == "unknown"


def test_the_price_line_has_one_crossing_and_it_is_the_equilibrium(monkeypatch):
    monkeypatch.setattr(role_uniqueness, "proved_unique", lambda env: False)  # look for others all the same
    monkeypatch.setattr(role_uniqueness, "PRICES_SCANNED", sized(small=100, full=role_uniqueness.PRICES_SCANNED))
    generator = np.random.default_rng(7)
    for _ in range(sized(small=2, full=25)):
        economy = random_economy(generator)
        env, counts = economy.environment, economy.configurations[0]
        scanned = role_uniqueness.stage2_prices(env, [counts])
        assert scanned.status == "scanned"
        assert len(scanned.prices) == 1
        assert scanned.prices[0] == pytest.approx(solve_stage2(env, [counts]).price[0], rel=1e-6)
