"""The pages' arithmetic in JavaScript is the arithmetic of theory/, to the displayed digit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from experiment.config import ENVIRONMENTS
from experiment.display.numbers import change, fixed
from experiment.language import languages, speaking
from experiment.offers import InvalidOffer, OfferGrid
from experiment.rounds import points_paid
from tests.browser.play import chromium
from theory.environment import Environment, read_environment
from theory.mechanism import fixed_price_trade, market_trade
from theory.utility import CES, COBB_DOUGLAS, CRRA, LOG_COBB_DOUGLAS, Utility

pytestmark = pytest.mark.browser

SCRIPTS = Path(__file__).parents[2] / "_static" / "parimutuel"
POINTS = 200
FAMILIES = {
    "log": {"family": LOG_COBB_DOUGLAS},
    "cobb-douglas": {"family": COBB_DOUGLAS, "curvature": 0.45},
    "ces": {"family": CES, "curvature": 0.7, "rho": 0.35},
    "crra below one": {"family": CRRA, "curvature": 0.6},
    "crra above one": {"family": CRRA, "curvature": 2.5},
}


@pytest.fixture(scope="module")
def page(chromium_path: str) -> Iterator[Page]:
    """An empty page with the arithmetic."""
    with chromium(chromium_path) as browser:
        page = browser.new_page()
        page.add_script_tag(path=SCRIPTS / "arithmetic.js")
        yield page


@pytest.mark.parametrize("floor", [None, 0.0], ids=["no floor", "floor"])
@pytest.mark.parametrize("family", FAMILIES)
def test_points_are_those_of_the_utility_to_the_displayed_digit(page: Page, family: str, floor: float | None) -> None:
    draw = random.Random(f"{family} {floor}")
    for _ in range(POINTS):
        env = _economy(draw, FAMILIES[family], floor)
        q, r = (draw.choice((0.0, draw.uniform(0.01, 40.0))) if draw.random() < 0.1 else draw.uniform(0.01, 40.0) for _ in "qr")
        shown = page.evaluate(
            "([utility, w, q, r]) => parimutuelArithmetic.fixed(parimutuelArithmetic.points(utility, w, q, r), 2)",
            [_script(env.utility), float(env.utility.weight[0, 0]), q, r],
        )
        assert shown == fixed(points_paid(env, env.types[0], env.states[0], q, r), 2)


def test_bundles_and_prices_are_those_of_the_mechanism_to_the_displayed_digit(page: Page) -> None:
    draw = random.Random("mechanism")
    for _ in range(POINTS):
        endowment = {"q": draw.uniform(1, 50), "r": draw.uniform(1, 50)}
        own, *others = [_offer(draw, endowment) for _ in range(draw.randint(1, 15))]
        epsilon = {good: draw.uniform(1e-4, 0.5) * endowment[good] for good in "qr"}
        trade = market_trade([own, *others], endowment["q"], endowment["r"], epsilon["q"], epsilon["r"])
        active = 1 + len(others)
        shown = page.evaluate(
            """([own, endowment, others, exogenous]) => {
                const price = parimutuelArithmetic.price(own, others, exogenous), fixed = parimutuelArithmetic.fixed;
                const bundle = parimutuelArithmetic.bundle(own, endowment, price);
                return [fixed(price, 3), fixed(bundle.q, 2), fixed(bundle.r, 2)];
            }""",
            [
                _goods(own),
                endowment,
                _goods(np.sum(others, axis=0) if others else (0.0, 0.0)),
                {good: active * epsilon[good] for good in "qr"},
            ],
        )
        assert shown == [fixed(trade.price, 3), *(fixed(max(float(amount), 0.0), 2) for amount in trade.bundles[0])]


def test_bundles_of_the_inactive_are_those_of_the_fixed_price(page: Page) -> None:
    draw = random.Random("fixed price")
    for _ in range(POINTS):
        endowment = {"q": draw.uniform(1, 50), "r": draw.uniform(1, 50)}
        offer, price = _offer(draw, endowment), endowment["r"] / endowment["q"]
        bundle = fixed_price_trade([offer], endowment["q"], endowment["r"], price).bundles[0]
        shown = page.evaluate(
            "([offer, endowment, price]) => parimutuelArithmetic.bundle(offer, endowment, price)", [_goods(offer), endowment, price]
        )
        assert [fixed(shown["q"], 2), fixed(shown["r"], 2)] == [fixed(max(float(amount), 0.0), 2) for amount in bundle]


@pytest.mark.parametrize("code", languages())
def test_numbers_are_rounded_and_written_alike_in_every_language(page: Page, code: str) -> None:
    draw = random.Random("rounding")
    values = [0.0, -0.0, 0.005, 0.125, -0.125, 2.675, -0.001, 1e-9, 10.0, 0.5, -0.5, 1e15]
    values += [draw.uniform(-100, 100) for _ in range(POINTS)] + [draw.randrange(-800, 800) / 8 for _ in range(POINTS)]
    with speaking(code) as spoken, _writing(page, spoken.decimal_sign):
        for places in (0, 1, 2, 3, 4):
            shown = page.evaluate(
                "([values, places]) => values.map((x) => [parimutuelArithmetic.fixed(x, places), parimutuelArithmetic.change(x, places)])",
                [values, places],
            )
            assert shown == [[fixed(value, places), change(value, places)] for value in values]
        assert page.evaluate("[-Infinity, Infinity, NaN].map((x) => parimutuelArithmetic.fixed(x, 2))") == ["−∞", "∞", "–"]
        assert page.evaluate("parimutuelArithmetic.change(Infinity, 2)") == change(float("inf"), 2)
        assert page.evaluate("parimutuelArithmetic.number(parimutuelArithmetic.fixed(2.5, 2))") == 2.5


@pytest.mark.parametrize("text", ["3", "3.5", "3,5", ".5", ",5", "3.", " 3 ", "", "-1", "+1", "1e3", "3.5.1", "٣", "0x10", "nan", "1 000"])
def test_what_the_preview_reads_as_a_number_the_server_reads_as_the_same_number(page: Page, text: str) -> None:
    grid = OfferGrid(Decimal("0.5"), Decimal(10), Decimal(10))
    try:
        read: float | None = grid.parse("q", text).q
    except InvalidOffer:
        read = None
    assert page.evaluate("(text) => parimutuelArithmetic.number(text)", text) == read


def test_scripts_of_the_pages_are_small() -> None:
    assert sum(path.stat().st_size for path in SCRIPTS.glob("*.js")) < 30_000


@contextmanager
def _writing(page: Page, sign: str) -> Iterator[None]:
    """The page's numbers have this sign before their decimals, for a while."""
    page.evaluate("(sign) => { parimutuelArithmetic.decimal_sign = sign; }", sign)
    yield
    page.evaluate("() => { parimutuelArithmetic.decimal_sign = '.'; }")


def _economy(draw: random.Random, fields: dict[str, Any], floor: float | None) -> Environment:
    base = read_environment(ENVIRONMENTS / "small_market.toml")
    weight = np.array([[draw.uniform(0.02, 0.98) for _ in base.states] for _ in base.types])
    utility = Utility(**fields, weight=weight, scale=draw.uniform(0.5, 100), shift=draw.uniform(-150, 50), floor=floor)
    return replace(base, utility=utility)


def _script(utility: Utility) -> dict[str, Any]:
    return {name: getattr(utility, name) for name in ("family", "scale", "shift", "curvature", "rho", "floor")}


def _offer(draw: random.Random, endowment: dict[str, float]) -> tuple[float, float]:
    amount, good = draw.choice((0.0, 1.0, draw.random())), draw.choice("qr")
    return (amount * endowment["q"], 0.0) if good == "q" else (0.0, amount * endowment["r"])


def _goods(offer: Any) -> dict[str, float]:
    return {"q": float(offer[0]), "r": float(offer[1])}
