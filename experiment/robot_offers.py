"""What a computer trader of practice offers: at random, or by its type with noise.

*At random*: a fair coin picks one of the two goods, and every amount of it on the grid, from nothing
to the endowment, is equally likely.

*By its type*: with chance ``BY_TYPE``, every offer on the grid that the mechanism reads as the
trader's type is equally likely; otherwise the offer is made at random. The mechanism reads an offer
as the type whose interval I(x) of eq. (6) holds its q1. So offers tell types apart as well as those
of a market nearly do, while amounts say nothing: within an interval the optimum alpha* is as likely
as any other offer, and no amount sets an anchor. Types with the same optimum share an interval and
offer alike; offers could not tell them apart in the market either.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

import numpy as np

from experiment.offers import Offer, OfferGrid
from theory.economy.arrays import FloatArray, IntArray
from theory.economy.environment import Environment
from theory.equilibrium.stage1 import COINCIDE, ON_A_CUT, stage1_optimum, stage1_quantity

BY_TYPE = 0.9
"""The chance that a trader that offers by its type does so; otherwise it offers at random."""


def random_offer(grid: OfferGrid, good: float, amount: float) -> Offer:
    """An offer at random, from two numbers drawn uniformly from [0, 1)."""
    of_q = good < 0.5
    endowment = grid.endowment_q if of_q else grid.endowment_r
    steps = int(Decimal(repr(amount)) * (endowment / grid.step + 1))
    return _offer_at(grid, -steps if of_q else steps)


def typical_offer(environment: Environment, grid: OfferGrid, type_index: int, place: float) -> Offer:
    """One of the offers that are read as a type, from a number drawn uniformly from [0, 1)."""
    steps = _typical_steps(environment, grid)[type_index]
    return _offer_at(grid, int(steps[int(place * len(steps))]))


def groups_alike(environment: Environment) -> tuple[tuple[int, ...], ...]:
    """The types in groups with the same stage-1 optimum, from the smallest q1 to the largest."""
    optimum, groups = stage1_optimum(environment), list[list[int]]()
    for x in optimum.order.tolist():
        if groups and optimum.q1[x] - optimum.q1[groups[-1][-1]] <= COINCIDE * environment.endowment_q:
            groups[-1].append(x)
        else:
            groups.append([x])
    return tuple(map(tuple, groups))


def chances_read(environment: Environment, grid: OfferGrid, by_type: float = BY_TYPE) -> FloatArray:
    """The chance that an offer by type of a trader of each type is read as each group of types:
    (K, groups). With ``by_type`` 0 offers are at random, and all rows are equal.
    """
    groups = groups_alike(environment)
    at_random = np.zeros(len(groups))
    for side, most in ((-1, _most(grid)[0]), (1, _most(grid)[1])):
        of_side = _group_read(environment, grid, side * np.arange(most + 1))
        at_random += np.bincount(of_side, minlength=len(groups)) / (2 * (most + 1))
    chances = np.tile((1 - by_type) * at_random, (len(environment.types), 1))
    for x, steps in enumerate(_typical_steps(environment, grid)):
        chances[x] += by_type * np.bincount(_group_read(environment, grid, steps), minlength=len(groups)) / len(steps)
    return chances


@lru_cache(maxsize=64)
def _typical_steps(environment: Environment, grid: OfferGrid) -> tuple[IntArray, ...]:
    """For each type the offers read as its own, as steps on the axis from all of q to all of r.

    If a coarse grid has no such offer, it is the one nearest to the optimum.
    """
    most_q, most_r = _most(grid)
    steps = np.arange(-most_q, most_r + 1)
    read = _group_read(environment, grid, steps)
    optimum, found = stage1_optimum(environment).offers, [np.empty(0, np.int64)] * len(environment.types)
    for number, group in enumerate(groups_alike(environment)):
        of_group = steps[read == number]
        if not of_group.size:
            nearest = grid.nearest(*map(float, optimum[group[0]]))
            of_group = np.array([round(Decimal(repr(nearest.signed)) / grid.step)])
        for x in group:
            found[x] = of_group
    return tuple(found)


def _group_read(environment: Environment, grid: OfferGrid, steps: IntArray) -> IntArray:
    """The group as which each offer is read; as ``Intervals.read`` does where every type has its
    own optimum.
    """
    optimum, endowment = stage1_optimum(environment), environment.endowment_q
    groups = groups_alike(environment)
    smallest, largest = (np.array([optimum.q1[group[end]] for group in groups]) for end in (0, -1))
    cuts = (largest[:-1] + smallest[1:]) / 2
    cuts[np.abs(cuts - endowment) <= ON_A_CUT * endowment] = endowment
    amounts = np.abs(steps) * float(grid.step)
    offers = np.stack([np.where(steps < 0, amounts, 0.0), np.where(steps > 0, amounts, 0.0)], axis=-1)
    return np.searchsorted(cuts - ON_A_CUT * endowment, stage1_quantity(environment, offers), side="right")


def _most(grid: OfferGrid) -> tuple[int, int]:
    """How many steps there are up to each endowment."""
    return int(grid.endowment_q / grid.step), int(grid.endowment_r / grid.step)


def _offer_at(grid: OfferGrid, step: int) -> Offer:
    """The offer at a step of the axis; negative steps offer good q."""
    amount = float(abs(step) * grid.step)
    return Offer(amount, 0.0) if step < 0 else Offer(0.0, amount)
