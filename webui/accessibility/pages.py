"""The accessibility statement that RGAA 4.1 requires, generated from the test results."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.jsontypes import dec_hook
from webui.context import context
from webui.feature import Page, Pages
from webui.guard import current_site
from webui.i18n import _, name_of, plural
from webui.i18n.dates import format_day

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


pages = Pages("accessibility", __name__)
PAGES = "pages"
"""Key in Flask's extensions under which the application keeps the list of all its pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The variable parts of the accessibility statement."""

    place: str
    day: str
    tried: tuple[tuple[str, str], ...]
    """Each kind of test, and on how many pages it was done."""
    tools: str
    pages: str
    untested: tuple[str, ...]
    """Addresses of pages that are newer than the tests, or that no link led to."""
    wrong: tuple[str, ...]
    """The problems that the tests found."""


@pages.get("/accessibility", None)
def show() -> ResponseReturnValue:
    """Show the statement to everybody, signed in or not."""
    tested = results()
    view = statement(tested) if tested else None
    return render_template("accessibility/statement.html", page=view)


def statement(results: Results) -> Statement:
    """Return the statement from the test results."""
    all_pages: list[Page] = current_app.extensions[PAGES]
    shown = {page.rule: page.endpoint for page in all_pages if _is_read(page)}
    tested_pages = results.pages
    return Statement(
        place=context().settings.site.name,
        day=format_day(results.at.astimezone(_zone()).date(), "long"),
        tried=tuple(_crawl_texts(results)),
        tools=_(
            "axe-core %(axe)s in Chromium %(chromium)s", axe=results.axe, chromium=results.chromium
        ),
        pages=plural("%(n)s page", "%(n)s pages", len(tested_pages)),
        untested=tuple(rule for rule, endpoint in shown.items() if endpoint not in tested_pages),
        wrong=results.wrong,
    )


def _zone() -> ZoneInfo:
    site = current_site()
    return ZoneInfo(site.time_zone if site else "UTC")


def _is_read(page: Page) -> bool:
    """Return whether people read the page, rather than a program."""
    return page.method == "GET" and page.permission is not None


def _crawl_texts(results: Results) -> Iterator[tuple[str, str]]:
    for look, text in _test_names().items():
        crawls = [crawl for crawl in results.crawls if look in crawl.looks]
        pages = {page for crawl in crawls for page in crawl.pages}
        if pages:
            spoken = {key for crawl in crawls for key in crawl.language.split(", ")}
            languages = sorted(name_of(Language(key)) for key in spoken)
            count = plural("%(n)s page", "%(n)s pages", len(pages))
            yield text, f"{count}, {', '.join(languages)}"


def _test_names() -> dict[str, str]:
    return {
        "axe": _("All automatic WCAG 2.2 A and AA rules of axe-core, whole page"),
        "opened": _("Menus, hints and dialogs, opened one by one, with the same rules"),
        "themes": _("Contrasts in light, dark, high contrast and forced colours"),
        "320": _("At 320 pixels wide: nothing overflows, every target is at least 44 pixels"),
        "200": _("Enlarged to 200 %: nothing overflows or is cut off"),
        "focus": _("By keyboard: the focused element is visible"),
        "motion": _("Nothing moves when the system asks for less motion"),
        "plain": _("Without JavaScript: every page is readable, every button works"),
    }
