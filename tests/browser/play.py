"""Subjects in headless Chromium: what a person does on the pages, and the rules that every page must follow."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, sync_playwright
from playwright.sync_api import TimeoutError as Late

from tests.browser.axe import violations
from tests.sizes import size, sized

PLAYWRIGHT_SWITCHES_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
    "msForceBrowserSignIn", "msEdgeUpdateLaunchServicesPreferredVersion",
)  # fmt: skip
"""Of a list of features that is given twice, Chromium reads the second only; so ours repeats Playwright's."""
SUGGESTIONS = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
"""Two pages that each window loads to show suggestions below an address bar: three quarters of the cost of a window."""
SWITCHED_OFF = (*PLAYWRIGHT_SWITCHES_OFF, *SUGGESTIONS)
CHROMIUM_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(SWITCHED_OFF)}",
)
SMALLEST = {"width": 320, "height": 568}
TELEPHONE = {"width": 375, "height": 667}
LAPTOP = {"width": 1280, "height": 800}
SCREENS = sized(small=(SMALLEST, LAPTOP), full=(SMALLEST, TELEPHONE, LAPTOP))
WIDTH_WITH_PANELS_OPEN = """() => {
    const panels = Array.from(document.querySelectorAll('details:not([open])'));
    panels.forEach((panel) => { panel.open = true; });
    const width = document.documentElement.scrollWidth;
    panels.forEach((panel) => { panel.open = false; });
    return width;
}"""
OPEN_PANELS = """() => {
    window.folded = Array.from(document.querySelectorAll('details:not([open])'));
    window.folded.forEach((panel) => { panel.open = true; });
}"""
FOLD_PANELS = "() => window.folded.forEach((panel) => { panel.open = false; })"
SECONDS_AT_MOST = 120
"""Limit of every wait: only a failing test waits this long, or one on a busy machine."""
SECONDS_FOR_FRAMES = 10
NO_FRAME = "attempting click action - waiting for element to be visible, enabled and stable"
MUTE_WEBSOCKET = """
    window.WebSocket = class {
        static CLOSING = 2;
        addEventListener() {}
        removeEventListener() {}
        send() {}
        close() {}
    };
"""


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """The machine's Chromium with a fresh profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def click(target: Locator, key: str = "Enter", seconds_for_frames: float = SECONDS_FOR_FRAMES) -> None:
    """Click on ``target``; in a window that Chromium no longer draws, press ``key`` on it instead, with a warning.

    A click waits until its target has kept its place over two drawn frames. Once in many thousand clicks a Chromium without a
    screen stops drawing a window whose page is well, and the click never comes; a key needs no frame. There, what is hidden or
    disabled is refused too, since it takes no focus, but not what is covered or moves, which only frames can tell.
    """
    _clicks(target, target.click, key, 1, seconds_for_frames)


def click_twice(target: Locator, seconds_for_frames: float = SECONDS_FOR_FRAMES) -> None:
    """A double click in the manner of `click`: where no frames are drawn, Enter twice."""
    _clicks(target, target.dblclick, "Enter", 2, seconds_for_frames)


def click_at(target: Locator) -> None:
    """Click on the middle of something that no key can press, such as words, without waiting for it to keep still."""
    target.evaluate("(element) => element.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = target.bounding_box()
    assert box is not None
    target.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def tick(choice: Locator, seconds_for_frames: float = SECONDS_FOR_FRAMES) -> None:
    """Choose a radio button by `click`."""
    click(choice, "Space", seconds_for_frames)
    assert choice.is_checked()


def picture(target: Locator) -> bytes:
    """What ``target`` looks like, without waiting for it to keep still."""
    box = target.bounding_box()
    assert box is not None
    return target.page.screenshot(clip=box)


def _clicks(target: Locator, action: Callable[..., None], key: str, times: int, seconds_for_frames: float) -> None:
    try:
        action(trial=True, timeout=1000 * seconds_for_frames)
    except Late as error:
        if _waits_for_a_frame(error):
            return _press(target, key, times, error)
    try:
        action()
    except Late as error:
        if not _waits_for_a_frame(error):
            raise
        _press(target, key, times, error)


def _waits_for_a_frame(error: Late) -> bool:
    log = " ".join(error.message.replace("(trial run)", "").replace("dblclick", "click").split())
    return log.endswith(NO_FRAME) and "detached" not in log


def _press(target: Locator, key: str, times: int, error: Late) -> None:
    target.focus()
    if not target.evaluate("(element) => element === document.activeElement"):
        raise error
    warnings.warn(f"Chromium drew no frame: {key} was pressed instead of a click on {target}", stacklevel=4)
    for _ in range(times):
        target.page.keyboard.press(key)


@dataclass
class Subject:
    """One subject's browser window. ``complaints`` collects console errors, failed scripts and pages wider than a screen, and where
    ``accessible`` is asked for (it takes a second or two a page), what axe-core finds in light and dark."""

    page: Page
    scripted: bool = True
    accessible: bool = False
    screen: Mapping[str, int] = field(default_factory=lambda: LAPTOP)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def sits_down(
        cls,
        browser: Browser,
        link: str,
        scripts: bool = True,
        websockets: bool = True,
        accessible: bool = False,
        screen: Mapping[str, int] = LAPTOP,
    ) -> Subject:
        """Open a start link in a window of one's own, if need be without JavaScript or without websockets."""
        page = browser.new_context(viewport=dict(screen), java_script_enabled=scripts).new_page()
        if not websockets:
            page.add_init_script(MUTE_WEBSOCKET)
        page.set_default_timeout(1000 * SECONDS_AT_MOST)
        subject = cls(page, scripts, accessible, screen)
        page.on("console", subject._hear)
        page.on("pageerror", lambda error: subject.complaints.append(str(error)))
        page.goto(link)
        return subject

    @property
    def heading(self) -> str:
        return self.page.locator("#_otree-title").inner_text()

    def arrives_at(self, *headings: str) -> None:
        """Wait for a page with one of these headings that can be used. It is checked where WCAG is asked for, and in a full run always: in
        a small one, walks through whole sessions check it.

        A page can be read before its scripts have run; no script notices what is done on it in between.
        """
        self._waits_for(*(self.page.locator("h1", has_text=heading) for heading in headings))
        if self.accessible or size() == "full":
            self.checks_page()

    def is_told(self, words: str = "") -> Locator:
        """Wait for a page that came back with these words about an error, and can be used; where it says so."""
        alert = self.page.get_by_role("alert").filter(has_text=words)
        self._waits_for(alert)
        return alert

    def checks_page(self) -> None:
        self.check_widths()
        if self.accessible:
            self.check_accessible()

    def check_widths(self) -> None:
        """Nothing may be wider than a telephone or a laptop, or than 320 px, which is also a laptop at 400 %."""
        for screen in SCREENS:
            self.page.set_viewport_size(dict(screen))
            width = self.page.evaluate(WIDTH_WITH_PANELS_OPEN)
            if width > screen["width"]:
                self.complaints.append(f"{self.heading} is {width} px wide on a screen of {screen['width']}")
        self.page.set_viewport_size(dict(self.screen))

    def check_accessible(self) -> None:
        """axe-core finds nothing at level A or AA, in light and in dark; and the page has a title."""
        with self._panels_open():
            self.complaints += [f"{self.heading}: {violation}" for violation in violations(self.page)]
        if not self.page.title():
            self.complaints.append(f"{self.heading} has no title")

    @contextmanager
    def _panels_open(self) -> Iterator[None]:
        """Folded panels are opened to see what is in them."""
        self.page.evaluate(OPEN_PANELS)
        yield
        self.page.evaluate(FOLD_PANELS)

    def reads_instructions(self) -> None:
        """From one page of the instructions to the next, until they are over."""
        self.page.wait_for_url(lambda url: "/Consent/" not in url)
        while "/Instructions" in self.page.url:
            self.check_widths()
            with self.page.expect_navigation():
                self.goes_on()

    def chooses(self, good: str, amount: str = "") -> None:
        tick(self.page.locator(f"input[type=radio][value={good}]"))
        if good != "none":
            self.page.locator("#amount").fill(amount)

    def unfolds(self) -> None:
        """Open the aids that are folded where there is little room."""
        self.page.evaluate("document.querySelectorAll('.fold').forEach((aid) => { aid.open = true; })")

    def shown(self, name: str) -> list[str]:
        """What the script shows under a name: ``q``, ``r``, ``price``, ``points`` (one per state) and so on."""
        return self.page.locator(f"[data-show={name}]").all_inner_texts()

    def goes_on(self) -> None:
        click(self.page.locator(".otree-btn-next"))

    def _waits_for(self, *signs: Locator) -> None:
        """Wait until one of these is seen and the page's scripts have run."""
        reduce(Locator.or_, signs).wait_for()
        self.page.wait_for_load_state()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type} on the console: {message.text}")
