"""Periodic jobs: how a feature declares one, and the context of a running job."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from threading import Lock, Timer
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel import job_rows
from controller.kernel.job_rows import Claim
from controller.settings import Settings
from controller.store.sqlite_engine import Turn, turn_of

# The interface of anything that opens transactions.


class Transactions(Protocol):
    """Opens transactions: a database, or a job's `Work` while its claim is valid."""

    def read(self) -> AbstractContextManager[Session]:
        """Open a read-only transaction."""

    def write(self) -> AbstractContextManager[Session]:
        """Open a transaction, committed at the end of the block."""

    def drop_old_pages(self) -> bool:
        """Remove old versions of rows from the files, after people were erased."""


class ClaimLost(Exception):
    """Another process may run the job now; the current transaction is rolled back."""


class NeedsDate(Enum):
    """How certain the date must be for a job, because a wrong date could destroy data."""

    NO = "no"
    """A wrong date does no harm: the next run corrects the result."""
    PLAUSIBLE = "plausible"
    """The date agrees with what else is known, such as the agents' clocks."""
    SYNCHRONISED = "synchronised"
    """Plausible, and the system does not report that its clock is unsynchronised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A periodic job."""

    name: str
    title: str
    """What it does, as a catalogue text for alarms about its failure."""
    run: "Callable[[Work], None]"
    period_s: float = 60.0
    deadline_s: float = 60.0
    """A job that takes longer has failed, and can't commit any more."""
    transaction_timeout_s: float = 20.0
    """Time limit in seconds for each of its transactions; on SQLite all other writers wait for
    it."""
    first_s: float = 0.0
    """Seconds after the start of a process before its first run."""
    per_site: bool = False
    """Whether it runs for each site separately, on the hub that holds the site's lease."""
    needs_date: NeedsDate = NeedsDate.NO
    """The job waits while the date is not certain enough."""


class Work:
    """The context of a running job, on its own thread, while its claim is valid."""

    def __init__(
        self,
        database: Transactions,
        claim: Claim,
        settings: Settings,
        *,
        transaction_timeout_s: float,
        since: Utc,
        now: Utc,
        is_allowed: Callable[[], bool],
        set_back_from: Utc | None = None,
    ) -> None:
        self._database = database
        self._claim = claim
        self.settings = settings
        self._transaction_timeout_s = transaction_timeout_s
        self.since = since
        """The job has done everything that was due until this time."""
        self.now = now
        """The job should do everything that is due until this time."""
        self.set_back_from = set_back_from
        """If the clock has been set back: the time until which everything was done, which is in the
        future."""
        self._is_allowed = is_allowed
        self._lock = Lock()
        self._is_over = False
        self._file: sqlite3.Connection | None = None
        self._turn: Turn | None = None

    @property
    def site(self) -> str:
        """Return the site for which the job runs; empty: for all."""
        return self._claim.key[1]

    def may_continue(self) -> bool:
        """Return whether to continue with another transaction."""
        return not self._is_over and self._is_allowed()

    def read(self) -> AbstractContextManager[Session]:
        """Open a read-only transaction."""
        return self._database.read()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction, which is committed only if the claim is still valid.

        Keep it short: on SQLite all other writers wait. Raises ClaimLost, DBAPIError.
        """
        timer = Timer(self._transaction_timeout_s, self.give_up)
        timer.daemon = True
        with self._database.write() as db:
            self._set_limits(db)
            timer.start()
            try:
                yield db
                db.flush()
                if not job_rows.holds_claim(db, self._claim):
                    raise ClaimLost(f"{self._claim.key[0]} is done by another process now")
                # No time limit: a commit that was cancelled while waiting for a standby would look
                # successful.
                self._limit(db, "statement_timeout", 0)
            finally:
                timer.cancel()
                with self._lock:
                    self._file = self._turn = None

    def drop_old_pages(self) -> bool:
        """See `Database.drop_old_pages`."""
        return self._database.drop_old_pages()

    def give_up(self) -> None:
        """End a transaction that takes too long, from another thread.

        On SQLite it blocks all other writers, so its connection is closed. PostgreSQL ends it by
        the limits that were set at its beginning.
        """
        with self._lock:
            self._is_over = True
            if self._file is not None:
                with suppress(sqlite3.Error):
                    self._file.interrupt()
                    self._file.close()
            if self._turn is not None:
                self._turn.release()

    def _set_limits(self, db: Session) -> None:
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            self._limit(db, limit, self._transaction_timeout_s)
        connection = db.connection()
        driver = connection.connection.driver_connection
        with self._lock:
            if self._is_over:
                raise ClaimLost(f"{self._claim.key[0]} is past its deadline")
            self._file = driver if isinstance(driver, sqlite3.Connection) else None
            self._turn = turn_of(connection)

    def _limit(self, db: Session, name: str, seconds: float) -> None:
        if db.get_bind().dialect.name == "postgresql":
            db.execute(text(f"SET LOCAL {name} = {round(seconds * 1000)}"))


def single_transaction(step: Callable[[Session, Utc], object]) -> Callable[[Work], None]:
    """Make a job of one transaction from a function of session and time."""

    def run(work: Work) -> None:
        with work.write() as db:
            step(db, work.now)

    return run


def transaction_since_last_run(
    step: Callable[[Session, Utc, Utc], object],
) -> Callable[[Work], None]:
    """Make a job of one transaction from a function of session, last time and current time."""

    def run(work: Work) -> None:
        with work.write() as db:
            step(db, work.since, work.now)

    return run
