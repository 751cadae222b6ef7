"""Obstacles to a coming session: a closed day, machines booked by others, a busy trainer."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.bookings import week
from controller.capabilities.bookings.week import Slot
from controller.capabilities.members import members
from controller.capabilities.training import agenda
from controller.capabilities.training.shapes import CourseSession
from controller.domain.locale.time import format_upcoming
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.errors import NotFound
from controller.policy import facts_of
from webui.guard import actor
from webui.i18n import _, current, translator
from webui.i18n.dates import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """An obstacle as a sentence and, for readers who may see members, the person to inform."""

    text: str
    member_id: str = ""
    name: str = ""
    phone: str = ""
    """The member's phone number, or else their guardian's, for readers who may see it."""


@dataclass(frozen=True, slots=True)
class _Check:
    """The session that is checked, with what the checks need."""

    db: Session
    one: CourseSession
    now: Utc
    zone: ZoneInfo

    def from_to(self, start: Utc, end: Utc) -> str:
        """Return a time span, such as `jeudi 26 novembre à 14:30, jusqu’à 15:30`."""
        return _(
            "%(when)s, until %(end)s",
            when=format_upcoming(start, self.now, str(self.zone), translator()),
            end=clock(end, self.zone),
        )


def clashes(
    db: Session, course_session: CourseSession, now: Utc, zone: ZoneInfo
) -> tuple[Clash, ...]:
    """Return the obstacles, each with what to do.

    None once the session has begun or is cancelled.
    """
    if course_session.cancelled_at is not None or course_session.starts_at <= now:
        return ()
    check = _Check(db, course_session, now, zone)
    return (*_closed_clash(check), *_booking_clashes(check), *_trainer_clash(check))


def _closed_clash(check: _Check) -> Iterator[Clash]:
    place = facts_of.site_hours_and_zones(check.db, check.one.site_id, check.now)
    if agenda.is_closed_on(place, check.one.starts_at):
        text = _("The place is closed that day: choose another day, or change the opening hours.")
        yield Clash(text=text)


def _booking_clashes(check: _Check) -> Iterator[Clash]:
    """Yield the other bookings of machines that this session has booked."""
    checked = check.one
    slots = week.booked_slots(
        check.db, checked.site_id, checked.starts_at, checked.ends_at, actor=actor()
    )
    needs = {slot.thing for slot in slots if slot.session == checked.id}
    others = [
        slot
        for slot in slots
        if slot.thing in needs and slot.session != checked.id and not slot.missed_at
    ]
    if not others:
        return
    names = {
        thing.id: thing.name.read(current())
        for thing in week.bookable_things(check.db, checked.site_id)
    }
    for slot in others:
        if slot.booking:
            yield _booking_clash(check, slot, names.get(slot.thing, slot.thing))
    yield from _course_clashes(check, others, names)


def _booking_clash(check: _Check, slot: Slot, thing: str) -> Clash:
    text = _(
        "%(name)s has booked %(thing)s: %(when)s. Let them know, or change the time of the "
        "session.",
        name=slot.member_name or _("Somebody"),
        thing=thing,
        when=check.from_to(slot.starts_at, slot.ends_at),
    )
    if slot.member_id is None:
        return Clash(text=text)
    try:
        person = members.get(check.db, slot.member_id, actor=actor())
    except NotFound:  # they belong to another site now
        return Clash(text=text)
    phone = person.phone or (person.guardian.phone if person.guardian else None)
    return Clash(text=text, member_id=person.id, name=person.display_name, phone=phone or "")


def _course_clashes(check: _Check, others: list[Slot], names: dict[str, str]) -> Iterator[Clash]:
    """Yield each conflicting session once, with all machines that both need."""
    for first in {slot.session: slot for slot in reversed(others) if slot.session}.values():
        shared = [
            names.get(other.thing, other.thing)
            for other in others
            if other.session == first.session
        ]
        text = _(
            "Another session needs %(things)s: %(course)s, %(when)s. Change the time of one of "
            "the two.",
            things=", ".join(shared),
            course=first.course.read(current()) if first.course else "",
            when=check.from_to(first.starts_at, first.ends_at),
        )
        yield Clash(text=text)


def _trainer_clash(check: _Check) -> Iterator[Clash]:
    for session in agenda.overlapping_sessions(check.db, check.one):
        text = _(
            "The trainer already has a session at that time: %(when)s.",
            when=check.from_to(session.starts_at, session.ends_at),
        )
        yield Clash(text=text)
