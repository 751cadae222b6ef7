"""The results of the tests, as `tools/accessibility.py` has written them beside this file."""

from functools import cache
from pathlib import Path

import msgspec

from controller.domain.time import Utc
from controller.kernel.jsontypes import dec_hook

FILE = Path(__file__).with_name("results.json")


class CrawlResult(msgspec.Struct, frozen=True, kw_only=True):
    """One way through all that a role is shown."""

    role: str
    language: str
    looks: list[str]
    """What was asked of each page."""
    pages: list[str]
    """Endpoints."""
    loaded: int
    wrong: list[str]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    at: Utc
    chromium: str
    axe: str
    rules: list[str]
    crawls: list[CrawlResult]

    @property
    def pages(self) -> frozenset[str]:
        """Every page that was looked at."""
        return frozenset(page for crawl in self.crawls for page in crawl.pages)

    @property
    def loaded(self) -> int:
        """How often a page was loaded."""
        return sum(crawl.loaded for crawl in self.crawls)

    @property
    def wrong(self) -> tuple[str, ...]:
        """All problems that were found."""
        return tuple(text for crawl in self.crawls for text in crawl.wrong)


@cache
def results() -> Results | None:
    """Read the results; None if the tests were never run."""
    if not FILE.is_file():
        return None
    return msgspec.json.decode(FILE.read_bytes(), type=Results, dec_hook=dec_hook)
