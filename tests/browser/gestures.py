"""Touches on a phone's page, by Chromium's own protocol: scrolls of many kinds from many places, taps, drags and pinches."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import cos, pi, sin, tan
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.play import SECONDS_AT_MOST, TELEPHONE, Subject

Point = tuple[float, float]
CONTROLS = "input:not([type=hidden]), textarea, label, button"
FORM = """() => Array.from(document.querySelectorAll('#form input, #form textarea, #form select'), (field) => [
    field.id || field.name + '=' + field.value,
    ['radio', 'checkbox'].includes(field.type) ? field.checked : field.value,
    field.className,
]).filter(([name]) => name !== 'events')"""
HANDLE = """() => {
    const slider = document.getElementById('slider');
    if (!slider) return null;
    const box = slider.getBoundingClientRect(), share = (slider.value - slider.min) / (slider.max - slider.min);
    return [box.left + 13 + share * (box.width - 26), box.top + box.height / 2, box.height];
}"""
"""The middle of the slider's handle in the window, and its height."""
NEAR, FLAT = 30, 45
"""What may move the slider: a finger that begins at most so many pixels beside the handle's middle, and moves at most so many degrees
from sideways. The page's own limits are narrower."""
STEEPEST = 65
"""Degrees from vertical of the flattest scroll."""


def sits_down_with_a_telephone(browser: Browser, link: str) -> Subject:
    """A subject whose screen is a telephone's, and touched."""
    context = browser.new_context(viewport=dict(TELEPHONE), has_touch=True, is_mobile=True, device_scale_factor=2)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(1000 * SECONDS_AT_MOST)
    subject = Subject(page, screen=TELEPHONE)
    page.on("pageerror", lambda error: subject.complaints.append(str(error)))
    page.goto(link)
    return subject


@dataclass
class Fingers:
    """The fingers of one page's subject. Places are in pixels of the window."""

    page: Page
    protocol: CDPSession

    @classmethod
    def on(cls, page: Page) -> Fingers:
        return cls(page, page.context.new_cdp_session(page))

    def moves(self, *paths: Sequence[Point], cancelled: bool = False) -> None:
        """One finger per path puts down at its first point and moves along; all are lifted at the end, or the touch is cancelled."""
        for place in range(max(map(len, paths))):
            at = [{"x": x, "y": y, "id": n} for n, path in enumerate(paths) for x, y in [path[min(place, len(path) - 1)]]]
            self._touch("touchMove" if place else "touchStart", at)
        self._touch("touchCancel" if cancelled else "touchEnd", [])

    def taps(self, x: float, y: float) -> None:
        self.moves([(x, y)])

    def scrolls(self, gesture: Gesture, at: Point) -> None:
        """Scroll from a place; by single events, or, if ``synthesized``, by a gesture that Chromium makes itself."""
        dx, dy = gesture.way
        if gesture.synthesized:
            whole = {"x": at[0], "y": at[1], "xDistance": dx, "yDistance": dy, "gestureSourceType": "touch", "speed": gesture.speed}
            self.protocol.send("Input.synthesizeScrollGesture", whole)
            return
        ways = [(at[0] + dx * step / gesture.steps, at[1] + dy * step / gesture.steps) for step in range(gesture.steps + 1)]
        shaken = [(x + sx, y + sy) for (x, y), (sx, sy) in zip(ways, [(0.0, 0.0), *gesture.shaking], strict=True)]
        self.moves(shaken, cancelled=gesture.cancelled)

    def _touch(self, kind: str, points: list[dict[str, float]]) -> None:
        self.protocol.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@dataclass(frozen=True)
class Gesture:
    """A scroll: how far to each side, in how many steps, and how it begins: on a control (by its number), or at a share of the window."""

    control: int | None
    share: Point
    way: Point
    steps: int
    shaking: tuple[Point, ...]
    speed: int
    synthesized: bool
    cancelled: bool


def scrolls(seed: str, count: int) -> Iterator[Gesture]:
    """Scrolls by chance: up and down, upright or slanting, long and short, slow and fast, two of three from a control."""
    draw = random.Random(seed)
    for number in range(count):
        length, steps = draw.choice([40, 120, 250, 400]) * draw.uniform(0.8, 1.2), draw.choice([2, 6, 12, 20])
        slant = draw.choice([0.0, draw.uniform(-STEEPEST, STEEPEST), draw.uniform(-20, 20)]) * pi / 180
        shake = draw.choice([0.0, 1.5])
        yield Gesture(
            control=draw.randrange(10**6) if number % 3 else None,
            share=(draw.uniform(0.02, 0.98), draw.uniform(0.02, 0.98)),
            way=(length * sin(slant), draw.choice([-1, 1]) * length * cos(slant)),
            steps=steps,
            shaking=tuple((draw.uniform(-shake, shake), draw.uniform(-shake, shake)) for _ in range(steps)),
            speed=draw.choice([300, 1200, 4000]),
            synthesized=draw.random() < 0.3,
            cancelled=draw.random() < 0.1,
        )


def drags(seed: str, count: int) -> Iterator[Gesture]:
    """Fingers by chance that scroll, swipe and drag in all directions, sideways as often as not."""
    draw = random.Random(seed)
    for gesture in scrolls(seed, count):
        length, angle = draw.uniform(40, 260), draw.choice([draw.uniform(0, 2 * pi), draw.choice([0, pi]) + draw.uniform(-0.3, 0.3)])
        yield replace(gesture, way=(length * cos(angle), length * sin(angle)))


def may_move_the_slider(page: Page, gesture: Gesture, at: Point) -> bool:
    """Whether a finger from this place drags the handle sideways, or nearly."""
    where = page.evaluate(HANDLE)
    if where is None:
        return False
    x, y, height = where
    on_it = abs(at[0] - x) <= NEAR and abs(at[1] - y) <= height / 2
    return on_it and abs(gesture.way[1]) <= abs(gesture.way[0]) * tan(FLAT * pi / 180)


def places(page: Page, gesture: Gesture, preferred: str) -> tuple[str, Point]:
    """Where a gesture begins, after the page has been scrolled to there; and on what. Every other control is a ``preferred`` one."""
    if gesture.control is None:
        page.evaluate("(share) => window.scrollTo(0, share * document.documentElement.scrollHeight)", gesture.share[0])
        return "the page", (gesture.share[0] * TELEPHONE["width"], gesture.share[1] * TELEPHONE["height"])
    chosen = page.locator(preferred if gesture.control % 2 and page.locator(preferred).count() else CONTROLS).locator("visible=true")
    control = chosen.nth(gesture.control // 2 % chosen.count())
    control.evaluate("(control) => control.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = control.bounding_box()
    assert box
    name = control.evaluate("(control) => control.outerHTML.slice(0, 60)")
    x, y = box["x"] + gesture.share[0] * box["width"], box["y"] + gesture.share[1] * box["height"]
    return name, (min(max(x, 1), TELEPHONE["width"] - 2), min(max(y, 1), TELEPHONE["height"] - 2))


def handle(page: Page) -> Point:
    """The middle of the slider's handle, as it stands in the window after scrolling there."""
    page.locator("#slider").evaluate("(slider) => slider.scrollIntoView({ block: 'center', behavior: 'instant' })")
    x, y, _ = page.evaluate(HANDLE)
    return x, y


def form(page: Page) -> Any:
    """All values in the form of a page, and its appearance."""
    return page.evaluate(FORM)
