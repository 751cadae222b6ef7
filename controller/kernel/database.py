"""Read and write transactions; each commit also writes the policy, the audit and the outbox."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, func, insert, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from controller.domain.time import Utc
from controller.kernel import commit, read_memo
from controller.kernel.capability import House
from controller.kernel.errors import Conflict, NotFound, Stale
from controller.kernel.health import DatabaseOutage, Health
from controller.kernel.models import IdempotencyKey
from controller.live import Live
from controller.store.engine import first_line, read_only, with_short_timeouts
from controller.store.sqlite_engine import empty_journal
from controller.store.unavailable import Cause, DatabaseUnavailable, unavailable

__all__ = ["Database", "Session", "database_time", "wall_clock"]


GIVE_WAY_S = 0.12
"""Longer than the 100 ms after which SQLite retries a lock."""
PROBE, PROBE_BYTES = "probe", 65_536
"""Key and size of a row that is written and removed again to test for free space."""

_log = logging.getLogger(__name__)


def wall_clock() -> Utc:
    """Return the current time of the system's clock."""
    return Utc.of(datetime.now(UTC))


def database_time(db: Session, clock: Callable[[], Utc]) -> Utc:
    """Return the database server's time if it has a clock, so that several computers agree."""
    if db.get_bind().dialect.name == "postgresql":
        return Utc.of(db.scalars(select(func.clock_timestamp())).one())
    return clock()


class Database:
    """One database, with the work to do when a transaction commits.

    `house`: all features. `live`: if given, woken after each commit with news. `vault`: the keys of
    badge numbers; None in a process without them. `mail_is_on`: whether messages that depend on
    mail are written.
    """

    def __init__(
        self,
        engine: Engine,
        live: Live | None = None,
        clock: Callable[[], Utc] = wall_clock,
        *,
        house: House,
        vault: object = None,
        mail_is_on: bool = False,
    ) -> None:
        self.engine = engine
        self.house = house
        self.health = Health(clock)
        hooks = commit.Hooks(live=live, clock=clock)
        self._info = {"hooks": hooks, "house": house, "mail_is_on": mail_is_on}
        self._vault = vault
        self._bind(engine)

    def _bind(self, engine: Engine) -> None:
        self._read = sessionmaker(read_only(engine), expire_on_commit=False, info=self._info)
        writes = self._info | {"vault": self._vault}
        self._write = sessionmaker(engine, expire_on_commit=False, info=writes)
        commit.refuse_writes(self._read)
        commit.attach_listeners(self._write, self.house.policy)

    def interactive(self) -> "Database":
        """A database with short timeouts for interactive requests."""
        other = copy(self)
        other._bind(with_short_timeouts(self.engine))
        return other

    def check(self) -> DatabaseOutage | None:
        """Check that the database can be read and written; after a failure, also that there is
        free space."""
        failed_before = self.health.outage is not None
        try:
            with self.read() as db:
                db.execute(text("SELECT 1"))
            with self.write() as db:
                db.connection()
                if failed_before:
                    _probe_write(db)
        except SQLAlchemyError as problem:
            _log.error("the database can't be used: %s", first_line(problem))
            return self.health.outage or DatabaseOutage(Cause.DAMAGED, self.health.now())
        if failed_before:
            self.health.wrote(is_proof=True)
        return None

    def give_way(self) -> None:
        """Pause between two of many transactions, so that other writers get their turn."""
        if self.engine.dialect.name == "sqlite":
            time.sleep(GIVE_WAY_S)

    def drop_old_pages(self) -> bool:
        """Remove old row versions from the files; return whether all are gone."""
        return empty_journal(self.engine)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a consistent read-only snapshot that takes no locks. Writing raises RuntimeError."""
        with self._recording_failures(), self._read() as session:
            read_memo.begin(session)
            yield session

    @contextmanager
    def edit(self) -> Iterator[Session]:
        """Like `write`, for interactive requests: raises Conflict if a unique constraint is
        violated, and NotFound if a new row is about a member who was just erased.

        The first happens when two requests create the same thing at once; the database accepts one.
        """
        try:
            with self.write() as session:
                yield session
        except IntegrityError as problem:
            if _is_member_gone(problem):
                raise NotFound("member", "any more") from problem
            if not _is_unique_violation(problem):
                raise
            raise Conflict("somebody else did the same; reload and try again") from problem

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction; it is committed at the end of the block, or rolled back on an
        exception.

        Raises Stale if a row was changed meanwhile, DatabaseUnavailable if nothing can be written
        now.
        """
        with self._recording_failures(), self._write() as session:
            try:
                yield session
                session.commit()
            except StaleDataError as problem:
                raise Stale("somebody else has just changed this; read it again") from problem
        self.health.wrote()

    @contextmanager
    def _recording_failures(self) -> Iterator[None]:
        try:
            yield
        except (DatabaseUnavailable, PoolTimeout) as problem:
            error = unavailable(problem)
            if error is None:
                raise
            self.health.failed(error)
            if error is problem:
                raise
            raise error from problem


def _probe_write(db: Session) -> None:
    """Write the probe row and delete it again, to prove that writing works."""
    db.execute(text("UPDATE audit_head SET seq = seq"))
    row = {"owner": PROBE, "key": PROBE, "request_hash": "", "status": 0, "headers": {}}
    row |= {"body": " " * PROBE_BYTES, "created_at": db.info["hooks"].clock()}
    db.execute(insert(IdempotencyKey).values(**row))
    db.execute(delete(IdempotencyKey).where(IdempotencyKey.owner == PROBE))


def _is_unique_violation(problem: IntegrityError) -> bool:
    """Return whether the error is a violated unique constraint (SQLSTATE 23505)."""
    original = problem.orig
    is_unique = getattr(original, "sqlstate", None) == "23505"
    return is_unique or "UNIQUE constraint failed" in str(original)


def _is_member_gone(problem: IntegrityError) -> bool:
    """Return whether a row refers to a member who was erased meanwhile (SQLSTATE 23503).

    Only on PostgreSQL: in SQLite one write transaction follows the other.
    """
    original = problem.orig
    if getattr(original, "sqlstate", None) != "23503":
        return False
    is_insert = (problem.statement or "").startswith("INSERT")
    return is_insert and str(original.diag.constraint_name).endswith("_member")  # type: ignore[union-attr]
