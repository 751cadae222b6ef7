"""The entries of a calendar: bookings and course sessions of the last month and the coming year."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TypeVarTuple

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, not_, select
from sqlalchemy.orm import Session

from controller.capabilities.bookings import letters
from controller.capabilities.bookings.booking_messages import calendar_uid
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow, ZoneRow
from controller.capabilities.training.models import (
    CourseRow,
    CourseSessionKind,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
)
from controller.domain.facts import Language, Name
from controller.domain.locale.catalogue import NC_
from controller.domain.time import Utc
from controller.integrations.calendars.models import CalendarKind, CalendarRow
from controller.kernel.translation import translator

Columns = TypeVarTuple("Columns")
PAST = timedelta(days=31)
FEED_PERIOD = timedelta(days=366)
MAX_ENTRIES = 2000
"""Limit of entries in one calendar.

Future entries come first, so that a busy machine's next weeks are complete; past and cancelled ones
fill what is left.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a calendar; it contains no names of people."""

    uid: str
    """Stays the same when the entry changes (RFC 5545, 3.8.4.7)."""
    starts: Utc
    ends: Utc
    title: str
    location: str
    sequence: int
    """Increases with each change (RFC 5545, 3.8.7.4)."""
    created_at: Utc
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar's name and entries."""

    name: str
    language: Language
    entries: tuple[Entry, ...]


def feed(db: Session, calendar: CalendarRow, now: Utc) -> Feed:
    """Return the calendar's entries at this time."""
    return _Reader(db, calendar, now).read()


class _Reader:
    """Reads one calendar: a member's own in the member's language, others in the site's."""

    def __init__(self, db: Session, calendar: CalendarRow, now: Utc) -> None:
        self.db, self.calendar = db, calendar
        self.site = db.get_one(SiteRow, calendar.site_id)
        member = calendar.member_id and db.get(MemberRow, calendar.member_id)
        self.language = member.language if member else self.site.language
        self.now = now
        self.since, self.until = Utc.of(now - PAST), Utc.of(now + FEED_PERIOD)

    def read(self) -> Feed:
        kinds = {
            CalendarKind.OWN: self._member_entries,
            CalendarKind.MACHINE: self._machine,
            CalendarKind.ROOM: self._room,
            CalendarKind.PROGRAMME: self._programme,
        }
        name, entries = kinds[self.calendar.kind]()
        by_start = sorted(entries, key=lambda entry: (entry.starts, entry.uid))
        return Feed(name, self.language, tuple(by_start))

    def _member_entries(self) -> tuple[str, Iterator[Entry]]:
        key = self.calendar.member_id
        own_sessions = select(EnrolmentRow.session_id).where(
            EnrolmentRow.member_id == key, EnrolmentRow.status == EnrolmentStatus.ENROLLED
        )

        def entries() -> Iterator[Entry]:
            yield from self._bookings(BookingRow.member_id == key, is_own=True)
            yield from self._sessions(CourseSessionRow.id.in_(own_sessions))

        return self._label(self.site.name), entries()

    def _machine(self) -> tuple[str, Iterator[Entry]]:
        key = self.calendar.access_point_id
        name = self._label(self.db.get_one(AccessPointRow, key).name)
        return name, self._bookings(BookingRow.access_point_id == key)

    def _room(self) -> tuple[str, Iterator[Entry]]:
        key = self.calendar.zone_id
        name = self._label(self.db.get_one(ZoneRow, key).name)
        return name, self._bookings(BookingRow.zone_id == key)

    def _programme(self) -> tuple[str, Iterator[Entry]]:
        is_at_site = CourseSessionRow.site_id == self.calendar.site_id
        public = and_(is_at_site, CourseSessionRow.kind != CourseSessionKind.APPOINTMENT)
        return self._label(self.site.name), self._sessions(public)

    def _bookings(self, condition: ColumnElement[bool], *, is_own: bool = False) -> Iterator[Entry]:
        statement = (
            select(BookingRow, AccessPointRow.name, ZoneRow.name, SiteRow.name)
            .outerjoin(AccessPointRow, AccessPointRow.id == BookingRow.access_point_id)
            .outerjoin(ZoneRow, ZoneRow.id == BookingRow.zone_id)
            .join(SiteRow, SiteRow.id == BookingRow.site_id)
            .where(condition, BookingRow.ends_at > self.since, BookingRow.starts_at < self.until)
        )
        booked = translator(self.db, self.language).say(NC_("time", "Booked"))
        for row, machine, zone, site in self._limit_rows(statement, BookingRow):
            yield Entry(
                uid=calendar_uid(row.id),
                starts=row.starts_at,
                ends=row.ends_at,
                title=self._label(machine or zone) if is_own else booked,
                location=self._label(site),
                sequence=letters.sequence(row),
                created_at=row.created_at,
                cancelled=row.cancelled_at is not None or _is_released(row),
            )

    def _sessions(self, condition: ColumnElement[bool]) -> Iterator[Entry]:
        statement = (
            select(CourseSessionRow, CourseRow.name, SiteRow.name)
            .outerjoin(CourseRow, CourseRow.id == CourseSessionRow.course_id)
            .join(SiteRow, SiteRow.id == CourseSessionRow.site_id)
            .where(condition, CourseSessionRow.ends_at > self.since)
            .where(CourseSessionRow.starts_at < self.until)
        )
        untitled = translator(self.db, self.language).say(NC_("course", "Session"))
        for row, course, site in self._limit_rows(statement, CourseSessionRow):
            parts = (self._label(course) if course else None, row.theme)
            yield Entry(
                uid=f"{row.id}@course.loquet",
                starts=row.starts_at,
                ends=row.ends_at,
                title=" · ".join(filter(None, parts)) or untitled,
                location=self._label(site),
                sequence=row.row_version - 1,
                created_at=_created_at(row.id),
                cancelled=row.cancelled_at is not None,
            )

    def _limit_rows(
        self, statement: Select[*Columns], table: type[BookingRow] | type[CourseSessionRow]
    ) -> list[Row[*Columns]]:
        """Return the rows up to the limit, future ones first."""
        is_coming = and_(table.ends_at > self.now, table.cancelled_at.is_(None))
        rows = [
            *self.db.execute(
                statement.where(is_coming).order_by(table.starts_at).limit(MAX_ENTRIES)
            )
        ]
        rest = statement.where(not_(is_coming)).order_by(table.starts_at.desc())
        return [*rows, *self.db.execute(rest.limit(MAX_ENTRIES - len(rows)))]

    def _label(self, name: object) -> str:
        return msgspec.convert(name, Name).read(self.language)


