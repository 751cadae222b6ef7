"""Somebody without scripts who follows every link, and sees whether anything was changed."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from tests.support.parsed import Form, Parsed, parsed

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
ALIKE = 4
"""So many pages are opened of each kind: same address but for what it names, same questions."""
ASKED = 8
"""So many pages are opened of an address with one question or another: a filter is a kind each."""
ENDLESS = "/live"
"""A stream: it never ends."""
Check = Callable[[TestResponse, Parsed | None], None]


class Watch:
    """A database's file, seen from beside."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._beside = sqlite3.connect(file, isolation_level=None)
        self._kept = sqlite3.connect(":memory:")
        self._beside.backup(self._kept)
        self._version = self._now()

    def close(self) -> None:
        """Let go of the file."""
        self._beside.close()
        self._kept.close()

    def changed(self) -> list[str]:
        """What is otherwise than when it was last asked or put back: whole rows of all tables."""
        if self._now() == self._version:
            return []
        return sorted(self._before ^ set(self._beside.iterdump()))

    @cached_property
    def _before(self) -> set[str]:
        """What it was when this watch began: nobody writes there."""
        return set(self._kept.iterdump())

    def copy_to(self, file: Path) -> None:
        """All of it, as it is now."""
        with sqlite3.connect(file) as other:
            self._beside.backup(other)
        other.close()

    def has_moved(self) -> bool:
        """Whether anybody wrote since, without a look at what."""
        return self._now() != self._version

    def put_back(self) -> None:
        """As it was when this watch began."""
        if self._now() != self._version:
            self._kept.backup(self._beside)
            self._version = self._now()

    def _now(self) -> int:
        found: int = self._beside.execute("PRAGMA data_version").fetchone()[0]
        return found


class Forms(dict[str, list[tuple[str, Form]]]):
    """By the endpoint: on which page each stands, and the form."""

    def __missing__(self, endpoint: str) -> list[tuple[str, Form]]:
        """None was seen."""
        return self.setdefault(endpoint, [])


@dataclass
class Seen:
    """What somebody found by following links."""

    pages: dict[str, Parsed] = field(default_factory=dict)
    forms: Forms = field(default_factory=Forms)
    """Those that change something."""
    endpoints: set[str] = field(default_factory=set)
    sent: dict[str, list[object]] = field(default_factory=lambda: defaultdict(list))
    """By the endpoint: what tells those forms apart."""
    refused: list[str] = field(default_factory=list)
    """Addresses that a page leads to and that are not theirs to open, after that page's."""

    def actions(self) -> set[str]:
        """Where all the forms that can be sent lead."""
        return {form.action for every in self.forms.values() for _, form in every if form.is_open}


@dataclass
class Visitor:
    """A browser without scripts."""

    app: Flask
    client: FlaskClient
    check: Check = lambda _answer, _page: None
    """Asked of every answer."""

    def get(self, address: str, *, part: bool = False) -> tuple[TestResponse, Parsed | None]:
        """One page, or the part of it that htmx would ask for."""
        headers = {"HX-Request": "true"} if part else {}
        answer = self.client.get(address, headers=headers)
        return answer, self._read(answer)

    def send(
        self, action: str, fields: dict[str, Any], *, method: str = "POST", **options: Any
    ) -> tuple[TestResponse, Parsed | None]:
        """A form as it is; the token is one of its fields."""
        answer = self.client.open(action, method=method, data=fields, **options)
        return answer, self._read(answer)

    def token(self) -> str:
        """A token of this browser's session."""
        _, page = self.get("/nothing-here")
        assert page is not None
        return next(
            control.value
            for form in page.forms
            for control in form.controls
            if control.name == "csrf_token"
        )

    def walk(self, *starts: str, alike: int = ALIKE) -> Seen:
        """Follow every link from there on."""
        seen, opened = Seen(), defaultdict[object, int](int)
        waiting = [*(starts or ("/",))]
        leading = dict.fromkeys(waiting, "")
        while waiting:
            address = waiting.pop(0)
            kind = self.kind_of(address)
            if address in seen.pages or kind is None or opened[kind] >= alike:
                continue
            opened[kind] += 1
            if kind[1]:
                opened[kind[0]] += 1
                if opened[kind[0]] > ASKED:
                    continue
            answer, page = self.get(address)
            if 300 <= answer.status_code < 400:
                waiting.insert(0, answer.headers["Location"])
                leading.setdefault(waiting[0], leading[address])
            if answer.status_code == 403:
                seen.refused.append(f"{leading[address]} leads to {address}")
            if answer.status_code != 200 or page is None:
                continue
            seen.endpoints.add(kind[0])
            seen.pages[address] = page
            self._note(seen, address, page)
            for found in leads(page, address):
                waiting.append(found)
                leading.setdefault(found, address)
        return seen

    def names_something(self, form: Form) -> bool:
        """Whether its address names a thing, or a site that it is of."""
        found = self.match(urlsplit(form.action).path, form.method)
        return found is None or bool(found[1])

    def kind_of(self, address: str) -> tuple[str, frozenset[str]] | None:
        """Which page that is, and what is asked of it; None: none of ours, or one that streams."""
        parts = urlsplit(address)
        found = self.match(parts.path)
        if found is None or found[0].endswith("static") or parts.path.endswith(ENDLESS):
            return None
        return found[0], frozenset(name for name, _ in parse_qsl(parts.query))

    def match(self, path: str, method: str = "GET") -> tuple[str, Mapping[str, Any]] | None:
        """The endpoint of an address and what it names."""
        try:
            found: tuple[str, Mapping[str, Any]] = self.app.url_map.bind("localhost").match(
                path, method=method
            )
        except (HTTPException, RequestRedirect):
            return None
        return found

    def _note(self, seen: Seen, address: str, page: Parsed) -> None:
        for form in page.forms:
            if form.method in CHANGING:
                form.action = form.action or urlsplit(address).path
                found = self.match(urlsplit(form.action).path, form.method)
                assert found is not None, f"{address} has a form to {form.action}"
                if (sent := form.sent()) not in seen.sent[found[0]]:
                    seen.sent[found[0]].append(sent)
                    seen.forms[found[0]].append((address, form))

    def _read(self, answer: TestResponse) -> Parsed | None:
        is_html = answer.mimetype == "text/html"
        page = parsed(answer.get_data(as_text=True)) if is_html else None
        answer.close()
        self.check(answer, page)
        return page


def leads(page: Parsed, address: str) -> Iterator[str]:
    """Where one gets from a page: links, questions as they stand, and parts that it asks for."""
    for link in (*page.links, *page.parts):
        if link.startswith("/"):
            yield link.partition("#")[0]
        elif link.startswith("?"):
            yield urlsplit(address).path + link
    for form in page.forms:
        if form.method == "GET":
            where = form.action.partition("#")[0] or urlsplit(address).path
            names = [f"{name}={value}" for name, value in form.fields("a").items()]
            yield f"{where}?{'&'.join(names)}"
