"""The controller's HTTP API, as `loquet commission` asks it; and an access point's new events."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from controller.domain.time import Utc

_LOOK_S = 0.5
_CALL_S = 30.0


class ApiError(Exception):
    """What the controller refused, or that it does not answer: one line."""


class Api:
    """The API at an address, with a token."""

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ApiError(f"{url}: https is needed, or http on this computer")
        self._url, self._token = url, token

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer. Raises ApiError."""
        import urllib.error
        import urllib.request

        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - checked in __init__
            f"{self._url}/api/v1{path}", data, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=_CALL_S) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise ApiError(f"{path}: {_why(error.read(), error.code)}") from error
        except OSError as error:
            raise ApiError(f"{self._url} does not answer: {error}") from error


class Events:
    """The events of one access point from now on, each looked at once."""

    def __init__(self, api: Api, point: str) -> None:
        # A day back, because a Pi's clock may be wrong; not all of them, because places grow old.
        since = Utc.of(datetime.now(UTC) - timedelta(days=1)).text()
        self._api, self._path = api, f"/events?limit=500&access_point={point}&since={since}"
        self._seen = {event["event_id"] for event in self._all()}

    def wait_for(self, shows: Callable[[Mapping[str, Any]], bool], within_s: float) -> str | None:
        """The id of the first new event that shows it; None: there was none within that time."""
        end_s = time.monotonic() + within_s
        while True:
            for event in self._fresh():
                if shows(event):
                    return str(event["event_id"])
            if time.monotonic() > end_s:
                return None
            time.sleep(_LOOK_S)

    def _fresh(self) -> Iterator[dict[str, Any]]:
        """New events one by one: those after the one that shows a step are the next step's."""
        for event in self._all():
            if event["event_id"] not in self._seen:
                self._seen.add(event["event_id"])
                yield event

    def _all(self) -> Iterator[dict[str, Any]]:
        after = ""
        while True:
            page = self._api.call("GET", self._path + after)
            yield from page["items"]
            if page["next"] is None:
                return
            after = f"&after={page['next']}"


def _why(body: bytes, status: int) -> str:
    try:
        problem = json.loads(body)
        return str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, AttributeError):
        return f"the controller answered {status}"
