"""Bookings: none twice, respected by the rule, told to agents, given back."""

from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from threading import Barrier, Thread
from typing import Any

import pytest

from controller.capabilities.access import explain
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.machines import access_points
from controller.capabilities.members import members
from controller.capabilities.places import zones
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.domain.access.decision import DenyReason
from controller.domain.facts import Booking, BookingRule
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import AccessDenied, Conflict, Forbidden, Invalid
from controller.store.unavailable import DatabaseUnavailable
from controller.wire.values import row_value
from tests.capabilities.conftest import BOSS, Place
from tests.policy.policy import rows, sound

MANY = 200


def span(place: Place, start: float, end: float) -> tuple[Utc, Utc]:
    """From and to so many hours from now."""
    return tuple(Utc.of(place.now + timedelta(hours=value)) for value in (start, end))  # type: ignore[return-value]


def ask(place: Place, member: str, start: float = 0, end: float = 1, **what: Any) -> NewBooking:
    """A booking of the laser, unless something else is said."""
    starts_at, ends_at = span(place, start, end)
    what = what or {"access_point": "laser-1"}
    return NewBooking(member_id=member, starts_at=starts_at, ends_at=ends_at, **what)


def test_200_at_once_for_one_slot_give_one(place: Place) -> None:
    with place.database.write() as db:
        people = [place.member(db, f"Member {n}").id for n in range(20)]
    start, answers = Barrier(MANY), list[bool]()

    def book(number: int) -> None:
        start.wait(60)
        while True:
            with suppress(DatabaseUnavailable):  # of so many, some are asked to come again
                return answers.append(once(number))

    def once(number: int) -> bool:
        try:
            with place.database.write() as db:
                bookings.create(db, ask(place, people[number % 20]), actor=BOSS, now=place.now)
        except Conflict:
            return False
        return True

    threads = [Thread(target=book, args=(number,)) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert (len(answers), answers.count(True)) == (MANY, 1)
    assert len([key for table, key in rows(place) if table == "booking"]) == 1
    assert sound(place)


def test_a_booking_is_a_policy_row_until_it_is_over(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db).id
        made = bookings.create(db, ask(place, person), actor=BOSS, now=place.now)
    row = row_value(rows(place)["booking", made.id])
    assert isinstance(row, Booking)
    assert (row.access_point, row.starts_at, row.ends_at) == (
        "laser-1",
        made.starts_at,
        made.ends_at,
    )
    place.clock.forward(hours=1)
    with place.database.write() as db:
        bookings.close_ended(db, place.now)
    assert rows(place)["booking", made.id].removed
    assert sound(place)


def test_who_booked_may_and_others_may_not(place: Place) -> None:
    with place.database.write() as db:
        mine, other = place.member(db), place.member(db, "Other")
        for session_id in (mine, other):
            place.badge(db, session_id.id)
            place.certify(db, session_id.id, "laser")
        bookings.create(db, ask(place, mine.id), actor=BOSS, now=place.now)
        reasons = [
            explain.explain_access(db, session_id.id, "laser-1", actor=BOSS, now=place.now).reason
            for session_id in (mine, other)
        ]
        assert reasons == [None, DenyReason.BOOKED_BY_OTHER]
        place.clock.forward(hours=1)
        patch = {"requirement": {"booking": BookingRule.REQUIRED.value}}
        access_points.change(db, "laser-1", patch, version=None, actor=BOSS, now=place.now)
        found = explain.explain_access(db, mine.id, "laser-1", actor=BOSS, now=place.now)
        assert found.reason is DenyReason.BOOKING_REQUIRED


def test_slots_may_touch_and_a_cancelled_one_is_free(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db).id
        first = bookings.create(db, ask(place, person, 1, 2), actor=BOSS, now=place.now)
        bookings.create(db, ask(place, person, 2, 3), actor=BOSS, now=place.now)
        with pytest.raises(Conflict, match="already booked"):
            bookings.create(db, ask(place, person, 1.5, 1.6), actor=BOSS, now=place.now)
        bookings.cancel(db, first.id, actor=BOSS, now=place.now)
        bookings.create(db, ask(place, person, 1.5, 1.6), actor=BOSS, now=place.now)
        later = {"ends_at": span(place, 0, 2.5)[1].text()}
        with pytest.raises(Conflict, match="cancelled"):
            bookings.change(db, first.id, later, version=None, actor=BOSS, now=place.now)


def test_a_move_is_judged_as_a_new_booking(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db).id
        first = bookings.create(db, ask(place, person, 1, 2), actor=BOSS, now=place.now)
        bookings.create(db, ask(place, person, 3, 4), actor=BOSS, now=place.now)
        longer = {"ends_at": span(place, 0, 3)[1].text()}
        moved = bookings.change(db, first.id, longer, version=1, actor=BOSS, now=place.now)
        assert moved.version == 2
        longer = {"ends_at": span(place, 0, 3.5)[1].text()}
        with pytest.raises(Conflict, match="already booked"):
            bookings.change(db, first.id, longer, version=2, actor=BOSS, now=place.now)
    endless = {"ends_at": span(place, 0, 24 * 32)[1].text()}
    with pytest.raises(Invalid, match="at most 31 days"), place.database.write() as db:
        bookings.change(db, first.id, endless, version=None, actor=BOSS, now=place.now)


def test_desks_are_booked_one_by_one_and_a_room_as_a_whole(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db).id
        room: dict[str, Any] = {"zone_id": "workshop"}
        bookings.create(db, ask(place, person, **room), actor=BOSS, now=place.now)
        with pytest.raises(Conflict):
            bookings.create(db, ask(place, person, **room), actor=BOSS, now=place.now)
        zones.change(db, "workshop", {"desks": 2}, version=None, actor=BOSS, now=place.now)
        bookings.create(db, ask(place, person, **room), actor=BOSS, now=place.now)
        bookings.create(db, ask(place, person, 1, 2, **room), actor=BOSS, now=place.now)
        with pytest.raises(Conflict):
            bookings.create(db, ask(place, person, 0.5, 1.5, **room), actor=BOSS, now=place.now)
        # Three touch this time, never more than one at once.
        bookings.create(db, ask(place, person, 1, 3, **room), actor=BOSS, now=place.now)
    assert not [key for table, key in rows(place) if table == "booking"]
    assert sound(place)


def test_one_books_for_oneself_and_sees_that_others_did_but_not_who(place: Place) -> None:
    with place.database.write() as db:
        mine, other = place.member(db).id, place.member(db, "Other").id
        place.certify(db, mine, "laser")
        me = place.account(db, "me", Role.MEMBER, member_id=mine)
        with pytest.raises(Invalid):
            bookings.create(db, ask(place, other), actor=me, now=place.now)
        bookings.create(db, ask(place, other, 1, 2), actor=BOSS, now=place.now)
        own = bookings.create(db, ask(place, mine), actor=me, now=place.now)
        found = bookings.page(db, actor=me, since=place.now).items
        assert [booking.member_id for booking in found] == [None, mine]
        desk = place.account(db, "desk", Role.DESK)
        seen = bookings.page(db, actor=desk, access_point="laser-1").items
        assert [name.member_id for name in seen] == [other, mine]
        bookings.cancel(db, own.id, actor=me, now=place.now)
        with pytest.raises(Forbidden):
            bookings.cancel(db, found[0].id, actor=me, now=place.now)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [(-2, -1, "ends_at"), (9000, 9001, "starts_at"), (0, 24 * 32, "ends_at")],
)
def test_times_that_make_no_sense_are_named(
    place: Place, start: float, end: float, field: str
) -> None:
    with place.database.write() as db:
        person = place.member(db).id
        with pytest.raises(Invalid, match=field):
            bookings.create(db, ask(place, person, start, end), actor=BOSS, now=place.now)
        things: tuple[dict[str, Any], ...] = (
            {"access_point": "door-1"},
            {"access_point": "x"},
            {"zone_id": "x"},
        )
        for what in things:
            with pytest.raises(Invalid, match="at this site"):
                bookings.create(db, ask(place, person, **what), actor=BOSS, now=place.now)


