"""Special days of a schedule, and the bookings that can't be used because of them.

Lists the affected members before such days are saved, and writes to them afterwards. Bookings are
not cancelled: the member or the desk cancels or moves them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.access.hours_effect import (
    StrandedBooking,
    stranded_bookings,
    with_schedule,
)
from controller.capabilities.bookings import barred_bookings
from controller.capabilities.bookings.barred_bookings import BarredBooking, Booker
from controller.capabilities.bookings.barred_messages import BarredBy
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import days
from controller.capabilities.places.days import Day
from controller.domain import facts
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.policy import facts_of

_FIRST, _LAST = date(2000, 1, 1), date(9999, 12, 1)
_DAY = timedelta(days=1)


def change(
    db: Session, schedule_id: str, new: Sequence[Day], *, site_id: str, actor: Actor, now: Utc
) -> list[Day]:
    """Save these special days; notify members whose bookings become unusable, or usable again.

    Returns the previous state of these days, for undoing the change. Raises Invalid, NotFound,
    Forbidden.
    """
    old = facts_of.site(db, site_id, now)
    before = days.change(db, schedule_id, new, actor=actor, now=now)
    site = facts_of.site(db, site_id, now)
    within = spans((day.date for day in new), site)
    stranded = stranded_bookings(db, old, site, now=now, within=within)
    freed = stranded_bookings(db, site, old, now=now, within=within)
    barred_bookings.write_barred(db, _rows(db, stranded), BarredBy.HOURS, schedule_id, now)
    barred_bookings.write_usable(db, _rows(db, freed), BarredBy.HOURS, schedule_id, now)
    return before


def bookers_of_change(
    db: Session,
    before: facts.Site,
    after: facts.Site,
    dates: Iterable[date],
    *,
    actor: Actor,
    now: Utc,
) -> list[Booker]:
    """Return the members to notify if these dates were changed. Raises Forbidden."""
    rows = _rows(db, stranded_bookings(db, before, after, now=now, within=spans(dates, before)))
    return barred_bookings.bookers(db, before.id, rows, cause=None, actor=actor)


def bookers_of_special_days(
    db: Session,
    site: facts.Site,
    schedule_id: str,
    dates: Iterable[date],
    *,
    actor: Actor,
    now: Utc,
) -> list[Booker]:
    """Return the members whose bookings the saved special days make unusable, and how each was
    notified.

    Raises Forbidden.
    """
    within = spans(dates, site)
    rows = _rows(
        db,
        stranded_bookings(
            db, without_special_days(site, schedule_id), site, now=now, within=within
        ),
    )
    return barred_bookings.bookers(db, site.id, rows, cause=schedule_id, actor=actor)


def other_bookings(
    db: Session,
    site_id: str,
    within: Sequence[tuple[Utc, Utc]],
    bookers: Iterable[Booker],
    *,
    actor: Actor,
    now: Utc,
) -> list[tuple[str, BarredBooking]]:
    """Return the bookings in these periods that are not among those of `bookers`, soonest first,
    with the member's name.

    Raises Forbidden.
    """
    actor.require(Permission.MEMBERS_READ, site_id)
    periods = [
        and_(BookingRow.ends_at > start, BookingRow.starts_at < end) for start, end in within
    ]
    thing = func.coalesce(BookingRow.access_point_id, BookingRow.zone_id, "").label("thing")
    rows = db.execute(
        select(
            MemberRow.display_name, BookingRow.id, BookingRow.starts_at, BookingRow.ends_at, thing
        )
        .join(BookingRow, BookingRow.member_id == MemberRow.id)
        .where(BookingRow.site_id == site_id, BookingRow.closed_at.is_(None))
        .where(BookingRow.ends_at > now, or_(false(), *periods))
        .order_by(BookingRow.starts_at, BookingRow.id)
    )
    barred = {booking.id for booker in bookers for booking in booker.bookings}
    return [
        (
            row.display_name,
            BarredBooking(id=row.id, starts_at=row.starts_at, ends_at=row.ends_at, thing=row.thing),
        )
        for row in rows
        if row.id not in barred
    ]


def without_special_days(site: facts.Site, schedule_id: str) -> facts.Site:
    """Return the site with only the weekly hours of a schedule, without its special days."""
    return with_schedule(site, schedule_id, replace(site.schedules[schedule_id], exceptions=()))


def spans(dates: Iterable[date], site: facts.Site) -> list[tuple[Utc, Utc]]:
    """Return the periods of the dates; consecutive dates form one.

    A period ends at the end of the following day, to include opening hours past midnight.
    """
    zone = ZoneInfo(site.time_zone)
    runs: list[tuple[date, date]] = []
    for day in sorted({day for day in dates if _FIRST <= day <= _LAST}):
        if runs and day == runs[-1][1] + _DAY:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return [
        (Utc.midnight(first, zone), Utc.midnight(last + 2 * _DAY, zone)) for first, last in runs
    ]


def _rows(db: Session, bookings: Sequence[StrandedBooking]) -> Sequence[BookingRow]:
    if not bookings:
        return ()
    ids = [booking.booking for booking in bookings]
    return db.scalars(select(BookingRow).where(BookingRow.id.in_(ids))).all()
