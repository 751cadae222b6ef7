"""Wait for space on the database's disk before a controller starts, and report that meanwhile."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.health import DatabaseOutage
from controller.settings import Settings
from controller.store.engine import open_database, refusing_engine
from controller.store.migrate import require_current
from controller.store.unavailable import TEXTS, Cause, DatabaseError, DatabaseUnavailable
from controller.systemd import Watchdog

POLL_S = 1.0
"""Seconds between two tries to write."""
_log = logging.getLogger(__name__)


class WaitStopped(Exception):
    """Raised when the process is told to end while it waits."""


def wait_for_disk_space(
    settings: Settings,
    clock: Callable[[], Utc],
    meanwhile: Callable[[Engine], AbstractContextManager[None]],
) -> DatabaseOutage | None:
    """Wait until the database accepts writes; returns the outage that ended with it, or None.

    `meanwhile` is a context around the wait; its engine reads the database if that is possible
    without free space. Raises WaitStopped, DatabaseError.
    """
    engine = _open_if_readable(settings)
    try:
        if engine is not None and _accepts_writes(engine):
            return None
        since = clock()
        with _stop_signals() as stopped:
            _log.error("the database can't be used: %s", TEXTS[Cause.FULL])
            with meanwhile(engine or refusing_engine(Cause.FULL)):
                _wait(settings, engine, stopped)
        return DatabaseOutage(Cause.FULL, since, clock())
    finally:
        if engine is not None:
            engine.dispose()


def _wait(settings: Settings, engine: Engine | None, stopped: threading.Event) -> None:
    round_done = Watchdog().loop("disk")
    while True:
        round_done()
        if stopped.wait(POLL_S):
            raise WaitStopped
        if _has_space(settings, engine):
            return


def _has_space(settings: Settings, engine: Engine | None) -> bool:
    if engine is not None:
        return _accepts_writes(engine)
    readable = _open_if_readable(settings)
    try:
        return readable is not None and _accepts_writes(readable)
    finally:
        if readable is not None:
            readable.dispose()


def _open_if_readable(settings: Settings) -> Engine | None:
    """Open the database, which must be of this version.

    None: it can't even be read without free space.
    """
    try:
        engine = open_database(settings.database.url)
    except DatabaseError as error:
        if error.cause is Cause.FULL:
            return None
        raise
    try:
        require_current(engine, HOUSE.migrations)
    except DatabaseUnavailable as problem:
        engine.dispose()
        if problem.cause is Cause.FULL:
            return None
        raise
    except BaseException:
        engine.dispose()
        raise
    return engine


def _accepts_writes(engine: Engine) -> bool:
    """Return whether the disk has space; other problems are left to later callers."""
    database = Database(engine, house=HOUSE).interactive()
    database.health.failed(DatabaseUnavailable(Cause.FULL))  # makes `check` try a write
    outage = database.check()
    return outage is None or outage.cause is not Cause.FULL


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set while the block runs."""
    stopped = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: stopped.set()) for number in numbers]
    try:
        yield stopped
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
