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
from controller.kernel.news import PostedNews
from controller.live import Live, Subscription
from controller.store.engine import first_line

LOOK_S = 1.0
"""Seconds between reads without a notification, since Redis may be unavailable."""
REST_S = 0.02
"""Shortest pause in seconds between two reads, so that one read answers many notifications."""
_MOST_REST_S = 0.1
RETRY_S = 1.0
_STOP_S = 0.25

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FollowResult:
    """The result of one read: the news, and the sites where some were lost."""

    news: tuple[PostedNews, ...] = ()
    lost: tuple[str, ...] = ()
    """Sites whose news were pruned before they were read; everything there has to be reloaded."""


class OutboxFollower:
    """Reads the end of the outbox at all sites; after `begin` only one thread may use it."""

    def __init__(self, database: Database, places: Mapping[str, int] | None = None) -> None:
        """`places`: the position of each site after which to read; None: the end at the time of
        `begin()`."""
        self._database = database
        self._places = None if places is None else dict(places)

    @property
    def places(self) -> dict[str, int]:
        """Positions up to which it has read, by site."""
        return dict(self._places or {})

    def begin(self) -> None:
        """Begin at the current end, unless already begun. Raises DBAPIError."""
        if self._places is None:
            with self._database.read() as db:
                self._places = outbox.heads(db)

    def look(self) -> FollowResult:
        """Return the news since the last read.

        Raises DBAPIError; the next read then returns them.
        """
        self.begin()
        places, news, lost = dict(self._places or {}), list[PostedNews](), list[str]()
        with self._database.read() as db:
            for site, head in outbox.heads(db).items():
                place = places.get(site, 0)
                if not outbox.is_kept(db, site, place, head):
                    lost.append(site)
                else:
                    while place < head:
                        found = outbox.news_since(db, self._database.house.kinds, site, place)
                        news += found
                        place = found[-1].position if len(found) == outbox.BATCH_SIZE else head
                places[site] = head
        self._places = places
        return FollowResult(tuple(news), tuple(lost))


class Bell:
    """Waits for a notification, or for the time to read without one."""

    def __init__(self, rings: Subscription, look_s: float) -> None:
        self._rings = rings
        self._look_s = look_s

    def wait(self, stopped: Event, looked_s: float = 0.0) -> None:
        """Return after a notification, after `look_s` seconds, or soon after `stopped` is set.

        It waits at least `looked_s`, the duration of the last read, so that under load each read
        returns more.
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
    """Subscribe to notifications of the outbox."""
    with live.listen() as rings:
        yield Bell(rings, look_s)


def follow(
    follower: OutboxFollower, live: Live, heard: Callable[[FollowResult], None], stopped: Event
) -> None:
    """Pass news to `heard` until stopped. Raises DBAPIError; calling it again loses nothing."""
    with bell(live) as ringing:
        while not stopped.is_set():
            began = time.monotonic()
            heard(follower.look())
            ringing.wait(stopped, min(time.monotonic() - began, _MOST_REST_S))


class FollowerThread:
    """A thread that follows the outbox for all listeners of a process, so that it is read only
    once.

    After a database outage it continues where it was.
    """

    def __init__(
        self, database: Database, live: Live, *heard: Callable[[FollowResult], None]
    ) -> None:
        self._follower = OutboxFollower(database)
        self._live = live
        self._listeners = heard
        self._lock = Lock()
        self._stopped = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start following, unless already started. Raises DBAPIError."""
        with self._lock:
            if self._thread is None and not self._stopped.is_set():
                self._follower.begin()
                self._thread = Thread(target=self._run, name="follower", daemon=True)
                self._thread.start()

    def hear(self, heard: Callable[[FollowResult], None]) -> None:
        """Add a listener. It is called on the follower's thread and must return quickly."""
        with self._lock:
            self._listeners = (*self._listeners, heard)

    def leave(self, heard: Callable[[FollowResult], None]) -> None:
        """Remove a listener."""
        with self._lock:
            self._listeners = tuple(listener for listener in self._listeners if listener != heard)

    def stop(self) -> None:
        """Stop within a quarter of a second, unless Redis hangs."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _tell(self, seen: FollowResult) -> None:
        for heard in self._listeners:
            try:
                heard(seen)
            except DBAPIError as problem:
                _log.warning("what is new is not heard: %s", first_line(problem))
            except Exception:  # noqa: BLE001  one failing listener must not stop the others
                _log.exception("what is new was not heard by one of several")

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                follow(self._follower, self._live, self._tell, self._stopped)
            except DBAPIError as problem:
                _log.warning("what is new can't be read: %s; trying again", first_line(problem))
            except Exception:  # noqa: BLE001  the outermost loop: the next round may succeed
                _log.exception("following what is new failed; trying again")
            self._stopped.wait(RETRY_S)
