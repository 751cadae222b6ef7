"""Who comes with a token, and how often: others' wrong ones shut out nobody with a right one."""

from collections import OrderedDict
from datetime import timedelta
from threading import Lock

from flask import Flask, current_app, request

from controller.capabilities.accounts import tokens
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.health import DatabaseUnavailable
from controller.live import Live
from webui.context import context
from webui.limits import TryLimit, origin, seconds_to_wait

WRONG_TOKENS, WRONG_TOKENS_WINDOW_S = 20, 300
"""How many wrong tokens from one address, within a window in seconds, are answered with 401;
further ones get 429."""
_EXTENSION, _USES = "wrong tokens", "uses of tokens"
NOTED_EVERY = timedelta(minutes=10)
MOST_NOTED = 10_000


class RequestRefused(Exception):
    """The request is refused before any service is asked."""

    def __init__(self, status: int, detail: str, wait_s: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.headers: dict[str, str] = {}
        if status == 401:
            self.headers["WWW-Authenticate"] = 'Bearer realm="loquet"'
        if wait_s is not None:
            self.headers["Retry-After"] = str(wait_s)


class Uses:
    """When each token was last noted as used: each request would else write."""

    def __init__(self) -> None:
        self._noted: OrderedDict[str, Utc] = OrderedDict()
        self._lock = Lock()

    def is_due(self, ref: str, now: Utc) -> bool:
        """Whether it is to be noted now; then it counts as noted."""
        with self._lock:
            last = self._noted.get(ref)
            if last is not None and now - last < NOTED_EVERY:
                return False
            self._noted[ref] = now
            self._noted.move_to_end(ref)
            while len(self._noted) > MOST_NOTED:
                self._noted.popitem(last=False)
            return True


def install(app: Flask, live: Live) -> None:
    """Count wrong tokens for this application, and note when right ones were used."""
    app.extensions[_USES] = Uses()
    app.extensions[_EXTENSION] = TryLimit("token", WRONG_TOKENS, WRONG_TOKENS_WINDOW_S, live)


def secret() -> str | None:
    """The token of the request; None without one."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() or None if scheme.lower() == "bearer" else None


def bearer() -> Actor:
    """Who sends the request, by its token. Raises Refused: 401, or 429 after too many.

    The token is looked up first, by its hash: only wrong ones are counted.
    """
    text = secret()
    if text is None:
        raise RequestRefused(401, "send the header Authorization: Bearer TOKEN")
    given = context()
    with given.database.read() as db:
        actor = tokens.authenticate(db, text, given.clock())
    if actor is None:
        wrong: TryLimit = current_app.extensions[_EXTENSION]
        if wait_s := wrong.take(origin(request.remote_addr)):
            raise RequestRefused(429, "too many wrong tokens from this address; wait", wait_s)
        raise RequestRefused(401, "this token is unknown, revoked or expired")
    check_rate(actor.per_minute, actor.ref)
    _note(actor)
    return actor


def _note(actor: Actor) -> None:
    """That the token was used; nobody's request fails for it."""
    given, uses = context(), current_app.extensions[_USES]
    now, key = given.clock(), actor.ref.removeprefix("token:")
    if uses.is_due(actor.ref, now):
        try:
            with given.database.write() as db:
                tokens.note_use(db, key, now=now)
        except DatabaseUnavailable:
            return


def check_rate(per_minute: int | None, who: str) -> None:
    """Count the request. Raises Refused beyond so many in this minute."""
    if per_minute is None:
        return
    given = context()
    wait_s = seconds_to_wait(given.live, who, per_minute, given.clock())
    if wait_s:
        raise RequestRefused(429, f"more than {per_minute} requests in this minute", wait_s)
