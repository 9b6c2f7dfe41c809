"""The study of ``docs/coverage.md``: how often the intervals of behavioural estimates contain the
truth. ``make docs-coverage`` runs it again.

    python -m docs.coverage [--replications 500] [--seed 1] [--jobs J] [--out docs/coverage.md]

The same seed gives the same numbers, whatever the number of processes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from comparison.behaviour.game import Game
from comparison.behaviour.parallel import spread
from docs.studies.behavioural_replications import TRUTH, Replication, replicate
from experiment.config import ENVIRONMENTS
from experiment.offers import OfferGrid
from theory.economy.environment import read_environment
from theory.sweeps.workers import cores

PAGE = Path(__file__).parent / "coverage.md"
ECONOMY, ROUNDS, UNITS, RESAMPLES = "mixed_values", 10, (30, 6), 200
AT_ONCE = 20
"""The number of replications that a process runs before it reports."""

TEXT = """# How often the intervals cover

Written by `make docs-coverage`, not by hand. {replications} replications with the seed {seed}, {resamples} resamples
each. The data are markets of N = {agents} in the economy `{economy}`, {rounds} rounds each, that never mix: the market is the
independent unit. Everybody behaves like the model, at the parameters in the column *truth*. The choices of `logit_empirical`, which
cannot be simulated, are those of `logit_equilibrium`.

*Recommended* is the share of replications whose recommended interval (`low` to `high` in `estimates.csv`) contains the truth, and
*percentile* that of the plain percentile interval. Nominal is 95 %; with {replications} replications a share of 95 % has a simulation error
of {error:.1f} points. The recommended interval is meant to cover in 92 to 98 % with 30 units and in at least 88 % with 6. *Bias* and *sd*
are those of the estimates over replications, *se* is the average standard error.
"""
HEAD = """| model | parameter | truth | bias | sd | se | recommended | percentile |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Line:
    """A parameter of a model in a study with this many units."""

    name: str
    parameter: str
    truth: float
    bias: float
    sd: float
    se: float
    recommended: float
    percentile: float

    def __str__(self) -> str:
        numbers = f"{self.truth:g} | {self.bias:+.4f} | {self.sd:.4f} | {self.se:.4f}"
        return f"| `{self.name}` | `{self.parameter}` | {numbers} | {100 * self.recommended:.1f} % | {100 * self.percentile:.1f} % |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study and write the page."""
    parser = argparse.ArgumentParser(prog="python -m docs.coverage", description="How often the intervals of behavioural estimates cover.")
    parser.add_argument("--replications", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=cores())
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args(arguments)
    given.out.write_text(page(given.replications, given.seed, given.jobs), encoding="utf-8", newline="\n")


def page(replications: int, seed: int, jobs: int) -> str:
    """The text of ``docs/coverage.md``."""
    env = read_environment(ENVIRONMENTS / f"{ECONOMY}.toml")
    game = Game(env, env.active, OfferGrid(Decimal("0.1"), Decimal(repr(env.endowment_q)), Decimal(repr(env.endowment_r))))
    parts = [range(start, min(start + AT_ONCE, replications)) for start in range(0, replications, AT_ONCE)]
    cells = [(units, name) for units in UNITS for name in TRUTH]
    found = list(spread(_some, [(game, name, units, seed, part) for units, name in cells for part in parts], jobs, "coverage"))
    text = TEXT.format(
        replications=replications, seed=seed, resamples=RESAMPLES, agents=env.agents, economy=ECONOMY, rounds=ROUNDS,
        error=100 * np.sqrt(0.95 * 0.05 / replications),
    )  # fmt: skip
    for place, (units, name) in enumerate(cells):
        if name == next(iter(TRUTH)):
            text += f"\n## {units} independent units\n\n{HEAD}"
        blocks = found[place * len(parts) : (place + 1) * len(parts)]
        text += "".join(f"{line}\n" for line in lines(name, [one for block in blocks for one in block]))
    return text


def lines(name: str, found: Sequence[Replication]) -> Iterator[Line]:
    """The rows of a model, one per parameter. A replication without an estimate counts as not
    covered and enters no other column.
    """
    estimates, errors, covered, percentile = (
        np.array([getattr(one, field) for one in found]) for field in ("estimate", "standard_error", "covered", "percentile_covered")
    )
    for p, (parameter, truth) in enumerate(TRUTH[name].items()):
        mean, sd, se = np.nanmean(estimates[:, p]), np.nanstd(estimates[:, p], ddof=1), np.nanmean(errors[:, p])
        yield Line(name, parameter, truth, float(mean - truth), float(sd), float(se), covered[:, p].mean(), percentile[:, p].mean())


def _some(game: Game, name: str, units: int, seed: int, numbers: range) -> list[Replication]:
    return [replicate(game, name, units, ROUNDS, RESAMPLES, seed, number) for number in numbers]


if __name__ == "__main__":
    main()
