"""What is stored is what was decided: nothing is submitted and no value changes but on purpose, and the button says what it submits."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.gestures import Fingers, drags, form, may_move_the_slider, places, sits_down_with_a_telephone
from tests.browser.play import SECONDS_AT_MOST, Subject
from tests.browser.walk import page_name
from tests.server import Serving, serving
from tests.sizes import sized
from tests.spellings import MEANT

pytestmark = [pytest.mark.browser, pytest.mark.server]

FIRST = "Your type and your first offer"
FINGERS = sized(small=12, full=200)
SPELLINGS = sized(small=list(MEANT)[::8], full=list(MEANT))
ENDOWMENT = 10.0
WORDS = {
    "en": {"r": "Submit: {} of good r", "plain": "Submit my first offer", "sign": "."},
    "de": {"r": "Absenden: {} von Gut r", "plain": "Mein erstes Angebot absenden", "sign": ","},
}
TRANSLATE = """() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    while (texts.nextNode()) {
        const text = texts.currentNode, from = text.parentElement;
        if (text.data.trim() && !from.closest('[translate=no], script, style, svg')) found.push(text);
    }
    found.forEach((text) => {
        const outer = document.createElement('font'), inner = document.createElement('font');
        inner.textContent = text.data.replace(/([0-9])[.]([0-9])/g, '$1,$2').toUpperCase();
        outer.append(inner);
        text.replaceWith(outer);
    });
    return found.length;
}"""
"""What a browser's translation does to a page: each text in elements of its own, numbers and words in another language."""


def test_fingers_on_a_telephone_submit_nothing_and_move_only_the_handle(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=2, seed="5", beliefs=True)
    subjects = [sits_down_with_a_telephone(browser, server.start_link(person)) for person in people]
    moved = 0
    for place, subject in enumerate(subjects):
        _consents(subject)
        if place == 0:
            moved += _fingers_do_no_harm(subject, FINGERS)
        subject.chooses("r", "2,5")
        subject.goes_on()
    for subject in subjects:
        subject.page.wait_for_url(lambda url: "FirstOffer" not in url and "Gate" not in url)
    active = next(subject for subject in subjects if page_name(subject) == "Beliefs")
    for number, field in enumerate(active.page.locator("input[name=belief]").all()):
        field.fill("37" if number else "63")
    _fingers_do_no_harm(active, FINGERS)
    active.goes_on()
    active.arrives_at("second offer")
    active.unfolds()
    active.page.locator("#guess-q").fill("4")
    active.page.locator("#guess-r").fill("7")
    active.chooses("q", "0.4")
    moved += _fingers_do_no_harm(active, FINGERS)
    assert moved > 0, "no finger dragged the handle"
    assert [subject.complaints for subject in subjects] == [[]] * 4


@pytest.mark.parametrize("language", ["en", "de"])
def test_preview_hint_button_server_and_stored_value_agree_on_every_spelling(server: Serving, browser: Browser, language: str) -> None:
    if language == "en":
        _agrees_on_spellings(server, browser, language)
    else:
        with serving(language=language) as other:
            _agrees_on_spellings(other, browser, language)


