"""The designer's books: payouts as sums of bundles, fees that cover them, and who enters."""

from __future__ import annotations

import json
from math import factorial, prod
from pathlib import Path

import numpy as np
import pytest

from tests.economies import asymmetric_environment, make_environment, swapped
from theory.books import NoFee, after_fee, books, entry_fee, inactive_payout, participation, stage2_payout
from theory.cli import main
from theory.enumeration import all_configurations
from theory.environment import InvalidEnvironment
from theory.mechanism import fixed_price_trade, market_trade
from theory.stage1 import NotSeparating, stage1_optimum
from theory.stage2 import solve_stage2
from theory.utility import FAMILIES


def test_the_payout_is_what_the_traders_end_with_over_what_they_brought():
    offers = np.array([[1.0, 0.0], [0.0, 2.0], [0.5, 0.0]])
    env = asymmetric_environment("ces")
    trade = market_trade(offers, 3.0, 5.0, env.epsilon_q, env.epsilon_r)
    paid = stage2_payout(env, trade.price, 3)
    assert paid == pytest.approx(trade.bundles.sum(axis=0) - [9.0, 15.0], rel=1e-12)
    assert paid[0] * paid[1] < 0
    assert stage2_payout(env, env.epsilon_r / env.epsilon_q) == pytest.approx([0.0, 0.0], abs=1e-15)
    inactive = fixed_price_trade(offers, 3.0, 5.0, env.fixed_price).bundles - [3.0, 5.0]
    assert inactive_payout(env, offers) == pytest.approx(inactive, rel=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_expected_and_worst_books_are_those_of_every_draw(family):
    env = asymmetric_environment(family).with_agents(5)
    found, alpha = books(env), stage1_optimum(env).offers
    expected, worst = np.zeros(2), np.full(2, -np.inf)
    for counts in all_configurations(env.active, 3):
        solved = solve_stage2(env, [counts])
        paid = np.nansum(counts[:, None] * (solved.bundles[0] - [3.0, 5.0]), axis=0)
        chance = 0.0
        for z in range(2):
            ways = factorial(env.active) // prod(factorial(int(n)) for n in counts)
            chance += env.prior[z] * ways * float(np.prod(env.likelihood[z] ** counts))
        expected += chance * paid
        worst = np.maximum(worst, paid)
    of_type = np.array([inactive_payout(env, offer) for offer in alpha])
    expected += (env.agents - env.active) * (env.prior @ env.likelihood @ of_type)
    assert found.expected == pytest.approx(expected, rel=1e-9)
    assert found.worst == pytest.approx(worst + (env.agents - env.active) * of_type.max(axis=0), rel=1e-9)


@pytest.mark.parametrize(("agents", "slack"), [(2000, 1e-9), (30_000, 0.01)])
def test_the_worst_case_is_covered_however_unlikely(agents, slack):
    """Nobody of one type among 1667 is too unlikely for a number; with 30,000 the worst is a bound, and nearly reached."""
    env = make_environment([[0.3, 0.6], [0.4, 0.7]], [[0.55, 0.45], [0.45, 0.55]], agents=agents)
    shares = np.linspace(0, env.active, 200).astype(int)
    price = solve_stage2(env, np.stack([shares, env.active - shares], axis=1)).price
    inactive = (agents - env.active) * inactive_payout(env, stage1_optimum(env).offers).max(axis=0)
    worst = stage2_payout(env, price).max(axis=0)
    found = books(env).worst - inactive
    assert (found >= worst * (1 - 1e-9)).all()
    assert (found <= worst * (1 + slack)).all()


def test_the_worst_case_of_both_stages_is_that_of_one_state():
    env = make_environment([[0.6, 0.4], [0.7, 0.5], [0.5, 0.7]], [[0.6, 0.4, 0.0], [0.0, 0.3, 0.7]], epsilon=(1.0, 1.0), agents=6)
    of_type, worst = inactive_payout(env, stage1_optimum(env).offers), np.full(2, -np.inf)
    for possible in (env.likelihood > 0).tolist():
        counts = [
            row for row in all_configurations(env.active, 3).tolist() if all(there or not n for n, there in zip(row, possible, strict=True))
        ]
        of_stage2 = stage2_payout(env, solve_stage2(env, counts).price).max(axis=0)
        worst = np.maximum(worst, of_stage2 + (env.agents - env.active) * of_type[possible].max(axis=0))
    assert books(env).worst == pytest.approx(worst, rel=1e-9)


def test_there_are_no_books_where_offers_do_not_separate_or_configurations_are_too_many():
    with pytest.raises(NotSeparating):
        books(make_environment([[0.3, 0.6], [0.3, 0.6]], [[0.5, 0.5], [0.5, 0.5]]))
    with pytest.raises(NotSeparating):
        participation(make_environment([[0.3, 0.6], [0.3, 0.6]], [[0.5, 0.5], [0.5, 0.5]]), [0.1, 0.1])
    with pytest.raises(InvalidEnvironment, match="the books are kept for up to"):
        books(asymmetric_environment("ces").with_agents(10**7))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_fee_covers_what_is_paid_out_after_it(family):
    env = asymmetric_environment(family)
    for worst_case in (False, True):
        found = entry_fee(env, worst_case)
        paid = found.books.worst if worst_case else found.books.expected
        assert (env.agents * found.fee >= paid - 1e-9).all()
        assert env.agents * found.fee == pytest.approx(np.maximum(paid, 0.0), abs=1e-8)
        assert found.environment.endowment_q == pytest.approx(env.endowment_q - found.fee[0])


def test_twice_epsilon_covers_stage_2_whatever_the_price():
    # section 5: at stage 2 no more than M epsilon of each good is handed out
    env = asymmetric_environment("ces")
    for price in (1e-3, 1.0, 1e3):
        assert (stage2_payout(env, price) <= env.active * np.array([env.epsilon_q, env.epsilon_r])).all()


def test_swapping_the_goods_swaps_the_books():
    env = asymmetric_environment("crra")
    assert books(swapped(env)).expected == pytest.approx(books(env).expected[::-1], rel=1e-8)


@pytest.mark.parametrize("family", FAMILIES)
def test_agents_enter_where_types_are_tastes(family):
    env = asymmetric_environment(family)
    free = participation(env, [0.0, 0.0])
    assert (free.by_type > 0).all()
    assert participation(env, [0.05, 0.05]).ex_ante < free.ex_ante


def test_nobody_enters_at_a_fee_where_types_are_no_tastes():
    # the paper's remark: trade disappears as epsilon does, and the fee is lost
    env = make_environment([[0.4, 0.6], [0.4, 0.6]], [[0.6, 0.4], [0.4, 0.6]], epsilon=(1e-4, 1e-4))
    assert participation(env, [0.2, 0.2]).ex_ante < 0
    assert (participation(env, [0.2, 0.2]).by_type < 0).all()


def test_a_fee_beyond_the_endowment_is_refused():
    env = asymmetric_environment("ces")
    for fee in ([3.0, 0.0], [0.0, -1.0]):
        with pytest.raises(NoFee, match="is not between nothing and the endowment"):
            after_fee(env, fee)


def test_the_command_says_payouts_fee_and_what_entering_is_worth(capsys):
    file = str(Path(__file__).parents[2] / "environments" / "mixed_values.toml")
    for fee in ("expected", "worst", "0.2,0.1"):
        assert main(["books", file, "--fee", fee, "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["with_fee"]["collected"] == pytest.approx([12 * part for part in answer["fee"]])
        assert set(answer["participation"]["by_type"]) == {"blue", "green"}
    assert main(["books", file]) == 0
    assert "entering is worth" in capsys.readouterr().out
    for fee in ("much", "1", "1,2,3", "nan,0", "11,0", "-1,0"):
        assert main(["books", file, f"--fee={fee}"]) == 2
        assert capsys.readouterr().err.count("\n") == 1
