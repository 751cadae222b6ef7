"""Rooms that are given up, moved or cancelled: what is still charged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.capabilities.billing.rates import ZoneRate
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import Booking, Cancellation, NewBooking
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Invalid
from tests.capabilities.billing.month import RATES, follow, owed, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place

HOUR = ZoneRate(zone_id="workshop", price_cents=1200)


@pytest.fixture
def renter(place: Place) -> Actor:
    """A member with an account, where a room costs 12 € for each hour that is begun."""
    set_tariff(place, *RATES, HOUR)
    member_id, _ = somebody(place)
    with place.database.write() as db:
        return place.account(db, "renter", Role.MEMBER, member_id=member_id)


def book_room(place: Place, who: Actor) -> Booking:
    """The workshop, from ten minutes ahead, for three hours."""
    start = Utc.of(place.now + timedelta(minutes=10))
    new = NewBooking(
        member_id=str(who.member_id),
        zone_id="workshop",
        starts_at=start,
        ends_at=Utc.of(start + timedelta(hours=3)),
    )
    with place.database.write() as db:
        return bookings.create(db, new, actor=BOSS, now=place.now)


def test_a_room_that_is_given_up_a_minute_before_its_end_is_charged(
    place: Place, renter: Actor
) -> None:
    made = book_room(place, renter)
    place.clock.forward(minutes=10 + 179)
    with place.database.write() as db:
        gone = bookings.cancel(db, made.id, actor=renter, now=place.now)
    assert (gone.cancelled_at, gone.ends_at) == (None, place.now)
    follow(place)
    assert owed(place.database) == 3600


def test_a_room_that_is_given_up_after_an_hour_is_charged_that_hour_and_free(
    place: Place, renter: Actor
) -> None:
    made = book_room(place, renter)
    place.clock.forward(minutes=10 + 60)
    with place.database.write() as db:
        bookings.cancel(db, made.id, actor=renter, now=place.now)
    follow(place)
    assert owed(place.database) == 1200
    book_room(place, renter)


def test_a_room_that_is_given_up_before_it_begins_costs_nothing(
    place: Place, renter: Actor
) -> None:
    made = book_room(place, renter)
    with place.database.write() as db:
        bookings.cancel(db, made.id, actor=renter, now=place.now)
    follow(place)
    assert owed(place.database) == 0


def test_a_booking_that_is_over_is_not_cancelled_before_the_job_has_closed_it(
    place: Place, renter: Actor
) -> None:
    made = book_room(place, renter)
    place.clock.forward(hours=4)
    with place.database.write() as db:
        bookings.cancel(db, made.id, actor=renter, now=place.now)
    follow(place)
    assert owed(place.database) == 3600


def test_a_holder_moves_no_start_that_has_passed(place: Place, renter: Actor) -> None:
    made = book_room(place, renter)
    place.clock.forward(minutes=100)
    later = Utc.of(place.now + timedelta(days=1))
    moved = {"starts_at": later.text(), "ends_at": Utc.of(later + timedelta(hours=3)).text()}
    shorter = {"starts_at": place.now.text()}
    with place.database.write() as db:
        for patch in (moved, shorter):
            with pytest.raises(Invalid, match="starts_at: the booking has begun"):
                bookings.change(db, made.id, patch, version=None, actor=renter, now=place.now)
        earlier_end = {"ends_at": Utc.of(place.now + timedelta(minutes=1)).text()}
        bookings.change(db, made.id, earlier_end, version=None, actor=renter, now=place.now)
    follow(place)
    assert owed(place.database) == 2400


def test_a_manager_cancels_a_room_whole_and_a_member_a_machine(place: Place, renter: Actor) -> None:
    room = book_room(place, renter)
    with place.database.write() as db:
        manager = place.account(db, "manager", Role.MANAGER)
        new = NewBooking(
            member_id=str(renter.member_id),
            access_point="laser-1",
            starts_at=place.now,
            ends_at=Utc.of(place.now + timedelta(hours=3)),
        )
        machine = bookings.create(db, new, actor=BOSS, now=place.now)
    place.clock.forward(hours=1)
    with place.database.write() as db:
        why = Cancellation(reason="La salle était inondée")
        for key, who, said in ((room.id, manager, why), (machine.id, renter, Cancellation())):
            gone = bookings.cancel(db, key, said, actor=who, now=place.now)
            assert gone.cancelled_at == place.now
    follow(place)
    assert owed(place.database) == 0


def test_the_desk_pays_for_its_own_room_too(place: Place, renter: Actor) -> None:
    made = book_room(place, renter)
    with place.database.write() as db:
        own = replace(renter, roles={"here": frozenset({Role.DESK})})
        place.clock.forward(minutes=10 + 60)
        bookings.cancel(db, made.id, actor=own, now=place.now)
    follow(place)
    assert owed(place.database) == 1200
