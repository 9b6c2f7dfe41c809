"""What the announced histogram revealed about the state, beside what the active agents' types would
have revealed.

phi^sigma is the posterior of the active agents' true types, phi^nu that of the types which I(.)
reads from the announced offers, and kappa the prior. By market round, with the realised state z*:

=====================  ======================================================================================  ==============
column                 formula                                                                                 unit
=====================  ======================================================================================  ==============
``info_kl``            KL(phi^sigma || phi^nu) = sum_z phi^sigma(z) ln(phi^sigma(z)/phi^nu(z))                  nats
``info_kl_prior``      KL(phi^sigma || kappa): what there was to learn                                         nats
``info_gain``          1 - info_kl/info_kl_prior: 1 all of it, 0 no nearer than the prior, negative misled     share
``info_kl_state``      KL of certainty of z* from phi^nu, which is its logarithmic score                       nats
``brier``              sum_z (phi^nu(z) - 1{z = z*})^2 (Brier 1950): 0 best, 2 worst                           probability^2
``log_score``          -ln phi^nu(z*) (Good 1952): 0 best                                                      nats
``brier_types``, ``log_score_types``   the same of phi^sigma: what nobody who knew the types could beat on average
=====================  ======================================================================================  ==============

A subject who made no offer reveals nothing: absence is not read. A state that phi^sigma rules out
adds nothing to a divergence; one that only phi^nu rules out makes it infinite, as a logarithmic
score is if z* itself is ruled out. If the types read rule out every state, phi^nu is the limit of
small trembles (``theory.information.beliefs.trembling_posterior``). Everything is nan if nothing
was announced, if offers cannot be read, and for types that no state allows.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import rel_entr

from comparison.statistics.benchmarks import Economy
from comparison.statistics.blocks import Block
from comparison.statistics.units import unit_count
from theory.economy.arrays import FloatArray, IntArray
from theory.equilibrium.stage1 import UNREAD
from theory.information.beliefs import trembling_posterior

NOTHING_TO_LEARN = 1e-12
"""Below this many nats the true types say no more than the prior, and no gain over it is computed."""


def information(block: Block, economy: Economy, read_as: IntArray) -> Mapping[str, FloatArray]:
    """The columns above by market round (B,); ``read_as`` by row (n,)."""
    env = block.environment
    told = trembling_posterior(env, block.counts(read_as, block.active & (read_as != UNREAD)))
    valid = block.told & block.solvable & (economy.not_separating is None)
    told = np.where(valid[:, None], told, np.nan)
    true = np.where(valid[:, None], block.belief, np.nan)
    divergence, to_learn = divergence_of(true, told), divergence_of(true, env.prior)
    some = to_learn > NOTHING_TO_LEARN
    return {
        "info_kl": divergence,
        "info_kl_prior": to_learn,
        "info_gain": np.where(some, 1 - divergence / np.where(some, to_learn, 1.0), np.nan),
        "info_kl_state": log_score(told, block.state),
        "brier": brier(told, block.state),
        "log_score": log_score(told, block.state),
        "brier_types": brier(true, block.state),
        "log_score_types": log_score(true, block.state),
    }


def divergence_of(true: FloatArray, told: FloatArray) -> FloatArray:
    """KL(true || told) in nats, (B, Z) to (B,): 0 ln 0 is 0, and the result is infinite if told
    rules out a state that true does not.
    """
    return np.asarray(np.maximum(rel_entr(true, told).sum(axis=-1), 0.0))


def brier(told: FloatArray, state: IntArray) -> FloatArray:
    """sum_z (told(z) - 1{z = z*})^2, (B, Z) to (B,)."""
    return np.asarray(((told - np.eye(told.shape[1])[state]) ** 2).sum(axis=1))


def log_score(told: FloatArray, state: IntArray) -> FloatArray:
    """-ln told(z*), (B, Z) to (B,); infinite if z* is ruled out."""
    with np.errstate(divide="ignore"):
        return np.asarray(0.0 - np.log(told[np.arange(len(told)), state]))


def information_table(rounds: pd.DataFrame) -> pd.DataFrame:
    """By cell: means over the market rounds with an announcement, and the gain 1 - (sum of info_kl)/(sum of info_kl_prior)."""
    table = []
    for cell, here in rounds[rounds["info_kl"].notna()].groupby("cell"):
        to_learn = here["info_kl_prior"].sum()
        table.append(
            {
                "cell": cell,
                "market_rounds": len(here),
                "independent_units": unit_count(here),
                **{f"mean_{name}": here[name].mean() for name in _AVERAGED},
                "info_gain": 1 - here["info_kl"].sum() / to_learn if to_learn > NOTHING_TO_LEARN else np.nan,
                "ruled_out": int(np.isinf(here["info_kl"]).sum()),
            }
        )
    columns = ("cell", "market_rounds", "independent_units", *(f"mean_{name}" for name in _AVERAGED), "info_gain", "ruled_out")
    return pd.DataFrame(table, columns=columns)


_AVERAGED = ("info_kl", "info_kl_prior", "brier", "brier_types", "log_score", "log_score_types")
