"""Special days: dates on which a schedule differs from the weekly hours, and why."""

from collections.abc import Sequence
from datetime import date as Date
from typing import Annotated

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import ScheduleRow, SpecialDayReason
from controller.capabilities.places.schedules import shape, store
from controller.capabilities.places.shapes import ExceptionDay, Schedule, Span
from controller.domain.control_characters import IN_A_LINE
from controller.domain.ids import END
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.rows import visible
from controller.kernel.shapes import Shape
from controller.kernel.validate import one_line

MAX_DAYS = 100
"""Maximum number of days that are changed at once."""
Reason = Annotated[str, msgspec.Meta(max_length=200, pattern=rf"^[^{IN_A_LINE}]*" + END)]


class Day(Shape, frozen=True, kw_only=True):
    """The hours of a date: as every week (null), closed (empty), or open in these spans."""

    date: Date
    windows: tuple[Span, ...] | None
    reason: Reason = ""


def change(
    db: Session, schedule_id: str, days: Sequence[Day], *, actor: Actor, now: Utc
) -> list[Day]:
    """Set the hours of these dates; return the previous ones, for undoing the change.

    Raises Invalid, NotFound, Forbidden.
    """
    row = visible(db, ScheduleRow, schedule_id, "schedule", actor, Permission.RULES_READ)
    actor.require(Permission.RULES_WRITE, row.site_id)
    if not 0 < len(days) <= MAX_DAYS:
        raise Invalid.of("days", f"between 1 and {MAX_DAYS} days at once")
    for day in days:
        one_line("reason", day.reason)
    old, old_reasons = shape(row), reasons(db, schedule_id)
    before = [_day(old, day.date, old_reasons) for day in days]
    new = {exception.date: exception for exception in old.exceptions}
    for day in days:
        new.pop(day.date, None)
        if day.windows is not None:
            new[day.date] = ExceptionDay(date=day.date, windows=day.windows)
    store(row, msgspec.structs.replace(old, exceptions=tuple(new[key] for key in sorted(new))))
    _write_reasons(db, schedule_id, days)
    dates = ", ".join(day.date.isoformat() for day in days)
    subject = f"schedule:{row.id}"
    audit.record(db, actor, now, "schedule_days_changed", subject, row.site_id, days=dates)
    db.flush()
    return before


def reasons(db: Session, schedule_id: str) -> dict[Date, str]:
    """Return the reasons of a schedule's special days, by date; without days that have none."""
    rows = select(SpecialDayReason.day, SpecialDayReason.reason).where(
        SpecialDayReason.schedule_id == schedule_id
    )
    return {row.day: row.reason for row in db.execute(rows)}


def _day(schedule: Schedule, date: Date, reasons_by_date: dict[Date, str]) -> Day:
    exception_day = next(
        (exception for exception in schedule.exceptions if exception.date == date), None
    )
    windows = None if exception_day is None else exception_day.windows
    return Day(date=date, windows=windows, reason=reasons_by_date.get(date, ""))


def _write_reasons(db: Session, schedule_id: str, days: Sequence[Day]) -> None:
    dates = [day.date for day in days]
    of_schedule = SpecialDayReason.schedule_id == schedule_id
    db.execute(delete(SpecialDayReason).where(of_schedule, SpecialDayReason.day.in_(dates)))
    db.add_all(
        SpecialDayReason(schedule_id=schedule_id, day=day.date, reason=day.reason)
        for day in days
        if day.windows is not None and day.reason
    )
