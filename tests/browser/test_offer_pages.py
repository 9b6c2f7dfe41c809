"""The offer pages as they are served, for goods that are not alike: slider, preview, calculator and picture, and their log."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Route
from playwright.sync_api import TimeoutError as Late

from experiment.config import SessionSettings, read_settings
from experiment.offers import OfferGrid
from experiment.rounds import points_paid
from experiment.shown.numbers import digits, fixed
from tests.app.played import copy_project
from tests.browser.play import SECONDS_AT_MOST, Subject
from tests.server import Serving, public_folder, serving
from theory.mechanism import fixed_price_trade, market_trade

pytestmark = [pytest.mark.browser, pytest.mark.server]

OFFERS = 100
THOUSANDS = """
name = "thousands"
description = "Endowments in thousands."
[states]
prior = { low = 0.5, high = 0.5 }
[types]
names = ["blue", "green"]
[likelihood]
low  = { blue = 0.7, green = 0.3 }
high = { blue = 0.3, green = 0.7 }
[endowment]
q = 2000.0
r = 6000.0
[utility]
family = "cobb-douglas-log"
scale = 80.0
shift = -500.0
floor = 0.0
[utility.weight]
blue  = { low = 0.15, high = 0.5 }
green = { low = 0.5, high = 0.85 }
[mechanism]
agents = 4
inactive_share = "1/4"
epsilon = { q = 10.0, r = 10.0 }
"""
ASKED = "Please type 1500 or 1.5, because 1,500 can mean either."
GUESS = {"q": 4.2, "r": 31.0}
MOVE = """(places) => places.map((place) => {
    const slider = document.getElementById('slider'), numbers = (nodes) => Array.from(nodes, (node) => node.textContent);
    slider.value = place;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    const shown = (name) => numbers(document.querySelectorAll('[data-show=' + name + ']'));
    const dots = Array.from(document.querySelectorAll('#picture circle'),
        (dot) => ['cx', 'cy'].map((name) => parseFloat(dot.getAttribute(name))));
    return {
        good: document.querySelector('#offer input[type=radio]:checked').value,
        amount: document.getElementById('amount').value,
        price: shown('price'), bundle: [...shown('q'), ...shown('r')], points: shown('points'),
        legend: numbers(document.querySelectorAll('[data-now]')), dots,
    };
})"""
SCALE = """() => Array.from(document.querySelectorAll('#picture [data-part=scale] text'),
    (label) => [Number(label.textContent.replace('−', '-').replace(',', '.')), parseFloat(label.getAttribute('y'))])"""


@pytest.fixture(scope="module")
def uneven() -> Iterator[tuple[Serving, SessionSettings]]:
    """The project with a small market in which there is more of good r than of good q."""
    folder = public_folder()
    copy_project(folder)
    file = folder / "environments" / "small_market.toml"
    file.write_text(file.read_text().replace("r = 10.0\n", "r = 25.0\n"))
    (folder / "environments" / "thousands.toml").write_text(THOUSANDS)
    config = {"environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1}
    settings = read_settings(config, environments=folder / "environments")
    try:
        with serving(project=folder) as server:
            yield server, settings
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_slider_preview_calculator_and_picture_show_what_the_mechanism_gives(
    uneven: tuple[Serving, SessionSettings], browser: Browser
) -> None:
    server, settings = uneven
    env, draw = settings.environment, random.Random("pages")
    _, people = server.create_session("small_market", 4, rounds=1, seed="5")
    subjects = [_seated(server, browser, person) for person in people]
    known = subjects[0].page.evaluate("js_vars")
    for moved, offer in _moves(subjects[0], settings.grid, draw):
        trade = fixed_price_trade(env, [offer])
        _shows(moved, settings, known["type"], None, trade.bundles[0])
    _picture_is_to_scale(subjects[0])
    for subject in subjects:
        subject.chooses("q", "3")
        subject.goes_on()
    active = next(subject for subject in subjects if _is_asked_again(subject))
    assert active.page.locator("#picture").is_hidden()
    for good, guess in GUESS.items():
        active.page.locator(f"#guess-{good}").fill(str(guess))
    known = active.page.evaluate("js_vars")
    others = [(GUESS["q"], 0.0), (0.0, GUESS["r"])]
    for moved, offer in _moves(active, settings.grid, draw):
        trade = market_trade(env, [offer, *others])
        _shows(moved, settings, known["type"], trade.price, trade.bundles[0])
    _picture_is_to_scale(active)
    assert [subject.complaints for subject in subjects] == [[]] * 4


def test_keys_move_by_one_step_of_the_grid_on_both_sides_of_nothing(uneven: tuple[Serving, SessionSettings], browser: Browser) -> None:
    server, _ = uneven
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    slider = subject.page.locator("#slider")
    pressed = ["ArrowLeft", "ArrowLeft", "ArrowRight", "PageDown", "Home", "ArrowUp", "End", "ArrowDown", "PageUp", "PageDown"]
    expected = ["q 0.1", "q 0.2", "q 0.1", "q 1.1", "q 10.0", "q 9.9", "r 25.0", "r 24.9", "r 25.0", "r 24.0"]
    for key, (good, amount) in zip(pressed, map(str.split, expected), strict=True):
        slider.press(key)
        assert subject.page.evaluate("document.querySelector('#offer input[type=radio]:checked').value") == good
        assert subject.page.locator("#amount").input_value() == amount
    assert slider.get_attribute("aria-valuetext") == "offer 24 of good r"
    subject.chooses("q", "5")
    box = slider.bounding_box()
    assert box is not None
    assert subject.page.evaluate("[slider.value, slider.min, slider.max].map(Number)") == [-125, -250, 250]
    subject.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert subject.page.locator("#amount").input_value() == "5", "a click beside the handle"
    assert subject.complaints == []


def test_what_was_used_is_exported(uneven: tuple[Serving, SessionSettings], browser: Browser) -> None:
    server, _ = uneven
    code, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    subject.page.locator("#slider").press("ArrowRight")
    subject.chooses("q", "much")
    subject.page.locator("#amount").fill("2,5")
    subject.goes_on()
    subject.page.locator(".otree-wait-page").wait_for()
    exported = server.rest(f"/api/export_app_custom?app=parimutuel_twostage&function_name=custom_export_events&session_code={code}")
    rows = list(csv.DictReader(io.StringIO(exported.lstrip("\ufeff"))))
    assert {(row["session_code"], row["participant_code"], row["stage"]) for row in rows} == {(code, people[0], "1")}
    used = [(row["what"], row["value"]) for row in rows]
    assert used[:5] == [("shown", ""), ("input", "keyboard"), ("slider", "0.1"), ("input", "mouse"), ("good", "q")]
    assert used[5:] in (
        [("input", "keyboard"), *before, ("amount", "2.5"), ("changed", "keyboard"), ("submitted", "mouse")]
        for before in ([], [("amount", "")])
    ), "of what follows at once, only the last value is kept"
    times = [int(row["time_ms"]) for row in rows]
    assert times == sorted(times)


def test_an_amount_that_may_be_in_thousands_is_asked_back_before_and_after_it_is_sent(
    uneven: tuple[Serving, SessionSettings],
    browser: Browser,
) -> None:
    server, _ = uneven
    _, people = server.create_session("small_market", 4, rounds=1, environment="thousands")
    subject = _seated(server, browser, people[0])
    subject.chooses("r", "1,500")
    assert subject.page.locator("#amount-hint").inner_text() == ASKED
    assert subject.shown("q") == ["–"]
    subject.goes_on()
    assert subject.is_told().inner_text() == ASKED
    subject.chooses("r", "\ufeff1500\u00a0")
    assert subject.page.locator("#amount-hint").inner_text() == ""
    subject.goes_on()
    subject.page.locator(".otree-wait-page").wait_for()
    assert subject.complaints == []


def test_nobody_arrives_at_a_page_before_its_scripts_have_run(uneven: tuple[Serving, SessionSettings], browser: Browser) -> None:
    server, _ = uneven
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    subject.arrives_at("Welcome")
    held: list[Route] = []
    subject.page.route("**/parimutuel/offer.js", lambda route: held.append(route))
    subject.goes_on()
    subject.page.locator("h1", has_text="Your type and your first offer").wait_for()
    subject.page.set_default_timeout(1000)
    with pytest.raises(Late):
        subject.arrives_at("Your type and your first offer")
    (script,) = held
    script.continue_()
    subject.page.set_default_timeout(1000 * SECONDS_AT_MOST)
    subject.arrives_at("Your type and your first offer")
    subject.page.locator("#slider").press("ArrowRight")
    assert [event["what"] for event in json.loads(subject.page.locator("#events").input_value())] == ["shown", "input", "slider", "changed"]


def _seated(server: Serving, browser: Browser, person: str) -> Subject:
    subject = Subject.sits_down(browser, server.start_link(person))
    subject.arrives_at("Welcome")
    subject.goes_on()
    subject.arrives_at("Your type and your first offer")
    return subject


def _is_asked_again(subject: Subject) -> bool:
    subject.arrives_at("second offer", "inactive")
    return "inactive" not in subject.heading


def _moves(subject: Subject, grid: OfferGrid, draw: random.Random) -> Iterator[tuple[dict[str, Any], tuple[float, float]]]:
    """Move the slider to its ends, its middle and other places; what the page then shows, and the offer that the server would read."""
    places = [-250, 0, 250, *(draw.randint(-250, 250) for _ in range(OFFERS - 3))]
    for place, moved in zip(places, subject.page.evaluate(MOVE, places), strict=True):
        offer = grid.parse(moved["good"], moved["amount"])
        share = Decimal(place) / 250
        wanted = share * (grid.endowment_q if place < 0 else grid.endowment_r)
        assert abs(Decimal(repr(offer.signed)) - wanted) <= grid.step / 2
        yield moved, (offer.q, offer.r)


def _shows(moved: dict[str, Any], settings: SessionSettings, own: str, price: float | None, bundle: Any) -> None:
    env = settings.environment
    q, r = (max(float(amount), 0.0) for amount in bundle)
    points = [fixed(points_paid(env, own, state, q, r), 2) for state in env.states]
    assert moved["price"] == ([] if price is None else [fixed(price, digits(settings).price)])
    assert moved["bundle"] == [fixed(q, 2), fixed(r, 2)]
    assert moved["points"] == moved["legend"] == points
    assert len(moved["dots"]) == len(points)


def _picture_is_to_scale(subject: Subject) -> None:
    """The dots lie where the scale's labels say that their points are, and on the lines."""
    (low, bottom), *_, (high, top) = subject.page.evaluate(SCALE)
    for place in (-200, -30, 60, 222):
        (moved,) = subject.page.evaluate(MOVE, [place])
        for text, (across, down) in zip(moved["points"], moved["dots"], strict=True):
            height = bottom + (float(text) - low) / (high - low) * (top - bottom)
            assert abs(down - height) < 0.1
            assert abs(across - 50 * (1 + place / 250)) < 0.3
    lines = subject.page.locator("#picture polyline").evaluate_all("(lines) => lines.map((line) => line.getAttribute('points'))")
    for line, (across, down) in zip(lines, moved["dots"], strict=True):
        points = [tuple(map(float, pair.split(","))) for pair in line.split()]
        nearest = min(points, key=lambda point: abs(point[0] - across))
        assert abs(nearest[1] - down) < 6
