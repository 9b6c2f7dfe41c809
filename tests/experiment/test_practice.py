"""Practice alone: robots and draws follow from the seed, exactly M are active, and everybody has been both before the paid rounds."""

from itertools import product

import numpy as np
import pytest

from experiment.config import SessionSettings, environment_names, read_settings
from experiment.draws import RoundKey, draw_round
from experiment.practice import practice_round
from experiment.session_checks import check_settings

CONFIG = {"environment": "mixed_values", "participation_fee": 5.0, "real_world_currency_per_point": 0.1}
SEED = 271828182845904


def settings(**fields) -> SessionSettings:
    return read_settings({**CONFIG, **fields})


@pytest.mark.parametrize("name", environment_names())
@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_exactly_m_of_n_are_active_and_robots_fill_every_other_seat(name, rounds):
    chosen = settings(environment=name, practice_rounds=rounds)
    for participant, number in product(range(1, 9), range(1, rounds + 1)):
        practice = practice_round(chosen, SEED, participant, number)
        assert (len(practice.draws.active), sum(practice.draws.active)) == (chosen.market_size, chosen.active)
        assert len(practice.draws.types) == chosen.market_size
        assert len(practice.first) == len(practice.second) == chosen.market_size - 1


@pytest.mark.parametrize("size", [6, 7, 12])
def test_over_two_rounds_everybody_is_inactive_once_and_active_once(size):
    chosen = settings(market_size=size)
    assert chosen.schedule.practice_rounds == 2
    for participant in range(1, 25):
        own = [practice_round(chosen, SEED, participant, number).draws.active[0] for number in (1, 2)]
        assert own == [False, True]


def test_with_one_round_or_where_nobody_is_inactive_the_subject_is_active():
    for chosen in (settings(practice_rounds=1), settings(practice_rounds=3, inactive_threat="none")):
        for participant, number in product(range(1, 25), range(1, chosen.schedule.practice_rounds + 1)):
            assert practice_round(chosen, SEED, participant, number).draws.active[0]


def test_the_same_seed_gives_the_same_round_and_another_participant_round_or_seed_another():
    chosen = settings()
    one = practice_round(chosen, SEED, 1, 1)
    assert practice_round(settings(treatment="other"), SEED, 1, 1) == one
    others = [practice_round(chosen, *asked) for asked in ((SEED, 2, 1), (SEED, 1, 2), (SEED + 1, 1, 1))]
    assert all(one.first != other.first and one.draws.types != other.draws.types for other in others)


def test_draws_of_practice_alone_are_those_of_no_round_of_a_market():
    chosen = settings()
    for number, practice in product((1, 2), (True, False)):
        market = [draw_round(chosen.environment, chosen.active, SEED, RoundKey(n, practice, number)).types for n in range(1, 9)]
        alone = [practice_round(chosen, SEED, n, number).draws.types for n in range(1, 9)]
        assert all(one != other for one, other in zip(market, alone, strict=True))


def test_robots_offer_any_step_of_either_good_equally_often_and_independently_of_their_type():
    chosen = settings(offer_grid=1, practice_rounds=2)
    rounds = [practice_round(chosen, SEED, participant, 1) for participant in range(1, 501)]
    assert all(chosen.grid.contains(offer) for practice in rounds for offer in practice.first + practice.second)
    types = [name for practice in rounds for name in practice.draws.types[1:]]
    for which in ("first", "second"):
        signed = np.array([offer.signed for practice in rounds for offer in getattr(practice, which)])
        counts = np.unique(signed, return_counts=True)[1]
        share = counts / counts.sum()
        assert len(share) == 21  # -10 to 10, and nothing twice as often, as it is an amount of either good
        np.testing.assert_allclose(share, [1 / 22] * 10 + [2 / 22] + [1 / 22] * 10, atol=0.012)
        of_types = [signed[np.array(types) == name].mean() for name in chosen.environment.types]
        assert np.ptp(of_types) < 0.5
    first, second = (np.array([o.signed for practice in rounds for o in getattr(practice, which)]) for which in ("first", "second"))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05


def test_the_inactive_robots_make_no_second_offer_and_none_does_in_a_market_that_shut_down():
    practice = practice_round(settings(), SEED, 3, 2)
    made = practice.second_made(shut_down=False)
    assert [offer is not None for offer in made] == list(practice.draws.active[1:])
    assert set(practice.second_made(shut_down=True)) == {None}


def test_who_practises_once_against_computers_is_warned_of_never_being_inactive():
    def warned(**fields):
        return any("practice" in warning for warning in check_settings(settings(**fields)))

    assert warned(practice_rounds=1)
    assert warned(practice_rounds=1, practice_with="typed_robots")
    assert not any(
        warned(**fields)
        for fields in (
            {},
            {"practice_rounds": 0},
            {"practice_rounds": 1, "practice_with": "participants"},
            {"practice_rounds": 2, "practice_with": "typed_robots"},
            {"practice_rounds": 1, "inactive_threat": "none"},
        )
    )
