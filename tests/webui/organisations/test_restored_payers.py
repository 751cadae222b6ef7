"""What is undone about an organisation or a project pays again for what it paid for before."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.members import members, on_behalf
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE
from tests.webui.live.live_actions import point
from tests.webui.members.people import add_member, undo
from tests.webui.organisations.test_organisation_pages import (
    LIST,
    PROJECTS,
    SYSTEM,
    browser,
    club,
    oven,
    send,
)
from tests.webui.organisations.test_organisation_pages import boss as boss
from tests.webui.training.at_session import plain


@pytest.fixture
def ada(database: Database) -> str:
    """Somebody, where there is a room to book, and a machine."""
    with database.write() as db:
        machine = point("drill", PointKind.MACHINE)
        machine.agent_id = None
        db.add(machine)
        new = NewZone(id="room", name=Label(fr="Salle"), site_id=SITE)
        zones.create(db, new, actor=SYSTEM, now=NOW)
    return add_member(database, "Ada Lovelace")


def join(database: Database, member: str, payer: OnBehalf) -> None:
    """Make the member belong to it, and work for it."""
    patch = {
        "organisations": [key for key in [payer.organisation_id] if key],
        "projects": [key for key in [payer.project_id] if key],
    }
    with database.write() as db:
        members.change(db, member, patch, version=None, actor=SYSTEM, now=NOW)
        on_behalf.choose(db, member, payer, actor=SYSTEM, now=NOW)


def book(database: Database, member: str, days: int, machine: str | None = None) -> str:
    """The room or a machine, in so many days, for one hour."""
    start = NOW + timedelta(days=days)
    new = NewBooking(
        member_id=member,
        zone_id=None if machine else "room",
        access_point=machine,
        starts_at=Utc.of(start),
        ends_at=Utc.of(start + timedelta(hours=1)),
    )
    with database.write() as db:
        return bookings.create(db, new, actor=SYSTEM, now=NOW).id


def payers(database: Database, member: str, *booked: str) -> list[OnBehalf]:
    """Who pays for the member's use, and for these bookings."""
    with database.read() as db:
        rows = [bookings.get(db, key, actor=SYSTEM) for key in booked]
        return [
            members.get(db, member, actor=SYSTEM).works_for,
            *(
                OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)
                for row in rows
            ),
        ]


def project_of(database: Database) -> tuple[str, OnBehalf, str]:
    key = oven(database)
    return f"{PROJECTS}/{key}", OnBehalf(project_id=key), "du projet"


def organisation_of(database: Database) -> tuple[str, OnBehalf, str]:
    key = club(database)
    return f"{LIST}/{key}", OnBehalf(organisation_id=key), "de la structure"


MAKE = Callable[[Database], tuple[str, OnBehalf, str]]


@pytest.mark.parametrize("make", [project_of, organisation_of])
def test_who_was_removed_by_mistake_works_for_it_again(
    boss: FlaskClient, database: Database, clock: Clock, ada: str, make: MAKE
) -> None:
    """The confirmations say how many bookings have another payer."""
    at, payer, whom = make(database)
    join(database, ada, payer)
    booked = [book(database, ada, days) for days in (1, 2)]
    assert payers(database, ada, *booked) == [payer] * 3
    clock.forward(minutes=5)
    send(boss, f"{at}/people/{ada}/remove")
    assert payers(database, ada, *booked) == [OnBehalf()] * 3
    clock.forward(minutes=1)
    assert undo(boss, at).endswith(" 2 réservations à venir sont maintenant à sa charge.")
    assert payers(database, ada, *booked) == [payer] * 3
    assert f"2 réservations à venir sont de nouveau à la charge {whom}." in plain(boss.get(at))


