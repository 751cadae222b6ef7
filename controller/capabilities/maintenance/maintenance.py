"""Maintenance tasks: counters, due dates, and the log."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.machines.access_points import access_point_row
from controller.capabilities.maintenance.counters import Count, counts, used_before
from controller.capabilities.maintenance.models import MaintenanceDone as DoneRow
from controller.capabilities.maintenance.models import MaintenanceRow
from controller.capabilities.maintenance.shapes import (
    Maintenance,
    MaintenanceDone,
    MaintenanceFields,
    NewDone,
    NewMaintenance,
    UpkeepState,
)
from controller.capabilities.members.models import Maintainer
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.mapping import to_shape, write
from controller.kernel.names import names_of
from controller.kernel.news import News
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, ensure, get_or_404, require_version
from controller.kernel.shapes import Label
from controller.kernel.validate import merge
from controller.policy.reading import from_json
from controller.wire.ids import uuid7

# News that this feature publishes through the outbox.


class MaintenanceNews(News, frozen=True, kw_only=True):
    """A maintenance task has changed, or was done."""

    FEATURE = "maintenance"
    WHAT = "maintenance"


SOON_FRACTION, OVERDUE_FRACTION = 0.9, 1.1
"""Fractions of an interval from which a task is due soon, and overdue."""
ALARM = "maintenance_due"
TAKEN_BACK_WITHIN = timedelta(minutes=5)
"""How long a mistaken log entry can be taken back."""


class DoneSince(Conflict):
    """Somebody has logged the maintenance since the actor's page was loaded."""

    def __init__(self, entry: MaintenanceDone) -> None:
        super().__init__(f"{entry.by} has logged it already")
        self.done = entry


def create(db: Session, new: NewMaintenance, *, actor: Actor, now: Utc) -> Maintenance:
    """Create a recurring maintenance task for an access point. Raises Invalid, Forbidden."""
    try:
        point = access_point_row(db, new.access_point, actor)
    except NotFound:
        raise Invalid.of("access_point", f"no access point {new.access_point}") from None
    actor.require(Permission.RULES_WRITE, point.site_id)
    starts_at = new.starts_at or now
    if starts_at > now:
        raise Invalid.of("starts_at", "it is in the future")
    row = MaintenanceRow(
        id=uuid7(),
        site_id=point.site_id,
        access_point_id=point.id,
        starts_at=starts_at,
        created_at=now,
        ended_at=None,
    )
    _apply(row, new)
    db.add(row)
    return _record_change(db, row, "maintenance_created", actor, now)


def get(db: Session, maintenance_id: str, *, actor: Actor, now: Utc) -> Maintenance:
    """Return a maintenance task with its counter. Raises NotFound."""
    return shapes(db, [_visible(db, maintenance_id, actor)], now)[0]


def page(
    db: Session,
    *,
    actor: Actor,
    now: Utc,
    access_point: str | None = None,
    ended: bool = False,
    cursor: Cursor = FIRST,
) -> Page[Maintenance]:
    """Return a page of the tasks at the actor's sites, or of one access point.

    `ended`: return ended tasks instead of active ones.
    """
    is_over = MaintenanceRow.ended_at.is_not(None)
    statement = select(MaintenanceRow).where(
        at_sites(MaintenanceRow.site_id, actor.sites(Permission.LIVE_READ)),
        is_over if ended else ~is_over,
    )
    if access_point is not None:
        statement = statement.where(MaintenanceRow.access_point_id == access_point)
    return paged(db, statement, MaintenanceRow.id, cursor, lambda rows: shapes(db, rows, now))


