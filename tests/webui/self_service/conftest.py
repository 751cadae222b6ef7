"""The place with a laser, and two members who have accounts."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.accounts import accounts
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.members.models import MemberRow
from controller.capabilities.screen import addresses
from controller.capabilities.screen.addresses import NewAddress
from controller.capabilities.screen.models import AddressKind
from controller.capabilities.training import course_sessions, courses
from controller.capabilities.training.shapes import NewCourse, NewCourseSession
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.databases import filled
from tests.webui.conftest import NOW, PASSWORD, SITE, sign_in
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from tests.webui.machines.conftest import place as place

ADA, CLEO = "Ada Both", "Cleo None"


@dataclass(frozen=True)
class Mine:
    """What a test names: Ada, and Cleo whose things are not hers."""

    place: Place
    ada: str
    cleo: str
    course: str
    booking: str
    others: str
    """A booking of Cleo's."""


@pytest.fixture
def mine(place: Place) -> Mine:
    made, *booked = filled(place.database, _fill)
    return Mine(place, place.members[ADA], place.members[CLEO], made, *booked)


def _fill(database: Database) -> list[str]:
    """The ids of a session, and of a booking of each."""
    tomorrow = Utc.of(NOW + timedelta(days=1))
    with database.write() as db:
        ada, cleo = (
            db.scalars(select(MemberRow.id).where(MemberRow.display_name == name)).one()
            for name in (ADA, CLEO)
        )
        for login, member in (("ada", ada), ("cleo", cleo)):
            accounts.create(
                db,
                login=f"{login}@example.org",
                password=PASSWORD,
                roles={SITE: frozenset({Role.MEMBER})},
                member_id=member,
                actor=SYSTEM,
                now=NOW,
            )
        name = Label(fr="Prise en main du laser")
        course = NewCourse(id="first", site_id=SITE, name=name, grants=("laser",))
        courses.create(db, course, actor=SYSTEM, now=NOW)
        session = NewCourseSession(
            course_id="first",
            site_id=SITE,
            starts_at=tomorrow,
            ends_at=Utc.of(tomorrow + timedelta(hours=2)),
            places=1,
        )
        made = course_sessions.create(db, session, actor=SYSTEM, now=NOW)
        booked = [
            bookings.create(db, _booking(member, days), actor=SYSTEM, now=NOW).id
            for member, days in ((ada, 2), (cleo, 3))
        ]
    return [made.id, *booked]


def _booking(member: str, days: int) -> NewBooking:
    start = Utc.of(NOW + timedelta(days=days))
    end = Utc.of(start + timedelta(hours=2))
    return NewBooking(member_id=member, access_point=LASER, starts_at=start, ends_at=end)


@pytest.fixture
def ada(mine: Mine, client: FlaskClient) -> FlaskClient:
    """Her browser."""
    assert sign_in(client, "ada") == 303
    return client


@pytest.fixture
def terminal(mine: Mine) -> str:
    """The address of one, that a manager has made."""
    new = NewAddress(name="Entrée", kind=AddressKind.TERMINAL)
    with mine.place.database.write() as db:
        _address, secret = addresses.create(db, SITE, new, actor=SYSTEM, now=NOW)
    return f"/terminal/{secret}"


def badge_of(place: Place, member: str) -> str:
    """The id of a member's badge."""
    with place.database.read() as db:
        return db.query(CredentialRow.id).filter_by(member_id=member).one()[0]
