"""The search: it examines every candidate, ranks those that meet every wish, and finds those that
no other beats in everything.

Every wish has its price. Types far apart make payoffs steep but leave little disagreement about the
state; strong information moves prices but raises the gain from a false offer, and so the number of
agents from which nobody makes one. So besides a ranking there is the Pareto set: the candidates
that no other passing candidate beats in separation, steepness, distance of benchmarks and threshold
together.

A score ranks the candidates in it: the smallest of three shares, namely the shares of all
candidates that have less separation, less steepness, and benchmarks that are less far apart. The
best candidate is the one that is poor in nothing. Candidates that another beats come after them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import joblib
import numpy as np
from scipy.stats import rankdata
from tqdm import tqdm

from comparison.design.criteria import Criteria, checked_threshold, criteria, in_points, stage2_averages
from comparison.design.earnings import within
from comparison.design.variation import SCALE, SHIFT, Dimension, DrawnFile, draws
from experiment.bounds import worst_points
from theory.economy.arrays import BoolArray, FloatArray
from theory.economy.environment import Environment, InvalidEnvironment
from theory.equilibrium.stage2 import NotSolved

VALID, SEPARATION, STEEPNESS, APART, EARNINGS, ON_GRID, THRESHOLD = (
    "a valid environment",
    "separation",
    "steepness",
    "benchmarks apart",
    "earnings",
    "types read on the grid",
    "threshold",
)
CONSTRAINTS = (VALID, SEPARATION, STEEPNESS, APART, EARNINGS, ON_GRID, THRESHOLD)
SAME = 1e-9


@dataclass(frozen=True)
class Wishes:
    """What is wanted from an environment.

    ``grid`` is the step of offers in goods; ``separation`` in grid steps; ``steepness`` and
    ``apart`` in percent; ``earnings`` the fewest and most points in equilibrium; ``most_agents``
    the laboratory's size, which the threshold must not exceed; ``benchmarks`` those whose prices
    should differ.
    """

    grid: float
    separation: float
    steepness: float
    apart: float
    earnings: tuple[float, float]
    most_agents: int
    benchmarks: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A draw and its result: ``environment`` with its scale and shift, ``failed`` the constraints
    that it does not meet.

    ``threshold`` is None if it was not computed because another constraint fails, or if there is
    none up to the laboratory's size.
    """

    draw: DrawnFile
    environment: Environment | None
    criteria: Criteria | None
    threshold: int | None
    failed: tuple[str, ...]
    problem: str = ""

    @property
    def passes(self) -> bool:
        return not self.failed


@dataclass(frozen=True, eq=False)
class Search:
    """All candidates; ``score`` (n,), nan if there are no criteria; ``pareto`` (n,); ``ranked`` the
    indices of those that pass.
    """

    base: Environment
    wishes: Wishes
    dimensions: tuple[Dimension, ...]
    seed: int
    candidates: tuple[Candidate, ...]
    score: FloatArray
    pareto: BoolArray
    ranked: tuple[int, ...]


def search(
    base: Environment, wishes: Wishes, dimensions: Sequence[Dimension], candidates: int = 500, seed: int = 1, jobs: int = 1
) -> Search:
    """Examine this many candidates around ``base``; the same seed gives the same result, with any
    number of ``jobs``.
    """
    calibrated = not {SCALE, SHIFT} & {dimension.field for dimension in dimensions}
    drawn = draws(base, dimensions, candidates, seed)
    found = joblib.Parallel(n_jobs=jobs, return_as="generator")(joblib.delayed(look)(draw, wishes, calibrated) for draw in drawn)
    seen = tuple(tqdm(found, total=candidates, desc="examining environments", unit=" environments", disable=None, leave=False))
    score, pareto, passing = _score(seen), _pareto(seen), np.array([candidate.passes for candidate in seen])
    ranked = sorted(np.flatnonzero(passing).tolist(), key=lambda index: (not pareto[index], -score[index], index))
    return Search(base, wishes, tuple(dimensions), seed, seen, score, pareto, tuple(ranked))