def test_who_leaves_has_nothing_booked(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db).id
        made = bookings.create(db, ask(place, person), actor=BOSS, now=place.now)
    with place.database.write() as db:
        members.change(db, person, {"status": "left"}, version=None, actor=BOSS, now=place.now)
        assert bookings.get(db, made.id, actor=BOSS).cancelled_at == place.now
    assert rows(place)["booking", made.id].removed
    assert sound(place)


def test_one_books_only_what_one_may_use_then(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db, "Ada", plan="bureau").id
        me = place.account(db, "me", Role.MEMBER, member_id=person)
        door = {"zone_id": "workshop"}

        def denied(booking: NewBooking) -> tuple[StrEnum, str, str]:
            with pytest.raises(AccessDenied) as found:
                bookings.create(db, booking, actor=me, now=place.now)
            return found.value.reason, found.value.text.fr, found.value.text.en

        reason, fr, en = denied(ask(place, person))
        assert reason is DenyReason.SUBSCRIPTION_MISSING
        assert fr.startswith("Abonnement nécessaire")
        assert en.startswith("Subscription needed")
        bookings.create(db, ask(place, person, 1, 2, **door), actor=me, now=place.now)
        # From 18:00 to 21:00 in Paris; the office plan ends at 20:00.
        assert denied(ask(place, person, 7, 10, **door))[0] is DenyReason.OUTSIDE_PLAN_HOURS
        start = Utc.of(place.now - timedelta(days=1))
        until = Utc.of(place.now + timedelta(days=7))
        new = NewSubscription(
            member_id=person, plan_id="atelier", valid_from=start, valid_until=until
        )
        subscriptions.create(db, new, actor=BOSS, now=place.now)
        reason, fr, en = denied(ask(place, person))
        assert reason is DenyReason.CERTIFICATION_MISSING
        assert "Laser" in fr
        assert fr != en
        place.certify(db, person, "laser")
        made = bookings.create(db, ask(place, person), actor=me, now=place.now)
        assert made.warning is None
        days = 8 * 24  # by then only the office plan is left
        assert denied(ask(place, person, days, days + 1))[0] is DenyReason.SUBSCRIPTION_MISSING
        first, last = span(place, days, days + 1)
        late = {"starts_at": first.text(), "ends_at": last.text()}
        with pytest.raises(AccessDenied):
            bookings.change(db, made.id, late, version=None, actor=me, now=place.now)
        access_points.set_service(
            db, "laser-1", in_service=False, reason="Belt", actor=BOSS, now=place.now
        )
        bookings.create(db, ask(place, person, 2, 3), actor=me, now=place.now)  # mended by then


def test_the_desk_books_ahead_of_a_right_and_is_told_so_but_not_for_itself(place: Place) -> None:
    with place.database.write() as db:
        person, clerk = place.member(db, "Ada").id, place.member(db, "Clerk").id
        desk = place.account(db, "desk", Role.DESK, member_id=clerk)
        made = bookings.create(db, ask(place, person), actor=desk, now=place.now)
        assert made.warning is not None
        assert made.warning.reason is DenyReason.CERTIFICATION_MISSING
        assert made.warning.text.fr.startswith("Habilitation manquante")
        with pytest.raises(AccessDenied):
            bookings.create(db, ask(place, clerk, 1, 2), actor=desk, now=place.now)
        place.certify(db, person, "laser")
        later = {"ends_at": span(place, 0, 0.5)[1].text()}
        moved = bookings.change(db, made.id, later, version=None, actor=desk, now=place.now)
        assert moved.warning is None
