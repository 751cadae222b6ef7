"""Follow a remote controller's stream of server-sent events."""

import json
import logging
from collections.abc import Iterator
from http.client import HTTPException
from ssl import SSLContext
from threading import Event
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from controller.cli.http import HttpFailed, certificate_advice, check_base, problem_text
from controller.cli.watching.lines import MISSED, NOW, START, Line

SILENT_S = 60.0
"""Timeout for reading; the stream sends a sign of life every 15 s."""
AGAIN_S, AGAIN_AT_MOST_S = 2.0, 60.0
"""First and longest wait before connecting again."""
_LATER = frozenset({429, 500, 502, 503, 504})

_log = logging.getLogger(__name__)


def lines(
    base: str, token: str, begin: str, site: str | None, trust: SSLContext | None = None
) -> Iterator[Line]:
    """Yield the changes of a remote controller from `begin` on, reconnecting when necessary.

    Raises HttpFailed for errors that trying again does not solve.
    """
    check_base(base)
    if begin == START:
        raise HttpFailed("--from start works on the database only; with --url give a cursor")
    cursor, wait_s = "" if begin == NOW else begin, AGAIN_S
    while True:
        try:
            for line in _stream(base, token, cursor, site, trust):
                cursor, wait_s = line.cursor or cursor, AGAIN_S
                yield line
        except _Unreachable as away:
            _log.warning("%s; again in %.0f s", away, away.wait_s or wait_s)
            Event().wait(away.wait_s or wait_s)
            wait_s = min(2 * wait_s, AGAIN_AT_MOST_S)


class _Unreachable(Exception):
    """The controller can't be reached now; `wait_s`: the wait that it asked for, or 0."""

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


def _stream(
    base: str, token: str, cursor: str, site: str | None, trust: SSLContext | None
) -> Iterator[Line]:
    query = urlencode({"site": site}) if site else ""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    if cursor:
        headers["Last-Event-ID"] = cursor
    request = Request(f"{base.rstrip('/')}/live?{query}", headers=headers)  # noqa: S310  checked
    try:
        with urlopen(request, timeout=SILENT_S, context=trust) as answer:  # noqa: S310  http(s)
            yield from _events(answer)
    except HTTPError as error:
        with error:
            message = f"{base}/live: {problem_text(error.read(), error.code)}"
        if error.code not in _LATER:
            raise HttpFailed(message) from error
        raise _Unreachable(message, _seconds(error.headers.get("Retry-After"))) from error
    except (OSError, HTTPException) as error:
        if isinstance(error, OSError) and (advice := certificate_advice(error)):
            raise HttpFailed(f"{base}: {advice}") from error
        raise _Unreachable(f"{base}: {error or type(error).__name__}") from error


def _events(answer: Iterator[bytes]) -> Iterator[Line]:
    """Yield the stream's events as lines; a line without a type only advances the cursor."""
    fields: dict[str, str] = {}
    for raw in answer:
        name, _, text = raw.decode().rstrip("\r\n").partition(": ")
        if name:
            fields[name] = text
        elif "event" in fields:
            yield _line(fields)
            fields = {}


def _line(fields: dict[str, str]) -> Line:
    cursor = fields.get("id", "")
    if fields["event"] == "reload":
        return Line(cursor=cursor, type=MISSED)
    if fields["event"] != "change" or not cursor:  # not a change from the outbox
        return Line(cursor=cursor)
    change = json.loads(fields["data"])
    return Line(
        cursor=cursor,
        type=change["what"],
        site=change["site"],
        key=change["key"],
        at=change.get("at", ""),
    )


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdecimal() else 0.0