def change(
    db: Session, maintenance_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Maintenance:
    """Apply a merge patch to a task. Raises Invalid, Stale, NotFound, Forbidden."""
    row = _writable(db, maintenance_id, actor)
    require_version(row, version)
    _apply(row, merge(shapes(db, [row], now)[0], patch, MaintenanceFields))
    return _record_change(db, row, "maintenance_changed", actor, now)


def end(db: Session, maintenance_id: str, *, actor: Actor, now: Utc) -> Maintenance:
    """End the maintenance task and keep its log; idempotent."""
    row = _writable(db, maintenance_id, actor)
    row.ended_at = row.ended_at or now
    return _record_change(db, row, "maintenance_ended", actor, now)


def log_maintenance(
    db: Session,
    maintenance_id: str,
    new: NewDone,
    *,
    actor: Actor,
    now: Utc,
    seen: Utc | None = None,
) -> MaintenanceDone:
    """Log that maintenance was done; its counter starts again from then on.

    Allowed for the desk, managers and the access point's maintainers. Logging the same moment twice
    has no further effect. `seen`: the counter's start that the actor saw; raises DoneSince if the
    maintenance was logged after it. Raises Conflict if the task has ended; Invalid, Forbidden.
    """
    row = _visible(db, maintenance_id, actor)
    if not (actor.may(Permission.COMMAND, row.site_id) or _maintains(db, row, actor)):
        raise Forbidden("only the desk or a maintainer of this access point may log maintenance")
    if row.ended_at is not None:
        raise Conflict("this maintenance task has been ended")
    at, since = new.at or now, _lock_and_read_start(db, row)
    if seen is not None and since > seen and (last := _last_entry(db, row)):
        raise DoneSince(last)
    if at > now:
        raise Invalid.of("at", "it is in the future")
    if at < since:
        raise Invalid.of("at", "it is before the last maintenance, or before the task began")
    is_same_entry = (DoneRow.maintenance_id == row.id) & (DoneRow.at == at)
    new_entry = DoneRow(
        id=uuid7(),
        maintenance_id=row.id,
        site_id=row.site_id,
        at=at,
        by=actor.ref,
        remark=new.remark,
        recorded_at=now,
    )
    entry = ensure(db, select(DoneRow).where(is_same_entry), new_entry)
    _record_change(db, row, "maintenance_done", actor, now)
    return _history(db, [entry])[0]


def _lock_and_read_start(db: Session, row: MaintenanceRow) -> Utc:
    """Return since when the task counts; locks the row, so that concurrent logging waits."""
    db.execute(select(MaintenanceRow.id).where(MaintenanceRow.id == row.id).with_for_update())
    return counts(db, [row.id])[row.id].since


def _last_entry(db: Session, row: MaintenanceRow) -> MaintenanceDone | None:
    entries = select(DoneRow).where(DoneRow.maintenance_id == row.id)
    return next(
        iter(_history(db, list(db.scalars(entries.order_by(DoneRow.at.desc()).limit(1))))), None
    )


def take_back(db: Session, done_id: str, *, actor: Actor, now: Utc) -> Maintenance:
    """Delete a mistaken log entry; the counter continues as before.

    Only for its author, within `TAKEN_BACK_WITHIN`. Raises NotFound, and Conflict if it is too
    late.
    """
    entry = get_or_404(db, DoneRow, done_id, "maintenance done")
    row = _visible(db, entry.maintenance_id, actor)
    if entry.by != actor.ref:
        raise NotFound("maintenance done", done_id)
    if now - entry.recorded_at > TAKEN_BACK_WITHIN:
        raise Conflict("it was logged too long ago to be taken back")
    db.delete(entry)
    return _record_change(db, row, "maintenance_taken_back", actor, now)


def history(
    db: Session, maintenance_id: str, *, actor: Actor, cursor: Cursor = FIRST
) -> Page[MaintenanceDone]:
    """Return a page of a task's log: when it was done, by whom, after how much use. Raises
    NotFound."""
    row = _visible(db, maintenance_id, actor)
    statement = select(DoneRow).where(DoneRow.maintenance_id == row.id)
    return paged(db, statement, DoneRow.id, cursor, lambda rows: _history(db, rows))


def log(
    db: Session, access_point_id: str, *, actor: Actor, limit: int
) -> tuple[tuple[Label, MaintenanceDone], ...]:
    """Return an access point's newest log entries with the names of their tasks, including ended
    ones."""
    newest = (
        select(DoneRow, MaintenanceRow.name)
        .join(MaintenanceRow, MaintenanceRow.id == DoneRow.maintenance_id)
        .where(
            MaintenanceRow.access_point_id == access_point_id,
            at_sites(MaintenanceRow.site_id, actor.sites(Permission.LIVE_READ)),
        )
        .order_by(DoneRow.at.desc(), DoneRow.id.desc())
        .limit(limit)
    )
    rows = db.execute(newest).all()
    entries = _history(db, [row for row, _name in rows])
    return tuple(zip((from_json(name, Label) for _row, name in rows), entries, strict=True))


def update_alarms(db: Session, now: Utc) -> None:
    """Raise the alarms of tasks that are due, and clear those of other tasks."""
    active = select(MaintenanceRow).where(MaintenanceRow.ended_at.is_(None))
    rows = list(db.scalars(active.order_by(MaintenanceRow.id)))
    for row, task in zip(rows, shapes(db, rows, now), strict=True):
        _alarm(db, row, task, now)


def _apply(row: MaintenanceRow, new: MaintenanceFields | NewMaintenance) -> None:
    write(row, new, MaintenanceFields)


def _visible(db: Session, key: str, actor: Actor) -> MaintenanceRow:
    row = get_or_404(db, MaintenanceRow, key, "maintenance")
    if not (actor.may(Permission.LIVE_READ, row.site_id) or _maintains(db, row, actor)):
        raise NotFound("maintenance", key)
    return row


def _writable(db: Session, key: str, actor: Actor) -> MaintenanceRow:
    row = _visible(db, key, actor)
    actor.require(Permission.RULES_WRITE, row.site_id)
    return row


def _maintains(db: Session, row: MaintenanceRow, actor: Actor) -> bool:
    """Return whether the actor is a maintainer of this access point."""
    if actor.member_id is None or not actor.may(Permission.RULES_READ, row.site_id):
        return False
    return db.get(Maintainer, (actor.member_id, row.access_point_id)) is not None


def _record_change(
    db: Session, row: MaintenanceRow, action: str, actor: Actor, now: Utc
) -> Maintenance:
    db.flush()
    subject = f"access_point:{row.access_point_id}"
    audit.record(db, actor, now, action, subject, row.site_id, maintenance=row.id)
    post_news(db, MaintenanceNews(site=row.site_id, key=row.id))
    task = shapes(db, [row], now)[0]
    _alarm(db, row, task, now)
    return task


def _alarm(db: Session, row: MaintenanceRow, task: Maintenance, now: Utc) -> None:
    """Set the task's alarm while it is due; each time it falls due raises a new one."""
    is_due = task.state in (UpkeepState.DUE, UpkeepState.OVERDUE) and row.ended_at is None
    detail = {"maintenance": row.id, "name": row.name, "state": task.state.value}
    set_alarm(
        db,
        key=f"{ALARM}:{row.id}",
        site_id=row.site_id,
        kind=ALARM,
        access_point=row.access_point_id,
        detail=detail,
        is_on=is_due,
        now=now,
    )


def _history(db: Session, rows: list[DoneRow]) -> list[MaintenanceDone]:
    names, used = names_of(db, [row.by for row in rows]), used_before(db, [row.id for row in rows])
    return [
        to_shape(row, MaintenanceDone, by=names.get(row.by, row.by), used_s=used.get(row.id, 0.0))
        for row in rows
    ]


def shapes(db: Session, rows: list[MaintenanceRow], now: Utc) -> list[Maintenance]:
    """Return the rows for the API, each with its counter."""
    log_counts = counts(db, [row.id for row in rows])
    return [_shape(row, log_counts[row.id], now) for row in rows]


def _shape(row: MaintenanceRow, count: Count, now: Utc) -> Maintenance:
    used_h = count.used_s / 3600
    left_h = None if row.every_h is None else row.every_h - used_h
    due_at = None if row.every_days is None else _add_days(count.since, row.every_days)
    return Maintenance(
        id=row.id,
        site_id=row.site_id,
        access_point=row.access_point_id,
        name=from_json(row.name, Label),
        every_h=row.every_h,
        every_days=row.every_days,
        counts="powered" if row.counts == "powered" else "active",
        since=count.since,
        used_s=round(count.used_s, 3),
        used_h=round(used_h, 2),
        left_h=None if left_h is None else round(left_h, 2),
        due_at=due_at,
        state=_state(row, count, now),
        ended_at=row.ended_at,
        version=row.row_version,
    )


def _add_days(since: Utc, days: int) -> Utc:
    return Utc.of(since + timedelta(days=days))


def _state(row: MaintenanceRow, count: Count, now: Utc) -> UpkeepState:
    fractions = []
    if row.every_h is not None:
        fractions.append(count.used_s / (row.every_h * 3600))
    if row.every_days is not None:
        fractions.append((now - count.since) / timedelta(days=row.every_days))
    reached = max(fractions)
    if reached < SOON_FRACTION:
        return UpkeepState.FINE
    if reached < 1:
        return UpkeepState.SOON
    return UpkeepState.DUE if reached < OVERDUE_FRACTION else UpkeepState.OVERDUE
