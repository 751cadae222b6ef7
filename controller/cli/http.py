"""Call the controller over HTTP: its API, and its pages like a browser without JavaScript."""

import json
import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPSHandler, OpenerDirector, Request, build_opener

TIMEOUT_S = 30.0
"""Time limit in seconds for a request."""
_LOCAL = {("http", "127.0.0.1"), ("http", "localhost"), ("http", "::1")}


class HttpFailed(Exception):
    """Raised when a request was refused or not answered; its text is one line."""


def check_base(base: str) -> None:
    """Raise HttpFailed for an address to which a token would be sent unencrypted."""
    parts = urlsplit(base)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) not in _LOCAL:
        raise HttpFailed(f"{base}: https is needed, or http on this computer")


@dataclass(frozen=True, slots=True)
class Api:
    """A client of the API at an address, with a token.

    Its methods raise HttpFailed, as does http to another computer.
    """

    base: str
    token: str = field(repr=False)
    trust: ssl.SSLContext | None = None
    """Which authorities are trusted; None: those of this computer."""

    def __post_init__(self) -> None:
        check_base(self.base)

    def get(self, path: str) -> Any:
        """Return the JSON answer to GET of a path below /api/v1."""
        return self.call("GET", path)

    def all(self, path: str) -> list[Any]:
        """Return every item of a list, page by page."""
        items: list[Any] = []
        mark = "&" if "?" in path else "?"
        after = ""
        while True:
            answer = self.get(f"{path}{mark}limit=500{after}")
            items += answer["items"]
            if answer["next"] is None:
                return items
            after = f"&after={quote(answer['next'])}"

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call the API; returns the JSON answer, or None if it is empty."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = Request(f"{self.base}/api/v1{path}", data, headers, method=method)  # noqa: S310
        opener = build_opener(*([HTTPSHandler(context=self.trust)] if self.trust else []))
        return json.loads(_answer(opener, request) or b"null")


@dataclass
class Browser:
    """A browser with cookies and forms, but without JavaScript, which no page requires.

    Its methods raise HttpFailed.
    """

    base: str
    _opener: OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        """Return a page's HTML."""
        return _answer(self._opener, Request(self.base + path)).decode()  # noqa: S310  http(s)

    def submit(self, page: str, action_ends: str, **values: str) -> str:
        """Submit the form of a page whose action ends like this, and return the answer."""
        parsed = _Forms()
        parsed.feed(self.get(page))
        matching = [form for form in parsed.forms if form[0].split("?")[0].endswith(action_ends)]
        if not matching:
            raise HttpFailed(f"{page} has no form for {action_ends}")
        action, fields = matching[0]
        data = urlencode({**fields, **values}).encode()
        address = urljoin(self.base + page, action)
        request = Request(address, data, {"Referer": self.base + page})  # noqa: S310  http(s)
        return _answer(self._opener, request).decode()


class _Forms(HTMLParser):
    """Collects each form's action, and its fields with their current values."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((values.get("action", ""), {}))
        elif tag in ("input", "button") and self.forms and "name" in values:
            self.forms[-1][1].setdefault(values["name"], values.get("value", ""))


def _answer(opener: OpenerDirector, request: Request) -> bytes:
    call = f"{request.get_method()} {request.full_url}"
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            body: bytes = answer.read()
            return body
    except HTTPError as error:
        with error:
            raise HttpFailed(f"{call}: {problem_text(error.read(), error.code)}") from error
    except OSError as error:
        raise HttpFailed(f"{call}: {certificate_advice(error) or f'no answer: {error}'}") from error


def certificate_advice(error: OSError) -> str | None:
    """Return what to do about a server's untrusted certificate; None for another error."""
    reason = getattr(error, "reason", error)
    if not isinstance(reason, ssl.SSLCertVerificationError):
        return None
    return (
        f"its certificate is not known here ({reason.verify_message}); name the place's authority"
        " with --ca FILE: http://…/trust gives it"
    )


def problem_text(body: bytes, status: int) -> str:
    """Return the text of a problem document (RFC 9457) with its fields, else the status."""
    try:
        problem = json.loads(body)
        text = str(problem.get("detail") or problem["title"])
        return f"{text} {json.dumps(problem['errors'])}" if "errors" in problem else text
    except (ValueError, KeyError, AttributeError):
        return f"answered {status}"
