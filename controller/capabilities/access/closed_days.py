"""Days apart, with the bookings that fall outside then: who is told of it before it is saved, and
the letters once it is. The bookings stay: a member, or the desk, cancels or moves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.access.hours_effect import Outside, outside, with_schedule
from controller.capabilities.bookings import barred
from controller.capabilities.bookings.barred import Booker
from controller.capabilities.bookings.barred_messages import BarredBy
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.places import days
from controller.capabilities.places.days import Day
from controller.domain import facts
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.policy import facts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysChanged:
    """How the days were, which puts them back, and the bookings that fall outside now."""

    before: list[Day]
    outside: tuple[Outside, ...]


def change(
    db: Session,
    schedule_id: str,
    new: Sequence[Day],
    *,
    site_id: str,
    within: tuple[Utc, Utc],
    actor: Actor,
    now: Utc,
) -> DaysChanged:
    """Let these dates be so, and write to those whose bookings fall outside, or no longer do.

    `within`: from when to when these dates can reach. Raises Invalid, NotFound, Forbidden.
    """
    old = facts_of.site(db, site_id, now)
    before = days.change(db, schedule_id, new, actor=actor, now=now)
    site = facts_of.site(db, site_id, now)
    found = outside(db, old, site, now=now, within=within)
    freed = outside(db, site, old, now=now, within=within)
    barred.write_barred(db, _rows(db, found), BarredBy.HOURS, schedule_id, now)
    barred.write_usable(db, _rows(db, freed), BarredBy.HOURS, schedule_id, now)
    return DaysChanged(before=before, outside=found)


def bookers_of_change(
    db: Session, before: facts.Site, after: facts.Site, *, actor: Actor, now: Utc
) -> list[Booker]:
    """Who would be told if the site were so. Raises Forbidden."""
    rows = _rows(db, outside(db, before, after, now=now))
    return barred.bookers(db, before.id, rows, cause=None, actor=actor)


def bookers_of_days_apart(
    db: Session, site_id: str, schedule_id: str, *, actor: Actor, now: Utc
) -> list[Booker]:
    """Whose bookings fall outside by the days apart that are saved, and how they were told.

    Raises Forbidden.
    """
    site = facts_of.site(db, site_id, now)
    hours = site.schedules.get(schedule_id)
    if hours is None or not hours.exceptions:
        return []
    every_week = with_schedule(site, schedule_id, replace(hours, exceptions=()))
    rows = _rows(db, outside(db, every_week, site, now=now))
    return barred.bookers(db, site_id, rows, cause=schedule_id, actor=actor)


def _rows(db: Session, found: Sequence[Outside]) -> Sequence[BookingRow]:
    if not found:
        return ()
    ids = [each.booking for each in found]
    return db.scalars(select(BookingRow).where(BookingRow.id.in_(ids))).all()
