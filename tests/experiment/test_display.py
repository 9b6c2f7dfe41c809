"""What pages show: the variables of templates and scripts, from what a seat knows."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from experiment.config import read_settings
from experiment.offers import NO_TRADE, Offer
from experiment.pages.market import consent_variables, page_script, page_variables
from experiment.rounds import SeatOutcome, announce, clear
from experiment.seat import MarketSummary, RoundRecord, SeatView
from experiment.shown.histogram import chart
from experiment.shown.numbers import change, digits, fixed, percent
from tests.economies import unchecked

CONFIG = {"environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1, "practice_rounds": 1, "rounds": 3}
SETTINGS = read_settings(CONFIG)
TYPE = SETTINGS.environment.types[0]
PAGES = ("FirstOffer", "NoSecondOffer", "SecondOffer", "Result")
STAGE1 = (Offer(3.0, 0.0), Offer(0.0, 4.5), Offer(3.0, 0.0), Offer(1.0, 0.0))
ACTIVE = (True, True, True, False)
ANNOUNCEMENT = announce(STAGE1, ACTIVE, shutdown_if_equal=False)


def view_of(page: str, **known: object) -> SeatView:
    """What the first seat, an active one, knows at a page of the second round, the first paid one."""
    stages: dict[str, dict[str, object]] = {
        "FirstOffer": {},
        "NoSecondOffer": {"stage1": STAGE1[3], "active": False},
        "SecondOffer": {"stage1": STAGE1[0], "active": True, "announcement": ANNOUNCEMENT},
        "Result": {
            "stage1": STAGE1[0],
            "stage2": Offer(2.0, 0.0),
            "active": True,
            "announcement": ANNOUNCEMENT,
            "state": "high",
            "outcome": SeatOutcome(1.25, 8.0, 12.5, 31.0),
            "market": MarketSummary(1.25, 10.0, 12.5, ANNOUNCEMENT),
            "history": (RoundRecord(1, True, TYPE, "low", False, None, None, 1.0, 10.0, 10.0, 20.0),),
        },
    }
    return SeatView(settings=SETTINGS, round_number=2, type=TYPE, **{**stages[page], **known})  # type: ignore[arg-type]


@pytest.mark.parametrize("page", PAGES)
def test_script_data_is_json_with_what_every_page_tells_a_bot(page: str) -> None:
    script = json.loads(json.dumps(page_script(view_of(page), page)))
    assert script["type"] == TYPE
    assert script["endowment"] == {"q": 10.0, "r": 10.0}
    assert script["grid"] == 0.1
    assert script["round"] == 2


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_which_step_of_which_round_it_is(page: str) -> None:
    variables = page_variables(view_of(page), page)
    assert (variables["round_label"], variables["rounds_of_kind"], variables["practice"]) == (1, 3, False)
    assert [step.number for step in variables["steps"] if step.current] == [{"FirstOffer": 1, "Result": 3}.get(page, 2)]


@pytest.mark.parametrize(
    ("known", "second"),
    [
        ({}, "done"),
        ({"active": False, "stage2": None, "stage1": STAGE1[3]}, "passed"),
        ({"stage2": None, "outcome": SeatOutcome(None, 10.0, 10.0, 20.0), "market": MarketSummary(None, None, None, None)}, "passed"),
    ],
)
def test_the_second_offer_is_a_step_that_only_who_made_one_has_done(known: dict[str, object], second: str) -> None:
    first, other, result = page_variables(view_of("Result", **known), "Result")["steps"]
    assert (first.done, first.passed, result.current) == (True, False, True)
    assert (other.done, other.passed) == (second == "done", second == "passed")


def test_a_first_offer_that_was_missed_is_not_done() -> None:
    first = page_variables(view_of("SecondOffer", stage1=None), "SecondOffer")["steps"][0]
    assert (first.done, first.passed) == (False, True)


def test_practice_rounds_are_counted_apart() -> None:
    variables = page_variables(replace(view_of("FirstOffer"), round_number=1), "FirstOffer")
    assert (variables["round_label"], variables["rounds_of_kind"], variables["practice"]) == (1, 1, True)


def test_second_offer_script_holds_histogram_and_own_offer() -> None:
    script = page_script(view_of("SecondOffer"), "SecondOffer")
    assert script["histogram"] == [{"q": 3.0, "r": 0.0, "count": 2}, {"q": 0.0, "r": 4.5, "count": 1}]
    assert script["own_offer"] == {"q": 3.0, "r": 0.0}


def test_without_announcement_or_own_offer_the_script_says_null() -> None:
    script = page_script(view_of("SecondOffer", announcement=None, stage1=None), "SecondOffer")
    assert script["histogram"] is None
    assert script["own_offer"] is None
    assert page_variables(view_of("SecondOffer", announcement=None, stage1=None), "SecondOffer")["chart"] is None


def test_exogenous_offers_of_the_calculator_are_those_of_all_active_agents() -> None:
    script = page_script(view_of("SecondOffer"), "SecondOffer")
    env = SETTINGS.environment
    assert script["exogenous"] == {"q": 3 * env.epsilon_q, "r": 3 * env.epsilon_r}
    assert script["largest_guess"] == {"q": 20.0, "r": 20.0}


def test_state_reaches_no_page_before_the_result() -> None:
    for page in PAGES[:3]:
        assert "state" not in page_variables(view_of(page), page)
        assert "state" not in page_script(view_of(page), page)
    assert page_variables(view_of("Result"), "Result")["state"] == "high"


def test_inactive_trade_is_shown_at_the_fixed_price() -> None:
    variables = page_variables(view_of("NoSecondOffer"), "NoSecondOffer")
    assert (variables["bundle_q"], variables["bundle_r"]) == ("9.00", "11.00")
    assert (variables["trade"].given, variables["trade"].received) == ("1.00", "1.00")
    assert (variables["trade"].change_q, variables["trade"].change_r) == ("−1.00", "+1.00")


def test_inactive_without_an_offer_keeps_the_endowment() -> None:
    variables = page_variables(view_of("NoSecondOffer", stage1=None), "NoSecondOffer")
    assert not variables["offer_made"]
    assert (variables["bundle_q"], variables["bundle_r"]) == ("10.00", "10.00")


def test_active_agents_of_a_market_that_shut_down_keep_the_endowment() -> None:
    shut = view_of("NoSecondOffer", active=True, shut_down=True)
    variables = page_variables(shut, "NoSecondOffer")
    assert variables["active"]
    assert variables["trade"] is None
    result = page_variables(
        view_of("Result", stage2=None, outcome=SeatOutcome(None, 10.0, 10.0, 20.0), market=MarketSummary(None, None, None, None)), "Result"
    )
    assert result["shut_down"]
    assert result["trade"] is None
    assert result["making"] is None


def test_result_shows_the_outcome_and_how_the_price_came_about() -> None:
    types, stage2 = (TYPE,) * 4, (Offer(2.0, 0.0), Offer(0.0, 3.0), Offer(1.0, 0.0), None)
    outcome = clear(SETTINGS.environment, "high", types, ACTIVE, STAGE1, stage2, shut_down=False)
    market = MarketSummary(outcome.price, outcome.total_q, outcome.total_r, ANNOUNCEMENT)
    variables = page_variables(view_of("Result", stage2=stage2[0], outcome=outcome.seats[0], market=market), "Result")
    epsilon = SETTINGS.environment.epsilon_q
    assert variables["making"].q.own == "2.00"
    assert variables["making"].q.participants == "1.00"
    assert variables["making"].q.exogenous == fixed(3 * epsilon, 2)
    assert variables["making"].q.total == fixed(3 + 3 * epsilon, 2)
    assert variables["making"].price == variables["trade"].price == fixed(outcome.price, 2)
    assert variables["bundle_r"] == fixed(outcome.seats[0].final_r, 2)
    assert variables["points"] == fixed(outcome.seats[0].points, 2)


def test_result_of_the_inactive_tells_no_own_part_in_the_price() -> None:
    known = {"active": False, "stage1": STAGE1[3], "stage2": None, "outcome": SeatOutcome(1.0, 9.0, 11.0, 25.0)}
    variables = page_variables(view_of("Result", **known), "Result")
    assert variables["making"].q.own is None
    assert not any(bar.own for bar in variables["chart"].bars)
    unseen = page_variables(view_of("Result", **known, market=None), "Result")
    assert unseen["making"] is None
    assert unseen["chart"] is None


def test_history_starts_with_the_latest_round_and_tells_absence_from_no_trade() -> None:
    records = (
        RoundRecord(1, True, TYPE, "low", False, NO_TRADE, None, 1.0, 10.0, 10.0, 20.0),
        RoundRecord(2, False, TYPE, "high", True, None, Offer(0.0, 2.5), 0.8, 13.125, 7.5, 22.0),
        RoundRecord(3, False, TYPE, "high", True, Offer(1.0, 0.0), None, 0.8, 10.0, 10.0, 22.0),
    )
    rows = page_variables(view_of("Result", history=records), "Result")["history"]
    assert [(row.round, row.practice) for row in rows] == [(2, False), (1, False), (1, True)]
    assert [(row.first, row.second) for row in rows] == [("1.00 q", None), (None, "2.50 r"), ("0", None)]
    assert [row.asked_again for row in rows] == [True, True, False]


def test_one_bar_per_offered_value_on_an_axis_that_does_not_depend_on_the_offers() -> None:
    drawn = chart(SETTINGS, ANNOUNCEMENT, STAGE1[0])
    assert [(bar.good, bar.amount, bar.count, bar.own) for bar in drawn.bars] == [("q", "3.00", 2, True), ("r", "4.50", 1, False)]
    assert [bar.middle for bar in drawn.bars] == ["35.000", "72.500"]
    alone = announce((Offer(0.0, 10.0), None, None, None), (True, True, False, True), shutdown_if_equal=False)
    other = chart(SETTINGS, alone, None)
    assert other.offers == drawn.offers
    assert [tick.label for tick in other.offers] == ["10", "8", "6", "4", "2", "0", "2", "4", "6", "8", "10"]
    assert other.missing == 2
    assert [bar.middle for bar in other.bars] == ["100.000"]


def test_bars_of_neighbouring_values_do_not_touch() -> None:
    offers = tuple(Offer(0.1 * n, 0.0) for n in range(4))
    drawn = chart(SETTINGS, announce(offers, (True,) * 4, shutdown_if_equal=False), None)
    places = sorted((float(bar.left), float(bar.left) + float(bar.width)) for bar in drawn.bars)
    assert all(right < left for (_, right), (left, _) in pairwise(places))


def test_announcement_of_nobody_is_an_empty_chart() -> None:
    drawn = chart(SETTINGS, announce((None,) * 4, ACTIVE, shutdown_if_equal=False), None)
    assert drawn.bars == ()
    assert drawn.missing == 3


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"inactive_threat": "none"}, "inactive", 0),
        ({"announcement": "none"}, "announced", False),
        ({"shutdown_if_equal": True}, "shutdown", True),
        ({"matching": "random"}, "rematched", True),
        ({"paid_rounds": "all"}, "all_rounds_paid", True),
        ({"market_size": 8}, "active", 6),
    ],
)
def test_rules_follow_the_settings(changed: dict[str, object], field: str, value: object) -> None:
    assert getattr(consent_variables(read_settings({**CONFIG, **changed}))["rules"], field) == value
    assert getattr(consent_variables(SETTINGS)["rules"], field) != value


def test_rules_hold_the_common_knowledge_as_numbers_for_people() -> None:
    rules = page_variables(view_of("FirstOffer"), "FirstOffer")["rules"]
    env = SETTINGS.environment
    assert (rules.market_size, rules.active, rules.inactive) == (4, 3, 1)
    assert Decimal(rules.exogenous_total_q) == 3 * Decimal(rules.exogenous_q) == 3 * Decimal(str(env.epsilon_q))
    assert [row.chance for row in rules.chances] == [percent(chance) for chance in env.prior]
    assert rules.payoffs[0].type == TYPE
    assert rules.payoffs[0].own
    assert not rules.payoffs[1].own
    assert rules.payoffs[0].columns == ("6", "8", "10", "12", "14")
    for grid in rules.payoffs[0].grids:
        marked = [(row.q, r) for row in grid.rows for r, cell in zip(rules.payoffs[0].columns, row.cells, strict=True) if cell.no_trade]
        assert marked == [("10", "10")]


def test_names_are_safe_in_html() -> None:
    settings = read_settings({**CONFIG, "environment": "small_market"})
    settings = replace(settings, environment=unchecked(settings.environment, types=("<b>", "green")))
    variables = page_variables(SeatView(settings=settings, round_number=1, type="<b>"), "FirstOffer")
    assert variables["own_type"] == "&lt;b&gt;"
    assert "<b>" not in repr(variables["rules"])


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [(0.125, 2, "0.13"), (-0.125, 2, "−0.13"), (2.675, 2, "2.67"), (-0.001, 2, "0.00"), (1e-9, 3, "0.000"), (1e300, 0, str(int(1e300)))],
)
def test_numbers_are_rounded_half_away_from_zero_at_their_exact_value(value: float, places: int, shown: str) -> None:
    assert fixed(value, places) == shown


def test_numbers_that_are_none_have_signs_of_their_own() -> None:
    assert fixed(None, 2) == fixed(float("nan"), 2) == "–"
    assert fixed(float("-inf"), 2) == "−∞"
    assert (change(1.0, 2), change(-1.0, 2), change(0.001, 2)) == ("+1.00", "−1.00", "0.00")
    assert (percent(0.7), percent(1 / 3), percent(1.0)) == ("70\N{NO-BREAK SPACE}%", "33.3\N{NO-BREAK SPACE}%", "100\N{NO-BREAK SPACE}%")


def test_offer_pages_say_whether_they_have_a_deadline() -> None:
    timed = read_settings({**CONFIG, "stage2_deadline_seconds": 60})
    forms = {page: page_variables(replace(view_of(page), settings=timed), page)["offer_form"] for page in ("FirstOffer", "SecondOffer")}
    assert (forms["FirstOffer"].timed, forms["SecondOffer"].timed) == (False, True)


def test_the_slider_has_a_place_for_every_grid_step_of_each_good() -> None:
    form = page_variables(view_of("FirstOffer"), "FirstOffer")["offer_form"]
    assert (form.slider_most, form.step) == (100, "0.1")


def test_goods_have_as_many_digits_as_the_grid() -> None:
    assert digits(SETTINGS).goods == 2
    assert digits(read_settings({**CONFIG, "offer_grid": 0.005})).goods == 3
    assert digits(read_settings({**CONFIG, "offer_grid": 5})).goods == 2


def test_result_page_without_an_outcome_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs the state and the outcome"):
        page_variables(view_of("Result", outcome=None), "Result")
