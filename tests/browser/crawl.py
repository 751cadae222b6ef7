"""Follow every link in Chromium; each page is loaded once, and looked at in every way there."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import axe_playwright_python.base as axe
from flask import Flask, template_rendered
from jinja2 import Template, meta
from playwright.sync_api import CDPSession, Error, Page, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

COLOURS = ("color-contrast", "link-in-text-block")
RULES = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {colour: {"enabled": False} for colour in COLOURS},
}
OF_COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": list(COLOURS)}}
"""What each theme can break by itself; asked of `looks.words` only, for it takes half the time."""
ASKS = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")
AXE = axe.AXE_FILE_PATH.read_text(encoding="utf-8")
FRAME = (".rail", ".tabs")
"""The ways to all pages, around each of them."""
WIDE = (1440, 900)
SCALE = 1 / 16
"""Nobody looks at what is drawn, and it is drawn again at each width and in each theme. The page
does not know: it is laid out and coloured as ever."""
ASKED = 4
"""Kinds of one address, which differ in what is asked of it: a few filters are enough."""
NO_PAGE = ("static", "api.", "stream.", "documentation.")
Kind = tuple[str, frozenset[str], bool]


@dataclass
class Crawl:
    """One browser's way through all that it is shown."""

    app: Flask
    url: str
    page: Page
    alike: int = 1
    """So many pages of each kind are opened."""
    asked: int = ASKED
    """So many kinds of one address are opened that differ in what is asked of it."""
    languages: tuple[str, ...] = ("fr",)
    """Each kind is seen in every one of them: another page of it, or the same once more."""
    wrong: list[str] = field(default_factory=list)
    """What was found, each with its page."""
    endpoints: set[str] = field(default_factory=set)
    """Those that were opened, or are asked for by a page."""
    opened: dict[Kind, int] = field(default_factory=lambda: defaultdict(int))
    rendered: set[str] = field(default_factory=set)
    """The templates of what was opened."""
    language: str = ""
    """Of the page that is open."""
    frames: set[tuple[str, str]] = field(default_factory=set)
    """Language and kind of what opens over every page, and was looked at on one."""
    _shapes: set[str] = field(default_factory=set)
    """What stood on the pages that were asked everything; see `looks.shapes`."""
    _drawn: set[str] = field(default_factory=set)
    """How the words were drawn that axe was asked about; see `looks.words`."""
    _asked: Counter[str] = field(default_factory=Counter)
    _answers: set[Kind] = field(default_factory=set)
    """Kinds that are answers to a question in which nothing new stands: opened once."""
    _kind: Kind = ("", frozenset(), False)
    """Of the page that is open."""

    def __post_init__(self) -> None:
        """Listen to what the browser says and asks for, and to what the server draws."""
        template_rendered.connect(self._is_rendered, self.app)
        self.page.on("console", lambda said: self.note(f"console: {said.text}"))
        self.page.on("pageerror", lambda error: self.note(f"script: {error.message}"))
        self.page.on("request", lambda request: self._is_ours(request.url))

    def note(self, text: str) -> None:
        """Something is wrong here."""
        self.wrong.append(f"{urlsplit(self.page.url).path}?{urlsplit(self.page.url).query}: {text}")

    def none(self, what: str, found: list[str] | int) -> None:
        """Note what was found where there should be nothing."""
        if found:
            self.note(f"{what}: {found if isinstance(found, int) else found[:3]}")

    def follow(self, look: Callable[["Crawl", int], None], start: str = "/") -> None:
        """Open one page after the other and look at it; it is the how-manieth of its kind."""
        waiting, known, last = [start], {start}, dict[Kind, str]()
        self.resize_back()
        while waiting:
            address = waiting.pop(0)
            kind = self.kind_of(address)
            if kind is None or self._is_enough(kind):
                continue
            last[kind] = address
            for link in self._look(address, kind, look):
                if link not in known:
                    known.add(link)
                    waiting.append(link)
        for kind, address in last.items():
            while self.opened[kind] < len(self.languages) and kind not in self._answers:
                self._look(address, kind, look)

    def _is_enough(self, kind: Kind) -> bool:
        """Whether another page of that kind shows nothing new."""
        if kind[1] and not self.opened[kind]:
            self._asked[kind[0]] += 1
            if self._asked[kind[0]] > self.asked:
                return True
        return self.opened[kind] >= self.alike or kind in self._answers

    def _look(self, address: str, kind: Kind, look: Callable[["Crawl", int], None]) -> list[str]:
        """Open it, look at it, and say where it leads."""
        number = self.opened[kind]
        self.opened[kind] += 1
        self._speak(kind, number)
        answer = self._open(address, kind)
        if answer is None:
            return []
        if answer.status >= 400:
            self.note(f"a link leads here, and it answers {answer.status}")
            return []
        self.endpoints.add(kind[0])
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return []  # a file that the browser shows
        self.page.evaluate(ASKS)
        links, parts = self.ask("leads")
        self.endpoints |= {found[0] for part in parts if (found := self.kind_of(part))}
        self._kind = kind
        look(self, number)
        here = (urlsplit(link)._replace(scheme="", netloc="", fragment="") for link in links)
        return [item.geturl() for item in here]

    def _speak(self, kind: Kind, number: int) -> None:
        """Kinds begin with one language and the other in turn."""
        turn = list(self.opened).index(kind) + number
        self.language = self.languages[turn % len(self.languages)]
        self.page.context.add_cookies(
            [{"name": "language", "value": self.language, "url": self.url}]
        )

    def _open(self, address: str, kind: Kind) -> Response | None:
        """None: it is a file, which the browser keeps instead of showing it."""
        try:
            return self.page.goto(address)
        except Error as problem:
            if "Download is starting" not in problem.message:
                raise
            self.endpoints.add(kind[0])
            return None

    def resize(self, width: int, height: int = WIDE[1], scale: float = SCALE) -> None:
        """Lay the page out anew, as wide as that; it is not loaded again.

        By the protocol itself: Playwright's own way takes longer than what is then asked.
        """
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._devtools.send("Emulation.setDeviceMetricsOverride", size | {"scale": scale})

    def resize_back(self) -> None:
        """As wide as each page is loaded."""
        self.resize(*WIDE)

    @cached_property
    def _devtools(self) -> CDPSession:
        return self.page.context.new_cdp_session(self.page)

    def ask(self, what: str, *values: str) -> Any:
        """One question of looks.js."""
        return self.page.evaluate(f"values => looks.{what}(...values)", list(values))

    def is_known(self) -> bool:
        """Whether it is an answer to a question in which nothing stands that did not before.

        Without a question each page is one of its own. Asked of pages that else are asked all. The
        other language has nothing new to say there either, so its kind is not opened again.
        """
        shapes = set(self.ask("shapes"))
        has_new = bool(shapes - self._shapes)
        self._shapes |= shapes
        if not urlsplit(self.page.url).query or has_new:
            return False
        self._answers.add(self._kind)
        return True

    def axe(self, within: str = "") -> None:
        """Ask axe everything, of the whole page or of what has this id.

        The frame around it is the same on every page: it is looked at once a language.
        """
        if not self.page.evaluate("() => Boolean(window.axe?.run)"):
            self.page.evaluate(AXE)
        known = FRAME if (self.language, "frame") in self.frames else ()
        page = f"{{include: [document], exclude: {list(known)}}}"
        self._axe(f"within ? document.getElementById(within) : {page}", within, RULES)
        self.frames.add((self.language, "frame"))
        self.colours(within)

    def colours(self, within: str = "") -> None:
        """Ask axe what the theme of this moment can break, of words that are drawn as none before.

        What colours come of is all in how they are drawn, in whichever theme and on whichever page.
        """
        found = self.ask("words", within)
        new = [place for place, drawn in enumerate(found) if drawn not in self._drawn]
        if new:
            self._axe(f"{{include: looks.those({new})}}", within, OF_COLOURS)
            self._drawn |= set(found) - {""}

    def _axe(self, of: str, within: str, rules: dict[str, Any]) -> None:
        told = self.page.evaluate(f"([within, rules]) => axe.run({of}, rules)", [within, rules])
        for violation in told["violations"]:
            self.note(
                f"axe {violation['id']}: {[node['html'][:150] for node in violation['nodes']][:2]}"
            )

    def kind_of(self, address: str) -> Kind | None:
        """Which page that is, what is asked of it, and whether nothing is looked for in vain."""
        parts = urlsplit(address)
        try:
            endpoint, _ = self.app.url_map.bind("localhost").match(parts.path or "/", "GET")
        except (HTTPException, RequestRedirect):
            return None
        asked = parse_qsl(parts.query)
        if endpoint.startswith(NO_PAGE) or endpoint.endswith(".static"):
            return None
        return endpoint, frozenset(name for name, _ in asked), ("q", "zz") in asked

    def sources(self) -> list[str]:
        """The text of each template that was seen, with those that it includes."""
        env, found = self.app.jinja_env, dict[str, str]()
        waiting = set(self.rendered)
        assert env.loader is not None
        while waiting:
            name = waiting.pop()
            found[name] = env.loader.get_source(env, name)[0]
            others = meta.find_referenced_templates(env.parse(found[name]))
            waiting |= {name for name in others if name} - found.keys()
        return list(found.values())

    def _is_rendered(self, _app: Flask, template: Template, **_more: object) -> None:
        self.rendered.add(template.name or "")

    def _is_ours(self, url: str) -> None:
        own = urlsplit(self.page.url).netloc
        to = urlsplit(url)
        if to.scheme in ("http", "https") and own and to.netloc != own:
            self.note(f"asks {url}")


def themes(page: Page) -> Iterator[str]:
    """The same page in each look that it is not loaded in; it is left as it was."""
    plain = {"color_scheme": "light", "forced_colors": "none", "contrast": "no-preference"}
    for look in ({"color_scheme": "dark"}, {"forced_colors": "active"}, {"contrast": "more"}):
        page.emulate_media(**plain | look)  # type: ignore[arg-type]
        yield str(look)
    page.emulate_media(**plain)  # type: ignore[arg-type]
