"""Sessions whose markets formed by arrival: each market round is checked against the N and M of its market, and predicted with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from comparison.behaviour.choices import played
from comparison.behaviour.game import NoChoiceModel
from comparison.checking.validation import check_export
from comparison.data.markets import market_rounds
from comparison.data.reading import read_export
from comparison.findings import Wanted, find
from comparison.statistics.benchmarks import NASH, predictions
from tests.synthetic import change, decisions_file, play, write_export
from theory.equilibrium.stage2 import solve_stage2

SIZES = (8, 7, 5)
LOBBY = {"market_size": 8, "min_market_size": 5, "lobby_seconds": 60}


def arrived():
    """A session in which markets of 8, 7 and 5 formed, the draws and the equilibrium those of each size."""
    whole = play(participants=8, rounds=2, **LOBBY)
    decisions, offset = [], 0
    for market, size in enumerate(SIZES, start=1):
        alone = play(participants=size * market, rounds=2, market_size=size)  # its last market has the draws of this number
        for row in alone.decisions:
            if row.market == str(market):
                member = int(row.participant_code[1:]) - size * (market - 1) + offset
                decisions.append(replace(row, participant_code=f"p{member:03d}"))
        offset += size
    return replace(whole, decisions=tuple(decisions), payments=())


@pytest.fixture
def export(tmp_path):
    return write_export(tmp_path / "export", arrived(), payments=False)


def checked(folder):
    data = read_export(folder)
    markets = market_rounds(data)
    return markets, check_export(data, markets)


def test_markets_of_every_size_agree_with_the_draws_and_the_mechanism(export):
    markets, checks = checked(export)
    assert [str(wrong) for wrong in checks.contradictions] == []
    assert checks.redrawn == {"abcd1234"}
    assert [(market.environment.agents, market.settings.active) for market in markets] == [(8, 6), (7, 6), (5, 4)] * 2


def test_each_market_is_predicted_with_its_own_n_and_m(export):
    markets, _ = checked(export)
    for market, prediction in zip(markets, predictions(markets), strict=True):
        alone = solve_stage2(market.environment, market.configuration[None])
        np.testing.assert_allclose(prediction.prices[NASH], alone.price[0], rtol=1e-9)
        assert market.configuration.sum() == market.settings.active


@pytest.mark.parametrize(("column", "value"), [("agents", "4"), ("agents", "9"), ("actives", "5")])
def test_a_size_that_the_lobby_does_not_allow_and_an_m_that_is_not_that_of_n_are_named(export, column, value):
    change(export, 2, column, value)
    _, checks = checked(export)
    assert [(wrong.place.row, wrong.column) for wrong in checks.contradictions] == [(2, column)]


def test_a_market_with_a_row_missing_is_named(export):
    file = decisions_file(export)
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    _, checks = checked(export)
    assert ("market", "4 rows", "5 rows") in {(wrong.column, wrong.found, wrong.implied) for wrong in checks.contradictions}


def test_the_design_names_all_sizes(export):
    cells = find([export], Wanted()).tables.cells
    assert cells[["agents", "active", "least_agents"]].to_numpy().tolist() == [[8, 6, 5]]


def test_behavioural_models_say_why_they_are_not_fitted_to_several_sizes(export):
    with pytest.raises(NoChoiceModel, match="5 to 8 agents"):
        played(checked(export)[0])
