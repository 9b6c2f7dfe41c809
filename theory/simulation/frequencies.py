"""Simulated market rounds compared with exact numbers: frequencies and averages with standard errors, and distances in units of them.

Agents of one round share the state and the price, so the average points of a type are a ratio of two sums over rounds, and their standard
error counts rounds, not agents. Frequencies have the standard errors that their exact probabilities imply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from theory.economy.arrays import BoolArray, FloatArray, IntArray
from theory.economy.environment import Environment
from theory.information.beliefs import posterior
from theory.information.enumeration import likely_configurations, most_configurations
from theory.simulation.market_rounds import Simulation

LEAST_EXPECTED = 25.0
"""Cells with fewer expected rounds, inside or outside, are not judged: their counts are far from normal."""

MOST_CELLS = 200_000

Cells = Counter[tuple[int, ...]]
"""The number of rounds with each state and configuration of the active agents' types (z, sigma)."""


@dataclass(frozen=True, eq=False)
class Averages:
    """Averages with their ``standard_errors``, of the same shape; nan without observations."""

    values: FloatArray
    standard_errors: FloatArray


@dataclass(frozen=True, eq=False)
class Frequencies:
    """Frequencies with the ``probabilities`` and ``standard_errors`` that the model gives, of the same shape."""

    values: FloatArray
    probabilities: FloatArray
    standard_errors: FloatArray

    @property
    def z_scores(self) -> FloatArray:
        """Distances from the probabilities in standard errors; 0 for certain events, infinite for impossible ones that occur."""
        gap = self.values - self.probabilities
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(gap == 0, 0.0, gap / self.standard_errors)

    @property
    def largest_z(self) -> float:
        """The largest distance in standard errors, of either sign; 0 where no cell was judged."""
        return float(np.nanmax(np.abs(self.z_scores), initial=0.0))


@dataclass(frozen=True, eq=False)
class Tally:
    """What ``sessions`` market rounds show.

    ``price`` by state (Z,) and points of the ``active`` and the ``inactive`` by type (K,); frequencies of the ``states`` (Z,), of the
    ``types`` given the state (Z, K), of being inactive by ``seats`` (N,), of the state with the active agents' types, ``configurations``,
    and of the state given these types, ``calibration``. The last two hold the cells in which enough rounds are expected.
    """

    sessions: int
    price: Averages
    active: Averages
    inactive: Averages
    states: Frequencies
    types: Frequencies
    seats: Frequencies
    configurations: Frequencies
    calibration: Frequencies


def tally(environment: Environment, simulations: Iterable[Simulation]) -> Tally:
    """Count and average simulated market rounds, which may arrive in parts."""
    price, active, inactive = _Ratios(len(environment.states)), _Ratios(len(environment.types)), _Ratios(len(environment.types))
    idle, typed, cells = (
        np.zeros(environment.agents, np.int64),
        np.zeros((len(environment.states), len(environment.types)), np.int64),
        Cells(),
    )
    for part in simulations:
        here = part.state[:, None] == np.arange(len(environment.states))
        price.add(np.where(here, part.price[:, None], 0.0), here)
        counts = active.add_agents(part, part.active)
        idlers = inactive.add_agents(part, ~part.active)
        typed += here.T.astype(np.int64) @ (counts + idlers)
        idle += (~part.active).sum(axis=0)
        distinct, times = np.unique(np.column_stack([part.state, counts]), axis=0, return_counts=True)
        cells.update(dict(zip(map(tuple, distinct.tolist()), times.tolist(), strict=True)))
    states = np.array([sum(times for key, times in cells.items() if key[0] == z) for z in range(len(environment.states))], np.int64)
    sessions = int(states.sum())
    return Tally(
        sessions=sessions,
        price=price.averages(),
        active=active.averages(),
        inactive=inactive.averages(),
        states=_frequencies(states, sessions, environment.prior),
        types=_frequencies(typed, states[:, None] * environment.agents, environment.likelihood),
        seats=_frequencies(idle, sessions, np.full(environment.agents, environment.inactive_probability)),
        configurations=_configurations(environment, cells, sessions),
        calibration=_calibration(environment, cells),
    )


