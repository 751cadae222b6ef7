"""Read the accessibility test results, which `tools/accessibility.py` writes beside this file."""

from functools import cache
from pathlib import Path

import msgspec

from controller.domain.time import Utc
from controller.kernel.jsontypes import dec_hook

FILE = Path(__file__).with_name("results.json")


class CrawlResult(msgspec.Struct, frozen=True, kw_only=True):
    """The results of one crawl through all pages that a role can reach."""

    role: str
    language: str
    looks: list[str]
    """Keys of the tests that were done on each page."""
    pages: list[str]
    """Endpoints of the visited pages."""
    loaded: int
    wrong: list[str]
    """The problems that were found."""


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """The results of all crawls."""

    at: Utc
    chromium: str
    axe: str
    rules: list[str]
    crawls: list[CrawlResult]

    @property
    def pages(self) -> frozenset[str]:
        """Return the endpoints of all pages that were tested."""
        return frozenset(page for crawl in self.crawls for page in crawl.pages)

    @property
    def loaded(self) -> int:
        """How often a page was loaded."""
        return sum(crawl.loaded for crawl in self.crawls)

    @property
    def wrong(self) -> tuple[str, ...]:
        """Return all problems that were found."""
        return tuple(text for crawl in self.crawls for text in crawl.wrong)


@cache
def results() -> Results | None:
    """Return the results; None if the tests were never run."""
    if not FILE.is_file():
        return None
    return msgspec.json.decode(FILE.read_bytes(), type=Results, dec_hook=dec_hook)
