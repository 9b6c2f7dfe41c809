"""Pictures of every page a subject sees: ``make docs-screenshots`` plays a session and writes them,
and ``docs/pages.md``, which shows them.

The picture in the README is one of these pages on a screen of another size.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from experiment.config import DEFAULTS, read_settings
from serve.answers import right_answers
from tests.browser.play import LAPTOP, TELEPHONE, Subject, chromium
from tests.browser.walk import Play, offers, plays_of_quiz, walk
from tests.conftest import BROWSERS
from tests.server import serving

DOCS = Path(__file__).parent
FOLDER = DOCS / "images" / "pages"
README_PICTURE, README_PAGE, README_SCREEN = DOCS / "images" / "second-offer.png", "SecondOffer", {"width": 960, "height": 800}
SCREENS = {"laptop": LAPTOP, "telephone": TELEPHONE}
COLOURS = 64
CONFIG = "mixed_values"
MONEY = {"participation_fee": 5, "real_world_currency_per_point": 0.1}
SEED = 5
"""Leaves the first subject active."""
FIELDS: dict[str, Any] = {
    "rounds": 2, "practice_rounds": 2, "instructions": True, "quiz_attempts": 3, "beliefs": True, "seed": str(SEED),
    "completion_url": "https://recruiter.example/complete", "code_complete": "C0DE42",
}  # fmt: skip
FIRST_OFFERS = ["r4", "q3", "q2.5", "q3", "r4", "r3.5", "q3", "none", "r4", "r4.5", "q5", "q3"]
SENTENCES = {
    "Consent": "What the study is, how it is paid, and consent.",
    "Instructions1": "Instructions, with a round step by step; all numbers follow from the environment and the session config.",
    "Instructions2": "States and types, as natural frequencies.",
    "Instructions3": "What the goods are worth to each type in each state.",
    "Instructions4": "The first offer, the draw of the inactive, and trades at the fixed price, with numbers to change.",
    "Instructions5": "The announcement, with made-up offers.",
    "Instructions6": "The second offer, and how the price is formed, with numbers to change.",
    "Instructions7": "How subjects are paid.",
    "QuizStates": "The quiz: a wrong answer is explained, and the instructions can be looked up on the page.",
    "QuizDraw": "Questions on the draw and the first offer.",
    "QuizSecondOffer": "Questions on the second offer and its price.",
    "QuizPayment": "Questions on rounds and payment.",
    "QuizPassed": "After the quiz, if all answers are right.",
    "StartGate": "After practice, until everybody in the market is there.",
    "Beliefs": "Where the session asks for beliefs: how likely each state is, before the second offer.",
    "Questionnaire": "The questionnaire; answers are optional.",
    "FirstOffer": "The type and the first offer, with its result at the fixed price.",
    "DrawGate": "A wait page: it goes on by itself when all have answered.",
    "NoSecondOffer": "An inactive subject sees the trade at the fixed price, and waits for the state.",
    "SecondOffer": "The announcement and the second offer, with a calculator for guesses about the others' offers.",
    "MarketGate": "A wait page while the others make their second offers.",
    "Result": "The state, the trade, how the price was formed, and the points.",
    "Payment": "Which round was drawn for payment, and the amount.",
}


@dataclass
class Album:
    """The pages captured so far, by name: the position of each in the session, and its heading."""

    pages: dict[str, tuple[int, str]] = field(default_factory=dict)

    def takes(self, subject: Subject, name: str) -> None:
        """Take a picture of a page the first time somebody sees it, filled in as a subject might
        have done.
        """
        if name in self.pages:
            return
        page = subject.page
        self.pages[name] = int(page.url.rstrip("/").split("/")[-1]), subject.heading
        FILLED_IN.get(name, lambda _: None)(subject)
        for screen, size in SCREENS.items():
            page.set_viewport_size(size)
            _write(page.screenshot(full_page=True), FOLDER / f"{name}-{screen}.png")
        if name == README_PAGE:
            page.set_viewport_size(README_SCREEN)
            _write(page.screenshot(full_page=True), README_PICTURE)
        page.set_viewport_size(LAPTOP)

    def text(self) -> str:
        """The document that shows the pictures, in the order of the session."""
        parts = [
            "# What a subject sees",
            "Every page of a session, on a laptop and on a telephone. `make docs-screenshots` retakes the pictures.",
        ]
        for name, (_, heading) in sorted(self.pages.items(), key=lambda page: page[1]):
            parts.append(f"## {heading}\n\n`{name}`. {SENTENCES.get(name, '')}".rstrip())
            parts += [f"![{heading}, on a {screen}](images/pages/{name}-{screen}.png)" for screen in SCREENS]
        return "\n\n".join(parts) + "\n"


def main() -> None:
    path = next(found for found in map(shutil.which, BROWSERS) if found)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    album = Album()
    with serving() as server, chromium(path) as browser:
        _, people = server.create_session(CONFIG, len(FIRST_OFFERS), **FIELDS)
        subjects = [Subject.sits_down(browser, server.start_link(person)) for person in people]
        for subject in subjects:
            subject.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        settings = read_settings({**DEFAULTS, **MONEY, **FIELDS, "environment": CONFIG})
        plays = [
            {"FirstOffer": _offer(offer), **plays_of_quiz(right_answers(settings, SEED, place))}
            for place, offer in enumerate(FIRST_OFFERS, start=1)
        ]
        walk(subjects, plays, visit=album.takes)
    (DOCS / "pages.md").write_text(album.text(), encoding="utf-8")
    size = sum(picture.stat().st_size for picture in FOLDER.iterdir())
    print(f"{len(album.pages)} pages in {FOLDER} ({size // 1000} kB), {DOCS / 'pages.md'}, {README_PICTURE}")


def _offer(text: str) -> Play:
    return offers("none") if text == "none" else offers(text[0], text[1:])


def _first_offer(subject: Subject) -> None:
    subject.chooses("r", "4")


def _second_offer(subject: Subject) -> None:
    subject.chooses("r", "4.4")
    subject.page.locator("#guess-q").fill("17")
    subject.page.locator("#guess-r").fill("15.5")
    subject.page.locator("#guess-r").blur()


def _write(png: bytes, path: Path) -> None:
    """Save with few colours: a page is mostly text, so a quarter of the bytes is enough."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


FILLED_IN: dict[str, Callable[[Subject], None]] = {"FirstOffer": _first_offer, "SecondOffer": _second_offer}

if __name__ == "__main__":
    main()
