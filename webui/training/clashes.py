"""What stands in the way of a session that is ahead: who has booked its machines, a closed day."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from controller.capabilities.bookings import week
from controller.capabilities.bookings.free import hours
from controller.capabilities.training.shapes import CourseSession
from controller.domain.time import Utc
from controller.domain.words.time import when
from controller.kernel.database import Session
from controller.policy import facts_of
from webui.guard import actor
from webui.i18n import _, current, words
from webui.i18n.dates import clock


def clashes(db: Session, one: CourseSession, now: Utc, zone: ZoneInfo) -> tuple[str, ...]:
    """Each in a sentence that says what to do; none once it has begun or is called off."""
    if one.cancelled_at is not None or one.starts_at <= now:
        return ()
    return (*_closed(db, one, now, zone), *_booked(db, one, now, zone))


def _closed(db: Session, one: CourseSession, now: Utc, zone: ZoneInfo) -> Iterator[str]:
    if not hours(facts_of.place(db, one.site_id, now), one.starts_at.astimezone(zone).date()):
        yield _(
            "Le lieu est fermé ce jour-là : choisissez un autre jour, ou ouvrez celui-là dans les"
            " horaires."
        )


def _booked(db: Session, one: CourseSession, now: Utc, zone: ZoneInfo) -> Iterator[str]:
    """Bookings by others than courses of what this course is booked to."""
    slots = week.booked(db, one.site_id, one.starts_at, one.ends_at, actor=actor())
    span = (one.starts_at, one.ends_at)
    needs = {each.thing for each in slots if each.course and (each.starts_at, each.ends_at) == span}
    taken = [each for each in slots if each.booking and not each.missed_at and each.thing in needs]
    if not taken:
        return
    names = {each.id: each.name.read(current()) for each in week.things(db, one.site_id)}
    for each in taken:
        yield _(
            "%(name)s a réservé %(thing)s : %(when)s, jusqu’à %(end)s. Prévenez cette personne, ou"
            " changez l’heure de la séance.",
            name=each.who or _("Quelqu’un"),
            thing=names.get(each.thing, each.thing),
            when=when(each.starts_at, now, str(zone), words()),
            end=clock(each.ends_at, zone),
        )
