"""`/live`: changes as server-sent events."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from time import monotonic

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from controller.kernel import outbox
from controller.kernel.actor import Actor, Permission
from webui.api.bearer import RequestRefused, bearer
from webui.context import context
from webui.feature import Pages
from webui.guard import account
from webui.live.broadcast import (
    STREAMS_EACH,
    Broadcast,
    Right,
    SiteChange,
    Stream,
    TooManyOfAccount,
    TooManyStreams,
    right,
)

pages = Pages("stream", __name__)

RETRY_MS = 2_000
"""After how long a browser reconnects, in ms."""
AGAIN_S = 5
"""After how long a refused reader should try again."""
LONGEST_S = 600.0
"""After how long a stream is ended; the reader reconnects, and its right is checked again."""
BEHIND_AT_MOST = 1_000
"""Readers that have missed more changes are told to reload everything."""

_POSITION = re.compile(r"([a-z0-9-]{1,63})=(\d{1,18})")

Positions = dict[str, int]
"""How far a reader has read the outbox: the position of its last change, by site."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a stream begins."""

    positions: Positions
    missed_changes: tuple[SiteChange, ...] = ()
    is_whole: bool = True
    """False: the reader has missed changes that can no longer be sent."""


class Frames:
    """The changes in a stream at some sites, as the text of server-sent events.

    It ends after a while; when the reader reconnects, its right is checked again.
    """

    def __init__(self, stream: Stream, start: Start, until_mono_s: float) -> None:
        self._stream = stream
        self._start = start
        self._positions = dict(start.positions)
        self._until = until_mono_s

    def __iter__(self) -> Iterator[str]:
        yield f"retry: {RETRY_MS}\n\n"
        kind = "start" if self._start.is_whole else "reload"
        yield f"event: {kind}\nid: {_format_id(self._positions)}\ndata: {{}}\n\n"
        yield from (self._frame(change) for change in self._start.missed_changes)
        for change in self._stream:
            if change is None:
                yield ":\n\n"
            elif self._is_new(change):
                if not change.text:
                    return
                yield self._frame(change)
            if monotonic() > self._until:
                return

    def close(self) -> None:
        """Close the stream; the server calls this however the response ends."""
        self._stream.close()

    def _is_new(self, change: SiteChange) -> bool:
        """Return whether the change is at a followed site, and was not sent as missed already."""
        position = self._positions.get(change.site)
        return position is not None and (change.position is None or change.position > position)

    def _frame(self, change: SiteChange) -> str:
        if change.position is None:
            return f"event: change\ndata: {change.text}\n\n"
        self._positions[change.site] = change.position
        return f"event: change\nid: {_format_id(self._positions)}\ndata: {change.text}\n\n"


@pages.get("/live", None)
def follow() -> ResponseReturnValue:
    """Send an event for each change at `?site=…` (several: `&site=…`), by default at all sites.

    A page is authenticated by its session, a program by the header `Authorization: Bearer`. A
    reader that reconnects sends `Last-Event-ID` (or `?after=`) and gets the changes that it has
    missed, or the event `reload`, which means that it must fetch everything again.
    """
    who = account()
    try:
        reader = who.actor if who else bearer()
        sites = _sites(reader)
        if who and sites & who.lacks_factor_at:
            abort(403)
        stream = _listen(right(reader, sites))
    except RequestRefused as refused:
        abort(Response(f"{refused}\n", refused.status, refused.headers, mimetype="text/plain"))
    try:
        after = request.headers.get("Last-Event-ID") or request.args.get("after")
        start = _start(sites, after)
    except BaseException:
        stream.close()
        raise
    frames = Frames(stream, start, monotonic() + LONGEST_S)
    return Response(frames, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _listen(by: Right) -> Stream:
    broadcast: Broadcast = current_app.extensions["broadcast"]
    try:
        return broadcast.listen(by)
    except TooManyOfAccount as problem:
        text = f"this account has {STREAMS_EACH} open pages and programs; close one, then try again"
        raise RequestRefused(429, text, AGAIN_S) from problem
    except TooManyStreams as problem:
        text = "every place for an open page is taken; try again soon"
        raise RequestRefused(503, text, AGAIN_S) from problem


def _sites(reader: Actor) -> frozenset[str]:
    """Return the requested sites; 404 for one at which the reader has no role."""
    requested = frozenset(request.args.getlist("site"))
    if requested - set(reader.roles):
        abort(404)
    open_to = reader.sites(Permission.LIVE_READ) or frozenset()
    followed = requested or open_to
    if not followed or followed - open_to:
        abort(403)
    return followed


def _start(sites: Set[str], after: str | None) -> Start:
    """Return the position at which to continue. The stream must be open already, so that no change
    is lost in between."""
    last_read = _read_id(after) if after else {}
    database, missed = context().database, list[SiteChange]()
    with database.read() as db:
        heads = outbox.heads(db)
        ends = {site: heads.get(site, 0) for site in sites}
        if last_read is None:
            return Start(ends, is_whole=False)
        positions = {site: last_read.get(site, end) for site, end in ends.items()}
        for site, position in positions.items():
            too_much = ends[site] - position > BEHIND_AT_MOST
            if too_much or not outbox.is_kept(db, site, position, ends[site]):
                return Start(ends, is_whole=False)
            missed += map(
                SiteChange.of, outbox.news_since(db, database.house.kinds, site, position)
            )
    return Start(positions, tuple(missed))


def _format_id(positions: Positions) -> str:
    """Return the positions as an event's id, which a reader sends back."""
    return ",".join(f"{site}={position}" for site, position in sorted(positions.items()))


def _read_id(text: str) -> Positions | None:
    """Parse what `_format_id` wrote; None: it is anything else."""
    parts = [_POSITION.fullmatch(part) for part in text.split(",")]
    numbers = [part for part in parts if part is not None]
    return {part[1]: int(part[2]) for part in numbers} if len(numbers) == len(parts) else None
