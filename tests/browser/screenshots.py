"""The README's picture of a market page: ``python -m tests.browser.screenshots`` plays a market up to it and takes it anew."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.browser.play import Subject, chromium
from tests.conftest import BROWSERS
from tests.server import serving

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "second-offer.png"
SCREEN = {"width": 960, "height": 800}
FIRST_OFFERS = ["r4", "q3", "q2.5", "q3", "r4", "r3.5", "q3", "none", "r4", "r4.5", "q5", "q3"]
SEED = "5"  # leaves the first subject active


def main() -> None:
    path = next(found for found in map(shutil.which, BROWSERS) if found)
    with serving() as server, chromium(path) as browser:
        _, people = server.create_session("mixed_values", len(FIRST_OFFERS), rounds=10, seed=SEED)
        subjects = [Subject.sits_down(browser, server.start_link(person)) for person in people]
        for subject, offer in zip(subjects, FIRST_OFFERS, strict=True):
            subject.goes_on()
            subject.reads_instructions()
            subject.arrives_at("Your type and your first offer")
            subject.chooses(*_read(offer))
            subject.goes_on()
        reader = subjects[0]
        reader.arrives_at("The announcement and your second offer")
        reader.chooses("r", "4.4")
        reader.page.locator("#guess-q").fill("17")
        reader.page.locator("#guess-r").fill("15.5")
        reader.page.locator("#guess-r").blur()
        reader.page.set_viewport_size(SCREEN)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        reader.page.screenshot(path=PICTURE, full_page=True)
    print(f"{PICTURE} ({PICTURE.stat().st_size // 1000} kB)")


def _read(offer: str) -> tuple[str, str]:
    return ("none", "") if offer == "none" else (offer[0], offer[1:])


if __name__ == "__main__":
    main()
