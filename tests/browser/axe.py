"""What axe-core has against a page at levels A and AA of WCAG 2.2, in light and in dark."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCHEMES = ("light", "dark")


def violations(page: Page) -> list[str]:
    """One line per place: the scheme, the rule, the place and what is wrong. The page is left in light."""
    found = []
    for scheme in reversed(SCHEMES):
        # without transitions, which would be measured half-way
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        results = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]})
        found += [f"{scheme}: {line}" for violation in results.response["violations"] for line in _lines(violation)]
    return found


def _lines(violation: dict[str, Any]) -> list[str]:
    return [
        f"{violation['id']} at {' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
        for node in violation["nodes"]
    ]
