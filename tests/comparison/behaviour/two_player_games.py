"""Stage-2 games of two active agents on a coarse grid, for the check against Gambit; run as a module, it writes them for Gambit to read.

python -m tests.comparison.behaviour.two_player_games GAMES.json
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np

from comparison.behaviour.game import Game
from experiment.config import ENVIRONMENTS
from experiment.offers import OfferGrid
from tests.comparison.behaviour.two_players import two_player_payoffs
from theory.economy.environment import read_environment
from theory.information.beliefs import posterior

PAIRS = {"small_market": (("blue", "green"), ("blue", "blue")), "three_types": (("blue", "orange"), ("green", "orange"))}


def games() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """By name, the payoffs of the row and of the column player, both with a row for each offer of the first, in goods of one."""
    found = {}
    for name, pairs in PAIRS.items():
        env = read_environment(ENVIRONMENTS / f"{name}.toml")
        game = Game(env, 2, OfferGrid(Decimal(1), Decimal("10"), Decimal("10")))
        for pair in pairs:
            x, y = (env.type_index(kind) for kind in pair)
            belief = posterior(env, [np.bincount([x, y], minlength=len(env.types))])[0]
            found[f"{name} {pair[0]} {pair[1]}"] = two_player_payoffs(game, x, belief), two_player_payoffs(game, y, belief).T
    return found


if __name__ == "__main__":
    written = {name: [first.tolist(), second.tolist()] for name, (first, second) in games().items()}
    Path(sys.argv[1]).write_text(json.dumps(written), encoding="utf-8")
