"""Transactions: read or write, with the policy, the audit and the outbox written at each commit."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from controller.domain.time import Utc
from controller.kernel import commit
from controller.kernel.capability import House
from controller.kernel.errors import Conflict, Stale
from controller.live import Live
from controller.store.engine import drop_old_pages, first_line, reader

__all__ = ["Database", "Session", "database_time", "wall_clock"]


_log = logging.getLogger(__name__)


def wall_clock() -> Utc:
    """Now, from the system's clock."""
    return Utc.of(datetime.now(UTC))


def database_time(db: Session, clock: Callable[[], Utc]) -> Utc:
    """The database's clock where it has one: processes on several computers must agree."""
    if db.get_bind().dialect.name == "postgresql":
        return Utc.of(db.scalars(select(func.clock_timestamp())).one())
    return clock()


class Database:
    """One database and what must happen when a transaction commits.

    `house` is what all rooms give. `live`, when given, rings after each commit that has news.
    """

    def __init__(
        self,
        engine: Engine,
        live: Live | None = None,
        clock: Callable[[], Utc] = wall_clock,
        *,
        house: House,
    ) -> None:
        self.engine = engine
        self.house = house
        info = {"hooks": commit.Hooks(live=live, clock=clock), "house": house}
        self._read = sessionmaker(reader(engine), expire_on_commit=False, info=info)
        self._write = sessionmaker(engine, expire_on_commit=False, info=info)
        commit.refuse_writes(self._read)
        commit.watch(self._write, house.policy)

    def answers(self) -> bool:
        """Whether the database can be read now."""
        try:
            with self._read() as session:
                session.execute(text("SELECT 1"))
        except SQLAlchemyError as problem:
            _log.error("the database does not answer: %s", first_line(problem))
            return False
        return True

    def drop_old_pages(self) -> bool:
        """After people were taken out: forget what rows held before. Returns whether it is done."""
        return drop_old_pages(self.engine)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One view of the database, waiting for nobody. Writing in it raises RuntimeError."""
        with self._read() as session:
            yield session

    @contextmanager
    def edit(self) -> Iterator[Session]:
        """As `write`, for whoever waits for an answer: Conflict when another just did the same.

        Two may find that something is not there yet, and both make it: the database lets one.
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
        """Commit at the end of the block, roll back if it raises. Raises Stale on a race."""
        with self._write() as session:
            try:
                yield session
                session.commit()
            except StaleDataError as problem:
                raise Stale("somebody else has just changed this; read it again") from problem


def _is_taken(problem: IntegrityError) -> bool:
    """Whether it is that a unique value is there already (SQLSTATE 23505), and nothing else."""
    original = problem.orig
    is_unique = getattr(original, "sqlstate", None) == "23505"
    return is_unique or "UNIQUE constraint failed" in str(original)