def look(draw: DrawnFile, wishes: Wishes, calibrated: bool = True) -> Candidate:
    """The criteria of one candidate and the constraints it fails, with the market as large as its
    threshold if that is larger.

    ``calibrated`` says whether scale and shift are chosen for the earnings; else they are as drawn.
    """
    if draw.environment is None:
        return Candidate(draw, None, None, None, (VALID,), draw.problem)
    try:
        found = _look(draw, draw.environment, wishes, calibrated)
        if found.threshold is not None and found.threshold > draw.environment.agents:
            found = _look(draw, draw.environment.with_agents(found.threshold), wishes, calibrated)
    except (InvalidEnvironment, NotSolved) as error:
        return Candidate(draw, draw.environment, None, None, (VALID,), str(error))
    return found


def bindings(found: Search) -> tuple[tuple[str, int, int], ...]:
    """For each constraint: how many candidates fail it, and how many fail nothing else. The
    threshold is computed only for candidates that pass everything else.
    """
    sets = [candidate.failed for candidate in found.candidates]
    return tuple((name, sum(name in failed for failed in sets), sum(failed == (name,) for failed in sets)) for name in CONSTRAINTS)


def binding(found: Search) -> tuple[str, ...]:
    """If nothing passes: the constraints that every candidate fails; or the one without which most
    would pass; or, if there is neither, the one that most candidates fail.
    """
    counts, whole = bindings(found), len(found.candidates)
    hopeless = tuple(name for name, failing, _ in counts if failing == whole)
    alone = max(counts, key=lambda count: (count[2], count[1]))
    return hopeless or (alone[0],)


def _look(draw: DrawnFile, environment: Environment, wishes: Wishes, calibrated: bool) -> Candidate:
    stage2 = stage2_averages(environment, wishes.benchmarks)
    if calibrated:
        priced = _with_floor(within(environment, stage2.least, stage2.largest, *wishes.earnings))
        stage2, environment = in_points(stage2, environment, priced), priced
    else:
        environment = _with_floor(environment)
    found = criteria(environment, wishes.grid, wishes.benchmarks, stage2)
    failed = _failed(found, wishes)
    if failed:
        return Candidate(draw, environment, found, None, failed)
    threshold = checked_threshold(environment, wishes.most_agents)
    return Candidate(draw, environment, found, threshold, (THRESHOLD,) if threshold is None else ())


def _with_floor(environment: Environment) -> Environment:
    """A floor of zero if somebody could end with less and the file has no floor: a session needs
    one.
    """
    utility = environment.utility
    if utility.floor is not None or worst_points(environment) >= 0:
        return environment
    return replace(environment, utility=replace(utility, floor=0.0))


def _failed(found: Criteria, wishes: Wishes) -> tuple[str, ...]:
    """The wishes that are not met; nan meets none."""
    low, high = wishes.earnings
    slack = SAME * max(abs(low), abs(high))
    met = {
        SEPARATION: found.separation >= wishes.separation * (1 - SAME),
        STEEPNESS: found.steepness >= wishes.steepness * (1 - SAME),
        APART: found.apart >= wishes.apart * (1 - SAME),
        EARNINGS: found.least >= low - slack and found.largest <= high + slack,
        ON_GRID: found.read_on_grid,
    }
    return tuple(name for name, holds in met.items() if not holds)


GAINS: tuple[Callable[[Criteria], float], ...] = (lambda c: c.separation, lambda c: c.steepness, lambda c: c.apart)


def _score(candidates: Iterable[Candidate]) -> FloatArray:
    """The smallest share of all candidates that have less, over separation, steepness and distance
    of benchmarks.
    """
    values = np.array([[math.nan] * len(GAINS) if c.criteria is None else [gain(c.criteria) for gain in GAINS] for c in candidates])
    known = np.where(np.isnan(values), -np.inf, values)
    below = (rankdata(known, method="min", axis=0) - 1) / max(len(known) - 1, 1)
    return np.where(np.isnan(values).any(axis=1), np.nan, below.min(axis=1))


def _pareto(candidates: Sequence[Candidate]) -> BoolArray:
    """Which candidates pass and are not beaten by another that passes, that is, by one that is as
    good in everything and better in something.
    """
    found, passing = np.zeros(len(candidates), bool), [i for i, c in enumerate(candidates) if c.passes]
    values = np.array([[*(gain(c.criteria) for gain in GAINS), -float(c.threshold or 0)] for c in candidates if c.passes and c.criteria])
    for place, index in enumerate(passing):
        as_good, better = (values >= values[place]).all(axis=1), (values > values[place]).any(axis=1)
        found[index] = not (as_good & better).any()
    return found
