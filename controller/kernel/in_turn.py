"""Tell what is due, each addressee one thing at a time, so that a slow one delays no other."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.database import Database, wall_clock
from controller.store.engine import first_line

LOOK_S = 1.0
MOST = 8
"""Addressees that are told something at once."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due(Generic[T]):
    """What an integration has to tell, and how."""

    is_due: Callable[[Session, frozenset[str], Utc], bool]
    """Whether there is something for `take`, but for those that are busy."""
    take: Callable[[Session, frozenset[str], Utc], Sequence[T]]
    """The oldest of each addressee that has something; no other process takes it for a while."""
    whose: Callable[[T], str]
    """The addressee's id."""
    tell: Callable[[T], None]
    """Tell it and note how that went; on a thread of its own. Raises DBAPIError."""


class InTurn(Generic[T]):
    """A thread that looks for what is due, and a few that wait for answers."""

    def __init__(
        self,
        name: str,
        database: Database,
        due: Due[T],
        *,
        clock: Callable[[], Utc] = wall_clock,
        look_s: float = LOOK_S,
    ) -> None:
        self._name = name
        self._database = database
        self._due = due
        self._clock = clock
        self._look_s = look_s
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._ring = threading.Event()
        self._stopped = False
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix=name)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; what is on its way is told again by whoever comes next."""
        self._stopped = True
        self._ring.set()
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def ring(self) -> None:
        """There may be something due."""
        self._ring.set()

    def _run(self) -> None:
        while not self._stopped:
            self._ring.clear()
            try:
                self._begin()
            except DBAPIError as problem:
                _log.warning("%s: %s; trying again", self._name, first_line(problem))
            self._ring.wait(self._look_s)

    def _begin(self) -> None:
        with self._lock:
            busy = frozenset(self._busy)
        if len(busy) >= MOST:
            return
        with self._database.read() as db:
            if not self._due.is_due(db, busy, self._clock()):
                return
        with self._database.write() as db:
            found = self._due.take(db, busy, self._clock())
        for each in found:
            with self._lock:
                self._busy.add(self._due.whose(each))
            self._pool.submit(self._tell, each)

    def _tell(self, each: T) -> None:
        try:
            self._due.tell(each)
        except DBAPIError as problem:
            _log.warning("%s: %s; it is told again", self._name, first_line(problem))
        finally:
            with self._lock:
                self._busy.discard(self._due.whose(each))
            self._ring.set()
