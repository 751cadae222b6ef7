"""A room booked for later is not billed to a project that is over by then, or to what closed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger
from controller.capabilities.billing.rates import ZoneRate
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import Booking, NewBooking
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewOrganisation, NewProject
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import follow, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place
from tests.support.statements import counted

CLOSED = {"active": False}


def at(place: Place, hours: float) -> Utc:
    return Utc.of(place.now + timedelta(hours=hours))


def make_organisation(db: Session, place: Place, name: str = "Mairie") -> str:
    new = NewOrganisation(name=Label(fr=name), site_id=place.site)
    return organisations.create(db, new, actor=BOSS, now=place.now).id


def make_project(db: Session, place: Place, owner: str | None = None) -> str:
    new = NewProject(name=Label(fr="Four"), site_id=place.site, organisation_id=owner)
    return projects.create(db, new, actor=BOSS, now=place.now).id


def change_project(db: Session, place: Place, key: str, **patch: str | None) -> None:
    projects.change(db, key, patch, version=None, actor=BOSS, now=place.now)


def close(db: Session, place: Place, key: str) -> None:
    organisations.change(db, key, CLOSED, version=None, actor=BOSS, now=place.now)


def book(place: Place, member: str, start: float, payer: OnBehalf) -> Booking:
    """The workshop, in so many hours, for two hours."""
    new = NewBooking(
        member_id=member,
        zone_id="workshop",
        starts_at=at(place, start),
        ends_at=at(place, start + 2),
        organisation_id=payer.organisation_id,
        project_id=payer.project_id,
    )
    with place.database.write() as db:
        return bookings.create(db, new, actor=BOSS, now=place.now)


def charged(place: Place) -> dict[str, OnBehalf]:
    """Who pays for each booking by the books, once they are up to date."""
    follow(place)
    with place.database.read() as db:
        return {
            row.source_id: OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)
            for row in db.scalars(ledger.valid_charges())
        }


@pytest.fixture
def member(place: Place) -> str:
    """Somebody, where a room costs 8 € an hour."""
    set_tariff(place, ZoneRate(zone_id="workshop", price_cents=800))
    return somebody(place)[0]


def end_now(db: Session, place: Place, _owner: str, project: str) -> None:
    change_project(db, place, project, ends_at=place.now.text())


def end_during_the_last(db: Session, place: Place, _owner: str, project: str) -> None:
    change_project(db, place, project, ends_at=at(place, 51).text())


def close_owner(db: Session, place: Place, owner: str, _project: str) -> None:
    close(db, place, owner)


@pytest.mark.parametrize(
    ("end", "still_paid"), [(end_now, 1), (end_during_the_last, 2), (close_owner, 1)]
)
def test_what_is_over_pays_for_no_room_that_is_booked_for_later(
    place: Place, member: str, end: Callable[[Session, Place, str, str], None], still_paid: int
) -> None:
    """What has begun stays on its bill, and so does what ends before the project."""
    with place.database.write() as db:
        owner = make_organisation(db, place)
        project = make_project(db, place, owner)
    payer = OnBehalf(organisation_id=owner, project_id=project)
    booked = [book(place, member, hours, payer).id for hours in (0, 24, 50)]
    place.clock.forward(minutes=30)
    assert charged(place) == dict.fromkeys(booked, payer)
    with place.database.write() as db:
        end(db, place, owner, project)
    assert charged(place) == dict.fromkeys(booked[:still_paid], payer) | dict.fromkeys(
        booked[still_paid:], OnBehalf()
    )


def test_a_closed_organisation_pays_for_no_room_without_a_project_either(
    place: Place, member: str
) -> None:
    with place.database.write() as db:
        closed, other = make_organisation(db, place), make_organisation(db, place, "Lycée")
    first = book(place, member, 24, OnBehalf(organisation_id=closed)).id
    second = book(place, member, 48, OnBehalf(organisation_id=other)).id
    with place.database.write() as db:
        close(db, place, closed)
    assert charged(place) == {first: OnBehalf(), second: OnBehalf(organisation_id=other)}


def test_a_projects_new_owner_pays_for_rooms_that_are_booked_for_later(
    place: Place, member: str
) -> None:
    with place.database.write() as db:
        old, new = make_organisation(db, place), make_organisation(db, place, "Lycée")
        project = make_project(db, place, old)
    payer = OnBehalf(organisation_id=old, project_id=project)
    begun, ahead = (book(place, member, hours, payer).id for hours in (0, 24))
    place.clock.forward(minutes=30)
    with place.database.write() as db:
        change_project(db, place, project, organisation_id=new)
    assert charged(place) == {
        begun: payer,
        ahead: OnBehalf(organisation_id=new, project_id=project),
    }


def test_a_later_end_changes_no_booking(place: Place, member: str) -> None:
    with place.database.write() as db:
        project = make_project(db, place)
        change_project(db, place, project, ends_at=at(place, 30).text())
    booked = book(place, member, 24, OnBehalf(project_id=project))
    with place.database.write() as db:
        change_project(db, place, project, ends_at=at(place, 90).text())
        assert bookings.get(db, booked.id, actor=BOSS).version == booked.version
    assert charged(place) == {booked.id: OnBehalf(project_id=project)}


def test_more_bookings_are_read_with_as_many_queries(place: Place, member: str) -> None:
    numbers = []
    for rooms in (2, 12):
        with place.database.write() as db:
            owner = make_organisation(db, place, f"Lycée {rooms}")
            project = make_project(db, place, owner)
        payer = OnBehalf(organisation_id=owner, project_id=project)
        for number in range(rooms):
            book(place, member, 24 * (rooms + number), payer)
        with counted(place.database) as run, place.database.write() as db:
            # Its end is after all of them: nothing is written for a booking.
            change_project(db, place, project, ends_at=at(place, 24 * 60).text())
        numbers.append(len(run))
    assert numbers[0] == numbers[1]
