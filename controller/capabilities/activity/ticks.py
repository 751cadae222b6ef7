"""Ticks off one row or all shown rows, and undoes it."""

import re
from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.activity.models import ReadUntilRow, SeenRow
from controller.capabilities.activity.rows import list_activity
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid, NotFound
from controller.kernel.read_memo import memoise
from controller.store.upsert import insert_missing

_KEY = re.compile(r"[0-9a-f]{64}")


def tick(db: Session, site_id: str, key: str, since: Utc, *, actor: Actor, now: Utc) -> None:
    """Tick off one row for all readers; an earlier tick stays. Raises NotFound if it isn't
    listed."""
    activity = list_activity(db, site_id, since, actor=actor, now=now)
    if key not in {row.activity.key for row in activity.rows}:
        raise NotFound("row", key)
    _tick(db, site_id, [key], actor, now)


def untick(db: Session, site_id: str, key: str, *, actor: Actor) -> None:
    """Mark a row as unseen again, even if somebody else ticked it off; idempotent. Raises
    NotFound."""
    actor.require(Permission.EVENTS_READ, site_id)
    if not _KEY.fullmatch(key):
        raise NotFound("row", key)
    db.execute(delete(SeenRow).where(SeenRow.site_id == site_id, SeenRow.key == key))


def tick_all(
    db: Session,
    site_id: str,
    shown: Collection[str],
    since: Utc,
    *,
    at: Utc,
    actor: Actor,
    now: Utc,
) -> int:
    """Tick off the rows that were shown `at` that time, and start the actor's next list there, so
    that it includes later rows. Returns how many were ticked off.

    Raises Invalid if `at` is outside this list's time.
    """
    if not since <= at <= now:
        raise Invalid.of("at", "not between the list's beginning and now")
    activity = list_activity(db, site_id, since, actor=actor, now=now)
    listed = [row.activity.key for row in activity.rows if row.tick is None]
    keys = [key for key in listed if key in shown]
    _tick(db, site_id, keys, actor, at)
    if actor.account_id is not None:
        _store_read_until(db, site_id, actor.account_id, at)
    return len(keys)


def untick_all(db: Session, site_id: str, at: Utc, *, actor: Actor) -> None:
    """Undo `tick_all`: restore what the actor ticked off at that time, and the list's start."""
    actor.require(Permission.EVENTS_READ, site_id)
    ticked = (SeenRow.site_id == site_id, SeenRow.by == actor.ref, SeenRow.at == at)
    db.execute(delete(SeenRow).where(*ticked))
    row = db.get(ReadUntilRow, (site_id, actor.account_id or ""))
    if row is None or row.at != at:
        return
    if row.before is None:
        db.delete(row)
    else:
        row.at, row.before = row.before, None


def read_until(db: Session, site_id: str, *, actor: Actor) -> Utc | None:
    """Return up to when this account has read; None before its first `tick_all`."""
    if actor.account_id is None:
        return None
    table = ReadUntilRow
    of_account = (table.site_id == site_id) & (table.account_id == actor.account_id)
    memo_key = ("read_until", site_id, actor.account_id)
    return memoise(db, memo_key, lambda: db.scalar(select(table.at).where(of_account)))


def _tick(db: Session, site_id: str, keys: list[str], actor: Actor, now: Utc) -> None:
    rows = [{"site_id": site_id, "key": key, "by": actor.ref, "at": now} for key in keys]
    if rows:
        insert_missing(db, SeenRow, rows)


def _store_read_until(db: Session, site_id: str, account_id: str, now: Utc) -> None:
    row = db.get(ReadUntilRow, (site_id, account_id))
    if row is None:
        db.add(ReadUntilRow(site_id=site_id, account_id=account_id, at=now, before=None))
    elif row.at != now:  # sent twice, it is the same
        row.at, row.before = now, row.at
