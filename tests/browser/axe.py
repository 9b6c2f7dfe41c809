"""What axe-core objects to on a page at levels A and AA of WCAG 2.2, in light and in dark."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.sizes import sized

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERYTHING = {"type": "tag", "values": TAGS}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
RULES = {"dark": sized(small=COLOURS, full=EVERYTHING), "light": EVERYTHING}
"""The page is the same in dark but for its colours."""


def violations(page: Page) -> list[str]:
    """One line per place: the scheme, the rule, the place and what is wrong. The page is left in light."""
    found = []
    page.evaluate(Axe().axe_script)
    for scheme, rules in RULES.items():
        # without transitions, which would be measured half-way
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        options = {"runOnly": rules, "resultTypes": ["violations"]}
        against = page.evaluate("(options) => axe.run(options).then((results) => results.violations)", options)
        found += [f"{scheme}: {line}" for violation in against for line in _lines(violation)]
    return found


def _lines(violation: dict[str, Any]) -> list[str]:
    return [
        f"{violation['id']} at {' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
        for node in violation["nodes"]
    ]
