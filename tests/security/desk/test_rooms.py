"""What a room's booking costs is not undone by whoever works at the desk, nor by the past."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.billing.rates import ZoneRate
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import Cancellation, NewBooking
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, Invalid
from tests.capabilities.billing.month import follow, owed, set_tariff
from tests.capabilities.conftest import Place

HOUR = 1500
WHY = "La salle était inondée"


def book(
    db: Session, place: Place, member: str, actor: Actor, begins: float, hours: float = 8
) -> str:
    """The workshop as a room; `begins`: in how many hours."""
    start = Utc.of(place.now + timedelta(hours=begins))
    new = NewBooking(
        member_id=member,
        zone_id="workshop",
        starts_at=start,
        ends_at=Utc.of(start + timedelta(hours=hours)),
    )
    return bookings.create(db, new, actor=actor, now=place.now).id


def people(db: Session, place: Place) -> tuple[str, Actor, Actor]:
    """A member, somebody who works at the desk, and a manager."""
    desk = place.account(db, "karim", Role.DESK, member_id=place.member(db, "Karim").id)
    boss = place.account(db, "boss", Role.MANAGER, member_id=place.member(db, "Chloé").id)
    return place.member(db, "Zoé").id, desk, boss


def test_what_has_passed_of_a_room_is_given_up_for_a_reason_by_who_decides_about_money(
    place: Place,
) -> None:
    set_tariff(place, ZoneRate(zone_id="workshop", price_cents=HOUR))
    with place.database.write() as db:
        zoe, karim, boss = people(db, place)
        kept, excused = (book(db, place, zoe, karim, 0, 2), book(db, place, zoe, karim, 3, 2))
    place.clock.forward(hours=1)
    with place.database.write() as db:
        moved = {
            "starts_at": Utc.of(place.now + timedelta(days=30)).text(),
            "ends_at": Utc.of(place.now + timedelta(days=30, hours=2)).text(),
        }
        nobodys = place.account(db, "nobodys", Role.DESK)
        for who in (karim, nobodys):
            with pytest.raises(Invalid, match="only a manager"), db.begin_nested():
                bookings.change(db, kept, moved, version=None, actor=who, now=place.now)
            with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
                bookings.cancel(db, kept, Cancellation(reason=WHY), actor=who, now=place.now)
        assert bookings.cancel(db, kept, actor=karim, now=place.now).cancelled_at is None
    follow(place)
    assert owed(place.database, source_id=kept) == HOUR
    place.clock.forward(hours=3)
    with place.database.write() as db:
        why = Cancellation(reason=WHY)
        assert bookings.cancel(db, excused, why, actor=boss, now=place.now).cancelled_at
    follow(place)
    assert owed(place.database, source_id=excused) == 0


def test_ones_own_entry_of_a_moment_ago_was_a_mistake(place: Place) -> None:
    set_tariff(place, ZoneRate(zone_id="workshop", price_cents=HOUR))
    with place.database.write() as db:
        zoe, karim, boss = people(db, place)
        mistaken = book(db, place, zoe, karim, 0, 2)
        place.clock.forward(minutes=5)
        assert bookings.cancel(db, mistaken, actor=karim, now=place.now).cancelled_at
        late = book(db, place, zoe, karim, 0, 2)
        own = book(db, place, str(karim.member_id), karim, 3, 2)
        place.clock.forward(hours=3, minutes=5)
        assert bookings.cancel(db, late, actor=karim, now=place.now).cancelled_at is None
        assert bookings.cancel(db, own, actor=karim, now=place.now).cancelled_at is None
        theirs = book(db, place, str(boss.member_id), boss, 0, 2)
        place.clock.forward(minutes=5)
        with pytest.raises(Forbidden, match="somebody else"), db.begin_nested():
            bookings.cancel(db, theirs, Cancellation(reason=WHY), actor=boss, now=place.now)


def test_a_room_is_booked_by_mistake_once_a_day(place: Place) -> None:
    """Else it costs nothing all day long, nine minutes at a time."""
    set_tariff(place, ZoneRate(zone_id="workshop", price_cents=HOUR))
    with place.database.write() as db:
        zoe, karim, _boss = people(db, place)
        begun = book(db, place, zoe, karim, -0.1, 2)
        place.clock.forward(minutes=5)
        assert bookings.cancel(db, begun, actor=karim, now=place.now).cancelled_at is None
        place.clock.forward(hours=3)
        token = replace(karim, ref="token:another")
        for who, is_mistake in ((karim, True), (karim, False), (token, False)):
            again = book(db, place, zoe, who, 0, 2)
            place.clock.forward(minutes=9)
            cancelled = bookings.cancel(db, again, actor=who, now=place.now)
            assert bool(cancelled.cancelled_at) is is_mistake
