"""The rules of the lobby: when a market forms and of how many, and which sizes a session may allow."""

import itertools
from dataclasses import replace
from fractions import Fraction

import pytest

from experiment.config import DEFAULTS, read_settings
from experiment.config_fields import InvalidSettings
from experiment.lobby import away_after, market_to_form, may_leave, recheck_after, wait_is_over
from experiment.options import LobbyRules
from experiment.session_checks import check_settings

LOBBY = LobbyRules(seconds=60, min_market_size=3, leave_seconds=20)
CONFIG = {**DEFAULTS, "environment": "small_market", "participation_fee": 5.0, "real_world_currency_per_point": 0.1}


def settings(**fields):
    return read_settings({**CONFIG, "lobby_seconds": 60, **fields})


def test_the_target_is_a_market_at_once_and_takes_those_who_came_first():
    assert market_to_form([100.0] * 5, 5, LOBBY, 100.0) == 5
    assert market_to_form([float(n) for n in range(8)], 5, LOBBY, 8.0) == 5


@pytest.mark.parametrize(("present", "forms"), [(2, 0), (3, 3), (4, 4)])
def test_fewer_are_a_market_once_the_longest_wait_is_over_if_they_are_enough(present, forms):
    arrived = [0.0, 40.0, 50.0, 59.0][:present]
    assert market_to_form(arrived, 5, LOBBY, 59.9) == 0
    assert market_to_form(arrived, 5, LOBBY, 60.0) == forms


def test_nobody_is_no_market():
    assert market_to_form([], 5, LOBBY, 1e9) == 0


def test_a_wait_is_over_after_lobby_seconds_and_may_be_broken_off_before():
    assert [wait_is_over(0.0, LOBBY, now) for now in (59.9, 60.0)] == [False, True]
    assert [may_leave(0.0, LOBBY, now) for now in (19.9, 20.0)] == [False, True]


@pytest.mark.parametrize("waiting", [1, 8, 30, 200])
def test_pages_ask_often_enough_and_never_too_often_for_one_server(waiting):
    assert recheck_after(waiting) >= 3
    assert waiting / recheck_after(waiting) <= 10 + 1e-9
    assert away_after(waiting) > 3 * recheck_after(waiting)


def test_a_market_of_any_size_has_the_m_of_its_n():
    target = settings(market_size=12, min_market_size=5)
    assert list(target.market_sizes) == list(range(5, 13))
    for size in target.market_sizes:
        market = target.for_market(size)
        active = next(m for m in itertools.count() if m >= (1 - Fraction(1, 4)) * size)
        assert (market.market_size, market.active, market.environment.agents) == (size, active, size)
    assert replace(target, rules=replace(target.rules, inactive_threat="none")).for_market(6).active == 6


def test_without_a_lobby_a_session_has_one_size():
    assert list(settings(lobby_seconds=0, min_market_size=2).market_sizes) == [4]


@pytest.mark.parametrize(
    ("fields", "hint"), [({"market_size": 8, "min_market_size": 3}, "at least 4"), ({"market_size": 4, "min_market_size": 2}, "at least 4")]
)
def test_a_size_that_leaves_nobody_inactive_is_refused_with_the_size_from_which_on_it_works(fields, hint):
    with pytest.raises(InvalidSettings, match=f"nobody becomes inactive in a market of 3: let min_market_size be {hint}"):
        check_settings(settings(**fields))


def test_a_target_that_leaves_nobody_inactive_is_refused_with_a_lobby():
    with pytest.raises(InvalidSettings, match="let market_size be larger"):
        check_settings(settings(market_size=3))


@pytest.mark.parametrize(
    "fields", [{"market_size": 8, "min_market_size": 4}, {"market_size": 8, "min_market_size": 2, "inactive_threat": "none"}]
)
def test_sizes_that_leave_somebody_inactive_or_need_not_are_allowed(fields):
    check_settings(settings(**fields))


def test_a_lobby_takes_any_number_of_participants():
    assert read_settings({**CONFIG, "lobby_seconds": 60}, participants=7).market_size == 4
