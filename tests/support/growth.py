"""A place made larger within its database, and what an answer costs there."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow, MemberWord
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.training.models import HeldRow
from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.kernel.journal import EventRow
from controller.policy.models import PolicyRow
from controller.store.base import Base

DAY_MS = 86_400_000
_PEOPLE: tuple[tuple[type[Base], tuple[str, ...], str], ...] = (
    (MemberRow, ("id", "ref"), "true"),
    (MemberWord, ("member_id",), "true"),
    (CredentialRow, ("id", "member_id", "holder_key"), "true"),
    (SubscriptionRow, ("id", "member_id"), "true"),
    (HeldRow, ("member_id",), "true"),
    (PolicyRow, ("key",), "\"table\" = 'holder'"),
)
"""What there is of each person, and which columns tell one from another."""


_KEYS = ("holder_key", "key")
"""In base64url: some begin as an id's copy does."""
_OTHER = (
    "'00' || lpad(to_hex(copy), 3, '0') || substr({0}, 6)",
    "'~' || lpad(to_hex(copy), 2, '0') || substr({0}, 4)",
)
"""An id is of a time (RFC 9562), and begins with 01 in these years; a copy is of earlier ones."""


def more_people(engine: Engine, copies: int) -> None:
    """Each person so many times more, with a badge and rights of their own."""
    with engine.begin() as db:
        _without_checks(db)
        for kind, has_own_rows, which in _PEOPLE:
            earlier = {"created_at": "created_at - copy * interval '30 days'"}
            changed = earlier if kind is MemberRow else {}
            changed |= {
                column: _OTHER[column in _KEYS].format(f'"{column}"') for column in has_own_rows
            }
            _copied(db, kind, changed, copies, which)


def more_past(engine: Engine, copies: int, span_days: int, at_once: int) -> None:
    """All events, sessions and days of use so many times more, before those that there are.

    `span_days` is how long those took; so many copies lie over each other.
    """
    ms = f"(((copy - 1) / {at_once} + 1) * {span_days}::bigint * {DAY_MS})"
    days = f"(((copy - 1) / {at_once} + 1) * {span_days})::int"
    times = ("at", "not_before", "not_after", "received_at")
    events = {name: f'"{name}" - {ms}' for name in times}
    events |= {"id_high": f"id_high - ({ms} << 16)", "id_low": "id_low # copy"}
    events["seq"] = "seq - copy * 1000000000::bigint"
    hexed = "('x' || substr(id, 1, 8) || substr(id, 10, 4))::bit(48)::bigint"
    moved = f"lpad(to_hex({hexed} - {ms}), 12, '0')"
    shown = f"substr({moved}, 1, 8) || '-' || substr({moved}, 9, 4)"
    sessions = {name: f'"{name}" - {ms}' for name in ("started_at", "state_at", "ended_at")}
    sessions["id"] = f"{shown} || substr(id, 14, 19) || lpad(to_hex(copy), 4, '0')"
    with engine.begin() as db:
        _without_checks(db)
        _copied(db, EventRow, events, copies)
        _copied(db, SessionRow, sessions, copies)
        # Of those that lie over each other one is that day's.
        _copied(db, UsageDay, {"day": f"day - {days}"}, copies, conflict="DO NOTHING")


def settled(engine: Engine) -> None:
    """As autovacuum leaves it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(text("VACUUM ANALYZE"))


def count(engine: Engine, kind: type[Base]) -> int:
    """How many rows there are."""
    with engine.connect() as db:
        found = db.execute(text(f"SELECT count(*) FROM {kind.__tablename__}"))  # noqa: S608
        return int(found.scalar_one())


def _without_checks(db: Connection) -> None:
    db.execute(text("SET LOCAL session_replication_role = replica"))
    db.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))


def _copied(
    db: Connection,
    kind: type[Base],
    changed: Mapping[str, str],
    copies: int,
    which: str = "true",
    conflict: str = "",
) -> None:
    names = [column.name for column in kind.__table__.columns]
    into = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(changed.get(name, f'"{name}"') for name in names)
    table, then = kind.__tablename__, f" ON CONFLICT {conflict}" if conflict else ""
    db.execute(
        text(
            f"INSERT INTO {table} ({into}) SELECT {values} FROM {table},"  # noqa: S608
            f" generate_series(1, {copies}) AS copy WHERE {which}{then}"
        )
    )


class Spent:
    """Milliseconds of the processor that this thread has had, and PostgreSQL's for it."""

    def __init__(self, engine: Engine) -> None:
        self._servers: set[Path] = set()
        event.listen(engine, "engine_connect", self._note)

    def __call__(self, work: Callable[[], object]) -> float:
        """Of a piece of work."""
        began = self._until_now()
        work()
        return self._until_now() - began

    def _note(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        self._servers.add(Path(f"/proc/{driver.info.backend_pid}/schedstat"))

    def _until_now(self) -> float:
        spent = (int(server.read_text().split()[0]) for server in self._servers if server.exists())
        return 1000 * time.thread_time() + sum(spent) / 1e6
