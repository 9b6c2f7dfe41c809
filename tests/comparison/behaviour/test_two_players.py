"""The exact logit equilibrium of two players: Gambit's on the same grid, and what must hold of any."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.comparison.behaviour.two_player_games import games
from tests.comparison.behaviour.two_players import two_player_logit_equilibrium
from theory.equilibrium.stage2 import NotSolved

REFERENCE = json.loads((Path(__file__).parent / "gambit_reference.json").read_text(encoding="utf-8"))["games"]
GAMES = games()


@pytest.mark.parametrize("name", REFERENCE)
def test_gambit_finds_the_same_logit_equilibria_of_the_stage_2_game(name):
    assert len(REFERENCE[name]) == 5
    for theirs in REFERENCE[name]:
        ours = two_player_logit_equilibrium(*GAMES[name], theirs["precision"])
        np.testing.assert_allclose(ours.first, theirs["first"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(ours.second, theirs["second"], rtol=0, atol=1e-9)


def test_no_precision_is_uniform_play_and_equal_types_play_alike():
    first, second = GAMES["small_market blue blue"]
    np.testing.assert_allclose(two_player_logit_equilibrium(first, second, 1e-12).first, 1 / 21, rtol=1e-9)
    found = two_player_logit_equilibrium(first, second, 0.7)
    np.testing.assert_allclose(found.first, found.second, rtol=0, atol=1e-12)


def test_players_who_reply_precisely_play_the_dominant_choice():
    prisoners = np.array([[3.0, 0.0], [4.0, 1.0]])
    found = two_player_logit_equilibrium(prisoners, prisoners.T, 60.0)
    np.testing.assert_allclose([found.first[1], found.second[1]], 1.0, atol=1e-12)


def test_matching_pennies_is_mixed_at_every_precision():
    pennies = np.array([[1.0, -1.0], [-1.0, 1.0]])
    for precision in (0.5, 5.0, 50.0):
        np.testing.assert_allclose(two_player_logit_equilibrium(pennies, -pennies, precision).first, 0.5, atol=1e-12)


def test_a_branch_that_turns_back_is_said_and_not_jumped():
    first = np.array([[5.0, 6.0, 4.0], [4.0, 4.0, 5.0], [7.0, 7.0, 1.0]])
    second = np.array([[6.0, 6.0, 6.0], [3.0, 2.0, 0.0], [4.0, 1.0, 8.0]])
    assert two_player_logit_equilibrium(first, second, 16.0).residual <= 1e-12
    with pytest.raises(NotSolved, match=r"turns back at precision 16\.8"):
        two_player_logit_equilibrium(first, second, 60.0)
