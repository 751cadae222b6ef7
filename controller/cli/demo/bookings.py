"""The demo's bookings of this week and the next, a course, and opening hours with special days."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from controller.capabilities.bookings import bookings, terms
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.bookings.terms import Terms
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import days, schedules, sites, zones
from controller.capabilities.places.days import Day
from controller.capabilities.places.french_days import upcoming_holidays
from controller.capabilities.places.shapes import NewSchedule, NewZone, Span, Weekly
from controller.capabilities.training import course_sessions, courses
from controller.capabilities.training.shapes import NewCourse, NewCourseSession
from controller.cli.demo.people import AMINA
from controller.cli.demo.place import SITE_ID
from controller.cli.demo.texts import place_language, translate
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session
from controller.kernel.errors import Conflict
from controller.kernel.shapes import Label

ROOM, COURSE, OPENING = "salle-reunion", "decouverte-3d", "ouverture"
"""Ids of the meeting room, the course and the schedule of opening hours."""
_OPENS, _CLOSES = "09:00", "19:00"
_LATE_DAY, _CLOSES_LATE = 3, "20:00"
"""The weekday on which it is open longer, as a reported need asked."""
_SUNDAY = 6
_BEFORE_H, _AFTER_H = 3, 7
"""Hours before and after the demo's start during which the place is always open."""
_ZONE = ZoneInfo("Europe/Paris")
_BY = Actor.system("demo")
_BOOKED = (
    (0, "laser-co2", AMINA, 14.0, 16.0),
    (0, "imprimante-2", "Hélène de La Motte-Picquet", 9.0, 12.0),
    (1, "laser-co2", "Thi Mai Nguyen", 9.0, 11.0),
    (1, "laser-co2", "Anaïs Duhamel", 17.0, 18.5),
    (1, ROOM, "Wout Vermeersch", 9.0, 12.0),
    (2, "plotter", "Association Récup’Art", 10.0, 12.0),
    (2, "laser-co2", "Rachid Amrani", 16.0, 17.0),
    (2, ROOM, "Les Jardins partagés du canal", 17.5, 19.0),
    (3, "imprimante-3", "Yanis Lemaire", 16.0, 18.0),
    (3, "laser-co2", "Nadia Haddad", 16.0, 18.0),
    (3, "laser-co2", "Karim Benali", 10.0, 11.5),
    (4, "perceuse", "Marek Kowalczyk", 14.0, 17.0),
    (4, "imprimante-1", "Club robotique du lycée", 9.0, 12.0),
    (5, "laser-co2", AMINA, 14.0, 16.0),
    (5, "perceuse", "Louis Delattre", 9.0, 11.0),
)
"""Weekday, machine or room, member, start and end in hours of the day.

For this week and the next.
"""
_TODAY = (
    ("imprimante-3", "Yanis Lemaire", 1, 3),
    ("plotter", "Association Récup’Art", 2, 4),
    (ROOM, "Les Jardins partagés du canal", 2, 4),
    ("perceuse", "Louis Delattre", 4, 6),
)
"""Machine or room, member, start and end in whole hours after the next full hour; for any day."""


def add_bookings(database: Database, now: Utc) -> None:
    """Add two weeks of bookings, created nine days ago; the first one that has ended was missed."""
    monday = now.astimezone(_ZONE).date()
    monday -= timedelta(days=monday.weekday())
    before = Utc.of(now - timedelta(days=9))
    with database.write() as db:
        _hours(db, monday, before)
    open_around(database, now)
    with database.write() as db:
        _room_and_course(db, monday, before)
        people = {row.display_name: row.id for row in db.scalars(select(MemberRow))}
        for week in (0, 7):
            for weekday, subject, name, start, end in _BOOKED:
                if name in people:
                    day = monday + timedelta(days=week + weekday)
                    _book(
                        db,
                        subject,
                        people[name],
                        _local_time(day, start),
                        _local_time(day, end),
                        before,
                    )
        for subject, name, start, end in _TODAY:
            if name in people:
                _book(db, subject, people[name], _from_now(now, start), _from_now(now, end), before)
        new_terms = Terms(longest_min=240, ahead_days=30, release_min=15)
        terms.change(db, SITE_ID, new_terms, actor=_BY, now=before)
        bookings.close_ended(db, now)
        _mark_missed(db, now)


