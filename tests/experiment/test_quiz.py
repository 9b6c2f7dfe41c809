"""The quiz: every number in questions, answers and explanations is that of the environment, and answers are read as people type them."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from experiment.config import SessionSettings, environment_names, read_settings
from experiment.language import speaking
from experiment.quiz import quiz
from experiment.quiz.amounts import handy_step
from experiment.quiz.items import PAGES, SECTIONS, ChoiceItem, NumberItem, right_answer
from experiment.shown.rules import rules
from tests.economies import random_economy, unchecked
from tests.sizes import sized
from theory.economy.environment import Environment
from theory.mechanism import bundles_at_price, clear_market, market_trade

CONFIG = {"participation_fee": 5, "real_world_currency_per_point": 0.1}
NUMBER = re.compile(r"(?<![\w.])[\u2212-]?\d+(?:\.\d+)?(?![\w])")
SEED = 271828
MOST_POINTS = 1e9


def random_settings(count: int = 20) -> Iterator[SessionSettings]:
    """Sessions of random economies, endowments in hundredths and other numbers as they come; points that can be typed."""
    generator = np.random.default_rng(7)
    found = 0
    while found < count:
        env = random_economy(generator).environment
        floor = 0.0 if generator.random() < 0.5 else None
        env = replace(
            env,
            endowment_q=round(float(env.endowment_q), 2),
            endowment_r=round(float(env.endowment_r), 2),
            epsilon_q=float(env.epsilon_q),
            epsilon_r=float(env.epsilon_r),
            utility=replace(env.utility, floor=floor),
        )
        shares = np.array([0.25, 0.5, 1.0, 1.5, 1.75])
        points = env.utility.points(shares[:, None] * env.endowment_q, shares * env.endowment_r, env.utility.weight[..., None, None])
        if np.abs(points).max() < MOST_POINTS:
            found += 1
            yield read_settings({**CONFIG, "environment": "made", "offer_grid": 0.01}, environment=env)


SHIPPED = [read_settings({**CONFIG, "environment": name}) for name in environment_names()]
DRAWN = [*random_settings(sized(small=5, full=20))]
SETTINGS = [*SHIPPED, *DRAWN]
ALL = pytest.mark.parametrize("settings", SETTINGS, ids=[*environment_names(), *(f"random{n}" for n in range(len(DRAWN)))])


def small(**fields: Any) -> SessionSettings:
    return read_settings({**CONFIG, "environment": "small_market", **fields})


def numbers(text: str) -> list[Decimal]:
    return [
        Decimal(found.replace("\N{MINUS SIGN}", "-")) for found in NUMBER.findall(html.unescape(text).replace("\N{NO-BREAK SPACE}", " "))
    ]


def item_of(settings: SessionSettings, key: str, participant: int = 1) -> Any:
    return {item.key: item for item in quiz(settings, SEED, participant)}[key]


def is_shown(value: float, shown: Decimal) -> bool:
    """Whether ``shown`` is the value, rounded to its digits."""
    exponent = shown.as_tuple().exponent
    assert isinstance(exponent, int)
    return abs(float(shown) - value) <= 0.5 * 10.0**exponent + 1e-9 * abs(value)


def right_number(item: NumberItem, value: float) -> None:
    """The item's answer, and the last number of its solution, are this value."""
    assert item.answer == pytest.approx(value, rel=1e-9, abs=1e-12)
    assert item.is_right(item.read(right_answer(item)))
    assert any(is_shown(value, shown) for shown in numbers(item.solution))


@ALL
@pytest.mark.parametrize("participant", [1, 2, 3])
def test_trade_at_the_fixed_price_is_that_of_eq_1(settings: SessionSettings, participant: int) -> None:
    env = settings.environment
    if not settings.inactive:
        pytest.skip("nobody is inactive")
    item = item_of(settings, "fixed_trade", participant)
    given, one, price, had = numbers(item.question)
    assert one == 1
    assert had == Decimal(repr(env.endowment_r))
    assert 0 < given <= settings.grid.endowment_q
    assert given % settings.grid.step == 0
    p1 = env.endowment_r / env.endowment_q
    assert is_shown(p1, price)
    bundle = bundles_at_price([[float(given), 0.0]], p1, env.endowment)[0]
    right_number(item, float(bundle[1]))
    assert numbers(item.rule) == [given, given, price, had]
    received, *rest = numbers(item.solution)[2:]
    assert numbers(item.solution)[:2] == [given, price]
    assert is_shown(float(given) * p1, received)
    assert rest[:2] == [had, received]
    by_hand = had + given * price
    assert item.is_right(f"{round(by_hand, item.decimals):f}") or item.is_right(f"{by_hand:f}"), (
        "anyone who computes with what is shown is right"
    )


