"""What tests of accessibility share with others."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
}
ZOE = "Zoé d’Artois-Lefèvre"


def check(page: Page, rules: dict[str, Any] = RULES) -> None:
    found = Axe().run(page, options=rules)
    assert found.violations_count == 0, found.generate_report()
