"""A booking to which nobody comes: released after the site's terms, counted as missed; and taken
back when it was cancelled by mistake."""

from datetime import timedelta

import pytest

from controller.capabilities.bookings import bookings, terms
from controller.capabilities.bookings.booking_messages import BookingConfirmedMessage
from controller.capabilities.bookings.missed_bookings import mark_missed
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.bookings.terms import Terms
from controller.capabilities.members.models import MemberRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.errors import Conflict
from controller.wire.ids import uuid7
from tests.capabilities.bookings.missed import hear
from tests.capabilities.conftest import BOSS, Place


def ask(place: Place, member: str) -> NewBooking:
    """The laser, now, for an hour."""
    return NewBooking(
        member_id=member,
        access_point="laser-1",
        starts_at=place.now,
        ends_at=Utc.of(place.now + timedelta(hours=1)),
    )


def come(db: Session, place: Place, member: str) -> None:
    """She badges in there."""
    ref = db.get_one(MemberRow, member).ref
    zero = dict.fromkeys(("active_s", "idle_s", "powered_s", "gap_s"), 0.0)
    where = {"site_id": place.site, "agent_id": "pi", "access_point_id": "laser-1"}
    db.add(SessionRow(id=uuid7(), member_ref=ref, started_at=place.now, **where, **zero))


def missed(place: Place, key: str) -> tuple[bool, bool]:
    """Whether it is missed, and closed, once the job has run."""
    with place.database.write() as db:
        mark_missed(db, place.now)
        bookings.close_ended(db, place.now)
        row = db.get_one(BookingRow, key)
        return row.missed_at is not None, row.closed_at is not None


def booked(place: Place, *, online: bool = True, comes: bool = False) -> str:
    with place.database.write() as db:
        terms.change(db, place.site, Terms(release_min=15), actor=BOSS, now=place.now)
        person = place.member(db).id
        hear(db, place, online=online)
        made = bookings.create(db, ask(place, person), actor=BOSS, now=place.now)
        if comes:
            come(db, place, person)
        return made.id


def test_it_is_released_after_a_quarter_of_an_hour_and_others_may_have_it(place: Place) -> None:
    key = booked(place)
    place.clock.forward(minutes=14)
    assert missed(place, key) == (False, False)
    place.clock.forward(minutes=1)
    assert missed(place, key) == (True, True)
    with place.database.write() as db:
        cancelled = bookings.cancel(db, key, actor=BOSS, now=place.now)
        assert (cancelled.cancelled_at, cancelled.missed_at) == (None, place.now)
        row = db.get_one(BookingRow, key)
        times = {"starts_at": row.starts_at.text(), "ends_at": row.ends_at.text()}
        letter = BookingConfirmedMessage(booking_id=key, name={}, sequence=0, **times)
        assert not letter.is_still_relevant(db), "a late letter would promise the machine"
        bookings.create(db, ask(place, place.member(db).id), actor=BOSS, now=place.now)


def test_who_came_keeps_it_and_a_silent_agent_decides_nothing(place: Place) -> None:
    came = booked(place, comes=True)
    place.clock.forward(minutes=30)
    assert missed(place, came) == (False, False)
    place.clock.forward(hours=1)
    assert missed(place, came) == (False, True)
    unheard = booked(place, online=False)
    place.clock.forward(minutes=30)
    assert missed(place, unheard) == (False, False)


def test_one_that_was_cancelled_is_taken_back_unless_it_is_taken(place: Place) -> None:
    key = booked(place)
    with place.database.write() as db:
        bookings.cancel(db, key, actor=BOSS, now=place.now)
        assert bookings.restore(db, key, actor=BOSS, now=place.now).cancelled_at is None
        bookings.cancel(db, key, actor=BOSS, now=place.now)
        bookings.create(db, ask(place, place.member(db).id), actor=BOSS, now=place.now)
        with pytest.raises(Conflict):
            bookings.restore(db, key, actor=BOSS, now=place.now)
