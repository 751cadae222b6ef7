"""What the crawl has looked at and found, written down for the accessibility statement.

`python -m tools.accessibility` puts the parts together (`webui/accessibility`).
"""

import json
import re

from controller.kernel.database import wall_clock
from tests.browser.crawl import AXE, RULES, Crawl
from tests.support.tree import ROOT

FOLDER = ROOT / ".cache" / "accessibility"


def write_down(name: str, crawl: Crawl, *, role: str, language: str, looks: list[str]) -> None:
    """One crawl, before it is judged: what it has found wrong stands in it too."""
    browser = crawl.page.context.browser
    version = re.search(r"axe v([\d.]+)", AXE)
    part = {
        "at": wall_clock().text(),
        "role": role,
        "language": language,
        "looks": looks,
        "pages": sorted(kind[0] for kind in crawl.opened),
        "loaded": sum(crawl.opened.values()),
        "wrong": crawl.wrong,
        "chromium": browser.version if browser else "",
        "axe": version[1] if version else "",
        "rules": RULES["runOnly"]["values"],  # type: ignore[index]
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(part, indent=1), encoding="utf-8")
