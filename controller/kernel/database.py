"""Transactions: read or write, with the policy, the audit and the outbox written at each commit."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, func, insert, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from controller.domain.time import Utc
from controller.kernel import commit, read_memo
from controller.kernel.capability import House
from controller.kernel.errors import Conflict, Stale
from controller.kernel.health import Health, Trouble
from controller.kernel.models import IdempotencyKey
from controller.live import Live
from controller.store.engine import first_line, hasty, reader
from controller.store.sqlite_engine import drop_old_pages
from controller.store.unavailable import Cause, DatabaseUnavailable, unavailable

__all__ = ["Database", "Session", "database_time", "wall_clock"]


GIVE_WAY_S = 0.12
"""Longer than the 100 ms at which SQLite retries a lock."""
PROBE, PROBE_BYTES = "probe", 65_536
"""Key and size of a row that is written and removed again to test for free space."""

_log = logging.getLogger(__name__)


def wall_clock() -> Utc:
    """Now, from the system's clock."""
    return Utc.of(datetime.now(UTC))


def database_time(db: Session, clock: Callable[[], Utc]) -> Utc:
    """The database server's clock if it has one, so that processes on several computers agree."""
    if db.get_bind().dialect.name == "postgresql":
        return Utc.of(db.scalars(select(func.clock_timestamp())).one())
    return clock()


class Database:
    """One database and what must happen when a transaction commits.

    `house` is what all features give. `live`, when given, rings after each commit that has news.
    `vault`: the keys with which badges are sealed; None in a process that has none.
    `mail_is_on`: letters that not every site sends are written.
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
        self._read = sessionmaker(reader(engine), expire_on_commit=False, info=self._info)
        writes = self._info | {"vault": self._vault}
        self._write = sessionmaker(engine, expire_on_commit=False, info=writes)
        commit.refuse_writes(self._read)
        commit.watch(self._write, self.house.policy)

    def hasty(self) -> "Database":
        """A database with short timeouts for interactive requests: DatabaseUnavailable after a
        second or two."""
        other = copy(self)
        other._bind(hasty(self.engine))
        return other

    def look(self) -> Trouble | None:
        """Check that the database can be read and written; after a failure, also that there is
        free space."""
        failed_before = self.health.trouble is not None
        try:
            with self.read() as db:
                db.execute(text("SELECT 1"))
            with self.write() as db:
                db.connection()
                if failed_before:
                    _write_and_take_back(db)
        except SQLAlchemyError as problem:
            _log.error("the database can't be used: %s", first_line(problem))
            return self.health.trouble or Trouble(Cause.DAMAGED, self.health.now())
        if failed_before:
            self.health.wrote(is_proof=True)
        return None

    def give_way(self) -> None:
        """Pause between two of many transactions, so that other writers get their turn."""
        if self.engine.dialect.name == "sqlite":
            time.sleep(GIVE_WAY_S)

    def drop_old_pages(self) -> bool:
        """After erasures: remove old row versions from the files. Returns whether that is
        complete."""
        return drop_old_pages(self.engine)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent read-only snapshot that takes no locks. Writing raises RuntimeError."""
        with self._watched(), self._read() as session:
            read_memo.begin(session)
            yield session

    @contextmanager
    def edit(self) -> Iterator[Session]:
        """As `write`, for interactive requests; raises Conflict if somebody else just did the same.

        When two requests create the same thing at once, the database accepts one.
        """
        try:
            with self.write() as session:
                yield session
        except IntegrityError as problem:
            if not _is_taken(problem):
                raise
            raise Conflict("somebody else has just done the same; ask again") from problem

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Commit at the end of the block, roll back if it raises.

        Raises Stale on a race, DatabaseUnavailable when nothing can be written now.
        """
        with self._watched(), self._write() as session:
            try:
                yield session
                session.commit()
            except StaleDataError as problem:
                raise Stale("somebody else has just changed this; read it again") from problem
        self.health.wrote()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except (DatabaseUnavailable, NoneFree) as problem:
            found = unavailable(problem)
            if found is None:
                raise
            self.health.failed(found)
            if found is problem:
                raise
            raise found from problem


def _write_and_take_back(db: Session) -> None:
    """Write the probe row and delete it again, to prove that writing works."""
    db.execute(text("UPDATE audit_head SET seq = seq"))
    row = {"owner": PROBE, "key": PROBE, "request_hash": "", "status": 0, "headers": {}}
    row |= {"body": " " * PROBE_BYTES, "created_at": db.info["hooks"].clock()}
    db.execute(insert(IdempotencyKey).values(**row))
    db.execute(delete(IdempotencyKey).where(IdempotencyKey.owner == PROBE))


def _is_taken(problem: IntegrityError) -> bool:
    """Whether the error is a violated unique constraint (SQLSTATE 23505)."""
    original = problem.orig
    is_unique = getattr(original, "sqlstate", None) == "23505"
    return is_unique or "UNIQUE constraint failed" in str(original)
