"""The examples of the instructions that readers can change: what a typed number leads to is what the mechanism does with it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from experiment.config import DEFAULTS, SessionSettings, environment_names, read_settings
from experiment.instructions.tries import fixed_tries, market_try, tries_script
from experiment.language import languages, speaking
from experiment.offers import Offer, OfferGrid
from experiment.seat import MarketSummary
from experiment.shown.numbers import fixed
from experiment.shown.result import TradeShown, inactive_trade, price_making, trade
from tests.browser.play import LAPTOP, TELEPHONE, Subject
from tests.server import Serving
from theory.mechanism import market_trade

pytestmark = [pytest.mark.browser, pytest.mark.server]

SCRIPTS = Path(__file__).parents[2] / "_static" / "parimutuel"
CONFIG = {**DEFAULTS, "participation_fee": 5, "real_world_currency_per_point": 0.1}
INPUTS = 100
SIZE_AT_MOST = 4000
SMALL = read_settings({**CONFIG, "environment": "small_market"})
OUTCOME = """([known, offers, sign]) => {
    parimutuelArithmetic.decimal_sign = sign;
    return parimutuelTries.outcome(known, offers);
}"""


@pytest.fixture(scope="module")
def scripts(chromium_of_file: Browser) -> Iterator[Page]:
    """An empty page with the scripts."""
    page = chromium_of_file.new_page()
    for script in ("arithmetic.js", "typed.js", "tries.js"):
        page.add_script_tag(path=SCRIPTS / script)
    yield page
    page.close()


@pytest.mark.parametrize("code", languages())
def test_a_trade_at_the_fixed_price_is_that_of_the_mechanism_for_a_hundred_offers(scripts: Page, code: str) -> None:
    draw = random.Random(f"fixed {code}")
    with speaking(code) as language:
        for _ in range(INPUTS):
            settings = a_market(draw)
            offer = an_offer(settings, draw)
            shown = scripts.evaluate(OUTCOME, [tries_script(settings), own(offer), language.decimal_sign])
            assert_trade(shown, inactive_trade(settings, offer)[0])


@pytest.mark.parametrize("code", languages())
def test_a_market_price_is_that_of_the_mechanism_for_a_hundred_markets(scripts: Page, code: str) -> None:
    draw = random.Random(f"market {code}")
    with speaking(code) as language:
        for _ in range(INPUTS):
            settings = a_market(draw)
            mine, *others = (an_offer(settings, draw) for _ in range(settings.active))
            offers = {
                **own(mine),
                "others_q": float(sum(Decimal(repr(each.q)) for each in others)),
                "others_r": float(sum(Decimal(repr(each.r)) for each in others)),
            }
            shown = scripts.evaluate(OUTCOME, [tries_script(settings), offers, language.decimal_sign])
            met = market_trade(settings.environment, [(each.q, each.r) for each in (mine, *others)])
            alone = market_trade(settings.environment, [(0.0, 0.0), *((each.q, each.r) for each in others)])
            making = price_making(settings, MarketSummary(met.price, met.total_q, met.total_r, None), mine, took_part=True)
            assert making is not None
            assert_trade(shown, trade(settings, mine, met.price, *(max(float(amount), 0.0) for amount in met.bundles[0])))
            assert (shown["price"], shown["total_q"], shown["total_r"]) == (making.price, making.q.total, making.r.total)
            assert shown["without"] == fixed(alone.price, tries_script(settings)["digits"]["price"])
            for good, side in (("q", making.q), ("r", making.r)):
                wanted = [float(side.bar.own), float(side.bar.participants), float(side.bar.exogenous)]
                assert [shown["bars"][f"{part}_{good}"] for part in ("own", "others", "added")] == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize("name", environment_names())
def test_the_offers_of_the_worked_examples_lead_to_their_numbers(scripts: Page, name: str) -> None:
    settings = read_settings({**CONFIG, "environment": name})
    known, example = tries_script(settings), market_try(settings).example
    for each in fixed_tries(settings):
        offer = {f"own_{each.trade.good}": float(each.trade.given)}
        assert_trade(scripts.evaluate(OUTCOME, [known, offer, "."]), each.trade)
    sides = {"q": example.making.q, "r": example.making.r}
    offers = {f"own_{good}": float(side.own or 0) for good, side in sides.items()}
    offers |= {f"others_{good}": float(side.participants) for good, side in sides.items()}
    shown = scripts.evaluate(OUTCOME, [known, offers, "."])
    assert_trade(shown, example.trade)
    assert (shown["without"], shown["total_q"]) == (example.price_without, example.making.q.total)


def test_the_script_is_small() -> None:
    assert (SCRIPTS / "tries.js").stat().st_size <= SIZE_AT_MOST


def test_readers_try_their_own_numbers(server: Serving, browser: Browser) -> None:
    subject = reader(server, browser, "First offer")
    page, env = subject.page, SMALL.environment
    of_q, of_r = page.locator("[data-try]").all()
    field = of_q.get_by_label("Your offer of good q")
    assert field.input_value() == "2.50"
    assert page.locator("[data-invitation]").first.is_visible()
    field.fill("2")
    assert of_q.locator("[data-sentence]").inner_text() == "You get 2.00 × 1.00 = 2.00 of good r."
    assert (out(of_q, "q"), out(of_q, "r"), out(of_q, "change_q")) == ("8.00", "12.00", "−2.00")
    for typed, hint in (
        ("11", "You have 10 of good q."),
        ("0.25", "Offers go in steps of 0.1."),
        ("two", "Please type a number, for example 1.0."),
    ):
        field.fill(typed)
        assert of_q.locator("[data-hint]").inner_text() == hint
        assert (out(of_q, "r"), of_q.locator("[data-sentence]").inner_text()) == ("–", "")
        assert field.get_attribute("aria-invalid") == "true"
    field.fill("")
    assert of_q.locator("[data-hint]").inner_text() == ""
    field.fill("0")
    assert of_q.locator("[data-sentence]").inner_text() == "You offer nothing, so you do not trade."
    field.press("Enter")
    assert "Instructions4" in page.url
    assert of_r.locator("[data-sentence]").inner_text() == "You get 2.50 ÷ 1.00 = 2.50 of good q."
    goes_to(subject, "Second offer")
    (market,) = page.locator("[data-try]").all()
    for label, typed in (("The others' offers of good q", "4"), ("The others' offers of good r", "3"), ("Your offer of good q", "2")):
        market.get_by_label(label).fill(typed)
    assert market.get_by_label("Your offer of good r").input_value() == "0", "an offer is of one good"
    met = market_trade(env, [(2.0, 0.0), (4.0, 0.0), (0.0, 3.0)])
    assert (out(market, "total_q"), out(market, "total_r")) == (fixed(met.total_q, 2), fixed(met.total_r, 2))
    sentence, traded = market.locator("[data-sentence]").all_inner_texts()
    assert sentence.startswith(f"The price of 1 of good q is 4.50 ÷ 7.50 = {fixed(met.price, 2)} of good r.")
    assert traded == f"You give 2.00 of good q and get 2.00 × 4.50 ÷ 7.50 = {fixed(2 * met.price, 2)} of good r."
    longer, shorter = (bar_length(market, good) for good in "qr")
    assert shorter / longer == pytest.approx(met.price, rel=0.02)
    market.get_by_label("The others' offers of good r").fill("20.1")
    assert market.locator("[data-hint]").inner_text() == "The others can offer 0 to 20 of good r."
    assert subject.complaints == []


def test_the_fields_can_be_used_on_a_telephone_and_by_everybody(server: Serving, browser: Browser) -> None:
    subject = reader(server, browser, "First offer", screen=TELEPHONE)
    for short in ("First offer", "Second offer"):
        goes_to(subject, short)
        assert subject.page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]
        for field in subject.page.locator("[data-try] input").all():
            box = field.bounding_box()
            assert box is not None
            assert box["width"] >= 48
            assert box["height"] >= 24
        subject.check_accessible()
    assert subject.complaints == []


@pytest.mark.parametrize(("config", "people"), [("small_market", 4), ("three_types", 12)])
def test_grids_of_points_are_seen_whole(server: Serving, browser: Browser, config: str, people: int) -> None:
    subject = reader(server, browser, "What your goods are worth", config=config, people=people)
    for screen in (TELEPHONE, LAPTOP):
        subject.page.set_viewport_size(screen)
        hidden = subject.page.evaluate("Array.from(document.querySelectorAll('.scroll'), (part) => part.scrollWidth - part.clientWidth)")
        assert len(hidden) == {"small_market": 4, "three_types": 9}[config]
        assert max(hidden) <= 0, screen
    assert subject.complaints == []


def test_without_scripts_the_examples_are_worked(server: Serving, browser: Browser) -> None:
    subject = reader(server, browser, "Second offer", scripts=False)
    (example,) = subject.page.locator("[data-try]").all()
    assert example.locator("input").count() == 0
    assert not example.locator("[data-invitation]").is_visible()
    tried = market_try(SMALL)
    assert example.locator("[data-sentence]").all_inner_texts() == [tried.price_sentence, tried.sentence]
    assert out(example, "q") == tried.example.trade.q


def reader(server: Serving, browser: Browser, title: str, config: str = "small_market", people: int = 4, **window: Any) -> Subject:
    """A subject on the page of the instructions with this in its title."""
    _, links = server.create_session(config, people, instructions=True, rounds=1, seed="5")
    subject = Subject.sits_down(browser, server.start_link(links[0]), **window)
    subject.goes_on()
    goes_to(subject, title)
    return subject


def goes_to(subject: Subject, title: str) -> None:
    subject.page.wait_for_load_state()
    while title.lower() not in subject.heading.lower():
        with subject.page.expect_navigation():
            subject.goes_on()
        assert "/Instructions" in subject.page.url
    subject.page.wait_for_load_state()


def out(example: Any, name: str) -> str:
    return str(example.locator(f"[data-out={name}]").inner_text())


def bar_length(example: Any, good: str) -> float:
    boxes = [example.locator(f"[data-bar={part}_{good}]").bounding_box() for part in ("own", "others", "added")]
    return float(sum(box["width"] for box in boxes))


def a_market(draw: random.Random) -> SessionSettings:
    """A session with odd endowments, exogenous offers and grid."""
    step = draw.choice([Decimal("0.1"), Decimal("0.05"), Decimal("0.25"), Decimal(1), Decimal("0.001")])
    grid = OfferGrid(step, *(step * draw.randint(1, 400) for _ in "qr"))
    endowment = {"endowment_q": float(grid.endowment_q), "endowment_r": float(grid.endowment_r)}
    epsilon = {f"epsilon_{good}": draw.uniform(0.001, 0.5) * endowment[f"endowment_{good}"] for good in "qr"}
    environment = replace(SMALL.environment, agents=draw.randint(2, 14), **endowment, **epsilon)
    return replace(SMALL, environment=environment, active=environment.active, grid=grid)


def an_offer(settings: SessionSettings, draw: random.Random) -> Offer:
    """Nothing, everything, or something, of one good."""
    good, share = draw.choice("qr"), draw.choice((0.0, 1.0, *(draw.random() for _ in range(8))))
    endowment = settings.grid.endowment_q if good == "q" else settings.grid.endowment_r
    amount = float(settings.grid.step * int(np.floor(share * float(endowment / settings.grid.step))))
    return Offer(amount, 0.0) if good == "q" else Offer(0.0, amount)


def own(offer: Offer) -> dict[str, float]:
    return {"own_q": offer.q, "own_r": offer.r}


def assert_trade(shown: dict[str, Any], wanted: TradeShown) -> None:
    names = ("given", "received", "price", "change_q", "change_r", "q", "r")
    assert {name: shown[name] for name in names} == {name: getattr(wanted, name) for name in names}
