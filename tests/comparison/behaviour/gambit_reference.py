"""Gambit's logit equilibria of the two-player games, written once to ``gambit_reference.json``.

Gambit is not among this project's requirements: run this in an environment of its own that has pygambit 16.7.0, on the games that
``two_player_games`` wrote:

    python tests/comparison/behaviour/gambit_reference.py GAMES.json tests/comparison/behaviour/gambit_reference.json
"""

import json
import sys
from pathlib import Path

PRECISIONS = [0.05, 0.2, 0.5, 1.0, 2.0]


def main(games_file: str, out: str) -> None:
    import numpy as np
    import pygambit

    reference = {}
    for name, (first, second) in json.loads(Path(games_file).read_text(encoding="utf-8")).items():
        game = pygambit.Game.from_arrays(np.array(first), np.array(second))
        points = []
        for found in pygambit.qre.logit_solve_lambda(game, PRECISIONS, first_step=0.001):
            players = [[float(found.profile[strategy]) for strategy in player.strategies] for player in game.players]
            points.append({"precision": found.lam, "first": players[0], "second": players[1]})
        reference[name] = points
    written = {"made_with": f"pygambit {pygambit.__version__}, qre.logit_solve_lambda", "games": reference}
    Path(out).write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
