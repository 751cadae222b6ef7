"""A booking made longer or later, or put back, is asked like a new one: who pays, and what for."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.billing.rates import ZoneRate
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.booked_to import PROPOSER
from controller.capabilities.bookings.shapes import Booking, NewBooking
from controller.capabilities.members import members, on_behalf, works_for
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewOrganisation, NewProject
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.capability import OnBehalfOf, SessionBegan
from controller.kernel.errors import Conflict, Forbidden, Invalid
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import follow, owed, set_tariff
from tests.capabilities.conftest import BOSS, Place

HOUR = 1500
ROOM, LASER = {"zone_id": "workshop"}, {"access_point": "laser-1"}


def at(place: Place, hours: float) -> Utc:
    return Utc.of(place.now + timedelta(hours=hours))


def book(
    db: Session, place: Place, who: Actor, start: float, end: float, **what: str | None
) -> str:
    """From so many hours from now on."""
    new = NewBooking(
        member_id=str(who.member_id), starts_at=at(place, start), ends_at=at(place, end), **what
    )
    return bookings.create(db, new, actor=who, now=place.now).id


def lengthen(db: Session, place: Place, key: str, who: Actor, end: float) -> Booking:
    patch = {"ends_at": at(place, end).text()}
    return bookings.change(db, key, patch, version=None, actor=who, now=place.now)


def person(db: Session, place: Place) -> Actor:
    """A member who may use the laser, with an account."""
    member = place.member(db, "Ami").id
    place.certify(db, member, "laser")
    return place.account(db, "ami", Role.MEMBER, member_id=member)


def payer(db: Session, place: Place) -> str:
    new = NewOrganisation(name=Label(fr="Mairie"), site_id=place.site)
    return organisations.create(db, new, actor=BOSS, now=place.now).id


def belong(db: Session, place: Place, who: Actor, **of: list[str]) -> None:
    members.change(db, str(who.member_id), of, version=None, actor=BOSS, now=place.now)


def used(db: Session, place: Place, who: Actor, hours: float) -> OnBehalfOf | None:
    """To whom the laser is booked that they begin to use in so many hours."""
    begun = SessionBegan(
        session_id="s",
        site_id=place.site,
        access_point_id="laser-1",
        member_ref="",
        member_id=who.member_id,
        at=at(place, hours),
    )
    return PROPOSER.propose(db, [begun]).get("s")


def test_a_room_is_at_a_plans_price_while_the_plan_holds_to_its_end(place: Place) -> None:
    """However it came to be that long; a plan that is taken again without a gap goes on."""
    set_tariff(
        place,
        ZoneRate(zone_id="workshop", price_cents=HOUR),
        ZoneRate(zone_id="workshop", price_cents=0, plan_id="bureau"),
    )
    with place.database.write() as db:
        nina = person(db, place)

        def subscribe(start: float, end: float) -> None:
            new = NewSubscription(
                member_id=str(nina.member_id),
                plan_id="bureau",
                valid_from=at(place, start),
                valid_until=at(place, end),
            )
            subscriptions.create(db, new, actor=BOSS, now=place.now)

        subscribe(0, 3)
        free = book(db, place, nina, 0, 1, **ROOM)
        longer = book(db, place, nina, 1, 2, **ROOM)
        lengthen(db, place, longer, nina, 5)
        long = book(db, place, nina, 5, 15, **ROOM)
        subscribe(5, 10)
    follow(place)
    assert [owed(place.database, source_id=key) for key in (free, longer, long)] == [
        0,
        4 * HOUR,
        10 * HOUR,
    ]
    with place.database.write() as db:
        subscribe(10, 24)
    follow(place)
    assert owed(place.database, source_id=long) == 0


def test_a_room_is_not_lengthened_by_the_tariff_of_another_day(place: Place) -> None:
    with place.database.write() as db:
        nina, boss = person(db, place), place.account(db, "boss", Role.MANAGER)
        key = book(db, place, nina, 0, 40, **ROOM)
        place.clock.forward(hours=1)
        lengthen(db, place, key, nina, 40)
        place.clock.forward(hours=24)
        with pytest.raises(Invalid, match="another day: make a new one for later"):
            lengthen(db, place, key, nina, 24 * 20)
        lengthen(db, place, key, nina, 2)
        lengthen(db, place, key, boss, 4)


@pytest.mark.parametrize("what", [ROOM, LASER])
def test_who_has_left_an_organisation_books_nothing_more_on_its_bill(
    place: Place, what: dict[str, str]
) -> None:
    with place.database.write() as db:
        mairie, ami = payer(db, place), person(db, place)
        belong(db, place, ami, organisations=[mairie])
        begun = book(db, place, ami, 0, 1, organisation_id=mairie, **what)
        ahead = book(db, place, ami, 4, 5, organisation_id=mairie, **what)
        back = book(db, place, ami, 8, 9, organisation_id=mairie, **what)
        bookings.cancel(db, back, actor=ami, now=place.now)
        place.clock.forward(minutes=30)
        belong(db, place, ami, organisations=[])
        assert bookings.get(db, ahead, actor=ami).organisation_id is None
        assert bookings.restore(db, back, actor=ami, now=place.now).organisation_id is None
        if what is LASER:
            assert bookings.get(db, begun, actor=ami).organisation_id is None
            assert used(db, place, ami, 0.1) is None
        else:
            with pytest.raises(Invalid, match="no member of it: name who pays, or nobody"):
                lengthen(db, place, begun, ami, 2)
            lengthen(db, place, begun, ami, 0.4)


def test_nor_on_the_bill_of_what_is_over(place: Place) -> None:
    with place.database.write() as db:
        mairie, ami = payer(db, place), person(db, place)
        new = NewProject(name=Label(fr="Four"), site_id=place.site, ends_at=at(place, 3))
        kiln = projects.create(db, new, actor=BOSS, now=place.now).id
        belong(db, place, ami, organisations=[mairie], projects=[kiln])
        first = book(db, place, ami, 1, 2, organisation_id=mairie, **LASER)
        second = book(db, place, ami, 2, 3, project_id=kiln, **LASER)
        with pytest.raises(Invalid, match="has ended"), db.begin_nested():
            lengthen(db, place, second, ami, 4)
        with pytest.raises(Invalid, match="has ended"), db.begin_nested():
            book(db, place, ami, 4, 5, project_id=kiln, **LASER)
        assert used(db, place, ami, 1)
        assert used(db, place, ami, 2)
        off = {"active": False}
        organisations.change(db, mairie, off, version=None, actor=BOSS, now=place.now)
        ended = {"ends_at": at(place, 1).text()}
        projects.change(db, kiln, ended, version=None, actor=BOSS, now=place.now)
        assert (used(db, place, ami, 1), used(db, place, ami, 2)) == (None, None)
        patch = {"starts_at": at(place, 5).text(), "ends_at": at(place, 6).text()}
        for key in (first, second):
            assert bookings.get(db, key, actor=ami).organisation_id is None
            assert bookings.get(db, key, actor=ami).project_id is None
        moved = bookings.change(db, first, patch, version=None, actor=ami, now=place.now)
        assert moved.organisation_id is None
        again = patch | {"organisation_id": mairie}
        with pytest.raises(Invalid, match="no longer active"), db.begin_nested():
            bookings.change(db, first, again, version=None, actor=ami, now=place.now)


def test_a_manager_names_a_payer_who_stays(place: Place) -> None:
    """Whoever decides about money names one of which the person is no member (0245)."""
    with place.database.write() as db:
        mairie, ami = payer(db, place), person(db, place)
        key = book(db, place, ami, 1, 2, **LASER)
        patch, boss = {"organisation_id": mairie}, place.account(db, "boss", Role.MANAGER)
        bookings.change(db, key, patch, version=None, actor=boss, now=place.now)
        belong(db, place, ami, aids=[])
        assert used(db, place, ami, 1) == OnBehalfOf(mairie)
        assert lengthen(db, place, key, boss, 3).organisation_id == mairie


def test_a_room_is_not_put_back_long_after_it_began(place: Place) -> None:
    with place.database.write() as db:
        ami = person(db, place)
        key = book(db, place, ami, 1, 40, **ROOM)
        bookings.cancel(db, key, actor=ami, now=place.now)
        place.clock.forward(hours=3)
        with pytest.raises(Conflict, match="too long ago: make a new one"):
            bookings.restore(db, key, actor=ami, now=place.now)


def test_what_was_chosen_last_holds_whatever_the_clocks_said_before_waiting(place: Place) -> None:
    """A manager who waited has read the clock before the choice that they end."""
    with place.database.write() as db:
        mairie, ami = payer(db, place), person(db, place)
        belong(db, place, ami, organisations=[mairie])
        own, to = str(ami.member_id), OnBehalf(organisation_id=mairie)
        on_behalf.choose(db, own, to, actor=ami, now=at(place, 1))
        belong(db, place, ami, organisations=[])
        assert works_for.current(db, [own])[own] == works_for.NOBODY


@pytest.mark.parametrize("what", [ROOM, LASER])
def test_who_pays_for_what_began_on_another_day_is_changed_by_a_manager(
    place: Place, what: dict[str, str | None]
) -> None:
    """Its elapsed days may be those of closed months, and the person was nobody's member then.

    A box that was cut off may report a use of a booked machine later.
    """
    set_tariff(place, ZoneRate(zone_id="workshop", price_cents=HOUR))
    with place.database.write() as db:
        ami, town = person(db, place), payer(db, place)
        desk = place.account(db, "desk", Role.DESK)
        booked = book(db, place, ami, 0, 240, **what)
        place.clock.forward(days=8)
        members.change(
            db,
            str(ami.member_id),
            {"organisations": [town]},
            version=None,
            actor=BOSS,
            now=place.now,
        )
        bears = {"organisation_id": town}
        for who in (ami, desk):
            with pytest.raises(Forbidden, match="who pays"), db.begin_nested():
                bookings.change(db, booked, bears, version=None, actor=who, now=place.now)
        changed = bookings.change(db, booked, bears, version=None, actor=BOSS, now=place.now)
        assert changed.organisation_id == town
        today = book(db, place, ami, 49, 52, **what)
        place.clock.forward(hours=50)
        bookings.change(db, today, bears, version=None, actor=ami, now=place.now)
