"""The tables as a whole: relabelling changes nothing."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from comparison.data.sessions import UNSAID
from comparison.statistics.benchmarks import BENCHMARKS
from experiment.config import DEFAULTS
from experiment.export import session_row
from experiment.offers import Offer
from tests.synthetic import MONEY, alpha_star, beta, noisy, play
from theory.economy.environment import environment_fields, parse_environment

SWAPPED = {"q": "r", "r": "q"}


@pytest.fixture
def session():
    return play(participants=24, rounds=4, environment="three_types", first=noisy(alpha_star, 60), second=noisy(beta, 30))


def told(session, fields, decisions=None):
    """The session with another description of its environment and without a seed, which would not fit; perhaps with other decisions."""
    config = {**DEFAULTS, **UNSAID, "environment": "three_types", **MONEY, "seed": 7, "rounds": 4}
    line = session_row(session.code, parse_environment(fields), config, None)[1]
    return replace(session, line=(session.code, line), decisions=decisions or session.decisions)


def test_the_order_in_which_types_and_states_stand_in_the_file_changes_no_statistic(compare, session):
    fields = environment_fields(session.settings.environment)
    turned = environment_fields(session.settings.environment)
    turned["types"]["names"].reverse()
    turned["states"]["prior"] = dict(reversed(turned["states"]["prior"].items()))
    mine, theirs = compare(told(session, fields)).tables, compare(told(session, turned)).tables
    for name, table in mine.named():
        for column in table.select_dtypes("number"):
            again = dict(theirs.named())[name][column]
            np.testing.assert_allclose(again, table[column], rtol=1e-7, atol=1e-7, err_msg=f"{name}.{column}")


def swapped(session):
    """The session with the goods renamed: who offered q offers r, and a price is its inverse."""
    fields = environment_fields(session.settings.environment)
    fields["endowment"] = {SWAPPED[good]: amount for good, amount in fields["endowment"].items()}
    fields["mechanism"]["epsilon"] = {SWAPPED[good]: amount for good, amount in fields["mechanism"]["epsilon"].items()}
    fields["utility"]["weight"] = {x: {z: 1 - w for z, w in row.items()} for x, row in fields["utility"]["weight"].items()}
    decisions = tuple(
        replace(
            row,
            stage1_q=row.stage1_r,
            stage1_r=row.stage1_q,
            stage2_q=row.stage2_r,
            stage2_r=row.stage2_q,
            price=None if row.price is None else 1 / row.price,
            final_q=row.final_r,
            final_r=row.final_q,
        )
        for row in session.decisions
    )
    return told(session, fields, decisions)


def test_renaming_the_goods_turns_the_sign_of_offers_and_log_prices_and_changes_no_cost(compare, session):
    mine, theirs = compare(told(session, environment_fields(session.settings.environment))), compare(swapped(session))
    assert not theirs.tables.decisions_compared["contradicted"].any()
    same = {
        "decisions_compared": ["stage1_regret", "stage1_regret_share", "stage2_regret", "stage2_regret_share", "wrong_side"],
        "market_rounds": [
            *("info_kl", "info_gain", "brier", "log_score", "debreu", "mrs_dispersion", "efficiency_active", "efficiency_ex_post"),
            *("loss_inactive", "loss_exogenous", "loss_information", "loss_market_power", "loss_behaviour"),
        ],
    }
    opposite = {
        "decisions_compared": ["stage1", "alpha_star", "stage1_deviation", "stage2", "beta", "announced_deviation"],
        "market_rounds": [column for column in mine.tables.market_rounds if column.startswith("log_deviation_")],
    }
    for sign, chosen in ((1, same), (-1, opposite)):
        for name, columns in chosen.items():
            left, right = getattr(mine.tables, name)[columns], getattr(theirs.tables, name)[columns]
            np.testing.assert_allclose(sign * right, left, rtol=1e-6, atol=1e-6, err_msg=name)


def test_a_session_of_one_market_round_has_every_table(compare):
    tables = compare(play(participants=4, rounds=1, first=lambda _: None, second=lambda _: Offer(0.0, 0.0))).tables
    assert len(tables.market_rounds) == 1
    assert len(tables.prices_by_part) == 2
    assert tables.confusion.empty


def test_the_page_on_statistics_names_every_column_of_a_statistic_and_every_benchmark_and_measure(compare):
    page = set(re.findall(r"`([^`]+)`", (Path(__file__).parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")))
    tables = compare(play(participants=8, rounds=2)).tables
    rooms = {
        "decisions_compared": r"stage[12]_(deviation|regret)|announced_deviation|inside_interval|wrong_side|read_as",
        "market_rounds": r"info_|brier|log_score|efficiency_|debreu|mrs_|loss_|points_",
        "stage1_offers": r".*regret|share_",
        "stage2_offers": r".*regret(_share)?$",
        "prices": r".*(log_deviation|rad|rd|alpha|unit_mean)",
        "prices_by_part": r"part|mean_",
        "information": r"info_gain|ruled_out",
        "welfare": r"efficiency|loss_|points_|without|mean_",
        "learning": r"abs_|efficiency_",
    }
    for name, statistics in rooms.items():
        columns = [column for column in getattr(tables, name) if re.match(statistics, column)]
        assert columns, name
        assert set(columns) <= page, name
    assert set(BENCHMARKS) <= page
    assert {f"{name}.csv" for name in rooms} <= page
