"""A room booked for later is not billed to a project that is over by then, or to what closed;
and to those again once they pay again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger
from controller.capabilities.billing.rates import ZoneRate
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import Booking, NewBooking
from controller.capabilities.members import members
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewOrganisation, NewProject
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden
from controller.kernel.models import AuditEntry
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


def book(
    place: Place, member: str, start: float, payer: OnBehalf, machine: str | None = None
) -> Booking:
    """The workshop or a machine, in so many hours, for two hours."""
    new = NewBooking(
        member_id=member,
        zone_id=None if machine else "workshop",
        access_point=machine,
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


def test_what_is_over_pays_for_no_machine_that_is_booked_for_later(
    place: Place, member: str
) -> None:
    """A booking during which the project ends stays on it: each use is checked when it begins."""
    with place.database.write() as db:
        payer = OnBehalf(project_id=make_project(db, place))
    booked = [book(place, member, hours, payer, "laser-1").id for hours in (0, 24, 50, 60)]
    place.clock.forward(minutes=30)
    with place.database.write() as db:
        end_during_the_last(db, place, "", payer.project_id or "")
        rows = [bookings.get(db, key, actor=BOSS) for key in booked]
    assert [row.project_id for row in rows] == [*[payer.project_id] * 3, None]


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


def join(db: Session, place: Place, member: str, *payers: str, actor: Actor = BOSS) -> None:
    """Make the member belong to these projects only."""
    patch = {"projects": list(payers)}
    members.change(db, member, patch, version=None, actor=actor, now=place.now)


def leave_and_join(place: Place, member: str, _owner: str, project: str) -> None:
    for payers in ([], [project], [project]):
        with place.database.write() as db:
            join(db, place, member, *payers)


def end_and_resume(place: Place, _member: str, _owner: str, project: str) -> None:
    for end in (at(place, 1).text(), None, None):
        with place.database.write() as db:
            change_project(db, place, project, ends_at=end)


def close_and_reopen(place: Place, _member: str, owner: str, _project: str) -> None:
    for active in (False, True, True):
        with place.database.write() as db:
            patch = {"active": active}
            organisations.change(db, owner, patch, version=None, actor=BOSS, now=place.now)


def leave_an_ended_project(place: Place, member: str, _owner: str, project: str) -> None:
    """It is resumed before the member joins it again."""
    for end, payers in ((at(place, 1).text(), []), (None, []), (None, [project])):
        with place.database.write() as db:
            change_project(db, place, project, ends_at=end)
        with place.database.write() as db:
            join(db, place, member, *payers)


@pytest.mark.parametrize(
    "take_and_give", [leave_and_join, end_and_resume, close_and_reopen, leave_an_ended_project]
)
def test_what_pays_again_pays_for_the_rooms_that_are_still_to_come(
    place: Place, member: str, take_and_give: Callable[[Place, str, str, str], None]
) -> None:
    """Some days later too; whoever does it twice changes nothing more."""
    with place.database.write() as db:
        owner = make_organisation(db, place)
        project = make_project(db, place, owner)
        join(db, place, member, project)
    payer = OnBehalf(organisation_id=owner, project_id=project)
    booked = [book(place, member, hours, payer).id for hours in (24, 50)]
    own = book(place, member, 80, OnBehalf()).id
    take_and_give(place, member, owner, project)
    assert charged(place) == dict.fromkeys(booked, payer) | {own: OnBehalf()}
    with place.database.read() as db:
        actions = select(AuditEntry.action).where(AuditEntry.action.startswith("booking_payer"))
        assert [*db.scalars(actions.order_by(AuditEntry.seq))] == [
            "booking_payer_removed",
            "booking_payer_removed",
            "booking_payer_restored",
            "booking_payer_restored",
        ]


def test_a_payer_comes_back_to_no_booking_that_has_begun_or_has_another_payer_or_is_no_members(
    place: Place, member: str
) -> None:
    left = somebody(place, "Zoé")[0]
    guest = somebody(place, "Léa")[0]
    with place.database.write() as db:
        project, other = make_project(db, place), make_project(db, place)
        for who in (member, left):
            join(db, place, who, project)
    payer, chosen = OnBehalf(project_id=project), OnBehalf(project_id=other)
    begun, lent, none, moved = (book(place, member, hour, payer).id for hour in (2, 24, 48, 72))
    of_left, of_guest = book(place, left, 96, payer).id, book(place, guest, 120, payer).id
    with place.database.write() as db:
        change_project(db, place, project, ends_at=at(place, 1).text())
    with place.database.write() as db:
        join(db, place, left)
        change_booking(db, place, lent, project_id=other)
        change_booking(db, place, none, project_id=other)
        change_booking(db, place, moved, starts_at=at(place, 71).text())
    with place.database.write() as db:
        change_booking(db, place, none, project_id=None)
    place.clock.forward(hours=3)
    with place.database.write() as db:
        change_project(db, place, project, ends_at=None)
    assert charged(place) == {
        begun: OnBehalf(),
        lent: chosen,
        none: OnBehalf(),
        moved: payer,
        of_left: OnBehalf(),
        of_guest: payer,  # a manager had chosen it for somebody who was never a member
    }


def change_booking(db: Session, place: Place, key: str, **patch: str | None) -> None:
    bookings.change(db, key, patch, version=None, actor=BOSS, now=place.now)


def test_a_payer_that_somebody_took_off_a_booking_stays_off(place: Place, member: str) -> None:
    with place.database.write() as db:
        project = make_project(db, place)
        join(db, place, member, project)
    booked = book(place, member, 24, OnBehalf(project_id=project)).id
    end_and_resume(place, member, "", project)
    with place.database.write() as db:
        change_booking(db, place, booked, project_id=None)
    end_and_resume(place, member, "", project)
    leave_and_join(place, member, "", project)
    assert charged(place) == {booked: OnBehalf()}


def test_a_project_pays_again_by_its_new_owner(place: Place, member: str) -> None:
    with place.database.write() as db:
        old, new = make_organisation(db, place), make_organisation(db, place, "Lycée")
        project = make_project(db, place, old)
    booked = book(place, member, 24, OnBehalf(organisation_id=old, project_id=project)).id
    with place.database.write() as db:
        close(db, place, old)
    with place.database.write() as db:
        change_project(db, place, project, organisation_id=new)
    assert charged(place) == {booked: OnBehalf(organisation_id=new, project_id=project)}


def test_who_may_not_decide_about_money_brings_no_payer_back(place: Place, member: str) -> None:
    with place.database.write() as db:
        project, desk = make_project(db, place), place.account(db, "desk", Role.DESK)
        join(db, place, member, project)
    booked = book(place, member, 24, OnBehalf(project_id=project)).id
    with place.database.write() as db:
        join(db, place, member, actor=desk)
    with place.database.write() as db, pytest.raises(Forbidden), db.begin_nested():
        join(db, place, member, project, actor=desk)
    assert charged(place) == {booked: OnBehalf()}
