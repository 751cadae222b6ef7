"""What a page shows that no catalogue said: in the made-up language all else stands in brackets."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from html.parser import HTMLParser
from textwrap import wrap
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from babel import Locale
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from controller.capabilities.machines.kinds import kinds
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.opendata.datasets import DATASETS
from controller.capabilities.places.french_days import upcoming_holidays
from controller.kernel.database import Database
from controller.store.base import Base
from webui.live.plan_view import LETTERS

SHOWN = ("title", "aria-label", "placeholder", "alt")
AS_IT_IS = ("script", "style", "code", "kbd", "samp", "pre")
NO_PAGE = ("static", "api.", "stream.", "documentation.")
WORD = re.compile(r"\b[^\W\d_]{2,}\b")
ADDRESS = re.compile(
    r"https?://\S+|\S+@\S+|\b127\.0\.0\.1\S*|[\w.-]+\.(?:example|ics)\b|(?<!\S)/\S+"
)
SAME_EVERYWHERE = {
    *("csv", "json", "ld", "pdf", "turtle", "xlsx", "id", "cc", "by", "odbl", "licence", "ouverte"),
    *("schema", "public", "service", "impact", "standard", "mediation", "num", "numerique"),
    *("loquet", "android", "firefox", "windows", "iphone", "ipad", "macos"),
    *("english", "french", "français", "xx", "ago", "min", "sec", "zone"),
    *("gnd", "mosi", "miso", "sck", "sda", "rst", "vcc", "in"),
}
"""Formats, licences, schemas and programs; languages and times as Unicode names them; zones of
French school holidays."""


class Shown(HTMLParser):
    """All that a page lets people read, without what its catalogues said."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language: str | None = None
        self.texts: set[str] = set()
        self.said = 0
        """So many texts came from a catalogue."""
        self.links: set[str] = set()
        self._depth, self._other = 0, list[str]()
        self._now = ""
        self.feed(page)
        self._flush()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "wbr":
            return
        self._flush()
        if tag == "html":
            self.language = known["lang"]
        elif self._other or tag in AS_IT_IS or known.get("lang"):
            self._other += [tag] if tag not in _EMPTY else []
            return
        if tag == "a":
            self.links.add(known.get("href") or "")
        for name in SHOWN:
            self._read(known.get(name) or "")

    def handle_endtag(self, tag: str) -> None:
        self._flush()
        if self._other:
            self._other.pop()

    def handle_data(self, data: str) -> None:
        if not self._other:
            self._now += data

    def _flush(self) -> None:
        text, self._now = self._now, ""
        self._read(text)

    def _read(self, text: str) -> None:
        """Keep what stands outside brackets; those may enclose elements."""
        left = ""
        for sign in text:
            self.said += sign == "⟦"
            self._depth += (sign == "⟦") - (sign == "⟧")
            left += sign if not self._depth and sign != "⟧" else "\n"
        self.texts |= {" ".join(part.split()) for part in left.split("\n")} - {""}


_EMPTY = (
    "area",
    "br",
    "col",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "use",
    "path",
    "rect",
    "circle",
)


def data_of(database: Database) -> set[str]:
    """Every text that is stored; and what we ship in two languages, or name as a file does."""
    found = set[str]()
    with database.read() as db:
        for table in Base.metadata.sorted_tables:
            for row in db.execute(select(table)):
                found.update(text for cell in row for text in _texts(cell))
        names = [name for row in db.scalars(select(AccessPointRow)) for name in _texts(row.name)]
        for letters in (LETTERS, LETTERS + 3):  # in lines, as on the plan
            found.update(*(wrap(name, letters, max_lines=2, placeholder="…") for name in names))
    for named in (*(kind.name for kind in kinds()), *_holidays()):
        found |= {named.fr or "", named.en or ""}
    return found | {column for dataset in DATASETS.values() for column in dataset.header}


def _holidays() -> Iterator[Any]:
    return (holiday.name for holiday in upcoming_holidays(date(2026, 1, 1)))


def _texts(cell: Any) -> Iterator[str]:
    if isinstance(cell, str):
        yield " ".join(cell.split())
        yield from re.split(r"[,\n]", cell)  # cells of a file
    elif isinstance(cell, dict | list):
        for inner in cell.values() if isinstance(cell, dict) else cell:
            yield from _texts(inner)


def unmarked(texts: Iterable[str], data: set[str]) -> set[str]:
    """Those of which something is neither data nor of a calendar."""
    known = sorted((text for text in data if len(text) > 1), key=len, reverse=True)
    same = SAME_EVERYWHERE | _calendar()
    found = set()
    for text in {text for text in texts if len(text) > 2} - data:
        left = ADDRESS.sub(" ", text)
        for item in known:
            if item in left:
                left = re.sub(rf"(?<![^\W_]){re.escape(item)}(?![^\W_])", " ", left)
        if any(word.casefold() not in same for word in WORD.findall(left)):
            found.add(text)
    return found


def _calendar() -> set[str]:
    """Words in dates of a language of which Unicode knows nothing: in English."""
    english = Locale("en", "GB")
    return {
        word.casefold()
        for kind in (english.months, english.days, english.quarters)
        for width in kind.values()
        for names in width.values()
        for name in names.values()
        for word in WORD.findall(name)
    }


def pages_of(
    app: Flask, client: FlaskClient, start: Iterable[str], alike: int
) -> Iterator[tuple[str, Shown]]:
    """Every page that links lead to, so many of each kind."""
    waiting, known, opened = list(start), set(start), Counter[tuple[str, frozenset[str]]]()
    while waiting:
        address = waiting.pop(0)
        parts = urlsplit(address)
        try:
            endpoint, _ = app.url_map.bind("localhost").match(parts.path or "/", "GET")
        except (HTTPException, RequestRedirect):
            endpoint = ""
        kind = endpoint, frozenset(name for name, _ in parse_qsl(parts.query))
        opened[kind] += 1
        if opened[kind] > alike or endpoint.startswith(NO_PAGE) or endpoint.endswith(".static"):
            continue
        answer = client.get(address)
        if answer.mimetype != "text/html" or answer.status_code not in (200, 404):
            continue
        page = Shown(answer.get_data(as_text=True))
        yield address, page
        for link in (urlsplit(urljoin(f"http://localhost{address}", link)) for link in page.links):
            other = link._replace(scheme="", netloc="", fragment="").geturl()
            if link.netloc == "localhost" and other not in known:
                known.add(other)
                waiting.append(other)
