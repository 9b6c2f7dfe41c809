"""Welfare: how much of the gains from trade was realised, and where the rest went.

By market round, at its realised state z:

==========================  ==========================================================================================  =========
column                      formula                                                                                     unit
==========================  ==========================================================================================  =========
``efficiency_active``       gains of the active over no trade, as a share of what they gain in L^z(epsilon)             share
``efficiency_all``          the same of all agents; ``efficiency_nash_active`` of the active in the Nash equilibrium    share
``efficiency_ex_post``      (observed - autarky)/(efficient - autarky) in points per agent, all agents                  share
``debreu``                  Debreu's coefficient of resource utilisation: the part of the goods held at the end         part
                            from which everybody could be made as well off (Debreu 1951)
``mrs_dispersion``          standard deviation over agents of ln U_q/U_r: 0 iff an interior allocation is efficient     logarithm
``loss_<cause>``            points per agent lost between one outcome of ``theory.efficiency.losses`` and the next: from the      points
                            efficient allocation over some inactive, exogenous offers, the posterior in place of
                            the state (information), and market power, to the equilibrium, and from that (behaviour)
                            to what happened
==========================  ==========================================================================================  =========

The losses add up to ``points_efficient`` - ``points_observed``; each can be negative
(``theory.efficiency.losses`` says why). Points are points as paid. A market round in which somebody
ends without one of the goods has an infinite ``mrs_dispersion``; Debreu's coefficient stays finite,
and is nan only if all agents together hold none of a good. If nothing was announced, the cost of
that is part of ``loss_behaviour``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from comparison.statistics.blocks import Block
from comparison.statistics.measures import points_paid, share_of
from comparison.statistics.units import UNIT, unit_count
from theory.economy.arrays import FloatArray
from theory.efficiency.coefficients import utilisation_coefficients
from theory.efficiency.losses import PREDICTED, allocations

CAUSES = ("inactive", "exogenous", "information", "market_power", "behaviour")
"""What is lost between one outcome and the next, from the efficient one to the observed one."""


def gains(block: Block, rows: pd.DataFrame) -> Mapping[str, FloatArray]:
    """Sums of points over no trade (B,), of the active and of all, with their shares; ``rows`` are the block's decisions."""
    found = {
        f"gain_{name}_{whose}": block.sums(np.where(chosen, rows[column] - rows["points_no_trade"], 0.0))
        for whose, chosen in (("active", block.active), ("all", np.ones_like(block.active)))
        for name, column in (("observed", "points"), ("nash", "points_nash"), ("competitive", "points_competitive"))
    }
    return {
        **found,
        "efficiency_active": share_of(found["gain_observed_active"], found["gain_competitive_active"]),
        "efficiency_all": share_of(found["gain_observed_all"], found["gain_competitive_all"]),
        "efficiency_nash_active": share_of(found["gain_nash_active"], found["gain_competitive_active"]),
    }


def welfare(block: Block) -> Mapping[str, FloatArray]:
    """The other columns above by market round (B,); all but the first two are nan if the theory
    does not apply.
    """
    env, certain = block.environment, np.eye(len(block.environment.states))[block.state]
    outcomes = np.full((block.size, len(PREDICTED)), np.nan)
    if block.solvable.any():
        outcomes[block.solvable] = _predicted(block)[block.solvable]
    agents = block.sums(np.ones(len(block.market)))
    keep = np.broadcast_to(env.endowment, block.final.shape)
    autarky = block.sums(points_paid(env, block.type_index, block.state[block.market], keep)) / agents
    observed = block.sums(block.points) / agents
    steps = np.column_stack([outcomes, observed])
    return {
        "debreu": utilisation_coefficients(env, block.market, block.type_index, block.final, certain),
        "mrs_dispersion": mrs_dispersion(block),
        "points_autarky": autarky,
        "points_efficient": outcomes[:, 0],
        "points_observed": observed,
        "efficiency_ex_post": share_of(observed - autarky, outcomes[:, 0] - autarky),
        **{f"loss_{cause}": steps[:, place] - steps[:, place + 1] for place, cause in enumerate(CAUSES)},
    }


