"""Pages and server read the same number from a field and query the same spellings, over one list of them."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from experiment.beliefs import Belief, InvalidBelief
from experiment.offers import InvalidOffer, OfferGrid
from experiment.typed_numbers import BLANKS, in_thousands, number, unmistakable
from tests.spellings import MEANT, SPELLINGS, drawn

pytestmark = pytest.mark.browser

SCRIPTS = Path(__file__).parents[2] / "_static" / "parimutuel"
GRIDS = (
    OfferGrid(Decimal("0.1"), Decimal(10), Decimal(25)),
    OfferGrid(Decimal("0.1"), Decimal(2000), Decimal(6000)),
    OfferGrid(Decimal("0.001"), Decimal("1500.5"), Decimal(3)),
    OfferGrid(Decimal(500), Decimal(2000), Decimal(7500)),
    OfferGrid(Decimal("1e-7"), Decimal("0.001"), Decimal("0.5")),
)
TEXTS = [*SPELLINGS, *drawn("browser", 3000)]
KINDS = {
    "as a number from": "number_wanted",
    "can mean either": "ask_back",
    "so you cannot offer": "have",
    "Offers go in steps of": "steps",
}


@pytest.fixture(scope="module")
def page(chromium_of_file: Browser) -> Page:
    page = chromium_of_file.new_page()
    page.add_script_tag(path=SCRIPTS / "typed.js")
    return page


def test_the_blanks_that_a_browser_trims_are_those_that_the_server_strips(page: Page) -> None:
    trimmed = page.evaluate(
        "() => Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter((sign) => sign.trim() === '').join('')"
    )
    assert sorted(trimmed) == sorted(BLANKS)


def test_a_page_reads_what_a_spelling_can_mean_and_no_other_number(page: Page) -> None:
    typed = list(MEANT)
    for most in (10, 2000):
        read = page.evaluate("([texts, most]) => texts.map((text) => parimutuelTyped.offered(text, most, 0.1))", [typed, most])
        for text, found in zip(typed, read, strict=True):
            possible = [float(number) for number in MEANT[text] if float(number) <= most]
            if len(possible) == 1:
                assert found == {"quantity": possible[0]}, text
            else:
                assert found["problem"] == ("ask_back" if possible else "have" if MEANT[text] else "number_wanted"), text


def test_numbers_are_read_alike(page: Page) -> None:
    read = page.evaluate("(texts) => texts.map((text) => [parimutuelTyped.number(text), parimutuelTyped.inThousands(text)])", TEXTS)
    for text, (found, meant) in zip(TEXTS, read, strict=True):
        assert (found, meant) == (_float(number(text)), _float(in_thousands(text))), repr(text)


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: f"{grid.endowment_q} and {grid.endowment_r} in {grid.step}")
def test_offers_are_read_refused_and_asked_back_alike(page: Page, grid: OfferGrid) -> None:
    seen = set()
    for good, endowment in (("q", grid.endowment_q), ("r", grid.endowment_r)):
        limits = [float(endowment), float(grid.step)]
        edges = [str(endowment), str(endowment + grid.step), f"{endowment / 2:f}", f"{grid.step:f}", f"{grid.step / 2:f}"]
        read = page.evaluate(
            "([texts, limits]) => texts.map((text) => parimutuelTyped.offered(text, ...limits))", [[*TEXTS, *edges], limits]
        )
        for text, found in zip([*TEXTS, *edges], read, strict=True):
            expected = _server(grid, good, text)
            assert found == expected, (good, text)
            seen.add(next(iter(expected)) if "quantity" in expected else expected["problem"])
    assert seen >= {"quantity", "number_wanted", "have"}
    assert "ask_back" in seen or max(grid.endowment_q, grid.endowment_r) < 100


def test_a_number_is_written_unmistakably_alike(page: Page) -> None:
    draw = random.Random("unmistakable")
    numbers = [*(draw.randrange(10**6) / 1000 for _ in range(300)), *(draw.randrange(10**4) / 10 for _ in range(100)), 0.125, 1500.0, 0.1]
    written = page.evaluate("(numbers) => numbers.map((each) => parimutuelTyped.unmistakable(String(each)))", numbers)
    assert written == [unmistakable(each) for each in numbers]


def test_a_belief_is_read_alike(page: Page) -> None:
    """``belief.js`` on a page of its own, with the names of its sentences in their place."""
    beliefs = [(text, "60") for text in TEXTS] + [(f"{around}40{blank}%{blank}", "60") for blank in BLANKS for around in ("", blank)]
    beliefs += [("４０％", "٦٠٪"), ("۴۰ %", "60"), ("٤٠", "۶۰"), ("40٪٪", "60"), ("４０", "60")]
    beliefs += [("50", "50"), ("100", "0"), ("101", "0"), ("40%", "60 %"), ("40%%", "60"), ("040", "60"), ("0040", "60"), ("", "100")]
    assert page.context.browser
    other = page.context.browser.new_page()
    other.set_content('<div id="belief"><input name="belief"><input name="belief"></div><p id="belief-sum"></p>')
    other.evaluate("() => { window.js_vars = { words: { number: 'number', whole: 'whole', sum: 'sum' } }; }")
    other.add_script_tag(path=SCRIPTS / "typed.js")
    other.add_script_tag(path=SCRIPTS / "belief.js")
    said = other.evaluate(
        """(beliefs) => beliefs.map((typed) => {
            const inputs = Array.from(document.querySelectorAll('input'));
            inputs.forEach((input, place) => { input.value = typed[place]; });
            inputs[0].dispatchEvent(new Event('input'));
            return [inputs.map((input) => input.value), document.getElementById('belief-sum').textContent];
        })""",
        beliefs,
    )
    other.close()
    for posted, told in said:
        assert (told == "whole") == _is_belief(posted), posted


def _is_belief(posted: list[str]) -> bool:
    try:
        Belief.parse(",".join(text.replace(",", ".") for text in posted), len(posted))
    except InvalidBelief:
        return False
    return True


def _server(grid: OfferGrid, good: str, text: str) -> dict[str, Any]:
    try:
        offer = grid.parse(good, text)
    except InvalidOffer as refused:
        return {"problem": next(kind for words, kind in KINDS.items() if words in str(refused))}
    return {"quantity": offer.q + offer.r}


def _float(read: Decimal | None) -> float | None:
    return None if read is None else float(read)
