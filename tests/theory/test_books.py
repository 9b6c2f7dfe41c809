"""The designer's books: payouts as sums of bundles, fees that cover them, and who enters."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from math import factorial, prod
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from tests.economies import asymmetric_environment, make_environment, swapped
from theory.cli import main
from theory.economy.environment import Environment, InvalidEnvironment
from theory.economy.utility import FAMILIES
from theory.efficiency.books import NoFee, after_fee, books, entry_fee, inactive_payout, participation, stage2_payout
from theory.equilibrium.stage1 import NotSeparating, stage1_optimum
from theory.equilibrium.stage2 import solve_stage2
from theory.information.enumeration import all_configurations
from theory.mechanism import bundles_at_price, clear_market, fixed_price_trade

SHIPPED = Path(__file__).parents[2] / "environments"
MIXED, SMALL, THREE, NEARLY = (str(SHIPPED / f"{name}.toml") for name in ("mixed_values", "small_market", "three_types", "nearly_common"))


def test_the_payout_is_what_the_traders_end_with_over_what_they_brought():
    offers = np.array([[1.0, 0.0], [0.0, 2.0], [0.5, 0.0]])
    env = asymmetric_environment("ces")
    trade = clear_market(offers, [3.0, 5.0], env.epsilon)
    paid = stage2_payout(env, trade.price, 3)
    assert paid == pytest.approx(trade.bundles.sum(axis=0) - [9.0, 15.0], rel=1e-12)
    assert paid[0] * paid[1] < 0
    assert stage2_payout(env, env.epsilon_r / env.epsilon_q) == pytest.approx([0.0, 0.0], abs=1e-15)
    inactive = bundles_at_price(offers, env.fixed_price, [3.0, 5.0]) - [3.0, 5.0]
    assert inactive_payout(env, offers) == pytest.approx(inactive, rel=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_expected_and_worst_books_are_those_of_every_draw(family):
    env = asymmetric_environment(family).with_agents(5)
    found, alpha = books(env), stage1_optimum(env).offers
    by_state, worst = np.zeros((2, 2)), np.full(2, -np.inf)
    for counts in all_configurations(env.active, 3):
        solved = solve_stage2(env, [counts])
        paid = np.nansum(counts[:, None] * (solved.bundles[0] - [3.0, 5.0]), axis=0)
        for z in range(2):
            ways = factorial(env.active) // prod(factorial(int(n)) for n in counts)
            by_state[z] += ways * float(np.prod(env.likelihood[z] ** counts)) * paid
        worst = np.maximum(worst, paid)
    of_type = np.array([inactive_payout(env, offer) for offer in alpha])
    by_state += (env.agents - env.active) * (env.likelihood @ of_type)
    assert found.by_state == pytest.approx(by_state, rel=1e-9)
    assert found.states == pytest.approx(by_state.max(axis=0), rel=1e-9)
    assert found.expected == pytest.approx(env.prior @ by_state, rel=1e-9)
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
    with pytest.raises(InvalidEnvironment, match="at most 1000000 can be summed over"):
        books(asymmetric_environment("ces").with_agents(10**7))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_fee_covers_what_is_paid_out_after_it(family):
    env = asymmetric_environment(family)
    for covers in ("states", "worst", "expected"):
        found = entry_fee(env, covers)
        paid = {"states": found.books.by_state.max(axis=0), "worst": found.books.worst, "expected": found.books.expected}[covers]
        assert (env.agents * found.fee >= paid - 1e-9).all()
        assert env.agents * found.fee == pytest.approx(np.maximum(paid, 0.0), abs=1e-8)
        assert found.environment.endowment_q == pytest.approx(env.endowment_q - found.fee[0])


def test_twice_epsilon_covers_stage_2_whatever_the_price():
    # section 5: at stage 2 no more than M epsilon of each good is handed out
    env = asymmetric_environment("ces")
    for price in (1e-3, 1.0, 1e3):
        assert (stage2_payout(env, price) <= env.active * env.epsilon).all()


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


def enumerated_payouts(env: Environment) -> np.ndarray:
    """What is paid out of each good given each state (Z, 2), over all sequences of types of all N agents, the last of them inactive."""
    alpha = stage1_optimum(env).offers
    own = env.endowment
    inactive = [fixed_price_trade(env, offer).bundles - own for offer in alpha]
    paid = np.zeros((len(env.states), 2))
    for types in product(range(len(env.types)), repeat=env.agents):
        counts = np.bincount(types[: env.active], minlength=len(env.types))
        bundles = solve_stage2(env, [counts]).bundles[0]
        out = sum(bundles[x] - own for x in types[: env.active]) + sum(inactive[x] for x in types[env.active :])
        for z, mu in enumerate(env.likelihood):
            paid[z] += np.prod(mu[list(types)]) * out
    return paid


@pytest.mark.parametrize("both_goods_are_short", [False, True])
def test_the_fee_by_default_finances_every_state_of_a_small_economy(both_goods_are_short):
    """Every sequence of types is gone through, and the fee is looked for by root finding, without what the books know."""
    env = asymmetric_environment("ces").with_agents(4)
    if both_goods_are_short:
        env = make_environment([[0.3, 0.6], [0.4, 0.7]], [[0.7, 0.3], [0.25, 0.75]], epsilon=(0.4, 0.3), agents=4)
    found = entry_fee(env)
    assert (found.fee > 0).sum() == 1 + both_goods_are_short
    paid = enumerated_payouts(found.environment)
    assert (env.agents * found.fee >= paid - 1e-9).all()
    for good in range(2):
        others = found.fee.copy()

        def short(fee, good=good, others=others):
            others[good] = fee
            return enumerated_payouts(after_fee(env, others))[:, good].max() - env.agents * fee

        enough = brentq(short, 0.0, found.fee[good] + 0.5, xtol=1e-9) if short(0.0) > 0 else 0.0
        assert found.fee[good] == pytest.approx(enough, abs=1e-8)
    assert (entry_fee(env, "worst").fee >= found.fee).all()
    assert (entry_fee(env, "expected").fee <= found.fee).all()


def test_the_fee_of_an_economy_in_which_types_tell_the_state():
    """Everybody has the type of the state, so that one equation gives the offer; log utility of weight w where the state is z."""
    weights, agents, eps = (0.3, 0.6), 6, 0.2
    env = make_environment([[0.3, 0.3], [0.6, 0.6]], [[1.0, 0.0], [0.0, 1.0]], agents=agents, epsilon=(eps, eps))

    def paid(w, own_q, own_r):
        """Buyers of q (w > 1/2) offer b of r; what follows for sellers is the same with the goods swapped."""
        if w < 0.5:
            return paid(1 - w, own_r, own_q)[::-1]
        price = own_r / own_q

        def slope(b):
            got = b * eps / (eps + b)
            return w / (own_q + got) * (eps / (eps + b)) * (1 - b / (env.active * (eps + b))) - (1 - w) / (own_r - b)

        b = brentq(slope, 0.0, own_r - 1e-9)
        spent = own_r - (1 - w) * (own_r + price * own_q)
        return env.active * np.array([b * eps / (eps + b), -b]) + (agents - env.active) * np.array([spent / price, -spent])

    found = entry_fee(env)
    left = 10.0 - found.fee
    by_state = np.array([paid(w, *left) for w in weights])
    assert found.books.by_state == pytest.approx(by_state, rel=1e-8)
    assert agents * found.fee == pytest.approx(by_state.max(axis=0), rel=1e-8)
    assert by_state.argmax(axis=0).tolist() == [1, 0]  # each good is short in another state


def test_nothing_is_paid_out_and_no_fee_needed_where_goods_are_alike():
    env = make_environment([[0.5, 0.5], [0.45, 0.45]], [[0.5, 0.5], [0.5, 0.5]], agents=4)
    alike = replace(env, utility=replace(env.utility, weight=np.array([[0.5 - 1e-9] * 2, [0.5 + 1e-9] * 2])))
    assert entry_fee(alike).fee == pytest.approx([0.0, 0.0], abs=1e-7)


def command(capsys, *arguments):
    assert main(["books", *arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert main(["books", *arguments]) == 0
    return answer, capsys.readouterr().out


def test_the_command_leads_with_the_fee_that_finances_every_state(capsys):
    answer, text = command(capsys, MIXED)
    assert text.splitlines()[2] == (
        "The fee that finances the mechanism in every state, in expectation given the state, is 0.3566 of q and 0.3566 of r per agent."
    )
    assert (answer["covers"], answer["fee"]) == ("states", pytest.approx([0.3566486822, 0.3566486822]))
    assert answer["without_fee"]["by_state"]["low"] == pytest.approx([-5.7163, 4.4199], abs=1e-4)
    assert answer["unfinanced"] == {"low": [0.0, 0.0], "high": [0.0, 0.0]}
    assert answer["fees"]["expected"]["fee"] == [0.0, 0.0]
    assert answer["fees"]["expected"]["unfinanced"] == {
        "low": [0.0, pytest.approx(4.4199, abs=1e-4)],
        "high": [pytest.approx(4.4199, abs=1e-4), 0.0],
    }
    assert answer["fees"]["worst"]["ex_ante"] == pytest.approx(-1.9054, abs=1e-4)
    assert "whatever is drawn, entering is worth less than nothing before types are drawn." in text
    assert "A fee for only the average does not finance the mechanism" in text


def test_the_command_says_where_entering_is_worth_less_than_nothing(capsys):
    answer, text = command(capsys, SMALL)
    assert answer["participation"]["ex_ante"] < 0
    assert "Entering is then worth less than nothing, -0.4973 points before types are drawn: agents who may choose stay out." in text
    answer, text = command(capsys, THREE)
    assert [x for x, points in answer["participation"]["by_type"].items() if points < 0] == ["green"]
    assert "For agents who know that they are of type green it is worth less than nothing." in text


@pytest.mark.parametrize("file", [MIXED, SMALL, THREE, NEARLY], ids=lambda file: Path(file).stem)
def test_the_default_fee_of_the_shipped_economies_finances_each_of_their_states(capsys, file):
    answer, _ = command(capsys, file)
    collected = answer["with_fee"]["collected"]
    for payouts in answer["with_fee"]["by_state"].values():
        assert all(paid <= got + 1e-9 for paid, got in zip(payouts, collected, strict=True))
    assert all(amount > 0 for amount in answer["fee"])
    assert answer["fees"]["worst"]["ex_ante"] < 0


def test_the_command_with_another_fee_says_what_it_leaves_to_be_found(capsys):
    answer, text = command(capsys, MIXED, "--fee", "expected")
    assert answer["covers"] == "expected"
    assert "balances the books only on average over the states is 0.0000 of q and 0.0000 of r per agent. In expectation given" in text
    answer, text = command(capsys, MIXED, "--fee", "0.2,0.1")
    assert (answer["covers"], answer["fee"]) == ("given", [0.2, 0.1])
    assert answer["unfinanced"]["high"][0] == pytest.approx(answer["with_fee"]["by_state"]["high"][0] - 12 * 0.2)
    answer, text = command(capsys, MIXED, "--fee", "worst")
    assert "The fee that finances the mechanism whatever is drawn is 0.8165 of q" in text
    assert "still has to find" in text.split("A fee for only the average")[1]


def test_where_one_of_the_fees_does_not_exist_the_command_says_so_and_answers(capsys, monkeypatch):
    def only_some(env, covers="states"):
        if covers == "worst":
            raise NoFee("No fee will do.")
        return entry_fee(env, covers)

    monkeypatch.setattr("theory.commands.books.entry_fee", only_some)
    answer, text = command(capsys, SMALL)
    assert answer["fees"]["worst"] == {"fee": None, "unfinanced": None, "ex_ante": None, "problem": "No fee will do."}
    assert "\n\nA fee for the most that can be paid out, whatever is drawn: No fee will do.\n\n" in text
    assert main(["books", SMALL, "--fee", "worst"]) == 2
    assert capsys.readouterr().err == "No fee will do.\n"


def test_the_command_says_payouts_fee_and_what_entering_is_worth(capsys):
    file = MIXED
    for fee in ("states", "expected", "worst", "0.2,0.1"):
        assert main(["books", file, "--fee", fee, "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["with_fee"]["collected"] == pytest.approx([12 * part for part in answer["fee"]])
        assert set(answer["participation"]["by_type"]) == {"blue", "green"}
    assert main(["books", file]) == 0
    assert "entering is worth" in capsys.readouterr().out
    for fee in ("much", "1", "1,2,3", "nan,0", "11,0", "-1,0"):
        assert main(["books", file, f"--fee={fee}"]) == 2
        assert capsys.readouterr().err.count("\n") == 1