def _agrees_on_spellings(server: Serving, browser: Browser, language: str) -> None:
    """Each spelling is typed as an offer of good r, of which there are 10, by a subject at the first offer, and submitted."""
    read = {typed: [float(number) for number in MEANT[typed] if float(number) <= ENDOWMENT] for typed in SPELLINGS}
    kept = [typed for typed, numbers in read.items() if numbers]
    code, people = server.create_session("small_market", 4 * (1 + len(kept) // 4), rounds=1)
    words, seats, stored = WORDS[language], iter(people), {}
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(1000 * SECONDS_AT_MOST)
    subject = Subject(page)
    person = _next_seat(subject, server, seats)
    for typed, numbers in read.items():
        subject.chooses("r", typed)
        hint, button, left = page.locator("#amount-hint"), page.locator(".otree-btn-next"), subject.shown("r")
        if numbers:
            (quantity,) = numbers
            said = f"{quantity:.2f}".replace(".", words["sign"]) if quantity else None
            assert (hint.inner_text(), left) == ("", [f"{ENDOWMENT - quantity:.2f}".replace(".", words["sign"])]), typed
            if said:
                assert button.inner_text() == words["r"].format(said), typed
            subject.goes_on()
            page.wait_for_url(lambda url: "FirstOffer" not in url)
            stored[person] = (typed, quantity)
            person = _next_seat(subject, server, seats)
        else:
            assert (button.inner_text(), left) == (words["plain"], ["–"]), typed
            assert bool(hint.inner_text()) == bool(typed.strip()), typed
            with page.expect_navigation():
                subject.goes_on()
            page.wait_for_load_state()
            assert page_name(subject) == "FirstOffer", typed
            page.get_by_role("alert").wait_for()
    offers = {row["participant_code"]: row for row in _exported(server, code, "custom_export")}
    for person, (typed, quantity) in stored.items():
        row = offers[person]
        assert (row["stage1_source"], float(row["stage1_q"]), float(row["stage1_r"])) == ("typed", 0.0, quantity), typed


def test_the_button_says_what_is_stored_and_nothing_while_nothing_is_chosen(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    page, button = subject.page, subject.page.locator(".otree-btn-next")
    plain = "Submit my first offer"
    assert button.inner_text() == plain
    page.locator("#amount").fill("3")
    assert button.inner_text() == plain, "no good is chosen yet"
    for good, amount, said in (
        ("q", "3", "Submit: 3.00 of good q"),
        ("r", "2,5", "Submit: 2.50 of good r"),
        ("r", "2.55", plain),
        ("r", "11", plain),
        ("q", "", plain),
        ("q", "0", "Submit: no offer"),
        ("none", "", "Submit: no offer"),
        ("q", "10", "Submit: 10.00 of good q"),
    ):
        subject.chooses(good, amount)
        assert button.inner_text() == said, (good, amount)
        assert button.get_attribute("translate") == ("yes" if said == plain else "no")
    live = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log]"
    assert not button.evaluate("(button, live) => button.matches(live) || button.closest(live) !== null", live)
    page.locator("#slider").press("ArrowRight")
    assert button.inner_text() == "Submit: 9.90 of good q"
    page.reload()
    assert button.inner_text() == "Submit: 9.90 of good q"
    subject.goes_on()
    page.locator(".otree-wait-page").wait_for()
    (row,) = [row for row in _exported(server, code, "custom_export") if row["participant_code"] == people[0]]
    assert (row["stage1_q"], row["stage1_r"]) == ("9.9", "0.0")
    assert subject.complaints == []


def test_the_bar_shows_the_offer_too(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    shown, nothing = subject.page.locator("[data-show=offer]"), "nothing chosen yet"
    expect(shown).to_have_text(nothing)
    for good, amount, said in (("q", "3", "3.00 of good q"), ("r", ".1", "0.10 of good r"), ("none", "", "no offer"), ("r", "x", nothing)):
        subject.chooses(good, amount)
        expect(shown).to_have_text(said)


def test_what_a_program_writes_into_the_fields_is_shown_before_it_is_sent(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    page, button, posts = subject.page, subject.page.locator(".otree-btn-next"), _posts(subject.page)
    subject.chooses("q", "3")
    page.evaluate("document.getElementById('amount').value = '8'")
    assert button.inner_text() == "Submit: 3.00 of good q"
    subject.goes_on()
    expect(button).to_have_text("Submit: 8.00 of good q")
    assert page.locator("#amount-hint").inner_text() == "Your offer has changed. Please check it, then submit it again."
    expect(page.locator("#amount-hint")).to_be_in_viewport()
    page.evaluate("document.querySelector('#offer input[value=none]').checked = true")
    subject.goes_on()
    expect(button).to_have_text("Submit my first offer")
    assert (posts, button.is_enabled()) == ([], True)
    subject.chooses("q", "3")
    subject.goes_on()
    page.locator(".otree-wait-page").wait_for()
    assert len(posts) == 1
    (row,) = [row for row in _exported(server, code, "custom_export") if row["participant_code"] == people[0]]
    assert row["stage1_q"] == "3.0"
    assert subject.complaints == []


def test_text_that_is_dropped_changes_no_field_and_leaves_the_page_open(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    subject.chooses("q", "3")
    page, before = subject.page, form(subject.page)
    protocol = page.context.new_cdp_session(page)
    text: dict[str, Any] = {"items": [{"mimeType": "text/plain", "data": "7"}], "dragOperationsMask": 1}
    file: dict[str, Any] = {"items": [], "files": [], "dragOperationsMask": 1}
    for target in ("#amount", "#slider", "h1"):
        box = page.locator(target).bounding_box()
        assert box
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for data in (text, file):
            for kind in ("dragEnter", "dragOver", "drop"):
                protocol.send("Input.dispatchDragEvent", {"type": kind, **at, "data": data})
    assert (form(page), page_name(subject)) == (before, "FirstOffer")
    dropped = page.evaluate(
        """() => {
            const field = document.getElementById('amount'), told = { bubbles: true, cancelable: true, dataTransfer: new DataTransfer() };
            return ['dragover', 'drop'].map((name) => field.dispatchEvent(new DragEvent(name, told)));
        }"""
    )
    assert dropped == [False, False], "a browser that would drop text is kept from it"
    assert subject.complaints == []


def test_nothing_offers_to_fill_in_a_field(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    fields = subject.page.locator("#form input:not([type=hidden])")
    assert fields.count() >= 5
    for field in fields.all():
        assert field.get_attribute("autocomplete") == "off"
        assert [field.get_attribute(name) for name in ("data-1p-ignore", "data-lpignore", "data-bwignore")] == ["true"] * 3


def test_a_page_that_the_browser_translates_keeps_its_offer(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    subject.chooses("q", "2.5")
    before = form(subject.page)
    assert subject.page.evaluate(TRANSLATE) > 50
    assert form(subject.page) == before
    assert subject.page.locator(".otree-btn-next").inner_text() == "Submit: 2.50 of good q"
    subject.page.locator("#amount").fill("3.5")
    assert subject.shown("q") == ["6.50"]
    assert subject.page.locator(".otree-btn-next").inner_text() == "Submit: 3.50 of good q"
    subject.goes_on()
    subject.page.locator(".otree-wait-page").wait_for()
    (row,) = [row for row in _exported(server, code, "custom_export") if row["participant_code"] == people[0]]
    assert row["stage1_q"] == "3.5"
    assert subject.complaints == []


def test_what_is_typed_in_one_tab_is_not_in_another_and_the_first_offer_sent_stays(server: Serving, browser: Browser) -> None:
    code, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    subject.chooses("q", "3")
    other = Subject(subject.page.context.new_page())
    other.page.set_default_timeout(1000 * SECONDS_AT_MOST)
    other.page.goto(subject.page.url)
    other.arrives_at(FIRST)
    assert other.page.locator("#offer input:checked").count() == 0
    other.chooses("r", "7")
    assert subject.page.locator(".otree-btn-next").inner_text() == "Submit: 3.00 of good q"
    subject.goes_on()
    subject.page.locator(".otree-wait-page").wait_for()
    other.goes_on()
    other.page.locator(".otree-wait-page").wait_for()
    assert page_name(other) == page_name(subject)
    (row,) = [row for row in _exported(server, code, "custom_export") if row["participant_code"] == people[0]]
    assert (row["stage1_q"], row["stage1_r"]) == ("3.0", "0.0")


def test_enter_moves_on_to_the_next_field_and_after_the_last_does_nothing(server: Serving, browser: Browser) -> None:
    _, people = server.create_session("small_market", 4, rounds=2, seed="5", beliefs=True)
    subjects = [_seated(server, browser, person) for person in people]
    _press_enter(subjects[0], ["amount", "amount"])
    for subject in subjects:
        subject.chooses("r", "2,5")
        subject.goes_on()
    for subject in subjects:
        subject.page.wait_for_url(lambda url: "FirstOffer" not in url and "Gate" not in url)
    active = next(subject for subject in subjects if page_name(subject) == "Beliefs")
    _press_enter(active, ["belief-1", "belief-2", "belief-2"])
    for number, field in enumerate(active.page.locator("input[name=belief]").all()):
        field.fill("37" if number else "63")
    active.goes_on()
    active.arrives_at("second offer")
    active.chooses("q", "1")
    _press_enter(active, ["amount", "guess-q", "guess-r", "guess-r"])
    active.page.locator("#slider").press("Enter")
    assert page_name(active) == "SecondOffer"
    assert active.complaints == []


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_button_submits_by_keys_when_it_has_the_focus(server: Serving, browser: Browser, key: str) -> None:
    _, people = server.create_session("small_market", 4, rounds=1)
    subject = _seated(server, browser, people[0])
    subject.chooses("q", "1")
    subject.page.locator(".otree-btn-next").press(key)
    subject.page.locator(".otree-wait-page").wait_for()


def _press_enter(subject: Subject, focused: list[str]) -> None:
    """Enter in the first field, and again wherever the focus is then; a key that is held down does nothing."""
    page = subject.page
    page.locator(f"#{focused[0]}").focus()
    for name in focused[1:]:
        page.evaluate("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', repeat: true, bubbles: true }))")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == name


def _fingers_do_no_harm(subject: Subject, count: int) -> int:
    """This many fingers, from anywhere and in any direction; how many moved the slider, which only a sideways drag of its handle may."""
    page, name, moved = subject.page, page_name(subject), 0
    fingers, address, posts = Fingers.on(page), page.url, _posts(page)
    for number, gesture in enumerate(drags(name, count)):
        before = form(page)
        on, at = places(page, gesture, "#slider")
        allowed = may_move_the_slider(page, gesture, at)
        fingers.scrolls(gesture, at)
        assert (page.url, posts) == (address, []), f"{name}, finger {number} from {on}: {gesture}"
        if form(page) != before:
            assert allowed, f"{name}, finger {number} from {on}: {gesture}"
            moved += 1
    return moved


def _seated(server: Serving, browser: Browser, person: str) -> Subject:
    subject = Subject.sits_down(browser, server.start_link(person))
    _consents(subject)
    return subject


def _next_seat(subject: Subject, server: Serving, people: Any) -> str:
    """The next participant of a session, in the same window, at the first offer."""
    person: str = next(people)
    subject.page.goto(server.start_link(person))
    subject.goes_on()
    subject.page.wait_for_url("**/FirstOffer/**")
    subject.page.wait_for_load_state()
    return person


def _consents(subject: Subject) -> None:
    subject.arrives_at("Welcome")
    subject.goes_on()
    subject.arrives_at(FIRST)


def _posts(page: Page) -> list[str]:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    return posts


def _exported(server: Serving, code: str, function: str) -> list[dict[str, str]]:
    text = server.rest(f"/api/export_app_custom?app=parimutuel_twostage&function_name={function}&session_code={code}")
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
