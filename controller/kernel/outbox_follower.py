"""Follow the outbox from now on, without a stored cursor."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Thread

from sqlalchemy.exc import DBAPIError

from controller.kernel import outbox
from controller.kernel.database import Database
from controller.kernel.news import Posted
from controller.live import Live, Subscription
from controller.store.engine import first_line

LOOK_S = 1.0
"""How often it is looked without a ring: Redis may be away."""
REST_S = 0.02
"""Between two looks, so that many rings are answered by one."""
_MOST_REST_S = 0.1
RETRY_S = 1.0
_STOP_S = 0.25

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found."""

    news: tuple[Posted, ...] = ()
    lost: tuple[str, ...] = ()
    """Sites of which something was pruned before it was seen: look at everything there."""


class OutboxFollower:
    """The end of the outbox, at all sites. For one thread only, once it has begun."""

    def __init__(self, database: Database, places: Mapping[str, int] | None = None) -> None:
        """`places`: after which position of each site; None: from `begin()` on."""
        self._database = database
        self._places = None if places is None else dict(places)

    @property
    def places(self) -> dict[str, int]:
        """How far it has looked, by site."""
        return dict(self._places or {})

    def begin(self) -> None:
        """From now on, unless it has begun already. Raises DBAPIError."""
        if self._places is None:
            with self._database.read() as db:
                self._places = outbox.heads(db)

    def look(self) -> Seen:
        """What is new since the last look. Raises DBAPIError; the next look then finds it."""
        self.begin()
        places, news, lost = dict(self._places or {}), list[Posted](), list[str]()
        with self._database.read() as db:
            for site, head in outbox.heads(db).items():
                place = places.get(site, 0)
                if not outbox.is_kept(db, site, place, head):
                    lost.append(site)
                else:
                    while place < head:
                        found = outbox.since(db, self._database.house.kinds, site, place)
                        news += found
                        place = found[-1].position if len(found) == outbox.AT_ONCE else head
                places[site] = head
        self._places = places
        return Seen(tuple(news), tuple(lost))


class Bell:
    """Waits for a ring, or until it is time to look without one."""

    def __init__(self, rings: Subscription, look_s: float) -> None:
        self._rings = rings
        self._look_s = look_s

    def wait(self, stopped: Event, looked_s: float = 0.0) -> None:
        """Return at a ring, after `look_s` seconds, or within a quarter of one when stopped.

        Not before as long as the last look took: where there is much, each finds more.
        """
        stopped.wait(max(REST_S, looked_s))
        until = time.monotonic() + self._look_s
        while not stopped.is_set() and (left := until - time.monotonic()) > 0:
            if self._rings.rang(min(left, _STOP_S)):
                break
        while self._rings.rang(0.0):
            pass


@contextmanager
def bell(live: Live, look_s: float = LOOK_S) -> Iterator[Bell]:
    """The bell of the outbox, from now on."""
    with live.listen() as rings:
        yield Bell(rings, look_s)


def follow(
    follower: OutboxFollower, live: Live, heard: Callable[[Seen], None], stopped: Event
) -> None:
    """Hand on what is new until stopped. Raises DBAPIError; going on then loses nothing."""
    with bell(live) as ringing:
        while not stopped.is_set():
            began = time.monotonic()
            heard(follower.look())
            ringing.wait(stopped, min(time.monotonic() - began, _MOST_REST_S))


class FollowerThread:
    """A thread that follows what is new for all who listen to it, so that a process looks once.

    It goes on where it was when the database comes back.
    """

    def __init__(self, database: Database, live: Live, *heard: Callable[[Seen], None]) -> None:
        self._follower = OutboxFollower(database)
        self._live = live
        self._listeners = heard
        self._lock = Lock()
        self._stopped = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """From now on, unless it follows already. Raises DBAPIError."""
        with self._lock:
            if self._thread is None and not self._stopped.is_set():
                self._follower.begin()
                self._thread = Thread(target=self._run, name="follower", daemon=True)
                self._thread.start()

    def hear(self, heard: Callable[[Seen], None]) -> None:
        """One listener more, on the follower's thread: it must not keep the others waiting."""
        with self._lock:
            self._listeners = (*self._listeners, heard)

    def leave(self, heard: Callable[[Seen], None]) -> None:
        """One listener less."""
        with self._lock:
            self._listeners = tuple(listener for listener in self._listeners if listener != heard)

    def stop(self) -> None:
        """End within a quarter of a second, unless Redis hangs."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _tell(self, seen: Seen) -> None:
        for heard in self._listeners:
            try:
                heard(seen)
            except DBAPIError as problem:
                _log.warning("what is new is not heard: %s", first_line(problem))
            except Exception:  # noqa: BLE001  the edge between listeners: the others hear it
                _log.exception("what is new was not heard by one of several")

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                follow(self._follower, self._live, self._tell, self._stopped)
            except DBAPIError as problem:
                _log.warning("what is new can't be read: %s; trying again", first_line(problem))
            except Exception:  # noqa: BLE001  the edge of the loop: the next look may do better
                _log.exception("following what is new failed; trying again")
            self._stopped.wait(RETRY_S)