def test_who_was_removed_and_chose_something_else_keeps_that(
    boss: FlaskClient, database: Database, clock: Clock, ada: str
) -> None:
    at, payer, _whom = project_of(database)
    other = OnBehalf(project_id=oven(database))
    join(database, ada, payer)
    clock.forward(minutes=5)
    removed = {"member": ada, "at": clock.now.text()}
    send(boss, f"{at}/people/{ada}/remove")
    join(database, ada, other)
    send(boss, f"{at}/people", **removed)
    assert payers(database, ada) == [other]
    with database.write() as db:
        clock.forward(minutes=5)
        on_behalf.choose(db, ada, OnBehalf(), actor=SYSTEM, now=clock.now)
    for _twice in range(2):
        assert send(boss, f"{at}/people", **removed)[0] == 303
    assert payers(database, ada) == [OnBehalf()]
    assert send(boss, f"{at}/people", member=ada, at="yesterday")[0] == 400


def test_whoever_is_added_later_works_for_it_by_choice_only(
    boss: FlaskClient, database: Database, clock: Clock, ada: str
) -> None:
    at, payer, _whom = project_of(database)
    join(database, ada, payer)
    booked = book(database, ada, 7)
    clock.forward(minutes=5)
    send(boss, f"{at}/people/{ada}/remove")
    clock.forward(days=3)
    send(boss, f"{at}/people", member=ada)
    assert payers(database, ada, booked) == [OnBehalf(), payer]
    said = "Ada Lovelace fait partie du projet. 1 réservation à venir est de nouveau à la charge"
    assert said in plain(boss.get(at))


@pytest.mark.parametrize(
    ("make", "end", "resume"), [(project_of, "end", "resume"), (organisation_of, "close", "reopen")]
)
def test_what_was_ended_by_mistake_pays_again(
    boss: FlaskClient, database: Database, clock: Clock, ada: str, make: MAKE, end: str, resume: str
) -> None:
    """By the button of the confirmation, and by that of the page some days later."""
    at, payer, whom = make(database)
    join(database, ada, payer)
    booked = [book(database, ada, 1, "drill"), book(database, ada, 5)]
    clock.forward(minutes=5)
    send(boss, f"{at}/{end}")
    assert payers(database, ada, *booked) == [payer, OnBehalf(), OnBehalf()]
    assert undo(boss, at).endswith(
        " 2 réservations à venir sont maintenant à la charge des personnes concernées."
    )
    assert payers(database, ada, *booked) == [payer] * 3
    send(boss, f"{at}/{end}")
    clock.forward(days=3)
    assert send(boss, f"{at}/{resume}")[0] == 303
    assert payers(database, ada, *booked) == [payer, OnBehalf(), payer]
    assert f"1 réservation à venir est de nouveau à la charge {whom}." in plain(boss.get(at))


def test_the_desk_ends_and_removes_but_brings_nothing_back(
    database: Database, clock: Clock, ada: str
) -> None:
    desk = browser(database, clock, "desk")
    at, payer, _whom = project_of(database)
    join(database, ada, payer)
    booked = book(database, ada, 1)
    clock.forward(minutes=5)
    removed = {"member": ada, "at": clock.now.text()}
    send(desk, f"{at}/people/{ada}/remove")
    page = plain(desk.get(at))
    assert "1 réservation à venir est maintenant à sa charge." in page
    assert 'class="undo"' not in page
    send(desk, f"{at}/people", **removed)
    send(desk, f"{at}/end")
    send(desk, f"{at}/resume")
    assert payers(database, ada, booked) == [OnBehalf()] * 2


def test_a_project_whose_last_day_is_put_back_pays_again(
    boss: FlaskClient, database: Database, clock: Clock, ada: str
) -> None:
    at, payer, _whom = project_of(database)
    join(database, ada, payer)
    booked = book(database, ada, 5)
    clock.forward(minutes=5)
    assert send(boss, at, name_fr="Four", ends="2026-11-26", version="1")[0] == 303
    assert payers(database, ada, booked) == [payer, OnBehalf()]
    assert undo(boss, at) == (
        "Projet enregistré. "
        "1 réservation à venir est maintenant à la charge de la personne concernée."
    )
    assert payers(database, ada, booked) == [payer] * 2
