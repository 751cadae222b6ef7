"""Find the page addresses to measure: from the table of routes, and by following links."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

SEARCHES = ("eloise", "el mor", "Inès Vasnardsin", "nobody")
"""Texts that are entered in every search field."""
ALIKE, VARIANTS = 2, 12
"""How many addresses of one kind, and of one page with the same query fields, are measured."""
_HOST = "http://localhost"
_NO_PAGE = ("static", "api.", "stream.", "health.", "metrics.", "icons.")
"""How endpoints begin that are no pages."""


class _Links(HTMLParser):
    """Collects where a page leads: its links, filters, and searches with each of `SEARCHES`."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self._form: tuple[str, dict[str, str], list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, or the start or a field of a GET form."""
        values = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in values:
            self.addresses.append(values["href"])
        elif tag == "form" and values.get("method", "get").lower() == "get":
            self._form = (values.get("action", ""), {}, [])
        elif self._form is not None and tag == "input" and "name" in values:
            _action, hidden, typed = self._form
            if values.get("type") == "search":
                typed.append(values["name"])
            elif values.get("type") == "hidden":
                hidden[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Note the addresses of a form that is complete."""
        if tag == "form" and self._form is not None:
            action, hidden, typed = self._form
            self._form = None
            queries = [{typed[0]: search} for search in SEARCHES] if typed else [{}]
            self.addresses += (f"{action}?{urlencode(hidden | query)}" for query in queries)


def routes(app: "Flask", parameters: Mapping[str, str], without: Collection[str]) -> set[str]:
    """Return every page of the table of routes, with its parameters filled in from `parameters`."""
    return {
        re.sub("<([a-z]+)>", lambda match: parameters[match[1]], rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.arguments <= parameters.keys()
        and not rule.endpoint.startswith(_NO_PAGE)
        and not rule.rule.startswith("/s/")
        and rule.rule not in without
    }


def unreached_endpoints(app: "Flask", addresses: Iterable[str]) -> set[str]:
    """Return the endpoints of pages that none of the addresses belongs to."""
    reached_endpoints = {kind[0] for address in addresses if (kind := _kind(app, address))}
    endpoints = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(_NO_PAGE)
    }
    return {name for name in endpoints - reached_endpoints if not name.endswith(".static")}


def crawl(app: "Flask", client: "FlaskClient", begin: Iterable[str]) -> list[str]:
    """Return the pages reachable from these addresses, a few of each kind, including the start."""
    waiting = sorted(begin)
    seen, counts, addresses = set(waiting), Counter[object](), []
    start = frozenset(waiting)
    while waiting:
        address = waiting.pop(0)
        kind = _kind(app, address)
        if kind is None:
            continue
        endpoint, query = kind
        variant = (endpoint, frozenset(name for name, _ in query))
        is_enough = counts[kind] >= ALIKE or counts[variant] >= VARIANTS
        if is_enough and address not in start:
            continue
        counts.update((kind, variant))
        answer = client.get(address)
        if answer.status_code != 200:
            continue
        addresses.append(address)
        text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        for link in _links_of(address, text):
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    return sorted(addresses)


def _links_of(address: str, text: str) -> Iterator[str]:
    links = _Links()
    links.feed(text)
    for link in links.addresses:
        to = urlsplit(urljoin(f"{_HOST}{address}", link))
        if f"{to.scheme}://{to.netloc}" == _HOST:
            yield to._replace(scheme="", netloc="", fragment="").geturl().rstrip("?")


def _kind(app: "Flask", address: str) -> tuple[str, frozenset[tuple[str, str]]] | None:
    """Return the endpoint and its query; ids and numbers count as equal. None: not a page."""
    parts = urlsplit(address)
    try:
        endpoint, _ = app.url_map.bind("localhost").match(parts.path or "/", "GET")
    except (HTTPException, RequestRedirect):
        return None
    if endpoint.startswith(_NO_PAGE) or endpoint.endswith(".static"):
        return None
    query = ((n, "" if re.search(r"\d", value) else value) for n, value in parse_qsl(parts.query))
    return endpoint, frozenset(query)
