"""The long table: offers beside predictions, one row per decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import numpy as np
import numpy.typing as npt
import pandas as pd

from comparison.checking.absence import is_repeated
from comparison.statistics.benchmarks import Prediction
from comparison.statistics.blocks import Block
from comparison.statistics.measures import points_paid
from comparison.statistics.stage1 import stage1_regret
from comparison.statistics.stage2 import stage2_regret, wrong_side
from theory.economy.arrays import FloatArray
from theory.equilibrium.stage1 import UNREAD
from theory.mechanism import fixed_price_trade, net_offers

MarketName = tuple[str, int | None, str]
"""Session, round and market."""


def decisions(block: Block, predicted: Sequence[Prediction], labels: Mapping[str, str], contradicted: Set[MarketName]) -> pd.DataFrame:
    """The rows of a block, indexed by their place among all rows. ``labels`` names the cell of each
    session.

    Offers are net offers in shares of the endowment (``comparison.statistics.measures``), empty if
    none was made; regrets are in points.
    """
    env, economy, said = block.environment, predicted[0].economy, [row.decision for market in block.markets for row in market.rows]
    stage1, stage2 = net_offers(block.first, env.endowment), np.where(block.active, net_offers(block.second, env.endowment), np.nan)
    alpha = net_offers(economy.alpha_star, env.endowment)[block.type_index]
    beta = net_offers(np.concatenate([market.nash_offers for market in predicted]), env.endowment)
    announced = net_offers(np.concatenate([market.announced_offers for market in predicted]), env.endowment)
    read = np.concatenate([market.read_as for market in predicted])
    first_regret, second_regret = stage1_regret(block, economy.alpha_star), stage2_regret(block)
    names = np.array(["", *env.types])
    columns: dict[str, npt.NDArray[np.generic]] = {
        **_of_markets(block, labels, contradicted),
        "participant_code": np.array([row.participant_code for row in said]),
        "type": names[block.type_index + 1],
        "state": np.array(env.states)[block.state][block.market],
        "active": block.active,
        "stage1_source": np.array([row.stage1_source for row in said]),
        "stage1": stage1,
        "alpha_star": alpha,
        "stage1_deviation": stage1 - alpha,
        "stage1_regret": first_regret[0],
        "stage1_regret_share": first_regret[1],
        "read_as": names[np.where(read == UNREAD, 0, read + 1)],
        "inside_interval": np.where(read == UNREAD, np.nan, (read == block.type_index).astype(float)),
        "stage2_source": np.array([row.stage2_source or "" for row in said]),
        "stage2_repeated": np.array([is_repeated(row) for row in said]),
        "stage2": stage2,
        "beta": beta,
        "stage2_deviation": stage2 - beta,
        "beta_announced": announced,
        "announced_deviation": stage2 - announced,
        "wrong_side": wrong_side(stage2, beta),
        "stage2_regret": second_regret[0],
        "stage2_regret_share": second_regret[1],
        "points": block.points,
        **_points_by_benchmark(block, predicted),
    }
    return pd.DataFrame(columns, index=block.rows)


def _of_markets(block: Block, labels: Mapping[str, str], contradicted: Set[MarketName]) -> dict[str, npt.NDArray[np.generic]]:
    """The data on each row's market round."""
    wrong = np.array([(market.session.code, market.round_number, market.market) in contradicted for market in block.markets])
    practice = np.array([market.practice for market in block.markets])
    known = {
        "cell": np.array([labels[market.session.code] for market in block.markets]),
        "session_code": np.array([market.session.code for market in block.markets]),
        "treatment": np.array([market.session.settings.treatment for market in block.markets]),
        "environment": np.full(block.size, block.environment.name),
        "matching_group": np.array([market.matching_group for market in block.markets]),
        "round_number": np.array([market.round_number for market in block.markets]),
        "paid_round": np.array([0 if market.practice else market.paid_round for market in block.markets]),
        "practice": practice,
        "market": np.array([market.market for market in block.markets]),
        "contradicted": wrong,
        "used": ~(wrong | practice),
    }
    return {name: values[block.market] for name, values in known.items()}


def _points_by_benchmark(block: Block, predicted: Sequence[Prediction]) -> dict[str, FloatArray]:
    """Points as paid at the realised state without trade, in the Nash equilibrium and in the competitive equilibrium."""
    env = block.environment
    stage1 = fixed_price_trade(env, predicted[0].economy.alpha_star[block.type_index]).bundles
    nash = np.concatenate([market.nash_bundles for market in predicted])
    bundles = {
        "points_no_trade": np.broadcast_to(env.endowment, stage1.shape),
        "points_nash": np.where(block.active[:, None], nash, stage1),
        "points_competitive": np.concatenate([market.competitive_bundles for market in predicted]),
    }
    return {name: points_paid(env, block.type_index, block.state[block.market], held) for name, held in bundles.items()}