def mrs_dispersion(block: Block) -> FloatArray:
    """The standard deviation of ln U_q/U_r over the agents of each market round at its state (B,);
    infinite if a good is missing.
    """
    utility, state = block.environment.utility, block.state[block.market]
    whole = np.asarray((block.final > 0).all(axis=1))
    held = np.where(whole[:, None], block.final, 1.0)
    certain = np.eye(len(block.environment.states))[state]
    rate = utility.log_mrs(np.log(held[:, 1] / held[:, 0]), utility.weight[block.type_index], certain).value
    agents = block.sums(np.ones(len(state)))
    centred = rate - (block.sums(rate) / agents)[block.market]
    return np.where(block.sums(~whole) > 0, np.inf, np.sqrt(block.sums(centred**2) / agents))


def efficiency_table(rounds: pd.DataFrame) -> pd.DataFrame:
    """Gains from trade as shares of the competitive gains, by cell: sums over market rounds divided by each other."""
    table = []
    for cell, here in rounds.groupby("cell"):
        sums = here[[column for column in here if column.startswith("gain_")]].sum()
        by_unit = here.groupby(UNIT)[["gain_observed_active", "gain_competitive_active"]].sum()
        units = pd.Series(share_of(by_unit["gain_observed_active"], by_unit["gain_competitive_active"]))
        table.append(
            {
                "cell": cell,
                "market_rounds": len(here),
                "independent_units": unit_count(here),
                "competitive_gain_per_active": sums["gain_competitive_active"] / here["actives"].sum(),
                "efficiency_active": float(share_of(sums["gain_observed_active"], sums["gain_competitive_active"])),
                "least_unit": units.min(),
                "largest_unit": units.max(),
                "efficiency_nash_active": float(share_of(sums["gain_nash_active"], sums["gain_competitive_active"])),
                "efficiency_all": float(share_of(sums["gain_observed_all"], sums["gain_competitive_all"])),
                "efficiency_nash_all": float(share_of(sums["gain_nash_all"], sums["gain_competitive_all"])),
            }
        )
    return pd.DataFrame(table, columns=_EFFICIENCY_COLUMNS)


def welfare_table(rounds: pd.DataFrame) -> pd.DataFrame:
    """By cell: means over market rounds of points per agent and losses; the share of the gains is of their sums."""
    table = []
    for cell, here in rounds[rounds["points_efficient"].notna()].groupby("cell"):
        means = here[list(_POINTS)].mean()
        finite = here["mrs_dispersion"].where(np.isfinite(here["mrs_dispersion"]))
        table.append(
            {
                "cell": cell,
                "market_rounds": len(here),
                "independent_units": unit_count(here),
                **means.to_dict(),
                "efficiency_ex_post": float(
                    share_of(means["points_observed"] - means["points_autarky"], means["points_efficient"] - means["points_autarky"])
                ),
                "mean_debreu": here["debreu"].mean(),
                "mean_mrs_dispersion": finite.mean(),
                "without_a_good": int(np.isinf(here["mrs_dispersion"]).sum()),
            }
        )
    columns = ("cell", "market_rounds", "independent_units", *_POINTS, "efficiency_ex_post", "mean_debreu", "mean_mrs_dispersion")
    return pd.DataFrame(table, columns=(*columns, "without_a_good"))


def _predicted(block: Block) -> FloatArray:
    """Points per agent as paid under each outcome of PREDICTED (B, 5), nan if the theory does not
    apply.
    """
    env, valid = block.environment, block.solvable
    apart = block.counts(block.type_index, ~block.active)
    found = allocations(env, block.state[valid], block.configuration[valid], apart[valid])
    heads = np.stack([block.configuration, apart])[:, valid]
    held = np.stack([found.active, found.inactive])
    paid = points_paid(env, np.arange(len(env.types)), block.state[valid][:, None, None], held)
    total = np.where(heads[:, :, None] > 0, heads[:, :, None] * paid, 0.0).sum(axis=(0, 3))
    points = np.full((block.size, len(PREDICTED)), np.nan)
    points[valid] = total / heads.sum(axis=(0, 2))[:, None]
    return points


_POINTS = ("points_autarky", "points_efficient", "points_observed", *(f"loss_{cause}" for cause in CAUSES))
_EFFICIENCY_COLUMNS = (
    "cell", "market_rounds", "independent_units", "competitive_gain_per_active", "efficiency_active", "least_unit", "largest_unit",
    "efficiency_nash_active", "efficiency_all", "efficiency_nash_all",
)  # fmt: skip