@ALL
@pytest.mark.parametrize("participant", [1, 2, 3])
def test_price_is_that_of_eq_3_with_the_exogenous_offers_of_all_active(settings: SessionSettings, participant: int) -> None:
    env, active = settings.environment, settings.active
    item = item_of(settings, "price", participant)
    offered_q, offered_r, added_q, added_r, one = numbers(item.question)
    assert one == 1
    assert (added_q, added_r) == (active * Decimal(repr(env.epsilon_q)), active * Decimal(repr(env.epsilon_r)))
    shown = rules(settings)
    assert (shown.exogenous_total_q, shown.exogenous_total_r) == (f"{added_q.normalize():f}", f"{added_r.normalize():f}")
    assert offered_q / settings.grid.endowment_q + offered_r / settings.grid.endowment_r <= active, "the active can offer that much"
    alike = [[float(offered_q) / active, 0.0]] * active + [[0.0, float(offered_r) / active]] * active
    price = clear_market(alike, env.endowment, [env.epsilon_q / 2, env.epsilon_r / 2]).price
    right_number(item, price)
    assert numbers(item.rule) == [offered_q, added_q, offered_r, added_r, 1]
    total_q, total_r = offered_q + added_q, offered_r + added_r
    assert numbers(item.solution)[:-1] == [offered_q, added_q, total_q, offered_r, added_r, total_r, total_r, total_q]
    assert is_shown(price, numbers(item.solution)[-1])


@ALL
@pytest.mark.parametrize("participant", [1, 2, 3])
def test_trade_at_the_markets_price_is_that_of_eq_2(settings: SessionSettings, participant: int) -> None:
    env = settings.environment
    item = item_of(settings, "end_bundle", participant)
    given, one, price, had = numbers(item.question)
    assert one == 1
    assert had == Decimal(repr(env.endowment_q))
    assert 0 < given <= settings.grid.endowment_r
    assert given % settings.grid.step == 0
    end, _ = bundles_at_price([0.0, float(given)], float(price), env.endowment)
    right_number(item, float(end))
    assert numbers(item.rule) == [price, given, given, price, had]
    assert numbers(item.solution)[:2] == [given, price]
    assert is_shown(float(given) / float(price), numbers(item.solution)[2])


@ALL
@pytest.mark.parametrize("participant", range(1, 7))
def test_points_are_those_of_the_grid_and_of_the_utility(settings: SessionSettings, participant: int) -> None:
    env = settings.environment
    item = item_of(settings, "points", participant)
    found = re.search(r"of type (\S+) and .* state turns out to be (\S+)\.", item.question)
    assert found is not None
    x, z = env.type_index(found[1]), env.state_index(found[2])
    q, r = numbers(item.question)
    utility = float(env.utility.points(float(q), float(r), env.utility.weight[x, z]))
    paid = utility if env.utility.floor is None else max(utility, env.utility.floor)
    right_number(item, paid)
    of_type = next(each for each in rules(settings).payoffs if each.type == found[1])
    (row,) = [row for row in of_type.grids[z].rows if Decimal(row.q) == q]
    (column,) = [place for place, amount in enumerate(of_type.columns) if Decimal(amount) == r]
    assert item.is_right(item.read(row.cells[column].points)), "what is read off the grid is right"
    assert numbers(item.rule) == [q, r]
    assert numbers(item.solution)[:2] == [q, r]


@ALL
@pytest.mark.parametrize("participant", range(1, 7))
def test_of_so_many_participants_are_of_a_type_as_the_likelihood_says(settings: SessionSettings, participant: int) -> None:
    env = settings.environment
    item = item_of(settings, "types", participant)
    found = re.search(r"in state (\S+)\. (?:How|About how) many of them are of type (\S+), on", item.question)
    assert found is not None
    chance = float(env.likelihood[env.state_index(found[1]), env.type_index(found[2])])
    (whole,) = numbers(item.question)
    assert abs(item.answer - int(whole) * chance) <= 0.5 + 1e-9
    assert item.is_right(item.read(right_answer(item)))
    assert item.is_right(item.read(f"{round(int(whole) * chance, 6):f}")), "anyone who works out the chance itself is right too"
    assert numbers(item.solution) == ([whole, Decimal(item.answer)] if item.answer != 1 else [whole])


