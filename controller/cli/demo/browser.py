"""What a person does in a browser, and a program over the API, for the demo's script."""

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any

TIMEOUT_S = 10


class PageFailed(Exception):
    """A page or a call did not answer as it should; one line."""


class _Forms(HTMLParser):
    """Collects each form's action and its fields with their present values."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((values.get("action", ""), {}))
        elif tag in ("input", "button") and self.forms and "name" in values:
            self.forms[-1][1].setdefault(values["name"], values.get("value", ""))


@dataclass
class Browser:
    """Cookies, pages and forms; no JavaScript, as every page allows."""

    base: str
    _opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def get(self, path: str) -> str:
        """A page's HTML. Raises PageFailed."""
        return self._open(urllib.request.Request(self.base + path))  # noqa: S310  loopback

    def submit(self, page: str, action_ends: str, **values: str) -> str:
        """Fill in the form of a page whose action ends so, send it, and return what comes."""
        parsed = _Forms()
        parsed.feed(self.get(page))
        found = [form for form in parsed.forms if form[0].split("?")[0].endswith(action_ends)]
        if not found:
            raise PageFailed(f"{page} has no form for {action_ends}")
        action, fields = found[0]
        data = urllib.parse.urlencode({**fields, **values}).encode()
        address = urllib.parse.urljoin(self.base + page, action)
        headers = {"Referer": self.base + page}
        return self._open(urllib.request.Request(address, data, headers))  # noqa: S310

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                text: str = answer.read().decode()
                return text
        except urllib.error.HTTPError as error:
            raise PageFailed(f"{request.full_url} answered {error.code}") from error
        except OSError as error:
            raise PageFailed(f"{request.full_url} does not answer: {error}") from error


@dataclass(frozen=True, slots=True)
class Api:
    """The HTTP API with a token."""

    base: str
    token: str

    def get(self, path: str) -> Any:
        """The answer to GET /api/v1 and the path. Raises PageFailed."""
        return self.call("GET", path)

    def all(self, path: str) -> list[Any]:
        """Every item of a list, page by page."""
        items: list[Any] = []
        mark = "&" if "?" in path else "?"
        after = ""
        while True:
            answer = self.get(f"{path}{mark}limit=500{after}")
            items += answer["items"]
            if answer["next"] is None:
                return items
            after = f"&after={urllib.parse.quote(answer['next'])}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Any call; its JSON answer. Raises PageFailed with the problem's detail."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        address = f"{self.base}/api/v1{path}"
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")[:300]
            raise PageFailed(f"{method} {path} answered {error.code}: {text}") from error
        except OSError as error:
            raise PageFailed(f"{method} {path}: no answer: {error}") from error