def _is_released(row: BookingRow) -> bool:
    return row.missed_at is not None and row.missed_at < row.ends_at


def _created_at(key: str) -> Utc:
    """Return when a UUIDv7 was created (RFC 9562, 5.7)."""
    return Utc.from_millis(int(key.replace("-", "")[:12], 16))


# A calendar as iCalendar text (RFC 5545), for programs that fetch it again and again.

PRODUCT = "-//Loquet//Loquet//FR"
END = b"END:VCALENDAR"
ENTRIES_CACHED = 10_000
"""How many formatted entries are cached, each about 300 bytes."""
FETCHED_EVERY = timedelta(minutes=15)


def icalendar(feed: Feed) -> bytes:
    """Return the calendar as iCalendar text; the same feed gives the same bytes."""
    from icalendar import Calendar  # imported only if a calendar is fetched

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", feed.name, parameters={"language": str(feed.language)})
    calendar.add("x-wr-calname", feed.name)  # for programs that do not support RFC 7986
    calendar.add("refresh-interval", FETCHED_EVERY, parameters={"value": "DURATION"})
    head, end = bytes(calendar.to_ical()).split(END)
    return b"".join((head, *map(_event, feed.entries), END, end))


@lru_cache(ENTRIES_CACHED)
def _event(entry: Entry) -> bytes:
    """Return the entry's lines, cached for the frequent requests of programs."""
    from icalendar import Event

    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.created_at)
    event.add("dtstart", entry.starts)
    event.add("dtend", entry.ends)
    event.add("summary", entry.title)
    event.add("location", entry.location)
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.cancelled else "OPAQUE")
    return bytes(event.to_ical())