@ALL
def test_likelier_state_is_that_of_the_prior(settings: SessionSettings) -> None:
    env = settings.environment
    items = {item.key: item for item in quiz(settings, SEED, 1)}
    if len(env.states) == 1:
        assert "likelier_state" not in items
        return
    item = items["likelier_state"]
    assert isinstance(item, ChoiceItem)
    likeliest = [state for state, chance in zip(env.states, env.prior, strict=True) if chance == max(env.prior)]
    words = {choice.name: choice.words for choice in item.choices}[item.answer]
    assert words == (f"State {likeliest[0]}" if len(likeliest) == 1 else "No single one: several states share the highest chance")
    assert len(item.choices) == len(env.states) + 1
    whole, *counts = numbers(item.solution)
    assert all(abs(float(count) - int(whole) * float(chance)) < 1 for count, chance in zip(counts, env.prior, strict=True))
    assert sum(counts) == whole


@ALL
def test_number_of_the_inactive_is_n_minus_m(settings: SessionSettings) -> None:
    env = settings.environment
    active = math.ceil((1 - env.inactive_share) * env.agents)
    item = item_of(settings, "inactive")
    if active == env.agents:
        assert item.answer == "nobody"
        return
    right_number(item, env.agents - active)
    assert numbers(item.question) == [env.agents]
    assert numbers(item.rule) == [env.agents, active]
    assert numbers(item.solution) == [env.agents, active, env.agents, active, env.agents - active]


@pytest.mark.parametrize("settings", SHIPPED, ids=environment_names())
@pytest.mark.parametrize("participant", range(1, 13))
def test_shipped_environments_ask_for_answers_that_need_no_rounding(settings: SessionSettings, participant: int) -> None:
    for key in ("fixed_trade", "price", "end_bundle"):
        item = item_of(settings, key, participant)
        assert Decimal(item.answer) == pytest.approx(Decimal(right_answer(item)), abs=Decimal("1e-9"))
        wrong = {"price": float(np.divide(*numbers(item.question)[1::-1]))}.get(key)
        assert wrong is None or not item.is_right(f"{wrong:.6f}"), "anyone who forgets what the experimenter adds is wrong"


@ALL
def test_explanations_do_not_give_the_answer_away(settings: SessionSettings) -> None:
    for item in quiz(settings, SEED, 1):
        if isinstance(item, ChoiceItem):
            assert next(choice.words for choice in item.choices if choice.name == item.answer).rstrip(".") not in item.rule
        elif item.key in ("fixed_trade", "price", "end_bundle"):
            given = numbers(item.question)
            assert all(number in given for number in numbers(item.rule))


@ALL
def test_right_answers_are_right_and_others_are_not(settings: SessionSettings) -> None:
    for item in quiz(settings, SEED, 5):
        assert item.is_right(item.read(right_answer(item)))
        if isinstance(item, ChoiceItem):
            assert len({choice.name for choice in item.choices}) == len({choice.words for choice in item.choices}) == len(item.choices) > 2
            assert [choice.name for choice in item.choices if item.is_right(choice.name)] == [item.answer]
        else:
            unit = Decimal(1).scaleb(-item.decimals)
            assert not item.is_right(f"{Decimal(right_answer(item)) + 2 * unit:f}")


def test_the_questions_follow_the_config() -> None:
    def keys(**fields: Any) -> list[str]:
        return [item.key for item in quiz(small(**fields), SEED, 1)]

    everything = keys(shutdown_if_equal=True, points_pay="lottery")
    assert len(everything) == 14
    assert set(everything) - set(keys()) == {"shutdown", "lottery"}
    assert "announcement" not in keys(announcement="none")
    assert "fixed_trade" not in keys(inactive_threat="none")
    assert not {"people", "paid_rounds"} & set(keys(rounds=1))


