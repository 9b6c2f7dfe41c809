"""How much a histogram of first offers tells about the state, in bits: the mutual information of the two."""

from __future__ import annotations

import numpy as np

from experiment.config import SessionSettings
from experiment.robot_offers import BY_TYPE, chances_read
from theory.economy.arrays import FloatArray
from theory.information.beliefs import multinomial_probabilities
from theory.information.enumeration import all_configurations


def bits_of_practice(settings: SessionSettings) -> float:
    """What an active subject of practice alone learns from the robots' first offers, by their rule."""
    by_type = BY_TYPE if settings.robots_offer_by_type else 0.0
    by_state = settings.environment.likelihood @ chances_read(settings.environment, settings.grid, by_type)
    return bits(settings, by_state, settings.active - 1)


def bits_of_market(settings: SessionSettings) -> float:
    """What an active subject of a market learns from the others' first offers if each is the optimum of its type."""
    return bits(settings, settings.environment.likelihood, settings.active - 1)


def bits(settings: SessionSettings, by_state: FloatArray, offers: int) -> float:
    """The information of the counts of this many offers, independent and with these chances in each state (Z, kinds)."""
    chances = multinomial_probabilities(all_configurations(offers, by_state.shape[1]), by_state).T
    prior = settings.environment.prior
    mixed = prior @ chances
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(chances > 0, chances * np.log2(chances / mixed), 0.0)
    return float(prior @ terms.sum(axis=1))
