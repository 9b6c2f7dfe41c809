"""``python -m docs.example_export`` writes ``docs/example``: the export of a small experiment, for
trying out the comparison and for tests.

Nobody played it. Simulated subjects choose first and second offers with logit errors around the
equilibrium, more precisely in the treatment ``careful`` than in ``hasty``. Everything follows from
one seed.
"""

from __future__ import annotations

from pathlib import Path

from comparison.behaviour.simulate import simulate
from comparison.data.synthetic import PlayedSession, write_export
from experiment.config import DEFAULTS, read_settings
from experiment.session_checks import check_settings
from theory.economy.environment import read_environment

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / "docs" / "example"
SEED = 2012
PRECISION = {"careful": 2.0, "hasty": 0.3}
"""Lambda at both stages, by treatment."""
SESSIONS, ROUNDS = 2, 5


def sessions() -> list[PlayedSession]:
    """Two sessions of twelve in each treatment."""
    environment = read_environment(PROJECT / "environments" / "mixed_values.toml")
    played = []
    for treatment, precision in PRECISION.items():
        money = {"participation_fee": 5.0, "real_world_currency_per_point": 0.1}
        config = {**DEFAULTS, **money, "treatment": treatment, "rounds": ROUNDS, "environment": environment.name}
        settings = read_settings(config, environment.agents, environment=environment)
        check_settings(settings)
        played += simulate("logit_nash", {"lambda1": precision, "lambda2": precision}, settings, SESSIONS, 1, SEED)
    return played


if __name__ == "__main__":
    write_export(FOLDER, sessions())
    print(f"{FOLDER} holds {2 * SESSIONS} sessions.")
