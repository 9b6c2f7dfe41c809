"""The pages' arithmetic in JavaScript is the arithmetic of theory/, to the displayed digit."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from experiment.config import ENVIRONMENTS, SessionSettings, read_settings
from experiment.language import languages, speaking
from experiment.offers import OfferGrid
from experiment.pages.market import page_script, page_variables
from experiment.rounds import points_paid
from experiment.seat import SeatView
from experiment.shown.numbers import change, fixed
from tests.sizes import sized
from theory.economy.environment import Environment, read_environment
from theory.economy.utility import CES, COBB_DOUGLAS, CRRA, LOG_COBB_DOUGLAS, Utility
from theory.mechanism import bundles_at_price, clear_market, fixed_price_trade, market_trade

pytestmark = pytest.mark.browser

SCRIPTS = Path(__file__).parents[2] / "_static" / "parimutuel"
POINTS = sized(small=25, full=200)
CONFIG = {"environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1}
FAMILIES = {
    "log": {"family": LOG_COBB_DOUGLAS},
    "cobb-douglas": {"family": COBB_DOUGLAS, "curvature": 0.45},
    "ces": {"family": CES, "curvature": 0.7, "rho": 0.35},
    "crra below one": {"family": CRRA, "curvature": 0.6},
    "crra above one": {"family": CRRA, "curvature": 2.5},
}


@pytest.fixture(scope="module")
def page(chromium_of_file: Browser) -> Page:
    """An empty page with the arithmetic."""
    page = chromium_of_file.new_page()
    for script in ("arithmetic.js", "typed.js", "line.js"):
        page.add_script_tag(path=SCRIPTS / script)
    return page


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
        trade = clear_market([own, *others], [endowment["q"], endowment["r"]], [epsilon["q"], epsilon["r"]])
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
        bundle = bundles_at_price([offer], price, [endowment["q"], endowment["r"]])[0]
        shown = page.evaluate(
            "([offer, endowment, price]) => parimutuelArithmetic.bundle(offer, endowment, price)", [_goods(offer), endowment, price]
        )
        assert [fixed(shown["q"], 2), fixed(shown["r"], 2)] == [fixed(max(float(amount), 0.0), 2) for amount in bundle]


def test_the_slider_has_nothing_in_its_middle_and_a_place_for_every_offer_of_the_grid(page: Page) -> None:
    draw = random.Random("slider")
    for _ in range(POINTS):
        grid, settings = _grid(draw)
        most = page_variables(SeatView(settings, 1, settings.environment.types[0]), "FirstOffer")["offer_form"].slider_most
        steps_q, steps_r = (int(each / grid.step) for each in (grid.endowment_q, grid.endowment_r))
        signed = [-steps_q, -1, 0, 1, steps_r, *(draw.randint(-steps_q, steps_r) for _ in range(20))]
        known = page_script(SeatView(settings, 1, settings.environment.types[0]), "FirstOffer")
        places, back, offers, largest, ends = page.evaluate(
            """([known, signed]) => {
                const line = parimutuelLine.line(known.endowment, known.grid, known.grid_digits), places = signed.map(line.placeOf);
                const ends = [-1e9, 1e9].map((steps) => line.placeOf(line.clamped(steps)));
                return [places, places.map(line.stepsAt), signed.map(line.offerOf), line.most, ends];
            }""",
            [known, signed],
        )
        assert back == signed
        assert largest == most
        assert ends == [-most, most]
        assert [offer["r"] - offer["q"] for offer in offers] == [float(steps * grid.step) for steps in signed]
        for place, steps in zip(places, signed, strict=True):
            share = steps / (steps_q if steps < 0 else steps_r)
            assert abs(place / most - share) <= 0.5 / most + 1e-12
            assert np.sign(place) == np.sign(steps)


@pytest.mark.parametrize("family", FAMILIES)
def test_preview_and_calculator_show_what_an_offer_leads_to_to_the_displayed_digit(page: Page, family: str) -> None:
    draw = random.Random(f"preview {family}")
    for _ in range(POINTS):
        env = _market(draw, family)
        endowment = {"q": env.endowment_q, "r": env.endowment_r}
        offer, *others = (_offer(draw, endowment) for _ in range(env.active))
        fixed_trade = fixed_price_trade(env, [offer])
        assert _paid(page, env, "FirstOffer", (0.0, 0.0), offer) == _told(env, env.fixed_price, fixed_trade.bundles[0])
        trade = market_trade(env, [offer, *others])
        totals = tuple(map(float, np.sum(others, axis=0))) if others else (0.0, 0.0)
        assert _paid(page, env, "SecondOffer", totals, offer) == _told(env, trade.price, trade.bundles[0])


@pytest.mark.parametrize("stage", ["FirstOffer", "SecondOffer"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_picture_is_drawn_from_the_points_of_the_mechanism(page: Page, family: str, stage: str) -> None:
    draw = random.Random(f"picture {family} {stage}")
    for _ in range(POINTS // 10):
        env = _market(draw, family)
        endowment = {"q": env.endowment_q, "r": env.endowment_r}
        others = [_offer(draw, endowment) for _ in range(env.active - 1)]
        curves = page.evaluate(
            """([known, others]) => parimutuelLine.curves(known, others).map(
                ({ at, points }) => [at, points.map((each) => parimutuelArithmetic.fixed(each, 2))])""",
            [_known(env, stage), _goods(np.sum(others, axis=0) if others else (0.0, 0.0))],
        )
        assert [at for at, _ in (curves[0], curves[60], curves[120])] == [-1, 0, 1]
        for at, shown in draw.sample(curves, 10):
            offer = (max(-at, 0) * env.endowment_q, max(at, 0) * env.endowment_r)
            traded = fixed_price_trade(env, [offer]) if stage == "FirstOffer" else market_trade(env, [offer, *others])
            assert shown == _told(env, 1.0, traded.bundles[0])[3:]


def test_scales_have_round_numbers_inside_the_range(page: Page) -> None:
    draw = random.Random("ticks")
    for _ in range(POINTS):
        low = draw.uniform(-500, 500)
        high = low + 10 ** draw.uniform(-4, 4)
        found = page.evaluate("([low, high]) => parimutuelLine.ticks(low, high)", [low, high])
        values, gap = found["values"], (high - low) * 1e-6
        assert 2 <= len(values) <= 6
        assert all(low - gap <= value <= high + gap for value in values)
        assert len({round(value, found["digits"]) for value in values}) == len(values)


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
        assert page.evaluate("parimutuelTyped.number(parimutuelArithmetic.fixed(2.5, 2))") == 2.5


def test_scripts_of_the_pages_are_small() -> None:
    """As they travel, compressed. Those of the report and of the instructions are on no page with the others."""
    of_the_subjects = [path for path in SCRIPTS.glob("*.js") if path.name not in ("report.js", "tries.js")]
    assert sum(len(gzip.compress(path.read_bytes())) for path in of_the_subjects) < 26_000


@contextmanager
def _writing(page: Page, sign: str) -> Iterator[None]:
    """The page's numbers have this sign before their decimals, for a while."""
    page.evaluate("(sign) => { parimutuelArithmetic.decimal_sign = sign; }", sign)
    yield
    page.evaluate("() => { parimutuelArithmetic.decimal_sign = '.'; }")


