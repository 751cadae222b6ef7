"""An open stream ends with the right to it: token or sign-in, account, role."""

from threading import Event

from controller.capabilities.accounts import sign_ins, tokens
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Database, Session
from webui import sessions
from webui.api import bearer
from webui.context import context
from webui.guard import account
from webui.live.broadcast import Broadcast, Right, Tell

EVERY_S = 2.0
"""How often it is asked; a stream ends within 5 s of its right."""


def right(asks: Actor, sites: frozenset[str]) -> Right:
    """That of the present request to follow these sites."""
    clock, token = context().clock, bearer.secret() or ""
    signed_in = sessions.sign_in_secret() if account() else None

    def now(db: Session) -> Actor | None:
        if signed_in is None:
            return tokens.authenticate(db, token, clock())
        found = sign_ins.current(db, signed_in, now=clock())
        return None if found is None or sites & found.lacks_at else found.actor

    def holds(db: Session) -> bool:
        actor = now(db)
        return actor is not None and sites <= (actor.sites(Permission.LIVE_READ) or frozenset())

    return Right(asks.account_id or asks.ref, holds)


class Rights:
    """Ends the streams whose right is gone. Who comes back is refused."""

    def __init__(self, database: Database, broadcast: Broadcast) -> None:
        self._database = database
        self._broadcast = broadcast

    def begin(self) -> None:
        """Whoever has just been let in has the right."""

    def run(self, _tell: Tell, stopped: Event) -> None:
        """Look every few seconds. Raises DBAPIError."""
        while not stopped.wait(EVERY_S):
            self._look()

    def _look(self) -> None:
        asked = [
            (stream, stream.right)
            for stream in self._broadcast.streams()
            if stream.right is not None
        ]
        if not asked:
            return
        with self._database.read() as db:
            for stream, by in asked:
                if not by.holds(db):
                    stream.end()
