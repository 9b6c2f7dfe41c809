"""How often the intervals contain the truth: each model's choices are simulated many times at known
parameters and estimated.

Every replication has its own seed, derived from the study's. The search starts at the truth, which
saves time and finds the maximum nearest to it. A replication in which no maximum is found counts as
one that does not cover.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from comparison.behaviour.estimation import NotEstimated, estimate
from comparison.behaviour.game import Game
from comparison.behaviour.intervals import bootstrap_intervals
from comparison.behaviour.models import model
from comparison.behaviour.players import Players
from comparison.behaviour.replication import replicated
from theory.economy.arrays import FloatArray

ESTIMATED_FROM = {"logit_empirical": "logit_equilibrium"}
"""The model whose choices stand in for those of a model that cannot be simulated."""

TRUTH: Mapping[str, Mapping[str, float]] = {
    "logit_nash": {"lambda1": 0.6, "lambda2": 0.4},
    "logit_equilibrium": {"lambda1": 0.6, "lambda2": 0.4},
    "logit_empirical": {"lambda1": 0.6, "lambda2": 0.4},
    "cursed": {"lambda1": 0.6, "lambda2": 0.4, "chi": 0.5},
    "conduct": {"lambda1": 0.6, "lambda2": 0.4, "theta": 0.5},
    "level_k": {"lambda1": 0.6, "lambda2": 0.4, "level0": 0.2, "level1": 0.5},
}
"""The parameters at which the study is made."""


@dataclass(frozen=True, eq=False)
class Replication:
    """One estimate, (P,), its standard error, and whether each interval covers the truth: (P,) each."""

    estimate: FloatArray
    standard_error: FloatArray
    covered: FloatArray
    percentile_covered: FloatArray


def replicate(game: Game, name: str, units: int, rounds: int, resamples: int, seed: int, number: int) -> Replication:
    """Replication ``number`` of the study of a model, from ``units`` markets of ``rounds`` rounds."""
    truth = np.array(list(TRUTH[name].values()))
    own = int(np.random.SeedSequence([seed, units, list(TRUTH).index(name), number]).generate_state(1)[0])
    play = replicated(Players(game, model(ESTIMATED_FROM.get(name, name)), truth), units, rounds, own)
    try:
        fit = estimate(model(name), play, truth)
    except NotEstimated:
        unknown = np.full(truth.shape, np.nan)
        return Replication(unknown, unknown, np.zeros(truth.shape), np.zeros(truth.shape))
    found = bootstrap_intervals(fit, resamples, own)
    return Replication(
        fit.values,
        found.standard_error,
        ((found.low <= truth) & (truth <= found.high)).astype(float),
        ((found.percentile_low <= truth) & (truth <= found.percentile_high)).astype(float),
    )
