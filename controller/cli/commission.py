"""`loquet commission`: tick off, at a new access point, what must be seen before it is used."""

import argparse
import getpass
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from controller.domain.time import Utc

if TYPE_CHECKING:
    from controller.cli.commission_steps import Step

EXAMPLE = "loquet commission laser-2 --url https://loquet.example.org"
_LOOK_S = 0.5
_CALL_S = 30.0


class CommissionError(Exception):
    """What stands in the way: one line."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the access point, and where the controller is."""
    parser.add_argument("point", help="the access point; it stays out of service until the end")
    parser.add_argument("--url", required=True, help="address of the controller's web server")
    parser.add_argument(
        "--no-estop", action="store_true", help="no emergency stop is wired to an input of its Pi"
    )
    parser.add_argument(
        "--wait", type=float, default=600.0, metavar="SECONDS", help="how long a step may take"
    )


def run(args: argparse.Namespace) -> int:
    """Guide through the steps; in service only when all are ticked. Raises CommissionError."""
    from controller.cli.commission_steps import steps

    api = _Api(args.url.rstrip("/"), _token())
    point, _ = api.call("GET", f"/access-points/{args.point}")
    if point["commissioned"]:
        raise CommissionError(f"{args.point} is commissioned already")
    todo = steps(point["kind"], has_estop=not args.no_estop)
    seen = _Events(api, args.point)
    for number, step in enumerate(todo, 1):
        print(f"{number}/{len(todo)} {step.do}", flush=True)
        seen.wait_for(step, args.wait)
        if step.see is not None:
            _confirm(step.see, step.name)
        print(f"    ticked: {step.name}", flush=True)
    _, version = api.call("GET", f"/access-points/{args.point}")
    api.call("PATCH", f"/access-points/{args.point}", {"commissioned": True}, version)
    print(f"{args.point} is commissioned." if not args.json else json.dumps({"id": args.point}))
    return 0


def _token() -> str:
    """Read, never an argument, which everybody on the computer would see."""
    if sys.stdin.isatty():
        return getpass.getpass("API token of a manager: ").strip()
    return sys.stdin.readline().strip()


def _confirm(question: str, name: str) -> None:
    print(f"    {question} [y/n] ", end="", flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes", "o", "oui"):
        raise CommissionError(f"{name}: not ticked; it stays out of service until this is mended")


class _Events:
    """The events of one access point from now on, each looked at once."""

    def __init__(self, api: "_Api", point: str) -> None:
        # A day back, because a Pi's clock may be wrong; not all of them, because places grow old.
        since = Utc.of(datetime.now(UTC) - timedelta(days=1)).text()
        self._api, self._path = api, f"/events?limit=500&access_point={point}&since={since}"
        self._seen = {event["event_id"] for event in self._all()}

    def wait_for(self, step: "Step", within_s: float) -> None:
        """Return once an event shows the step. Raises CommissionError."""
        self._until(lambda: any(step.shown_by(event) for event in self._fresh()), step, within_s)

    def _until(self, holds: Callable[[], bool], step: "Step", within_s: float) -> None:
        end_s = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > end_s:
                raise CommissionError(f"{step.name}: nothing was seen within {within_s:g} s")
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
            page, _ = self._api.call("GET", self._path + after)
            yield from page["items"]
            if page["next"] is None:
                return
            after = f"&after={page['next']}"


class _Api:
    """The controller's HTTP API."""

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise CommissionError(f"{url}: https is needed, or http on this computer")
        self._url, self._token = url, token

    def call(
        self, method: str, path: str, body: object = None, version: str | None = None
    ) -> tuple[Any, str]:
        """Answer and its ETag. Raises CommissionError."""
        import urllib.error
        import urllib.request

        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if version is not None:
            headers["If-Match"] = version
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - checked in __init__
            f"{self._url}/api/v1{path}", data, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=_CALL_S) as answer:  # noqa: S310
                return json.load(answer), answer.headers.get("ETag", "")
        except urllib.error.HTTPError as error:
            with error:
                raise CommissionError(f"{path}: {_why(error.read(), error.code)}") from error
        except OSError as error:
            raise CommissionError(f"{self._url} does not answer: {error}") from error


def _why(body: bytes, status: int) -> str:
    try:
        problem = json.loads(body)
        return str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, AttributeError):
        return f"the controller answered {status}"
