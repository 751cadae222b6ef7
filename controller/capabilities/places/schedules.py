"""Schedules: weekly hours in a site's local time, and special days."""

from datetime import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import ScheduleRow
from controller.capabilities.places.shapes import (
    ExceptionDay,
    NewSchedule,
    Schedule,
    ScheduleFields,
    Span,
    Weekly,
)
from controller.domain import facts
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.jsontypes import to_json
from controller.kernel.mapping import to_shape
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import (
    at_sites,
    require_unused_id,
    require_version,
    resolve_site,
    visible,
)
from controller.kernel.validate import merge
from controller.policy.reading import from_json


def create(db: Session, new: NewSchedule, *, actor: Actor, now: Utc) -> Schedule:
    """Create a schedule. Raises Conflict if the id is taken."""
    site_id = resolve_site(db, actor, Permission.RULES_WRITE, new.site_id)
    require_unused_id(db, ScheduleRow, new.id, "schedule")
    row = ScheduleRow(id=new.id, site_id=site_id, name=to_json(new.name), data=_data(new))
    db.add(row)
    audit.record(db, actor, now, "schedule_created", f"schedule:{row.id}", site_id)
    db.flush()
    return shape(row)


def get(db: Session, schedule_id: str, *, actor: Actor) -> Schedule:
    """Return one schedule. Raises NotFound."""
    return shape(visible(db, ScheduleRow, schedule_id, "schedule", actor, Permission.RULES_READ))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Schedule]:
    """Return a page of the schedules of the actor's sites."""
    statement = select(ScheduleRow).where(
        at_sites(ScheduleRow.site_id, actor.sites(Permission.RULES_READ))
    )
    return paged(db, statement, ScheduleRow.id, cursor, lambda rows: [shape(row) for row in rows])


def change(
    db: Session, schedule_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Schedule:
    """Apply a merge patch. Raises Invalid, Stale, NotFound, Forbidden."""
    row = visible(db, ScheduleRow, schedule_id, "schedule", actor, Permission.RULES_READ)
    actor.require(Permission.RULES_WRITE, row.site_id)
    require_version(row, version)
    new = merge(shape(row), patch, ScheduleFields)
    store(row, new)
    audit.record(db, actor, now, "schedule_changed", f"schedule:{row.id}", row.site_id)
    db.flush()
    return shape(row)


def store(row: ScheduleRow, new: ScheduleFields) -> None:
    """Write the fields into the row. Raises Invalid."""
    row.name, row.data = to_json(new.name), _data(new)


def facts_of(new: ScheduleFields) -> facts.Schedule:
    """Convert the fields to the schedule that agents use. Raises Invalid."""
    return from_json(_data(new), facts.Schedule)


def _data(new: ScheduleFields | NewSchedule) -> dict[str, object]:
    """Convert the fields to the JSON of a `facts.Schedule`."""
    weekly = tuple(
        facts.WeeklyWindow(weekday=window.weekday, start=start, end=end)
        for index, window in enumerate(new.weekly)
        for start, end in [_span(f"weekly.{index}", window)]
    )
    exceptions = tuple(
        facts.ScheduleException(
            date=exception.date,
            windows=tuple(_span(f"exceptions.{index}.windows", span) for span in exception.windows),
        )
        for index, exception in enumerate(new.exceptions)
    )
    data: dict[str, object] = to_json(facts.Schedule(weekly=weekly, exceptions=exceptions))
    return data


def _span(field: str, span: Weekly | Span) -> tuple[time, time]:
    start, end = time.fromisoformat(span.start), time.fromisoformat(span.end)
    if end <= start and end != time(0):
        raise Invalid.of(field, "the end must be after the start; 00:00 ends at midnight")
    return start, end


def shape(row: ScheduleRow) -> Schedule:
    """Return the row for the API."""
    data = from_json(row.data, facts.Schedule)
    return to_shape(
        row,
        Schedule,
        weekly=tuple(
            Weekly(weekday=window.weekday, start=_text(window.start), end=_text(window.end))
            for window in data.weekly
        ),
        exceptions=tuple(
            ExceptionDay(
                date=exception.date,
                windows=tuple(Span(start=_text(a), end=_text(b)) for a, b in exception.windows),
            )
            for exception in data.exceptions
        ),
    )


def _text(moment: time) -> str:
    return moment.strftime("%H:%M")