def _configurations(env: Environment, cells: Cells, sessions: int) -> Frequencies:
    """The cells (z, sigma) with enough expected rounds, whether or not any occurred."""
    tail = min(1 / sessions, 0.1)
    times: list[int] = []
    expected: list[FloatArray] = [np.zeros(0)]
    if most_configurations(env, env.active, tail) <= MOST_CELLS:
        for chunk in likely_configurations(env, env.active, tail):
            joint = chunk.probability * env.prior
            rows, states = np.nonzero(_judged(sessions, joint))
            expected.append(joint[rows, states])
            times.extend(_times(cells, states, chunk.configurations[rows]))
    return _frequencies(times, sessions, np.concatenate(expected))


def _calibration(env: Environment, cells: Cells) -> Frequencies:
    """How often z is the state in rounds with sigma, against the posterior phi^sigma(z)."""
    met = Cells()
    for key, times in cells.items():
        met[key[1:]] += times
    sigma, size = np.array(list(met), np.int64).reshape(-1, len(env.types)), np.array(list(met.values()), np.int64)[:, None]
    belief = posterior(env, sigma)
    rows, states = np.nonzero(_judged(size, belief))
    return _frequencies(_times(cells, states, sigma[rows]), size[rows, 0], belief[rows, states])


def _times(cells: Cells, states: IntArray, configurations: IntArray) -> list[int]:
    return [cells[tuple(key)] for key in np.column_stack([states, configurations]).tolist()]


def _judged(size: npt.ArrayLike, probability: FloatArray) -> BoolArray:
    return np.asarray(np.asarray(size) * np.minimum(probability, 1 - probability) >= LEAST_EXPECTED)


def _frequencies(times: IntArray | Sequence[int], size: npt.ArrayLike, probability: FloatArray) -> Frequencies:
    size = np.asarray(size, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Frequencies(np.asarray(times, float) / size, probability, np.sqrt(probability * (1 - probability) / size))


class _Ratios:
    """Averages as ratios of two sums over rounds, with standard errors to first order: rounds are independent, their agents are not."""

    def __init__(self, cells: int) -> None:
        self.rounds, self.centre = 0, np.full(cells, np.nan)
        self.values, self.numbers, self.squares = np.zeros(cells), np.zeros(cells), np.zeros((3, cells))

    def add_agents(self, part: Simulation, chosen: BoolArray) -> IntArray:
        """The points of the chosen agents by type, a cell for each; returns how many they are, (S, K)."""
        of_type = [(part.types == x) & chosen for x in range(len(self.values))]
        numbers = np.stack([rows.sum(axis=1) for rows in of_type], axis=1)
        self.add(np.stack([np.where(rows, part.points, 0.0).sum(axis=1) for rows in of_type], axis=1), numbers)
        return numbers

    def add(self, values: FloatArray, numbers: IntArray | BoolArray) -> None:
        """The sum of the values in each round and cell, and the number of them (S, cells)."""
        counts = numbers.astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            # deviations from a first average, so that the squares lose no digits
            first = values.sum(axis=0) / counts.sum(axis=0)
            self.centre = np.where(np.isnan(self.centre) & np.isfinite(first), first, self.centre)
            off = values - np.nan_to_num(self.centre) * counts
            self.squares += np.stack([(off * off).sum(axis=0), (off * counts).sum(axis=0), (counts * counts).sum(axis=0)])
        self.values += values.sum(axis=0)
        self.numbers += counts.sum(axis=0)
        self.rounds += len(values)

    def averages(self) -> Averages:
        with np.errstate(divide="ignore", invalid="ignore"):
            average = self.values / self.numbers
            beyond = average - np.nan_to_num(self.centre)
            left = self.squares[0] - 2 * beyond * self.squares[1] + beyond**2 * self.squares[2]
            return Averages(average, np.sqrt(np.maximum(left, 0.0) * self.rounds / (self.rounds - 1)) / self.numbers)
