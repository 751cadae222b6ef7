"""What the tests of bookings share."""

import re

from flask.testing import FlaskClient

from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.training import course_sessions, courses
from controller.capabilities.training.shapes import NewCourse, NewCourseSession
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.webui.conftest import NOW, SITE, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place

DAY = "2026-11-26"
"""Two days after NOW, a Thursday."""
TEN, NOON = Utc.parse("2026-11-26T09:00:00.000Z"), Utc.parse("2026-11-26T11:00:00.000Z")
SLOT = {"thing": LASER, "day": DAY, "start": "10:00", "end": "12:00"}


def flat(page: str) -> str:
    """Its words, with plain spaces."""
    words = re.sub(r"<[^>]+>", " ", page.replace("\u00a0", " ").replace("\u202f", " "))
    return " ".join(words.split())


def show(client: FlaskClient, **asked: str) -> str:
    answer = client.get("/bookings", query_string={"day": DAY} | asked)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def send(client: FlaskClient, address: str = "/bookings", **fields: str) -> tuple[int, str]:
    data = {"csrf_token": token_of(client)} | fields
    answer = client.post(address, data=data)
    return answer.status_code, answer.get_data(as_text=True)


def booked(place: Place) -> list[BookingRow]:
    with place.database.read() as db:
        return db.query(BookingRow).filter(BookingRow.closed_at.is_(None)).all()


def book(place: Place, name: str, start: Utc = TEN, end: Utc = NOON) -> str:
    new = NewBooking(
        member_id=place.members[name], access_point=LASER, starts_at=start, ends_at=end
    )
    with place.database.write() as db:
        return bookings.create(db, new, actor=SYSTEM, now=NOW).id


def course(place: Place, start: Utc, end: Utc) -> None:
    with place.database.write() as db:
        new = NewCourse(id="intro", site_id=SITE, name=Label(fr="Initiation"), grants=("laser",))
        courses.create(db, new, actor=SYSTEM, now=NOW)
        session = NewCourseSession(course_id="intro", site_id=SITE, starts_at=start, ends_at=end)
        course_sessions.create(db, session, actor=SYSTEM, now=NOW)
