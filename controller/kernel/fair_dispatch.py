"""Delivers due messages one at a time per recipient, so that a slow one does not delay others."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.database import Database, wall_clock
from controller.store.engine import first_line

POLL_S = 1.0
"""Seconds between two checks for due messages."""
MAX_PARALLEL = 32
"""Most recipients served at the same time."""
FAILURES_ALLOWED = 3
"""Up to this many failures in a row may be due to the message; more are due to the recipient."""
PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
"""First and longest pause after failures, in seconds; it doubles each time."""
_MAX_DOUBLINGS = 30

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWork(Generic[T]):
    """The work of an integration: how to find due items, and how to deliver one."""

    is_due: Callable[[Session, frozenset[str], Utc], bool]
    """Returns whether `take` would return anything, apart from busy recipients."""
    take: Callable[[Session, frozenset[str], Utc], Sequence[T]]
    """Reserves and returns the oldest item of each recipient."""
    recipient_of: Callable[[T], str]
    """Returns the id of an item's recipient."""
    deliver: Callable[[T], bool]
    """Delivers one item and records the outcome; returns whether it was accepted.

    Runs on a thread of its own. Raises DBAPIError.
    """


class FairDispatcher(Generic[T]):
    """A thread that looks for due items, and a pool of threads that deliver them."""

    def __init__(
        self,
        name: str,
        database: Database,
        due: DueWork[T],
        *,
        clock: Callable[[], Utc] = wall_clock,
        poll_s: float = POLL_S,
    ) -> None:
        self._name = name
        self._database = database
        self._due = due
        self._clock = clock
        self._poll_s = poll_s
        self._busy: set[str] = set()
        self._failures: dict[str, int] = {}
        self._paused: dict[str, Utc] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopped = False
        self._pool = ThreadPoolExecutor(MAX_PARALLEL, thread_name_prefix=name)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Start no more deliveries; the next process repeats an interrupted one."""
        self._stopped = True
        self._wake.set()
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Wake the thread, since something may be due."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            try:
                self._start_deliveries()
            except DBAPIError as problem:
                _log.warning("%s: %s; trying again", self._name, first_line(problem))
            except Exception:  # noqa: BLE001  the outermost loop: the next round may succeed
                _log.exception("%s: trying again", self._name)
            self._wake.wait(self._poll_s)

    def _start_deliveries(self) -> None:
        with self._lock:
            busy = frozenset(self._busy)
        if len(busy) >= MAX_PARALLEL:
            return
        busy |= self.paused()
        with self._database.read() as db:
            if not self._due.is_due(db, busy, self._clock()):
                return
        with self._database.write() as db:
            items = self._due.take(db, busy, self._clock())
        for item in items:
            with self._lock:
                self._busy.add(self._due.recipient_of(item))
            self._pool.submit(self._deliver, item)

    def paused(self) -> frozenset[str]:
        """Return the recipients that are paused after failures."""
        now = self._clock()
        with self._lock:
            for recipient, until in list(self._paused.items()):
                if not now < until <= now + timedelta(seconds=LONGEST_PAUSE_S):
                    del self._paused[recipient]
            return frozenset(self._paused)

    def _deliver(self, item: T) -> None:
        recipient, is_accepted = self._due.recipient_of(item), False
        try:
            is_accepted = self._due.deliver(item)
        except DBAPIError as problem:
            is_accepted = True  # the recipient is not to blame
            _log.warning("%s: %s; trying again", self._name, first_line(problem))
        except Exception:  # noqa: BLE001  the outermost frame of the pool's thread
            _log.exception("%s, recipient %s: trying again", self._name, recipient)
        finally:
            with self._lock:
                self._record_result(recipient, is_accepted)
                self._busy.discard(recipient)
            self._wake.set()

    def _record_result(self, recipient: str, is_accepted: bool) -> None:
        if is_accepted:
            self._failures.pop(recipient, None)
            return
        failures = self._failures[recipient] = self._failures.get(recipient, 0) + 1
        if failures > FAILURES_ALLOWED:
            doublings = min(failures - FAILURES_ALLOWED - 1, _MAX_DOUBLINGS)
            pause_s = min(PAUSE_S * 2.0**doublings, LONGEST_PAUSE_S)
            self._paused[recipient] = Utc.of(self._clock() + timedelta(seconds=pause_s))
