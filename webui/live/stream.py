"""`/live`: what changes, as server-sent events."""

from collections.abc import Iterator
from time import monotonic

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import tokens
from controller.kernel.actor import Actor, Permission
from controller.live import Change
from webui.access import account
from webui.context import context
from webui.live.broadcast import Broadcast, Stream, TooManyStreams
from webui.room import Pages

pages = Pages("stream", __name__)

RETRY_MS = 2_000
LONGEST_S = 600.0


class Frames:
    """A stream's changes at some sites as the text of server-sent events.

    It ends after a while, and the reader comes back by itself: who has lost the right to listen is
    then refused.
    """

    def __init__(self, stream: Stream, sites: frozenset[str], until_mono_s: float) -> None:
        self._stream = stream
        self._sites = sites
        self._until = until_mono_s

    def __iter__(self) -> Iterator[str]:
        yield f"retry: {RETRY_MS}\n\n"
        for text in self._stream:
            if not text:
                yield ":\n\n"
            elif Change.parse(text).site in self._sites:
                yield f"event: change\ndata: {text}\n\n"
            if monotonic() > self._until:
                return

    def close(self) -> None:
        """Give the stream's place back; the server calls it however the answer ends."""
        self._stream.close()


@pages.get("/live", None)
def follow() -> ResponseReturnValue:
    """One event for each change at `?site=…` (several: `&site=…`), until the reader goes away.

    Without it: at every site at which the reader may follow. For a page by its session, for a
    program by a token in the header `Authorization: Bearer`.
    """
    who = account()
    asks = who.actor if who else _bearer()
    if asks is None:
        abort(401)
    sites = _sites(asks)
    broadcast: Broadcast = current_app.extensions["broadcast"]
    try:
        stream = broadcast.listen()
    except TooManyStreams:
        abort(
            Response(
                "every place for an open page is taken; try again soon\n",
                503,
                {"Retry-After": "5", "Content-Type": "text/plain"},
            )
        )
    frames = Frames(stream, sites, monotonic() + LONGEST_S)
    return Response(frames, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _sites(asks: Actor) -> frozenset[str]:
    """The sites that are asked for; 404 for one at which the reader has no role."""
    named = frozenset(request.args.getlist("site"))
    if named - set(asks.roles):
        abort(404)
    open_to = asks.sites(Permission.LIVE_READ) or frozenset()
    wanted = named or open_to
    if not wanted or wanted - open_to:
        abort(403)
    return wanted


def _bearer() -> Actor | None:
    scheme, _blank, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    given = context()
    with given.database.read() as db:
        return tokens.authenticate(db, secret.strip(), given.clock())
