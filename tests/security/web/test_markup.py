"""Markup in every text that can be kept, and in whatever is asked or sent: it stays text.

Generated: pages from following links, texts from the tables, fields from what views read.
"""

import pickle
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
from flask import Request, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import TestResponse

from tests.security.web.conftest import KEPT
from tests.security.web.marked import mark
from tests.security.web.place import BOSS, Place, make, served, write
from tests.security.web.strict import MARKUP, strange
from tests.security.web.visitor import Check, Seen, Visitor
from tests.support.parsed import Parsed
from tests.support.temporary import once

pytestmark = pytest.mark.timeout(1800)  # the sites are furnished by the first that comes

LANGUAGES = ("fr", "en")
ALIKE = 2
ASIDE = ("javascript:qz()", "//evil.example/", "\\\\evil.example")
"""Addresses that lead away or run something."""


class Asked(ImmutableMultiDict[str, str]):
    """What is asked or sent, and by which name a view looks for it."""

    names: ClassVar[defaultdict[str, set[str]]] = defaultdict(set)
    where = ""

    def _note(self, key: str) -> None:
        self.names[Asked.where].add(key)

    def __getitem__(self, key: str) -> str:
        self._note(key)
        return super().__getitem__(key)

    def get(self, key: str, *rest: Any, **more: Any) -> Any:
        self._note(key)
        return super().get(key, *rest, **more)

    def getlist(self, key: str, *rest: Any, **more: Any) -> Any:
        self._note(key)
        return super().getlist(key, *rest, **more)


class Listening(Request):
    """A request that remembers what was looked for in it."""

    parameter_storage_class = Asked


def furnish(folder: Path) -> None:
    """Over the API first, then the texts that it does not take."""
    make(folder, (MARKUP, MARKUP))
    walked = folder / "walked"
    walked.mkdir()
    write(folder, walked, (MARKUP, MARKUP))
    done = mark(folder / "loquet.db")
    assert len(done) > 25, done


@dataclass(frozen=True)
class Found:
    """What who sees everything found by following links, and what each view looked for then."""

    seen: Seen
    wanted: dict[str, set[str]]


def walk(language: str, folder: Path) -> None:
    """Through every page that a link leads to; none of them has markup that came from a text."""
    with served_marked(folder) as place:
        said = list[str]()

        def check(answer: TestResponse, page: Parsed | None) -> None:
            shows_none(answer, page)
            if page is not None and "qz-evil" in "".join(page.words):
                said.append(answer.request.path)

        Asked.names.clear()
        found = visitor_of(place, language, check).walk(alike=ALIKE)
        assert len(said) > 20, "the markup is there to be seen, as text"
        wanted = {key: set(names) for key, names in Asked.names.items()}
    (folder / KEPT).write_bytes(pickle.dumps(Found(found, wanted)))


def found_in(language: str) -> Found:
    """Walked once a run."""
    folder = once(f"marked in {language}", partial(walk, language))
    found: Found = pickle.loads((folder / KEPT).read_bytes())  # noqa: S301 - our own
    return found


@contextmanager
def served_marked(folder: Path) -> Iterator[Place]:
    """A copy of the place, whose views are listened to."""
    with served(once("marked", furnish), folder) as place:
        place.app.request_class = Listening
        place.app.before_request(lambda: setattr(Asked, "where", str(request.endpoint)))
        yield place


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[Place]:
    with served_marked(tmp_path) as place:
        yield place


def visitor_of(place: Place, language: str, check: Check) -> Visitor:
    """Who sees everything."""
    visitor = place.visitor(BOSS, check)
    visitor.client.set_cookie("language", language)
    return visitor


def shows_none(answer: TestResponse, page: Parsed | None) -> None:
    """No markup but ours, and no error of ours."""
    strange(answer, page)
    assert answer.status_code < 500, answer.request.full_path


@pytest.mark.parametrize("language", LANGUAGES)
def test_markup_in_a_text_stays_text(language: str) -> None:
    assert len(found_in(language).seen.pages) > 100


def test_markup_in_a_part_of_a_page_stays_text(marked: Place) -> None:
    visitor = visitor_of(marked, "fr", shows_none)
    for address in found_in("fr").seen.pages:
        visitor.get(address, part=True)


def test_markup_that_is_sent_stays_text(marked: Place) -> None:
    """Whether it is taken and shown, or refused and kept in its field."""
    visitor = visitor_of(marked, "fr", shows_none)
    token, fields = visitor.token(), 0
    for endpoint, every in found_in("fr").seen.forms.items():
        if endpoint.startswith(("signin.", "theme.", "language.", "me.end_session")):
            continue
        for _, form in every[:1]:
            typed = form.typed(MARKUP)
            fields += len(typed)
            answer, _page = visitor.send(form.action, form.fields() | typed | {"csrf_token": token})
            if answer.status_code == 303:
                visitor.get(answer.headers["Location"])
            if marked.watch.has_moved():
                marked.watch.put_back()
    assert fields > 20


def test_markup_that_is_asked_for_stays_text(marked: Place) -> None:
    """In each question that a page's view looks for, and in the path."""
    visitor, found = visitor_of(marked, "en", shows_none), found_in("en")
    assert sum(map(len, found.wanted.values())) > 15, found.wanted
    for number, (path, names) in enumerate(one_of_each(visitor, found)):
        for words in (MARKUP, ASIDE[number % len(ASIDE)]):
            visitor.get(f"{path}?{urlencode(dict.fromkeys(names, words))}")
        visitor.get(f"{path}?{urlencode(dict.fromkeys(names, MARKUP))}", part=True)
    for rule in visitor.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and "<" in rule.rule and "static" not in rule.endpoint:
            built = rule.build(dict.fromkeys(rule.arguments, MARKUP), append_unknown=False)
            assert built is not None
            visitor.get(built[1])


def one_of_each(visitor: Visitor, found: Found) -> Iterator[tuple[str, set[str]]]:
    """The path of one page of each kind, and what its view looks for."""
    done = set[str]()
    for address in found.seen.pages:
        kind = visitor.kind_of(address)
        if kind is not None and kind[0] not in done and found.wanted.get(kind[0]):
            done.add(kind[0])
            yield address.partition("?")[0], found.wanted[kind[0]]


@pytest.mark.parametrize("words", [MARKUP, *ASIDE])
def test_a_stranger_is_shown_no_markup_and_led_nowhere(marked: Place, words: str) -> None:
    visitor = Visitor(marked.app, marked.app.test_client(), strange)
    for path in ("/sign-in", f"/{words}", "/nothing"):
        visitor.get(f"{path}?{urlencode({'next': words, 'login': words})}")
    token = visitor.token()
    for path in ("/sign-in", "/language", "/theme"):
        sent = {"next": words, "login": words, "password": "x", "csrf_token": token}
        answer, _page = visitor.send(path, sent | {"language": words, "theme": words})
        assert answer.headers.get("Location", "/").startswith("/")
        assert "evil" not in answer.headers.get("Location", "")