@pytest.mark.parametrize(
    ("fields", "key", "answer", "words"),
    [
        ({"inactive_threat": "none"}, "inactive", "nobody", "in this session"),
        ({"inactive_threat": "none"}, "first_offer", "not_carried_out", "What happens to it?"),
        ({}, "first_offer", "not_carried_out", "stay active"),
        ({"matching": "random"}, "people", "new", "10 rounds"),
        ({"rounds": 4, "practice_rounds": 2}, "people", "same", "4 rounds that count"),
        ({"paid_rounds": "all"}, "paid_rounds", "all", ""),
        ({}, "paid_rounds", "one_random", ""),
        ({"points_pay": "lottery"}, "lottery", "chance", ""),
        ({"shutdown_if_equal": True}, "shutdown", "endowment", "All first offers"),
        ({"shutdown_if_equal": True}, "announcement", "counts", ""),
    ],
)
def test_answers_follow_the_config(fields: dict[str, Any], key: str, answer: str, words: str) -> None:
    item = item_of(small(**fields), key)
    assert item.answer == answer
    assert words in item.question


def test_a_size_that_the_lobby_decides_on_is_called_an_example() -> None:
    assert "example" in item_of(small(lobby_seconds=60, market_size=8, min_market_size=5), "inactive").question
    for settings in (small(), small(lobby_seconds=60), small(lobby_seconds=60, min_market_size=4)):
        assert item_of(settings, "inactive").question.startswith("In this session a market has 4 participants.")


def test_the_points_of_all_rounds_are_added_up_for_money_and_averaged_for_a_chance() -> None:
    def right(**fields: Any) -> list[str]:
        item = item_of(small(paid_rounds="all", **fields), "paid_rounds")
        return [item.solution, *(choice.words for choice in item.choices if choice.name == item.answer)]

    assert all("added up" in words and "average" not in words for words in right())
    assert all("average" in words and "added up" not in words for words in right(points_pay="lottery"))


def test_nobody_is_said_to_be_matched_anew_in_practice_alone() -> None:
    assert "In every round that counts" in item_of(small(matching="random", practice_rounds=2), "people").solution


def test_people_are_called_people() -> None:
    assert {choice.name: choice.words for choice in item_of(small(), "people").choices}["chosen"] == "People I choose"


def test_more_of_a_good_offered_moves_the_price_as_eq_3_says() -> None:
    env: Environment = small().environment
    base, more_q, more_r = (market_trade(env, [[q, 0.0], [0.0, r], [0.0, 1.0]]).price for q, r in ((2.0, 2.0), (3.0, 2.0), (2.0, 3.0)))
    seen = set()
    for participant in range(1, 20):
        item = item_of(small(), "own_offer", participant)
        price = more_r if "more of good r as" in item.question else more_q
        seen.add(item.answer)
        assert item.answer == ("rises" if price > base else "falls")
    assert seen == {"rises", "falls"}


def test_draws_are_the_participants_own_and_always_the_same() -> None:
    settings = small()
    assert quiz(settings, SEED, 1) == quiz(settings, SEED, 1)
    amounts = {tuple(item.question for item in quiz(settings, SEED, n) if item.key in ("fixed_trade", "price")) for n in range(1, 13)}
    assert len(amounts) > 6
    orders = {tuple(choice.name for choice in item_of(settings, "first_offer", n).choices) for n in range(1, 40)}
    assert len(orders) == 6
    assert quiz(settings, SEED, 1) != quiz(settings, SEED + 1, 1)


def test_sections_have_pages_and_are_the_whole_quiz() -> None:
    settings = small(shutdown_if_equal=True, points_pay="lottery")
    assert tuple(PAGES.values()) == SECTIONS
    assert sum((quiz(settings, SEED, 1, section) for section in SECTIONS), ()) == quiz(settings, SEED, 1)


def test_names_from_the_file_are_safe_in_html() -> None:
    env = unchecked(small().environment, states=("<b>", "high"), types=("x & y", "green"))
    settings = read_settings({**CONFIG, "environment": "made"}, environment=env)
    for participant in range(1, 9):
        for item in quiz(settings, SEED, participant):
            words = [item.question, item.rule, item.solution, *(choice.words for choice in getattr(item, "choices", ()))]
            assert not any("<" in each or "& " in each for each in words)


@pytest.mark.parametrize(
    ("step", "amount", "handy"), [("0.1", "10", "1"), ("0.1", "50", "5"), ("0.3", "3", "0.3"), ("0.01", "3.37", "0.2"), ("2", "10", "2")]
)
def test_amounts_have_few_digits(step: str, amount: str, handy: str) -> None:
    assert handy_step(Decimal(step), Decimal(amount)) == Decimal(handy)


def test_a_decimal_comma_is_written_where_the_language_has_one() -> None:
    with speaking("de"):
        item = item_of(small(), "price")
        assert "1,5" in item.question