def _market(draw: random.Random, family: str) -> Environment:
    """A market with goods that are not alike, of a random economy."""
    endowment_q, endowment_r = draw.uniform(1, 50), draw.uniform(1, 50)
    env = _economy(draw, FAMILIES[family], draw.choice((None, 0.0)))
    return replace(
        env,
        endowment_q=endowment_q,
        endowment_r=endowment_r,
        agents=draw.randint(4, 12),
        epsilon_q=draw.uniform(0.001, 0.5) * endowment_q,
        epsilon_r=draw.uniform(0.001, 0.5) * endowment_r,
    )


def _settings(env: Environment) -> SessionSettings:
    return replace(read_settings(CONFIG), environment=env, active=env.active)


def _grid(draw: random.Random) -> tuple[OfferGrid, SessionSettings]:
    step = draw.choice([Decimal("0.1"), Decimal("0.05"), Decimal("0.25"), Decimal(1), Decimal(5), Decimal("0.001")])
    grid = OfferGrid(step, *(step * draw.randint(1, 400) for _ in "qr"))
    base = read_settings(CONFIG)
    env = replace(base.environment, endowment_q=float(grid.endowment_q), endowment_r=float(grid.endowment_r))
    return grid, replace(base, environment=env, grid=grid)


def _known(env: Environment, stage: str) -> dict[str, Any]:
    known = page_script(SeatView(_settings(env), 1, env.types[0]), stage)
    return {name: known[name] for name in ("endowment", "weights", "utility", "fixed_price", "exogenous") if name in known}


def _paid(page: Page, env: Environment, stage: str, others: tuple[float, float], offer: tuple[float, float]) -> list[str]:
    shown: list[str] = page.evaluate(
        """([known, others, offer]) => {
            const { price, held, points } = parimutuelLine.paid(known, others, offer), fixed = parimutuelArithmetic.fixed;
            return [fixed(price, 3), fixed(held.q, 2), fixed(held.r, 2), ...points.map((each) => fixed(each, 2))];
        }""",
        [_known(env, stage), _goods(others), _goods(offer)],
    )
    return shown


def _told(env: Environment, price: float, bundle: Any) -> list[str]:
    q, r = (max(float(amount), 0.0) for amount in bundle)
    points = [fixed(points_paid(env, env.types[0], state, q, r), 2) for state in env.states]
    return [fixed(price, 3), fixed(q, 2), fixed(r, 2), *points]


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
