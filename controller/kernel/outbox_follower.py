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

POLL_S = 1.0
"""Seconds between reads without a notification, since Redis may be unavailable."""
REST_S = 0.02
"""Shortest pause in seconds between two reads, so that one read answers many notifications."""
_MAX_REST_S = 0.1
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
        """`places`: positions after which to read, by site; None: the current end."""
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

    def poll(self) -> FollowResult:
        """Return the news since the last read.

        Raises DBAPIError; the next read then returns them.
        """
        self.begin()
        places, news, lost = dict(self._places or {}), list[PostedNews](), list[str]()
        with self._database.read() as db:
            for site, head in outbox.heads(db).items():
                position = places.get(site, 0)
                if not outbox.is_kept(db, site, position, head):
                    lost.append(site)
                else:
                    while position < head:
                        batch = outbox.news_since(db, self._database.house.kinds, site, position)
                        news += batch
                        position = batch[-1].position if len(batch) == outbox.BATCH_SIZE else head
                places[site] = head
        self._places = places
        return FollowResult(tuple(news), tuple(lost))


class Bell:
    """Waits for a notification, or for the time to read without one."""

    def __init__(self, rings: Subscription, poll_s: float) -> None:
        self._subscription = rings
        self._poll_s = poll_s

    def wait(self, stopped: Event, read_s: float = 0.0) -> None:
        """Return after a notification, after `poll_s` seconds, or soon after `stopped` is set.

        It waits at least `read_s`, the duration of the last read, so that under load each read
        returns more.
        """
        stopped.wait(max(REST_S, read_s))
        until = time.monotonic() + self._poll_s
        while not stopped.is_set() and (left_s := until - time.monotonic()) > 0:
            if self._subscription.wait(min(left_s, _STOP_S)):
                break
        while self._subscription.wait(0.0):
            pass


@contextmanager
def bell(live: Live, poll_s: float = POLL_S) -> Iterator[Bell]:
    """Subscribe to notifications of the outbox."""
    with live.listen() as rings:
        yield Bell(rings, poll_s)


def follow(
    follower: OutboxFollower, live: Live, listener: Callable[[FollowResult], None], stopped: Event
) -> None:
    """Pass news to `listener` until stopped.

    Raises DBAPIError; the next call continues where it was.
    """
    with bell(live) as ringing:
        while not stopped.is_set():
            began = time.monotonic()
            listener(follower.poll())
            ringing.wait(stopped, min(time.monotonic() - began, _MAX_REST_S))


class FollowerThread:
    """A thread that follows the outbox for all listeners of a process, so that it is read only
    once.

    After a database outage it continues where it was.
    """

    def __init__(
        self, database: Database, live: Live, *listeners: Callable[[FollowResult], None]
    ) -> None:
        self._follower = OutboxFollower(database)
        self._live = live
        self._listeners = listeners
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

    def add_listener(self, listener: Callable[[FollowResult], None]) -> None:
        """Add a listener. It is called on the follower's thread and must return quickly."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def remove_listener(self, callback: Callable[[FollowResult], None]) -> None:
        with self._lock:
            self._listeners = tuple(
                listener for listener in self._listeners if listener != callback
            )

    def stop(self) -> None:
        """Stop within a quarter of a second, unless Redis hangs."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _notify(self, result: FollowResult) -> None:
        for listener in self._listeners:
            try:
                listener(result)
            except DBAPIError as problem:
                _log.warning("a listener of the outbox failed: %s", first_line(problem))
            except Exception:  # noqa: BLE001  one failing listener must not stop the others
                _log.exception("a listener of the outbox failed")

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                follow(self._follower, self._live, self._notify, self._stopped)
            except DBAPIError as problem:
                _log.warning("the outbox can't be read: %s; trying again", first_line(problem))
            except Exception:  # noqa: BLE001  the outermost loop: the next round may succeed
                _log.exception("following the outbox failed; trying again")
            self._stopped.wait(RETRY_S)