def _hours(db: Session, monday: date, now: Utc) -> None:
    """Add hours from 9 to 19, on Thursdays to 20 and never on Sundays, with two special days: next
    Saturday it closes early, and on a public holiday it is closed."""
    week = tuple(Weekly(weekday=day, start=_OPENS, end=_closing(day)) for day in range(_SUNDAY))
    name = Label(fr="Ouverture", en="Opening")
    new = NewSchedule(id=OPENING, site_id=SITE_ID, name=name, weekly=week)
    schedules.create(db, new, actor=_BY, now=now)
    sites.change(db, SITE_ID, {"opening": OPENING}, version=None, actor=_BY, now=now)
    saturday = monday + timedelta(days=12)
    evening = Day(
        date=saturday,
        windows=(Span(start=_OPENS, end="16:00"),),
        reason=translate("Nettoyage de l’atelier"),
    )
    holiday = next(holiday for holiday in upcoming_holidays(saturday) if holiday.day != saturday)
    closed = Day(date=holiday.day, windows=(), reason=holiday.name.read(place_language()))
    days.change(db, OPENING, [evening, closed], actor=_BY, now=now)


def _closing(weekday: int) -> str:
    return _CLOSES_LATE if weekday == _LATE_DAY else _CLOSES


def open_around(database: Database, now: Utc) -> None:
    """Extend the opening hours around now, so that the demo is open at any time of day."""
    since, until = (
        Utc.of(now + timedelta(hours=hours)).astimezone(_ZONE) for hours in (-_BEFORE_H, _AFTER_H)
    )
    extended = [_extended(day, since, until) for day in sorted({since.date(), until.date()})]
    with database.write() as db:
        days.change(db, OPENING, extended, actor=_BY, now=now)


def _extended(day: date, since: datetime, until: datetime) -> Day:
    """Return the day with its usual hours and that period, in whole hours."""
    first = since.hour if day == since.date() else 0
    last = until.hour + 1 if day == until.date() else 24
    windows, closes = [(first, last)], int(_closing(day.weekday())[:2])
    if day.weekday() != _SUNDAY:
        usual = (int(_OPENS[:2]), closes)
        overlaps = first <= usual[1] and usual[0] <= last
        windows = [(min(first, usual[0]), max(last, usual[1]))] if overlaps else [*windows, usual]
    spans = (Span(start=f"{a:02}:00", end=f"{b % 24:02}:00") for a, b in sorted(windows))
    is_late = max(end for _start, end in windows) > closes
    reason = "Nocturne" if is_late else "Ouverture matinale"
    return Day(date=day, windows=tuple(spans), reason=translate(reason))


def _room_and_course(db: Session, monday: date, now: Utc) -> None:
    room = NewZone(
        id=ROOM, site_id=SITE_ID, name=Label(fr="Salle de réunion", en="Meeting room"), capacity=12
    )
    zones.create(db, room, actor=_BY, now=now)
    course = NewCourse(
        id=COURSE,
        site_id=SITE_ID,
        name=Label(fr="Découverte de l’impression 3D", en="3D printing, first steps"),
        grants=("impression-3d",),
        requires=("reglement",),
    )
    courses.create(db, course, actor=_BY, now=now)
    for week in (0, 7):
        day = monday + timedelta(days=week + 3)
        session = NewCourseSession(
            course_id=COURSE,
            site_id=SITE_ID,
            starts_at=_local_time(day, 18.0),
            ends_at=_local_time(day, 20.0),
            places=8,
        )
        course_sessions.create(db, session, actor=_BY, now=now)


def _book(db: Session, subject: str, member: str, start: Utc, end: Utc, now: Utc) -> None:
    is_room = subject == ROOM
    new = NewBooking(
        member_id=member,
        access_point=None if is_room else subject,
        zone_id=subject if is_room else None,
        starts_at=start,
        ends_at=end,
    )
    with suppress(Conflict):  # on some weekdays a course takes that time
        bookings.create(db, new, actor=_BY, now=now)


def _mark_missed(db: Session, now: Utc) -> None:
    """Mark the first booking that has ended as missed; on a Monday morning there may be none."""
    ended_bookings = select(BookingRow).where(
        BookingRow.ends_at <= now, BookingRow.access_point_id.isnot(None)
    )
    row = db.scalar(ended_bookings.order_by(BookingRow.ends_at).limit(1))
    if row is not None:
        row.missed_at = row.ends_at


def _from_now(now: Utc, hours: int) -> Utc:
    """Return the time `hours` after the next full hour."""
    return Utc.of(now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours + 1))


def _local_time(day: date, hours: float) -> Utc:
    begins = datetime.combine(day, time(0), _ZONE) + timedelta(hours=hours)
    return Utc.of(begins)
