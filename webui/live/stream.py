"""`/live`: what changes, as server-sent events."""

from collections.abc import Iterator
from time import monotonic

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from controller.capabilities.accounts import tokens
from controller.kernel.actor import Actor, Permission
from controller.live import Change
from webui.access import account
from webui.context import context
from webui.live.broadcast import Broadcast, Stream, TooManyStreams

blueprint = Blueprint("stream", __name__)

RETRY_MS = 2_000
LONGEST_S = 600.0


class Frames:
    """A stream's changes at one site as the text of server-sent events.

    It ends after a while, and the reader comes back by itself: who has lost the right to listen is
    then refused.
    """

    def __init__(self, stream: Stream, site: str, until_mono_s: float) -> None:
        self._stream = stream
        self._site = site
        self._until = until_mono_s

    def __iter__(self) -> Iterator[str]:
        yield f"retry: {RETRY_MS}\n\n"
        for text in self._stream:
            if not text:
                yield ":\n\n"
            elif Change.parse(text).site == self._site:
                yield f"event: change\ndata: {text}\n\n"
            if monotonic() > self._until:
                return

    def close(self) -> None:
        """Give the stream's place back; the server calls it however the answer ends."""
        self._stream.close()


@blueprint.get("/live")
def follow() -> ResponseReturnValue:
    """One event for each change at this site, until the reader goes away.

    For a page by its session, for a program by a token in the header `Authorization: Bearer`.
    """
    who = account()
    asks = who.actor if who else _bearer()
    if asks is None:
        abort(401)
    if not asks.may(Permission.LIVE_READ, context().settings.site.id):
        abort(403)
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
    frames = Frames(stream, context().settings.site.id, monotonic() + LONGEST_S)
    return Response(frames, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _bearer() -> Actor | None:
    scheme, _blank, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    given = context()
    with given.database.read() as db:
        return tokens.authenticate(db, secret.strip(), given.clock())
