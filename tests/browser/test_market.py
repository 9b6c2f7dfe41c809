"""One round of a market of four with one inactive, clicked through in headless Chromium: both branches, to the payment."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from playwright.sync_api import Browser

from experiment.config import read_settings
from experiment.rounds import points_paid
from experiment.shown.numbers import change, fixed
from tests.browser.play import Subject, picture, tick
from tests.server import Serving
from theory.mechanism import fixed_price_trade, market_trade

pytestmark = [pytest.mark.browser, pytest.mark.server]

FIRST_OFFERS = (("q", "3"), ("r", "4.5"), ("none", ""), ("q", "0.7"))
SECOND_OFFERS = (("q", "2.5"), ("r", "1.3"), ("r", "6"), ("q", "3,1"))
GUESS = {"q": "4.2", "r": "7"}
SETTINGS = read_settings({"environment": "small_market", "participation_fee": 5, "real_world_currency_per_point": 0.1})


def test_a_round_in_the_browser_shows_what_is_exported(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1, seed="5")
    subjects = _seat(browser, [server.start_link(person) for person in people])
    for subject, offer in zip(subjects, FIRST_OFFERS, strict=True):
        _consents(subject)
        _makes_first_offer(subject, offer)
    inactive = [_plays_second_stage(subject, offer) for subject, offer in zip(subjects, SECOND_OFFERS, strict=True)]
    assert sum(inactive) == 1
    for subject in subjects:
        subject.arrives_at("Result of this round")
    exported = {row["participant_code"]: row for row in _decisions(server, code)}
    for subject, person, was_inactive in zip(subjects, people, inactive, strict=True):
        _result_equals(subject, exported[person], was_inactive)
        subject.goes_on()
        subject.arrives_at("A few questions")
        subject.goes_on()
        subject.arrives_at("Your payment")
        assert "Round 1 is paid" in subject.page.locator("main").inner_text()
    assert [subject.complaints for subject in subjects] == [[]] * 4


def test_nothing_is_preselected_and_slider_and_fields_agree(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    _consents(subject)
    page, slider, amount = subject.page, subject.page.locator("#slider"), subject.page.locator("#amount")
    assert page.locator("input[type=radio]:checked").count() == 0
    assert amount.input_value() == ""
    assert set(subject.shown("points") + subject.shown("q") + subject.shown("change_q")) == {"–"}
    assert (slider.input_value(), slider.get_attribute("class")) == ("0", "untouched")
    assert _looks(subject, 0) != _looks(subject, 100), "no handle is seen before it is used"
    hollow = _looks(subject, 0)

    slider.press("ArrowRight")
    assert (_good(subject), amount.input_value()) == ("r", "0.1")
    slider.evaluate("(slider) => slider.blur()")
    assert _looks(subject, 0) != hollow, "a handle that holds a value looks like one that holds none"
    page.evaluate("document.getElementById('slider').value = 1")
    for _ in range(4):
        slider.press("ArrowLeft")
    assert (_good(subject), amount.input_value()) == ("q", "0.3")
    amount.fill("2,5")
    assert slider.input_value() == "-25"
    tick(page.locator("input[type=radio][value=r]"))
    assert slider.input_value() == "25"
    tick(page.locator("input[type=radio][value=none]"))
    assert (slider.input_value(), amount.input_value()) == ("0", "")
    slider.press("End")
    assert (_good(subject), amount.input_value()) == ("r", "10.0")
    assert subject.complaints == []


def test_a_wrong_offer_comes_back_with_one_sentence_and_as_typed(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = Subject.sits_down(browser, server.start_link(people[0]))
    _consents(subject)
    subject.chooses("q", '3.14"<b>')
    subject.goes_on()
    alert = subject.is_told()
    assert alert.inner_text().count(".") == 1
    assert (_good(subject), subject.page.locator("#amount").input_value()) == ("q", '3.14"<b>')
    subject.chooses("r", "3.14")
    subject.goes_on()
    subject.is_told("steps of 0.1")
    assert (_good(subject), subject.page.locator("#amount").input_value()) == ("r", "3.14")
    assert subject.complaints == []


def _seat(browser: Browser, links: list[str]) -> list[Subject]:
    """Four subjects; the third one's browser has no websockets, the fourth one's runs no scripts."""
    return [Subject.sits_down(browser, link, scripts=n != 3, websockets=n != 2) for n, link in enumerate(links)]


def _consents(subject: Subject) -> None:
    subject.arrives_at("Welcome")
    subject.goes_on()
    subject.reads_instructions()
    subject.arrives_at("Your type and your first offer")


def _makes_first_offer(subject: Subject, offer: tuple[str, str]) -> None:
    known = _known(subject)
    subject.chooses(*offer)
    if subject.scripted:
        env = SETTINGS.environment
        trade = fixed_price_trade(env, [_pair(offer)])
        _preview_equals(subject, known["type"], *map(float, trade.bundles[0]))
    subject.goes_on()


def _plays_second_stage(subject: Subject, offer: tuple[str, str]) -> bool:
    """Play the second step; whether this subject is inactive."""
    subject.arrives_at("second offer", "inactive")
    subject.check_widths()
    if "inactive" in subject.heading:
        assert "histogram" not in _known(subject)
        assert subject.page.locator(".chart:not(.instructions *)").count() == 0
        subject.goes_on()
        return True
    known = _known(subject)
    assert subject.page.locator("input[type=radio]:checked").count() == 0
    assert subject.page.locator(".chart:not(.instructions *) .bar").count() == len(known["histogram"])
    if subject.scripted:
        _calculator_follows_the_mechanism(subject, known, offer)
    subject.chooses(*offer)
    subject.goes_on()
    return False


def _calculator_follows_the_mechanism(subject: Subject, known: dict[str, Any], offer: tuple[str, str]) -> None:
    env = SETTINGS.environment
    assert [subject.page.locator(f"#guess-{good}").input_value() for good in "qr"] == ["", ""]
    for good, guess in GUESS.items():
        subject.page.locator(f"#guess-{good}").fill(guess)
    assert subject.shown("price") == ["–"]
    prices = set()
    for tried in (("none", ""), ("q", "5"), ("r", "9.9"), offer):
        subject.chooses(*tried)
        others = [(float(GUESS["q"]), 0.0), (0.0, float(GUESS["r"]))]
        trade = market_trade(env, [_pair(tried), *others])
        assert subject.shown("price") == [fixed(trade.price, 2)]
        _preview_equals(subject, known["type"], *map(float, trade.bundles[0]))
        prices.add(subject.shown("price")[0])
    assert len(prices) == 4, "the price must move with the subject's own offer"


def _preview_equals(subject: Subject, type_name: str, q: float, r: float) -> None:
    env = SETTINGS.environment
    assert (subject.shown("q"), subject.shown("r")) == ([fixed(q, 2)], [fixed(r, 2)])
    assert subject.shown("change_q") == [change(q - env.endowment_q, 2)]
    assert subject.shown("change_r") == [change(r - env.endowment_r, 2)]
    assert subject.shown("points") == [fixed(points_paid(env, type_name, state, q, r), 2) for state in env.states]


def _result_equals(subject: Subject, row: dict[str, str], was_inactive: bool) -> None:
    def text(identifier: str) -> str:
        return subject.page.locator(f"#{identifier}").inner_text()

    assert row["active"] == ("0" if was_inactive else "1")
    assert (text("state"), _known(subject)["type"]) == (row["state"], row["type"])
    assert text("price") == fixed(float(row["price"]), 2)
    assert (text("final-q"), text("final-r")) == (fixed(float(row["final_q"]), 2), fixed(float(row["final_r"]), 2))
    assert text("points") == fixed(float(row["points"]), 2)
    assert subject.page.locator(".history tbody tr").last.inner_text().endswith(fixed(float(row["points"]), 2))


def _decisions(server: Serving, code: str) -> list[dict[str, str]]:
    exported = server.rest(f"/api/export_app_custom?app=parimutuel_twostage&function_name=custom_export&session_code={code}")
    return list(csv.DictReader(io.StringIO(exported.lstrip("\ufeff"))))


def _known(subject: Subject) -> dict[str, Any]:
    """The data of the page's script, read from the source so that this works without scripts."""
    _, _, source = subject.page.content().partition("var js_vars = ")
    known: dict[str, Any] = json.JSONDecoder().raw_decode(source)[0]
    return known


def _good(subject: Subject) -> str | None:
    checked = subject.page.locator("input[type=radio]:checked")
    return checked.get_attribute("value") if checked.count() else None


def _looks(subject: Subject, value: int) -> bytes:
    """A picture of the slider at a value."""
    subject.page.evaluate(f"document.getElementById('slider').value = {value}")
    return picture(subject.page.locator("#slider"))


def _pair(offer: tuple[str, str]) -> tuple[float, float]:
    good, amount = offer
    quantity = float(amount.replace(",", ".")) if amount else 0.0
    return (quantity, 0.0) if good == "q" else (0.0, quantity)
