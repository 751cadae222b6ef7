"""Authenticate API requests by their bearer token, and limit wrong tokens per address.

The limit never blocks a request with a right token.
"""

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
from webui.limits import TryLimit, counted_address, seconds_to_wait

WRONG_TOKENS, WRONG_TOKENS_WINDOW_S = 20, 300
"""After this many wrong tokens from one address within the window in seconds, the answer is 429
instead of 401."""
_EXTENSION, _USES = "wrong tokens", "uses of tokens"
NOTED_EVERY = timedelta(minutes=10)
"""Shortest time between two notes that a token was used."""
MAX_REMEMBERED = 10_000
"""How many tokens are remembered as noted."""


class RequestRefused(Exception):
    """The request is refused before any service is called."""

    def __init__(self, status: int, detail: str, wait_s: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.headers: dict[str, str] = {}
        if status == 401:
            self.headers["WWW-Authenticate"] = 'Bearer realm="loquet"'
        if wait_s is not None:
            self.headers["Retry-After"] = str(wait_s)


class TokenUses:
    """When each token's use was last stored, so that not every request writes."""

    def __init__(self) -> None:
        self._noted: OrderedDict[str, Utc] = OrderedDict()
        self._lock = Lock()

    def is_due(self, ref: str, now: Utc) -> bool:
        """Return whether the use has to be stored now; if so, it counts as stored."""
        with self._lock:
            last = self._noted.get(ref)
            if last is not None and now - last < NOTED_EVERY:
                return False
            self._noted[ref] = now
            self._noted.move_to_end(ref)
            while len(self._noted) > MAX_REMEMBERED:
                self._noted.popitem(last=False)
            return True


def install(app: Flask, live: Live) -> None:
    """Prepare the limit on wrong tokens and the record of their use for this application."""
    app.extensions[_USES] = TokenUses()
    app.extensions[_EXTENSION] = TryLimit("token", WRONG_TOKENS, WRONG_TOKENS_WINDOW_S, live)


def secret() -> str | None:
    """Return the token of the request; None without one."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() or None if scheme.lower() == "bearer" else None


def bearer() -> Actor:
    """Return the actor whose token the request carries.

    Raises RequestRefused: 401, or 429 after too many wrong ones. The token is looked up first, by
    its hash, so that only wrong ones are counted.
    """
    text = secret()
    if text is None:
        raise RequestRefused(401, "send the header Authorization: Bearer TOKEN")
    web = context()
    with web.database.read() as db:
        actor = tokens.authenticate(db, text, web.clock())
    if actor is None:
        wrong: TryLimit = current_app.extensions[_EXTENSION]
        if wait_s := wrong.take(counted_address(request.remote_addr)):
            raise RequestRefused(429, "too many wrong tokens from this address; wait", wait_s)
        raise RequestRefused(401, "this token is unknown, revoked or expired")
    check_rate(actor.per_minute, actor.ref)
    _store_use(actor)
    return actor


def _store_use(actor: Actor) -> None:
    """Store that the token was used; a failure to do so does not fail the request."""
    web, uses = context(), current_app.extensions[_USES]
    now, key = web.clock(), actor.ref.removeprefix("token:")
    if uses.is_due(actor.ref, now):
        try:
            with web.database.write() as db:
                tokens.note_use(db, key, now=now)
        except DatabaseUnavailable:
            return


def check_rate(per_minute: int | None, who: str) -> None:
    """Count the request. Raises RequestRefused beyond `per_minute` in this minute."""
    if per_minute is None:
        return
    web = context()
    wait_s = seconds_to_wait(web.live, who, per_minute, web.clock())
    if wait_s:
        raise RequestRefused(429, f"more than {per_minute} requests in this minute", wait_s)
