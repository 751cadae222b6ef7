"""The day as lanes: what is drawn, what the words above and the table say."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.training import certifications, course_sessions, courses
from controller.capabilities.training.shapes import NewCertification, NewCourse, NewCourseSession
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.store.packed_event import first_id
from controller.wire.ids import uuid7
from tests.webui.conftest import NOW, SITE
from tests.webui.live.live_actions import desk as desk

BOSS = Actor.system("test")


def at(hours: float) -> Utc:
    """So many hours after 13:00, which is 14:00 in Paris."""
    return Utc.of(NOW + timedelta(hours=hours))


def session(start: float, end: float | None, idle_s: float) -> SessionRow:
    began = at(start)
    return SessionRow(
        id=first_id(began.millis()),
        site_id=SITE,
        agent_id="pi",
        access_point_id="laser",
        started_at=began,
        ended_at=None if end is None else at(end),
        state="running" if end is None else None,
        state_at=began,
        active_s=0,
        idle_s=idle_s,
        powered_s=0,
        gap_s=0,
    )


@pytest.fixture
def busy(desk: FlaskClient, database: Database) -> FlaskClient:
    with database.write() as db:
        db.add_all([session(-5, -3, 1800), session(-1, None, 0), session(-40, -30, 0)])
        stop = Alarm(id=first_id(at(-2).millis()), key="s", site_id=SITE, kind="estop", detail={})
        stop.access_point_id, stop.raised_at, stop.cleared_at = "laser", at(-2), at(-1.5)
        db.add(stop)
        ana = members.create(db, NewMember(display_name="Ana Roy"), actor=BOSS, now=NOW)
        common = {"site_id": SITE, "member_id": ana.id, "access_point_id": "laser"}
        times = {"starts_at": at(1), "ends_at": at(2), "created_at": NOW, "created_by": "test"}
        db.add(BookingRow(id=uuid7(), zone_id=None, row_version=1, **common, **times))
    return desk


def test_the_day_is_said_and_drawn(busy: FlaskClient) -> None:
    text = busy.get("/day").get_data(as_text=True)
    assert "1 équipement a fonctionné, 2\u00a0h\u00a030\u00a0min en tout" in text
    row = text[text.index('<th scope="row">Laser') :]
    assert re.findall("<li>(.*?)</li>", row[: row.index("</ul>")]) == [
        "09:00 à 10:30 en marche",
        "10:30 à 11:00 allumée",
        "12:00 à 12:30 en défaut",
        "13:00 à 14:00 en marche",
        "15:00 à 16:00 réservée",
    ]
    assert "<td>2\u00a0h\u00a030\u00a0min en marche</td>" in row
    assert '<rect class="is-worked" x="8.33%" width="12.5%" rx="4"/>' in text
    text = busy.get("/").get_data(as_text=True)
    assert "réservée à" in text
    assert "Ana Roy" in text


def test_the_table_joins_neighbours_and_leaves_moments_out(
    desk: FlaskClient, database: Database
) -> None:
    second = 1 / 3600
    with database.write() as db:
        db.add_all([session(-3, -2, 0), session(-2 + 30 * second, -1, 20)])
    text = desk.get("/day").get_data(as_text=True)
    assert "<li>11:00 à 12:59 en marche</li></ul>" in text
    with database.write() as db:
        for row in db.query(SessionRow):
            db.delete(row)
        db.add(session(-2, -2 + 40 * second, 20))
    text = desk.get("/day").get_data(as_text=True)
    assert "<li>moins d’une minute à chaque fois</li></ul></td><td>20\u00a0s en marche</td>" in text


def test_a_course_keeps_the_machines_whose_certification_it_gives(
    desk: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        laser = NewCertification(id="laser", site_id=SITE, name=Label(fr="Laser"))
        certifications.create(db, laser, actor=BOSS, now=NOW)
        course = NewCourse(id="laser", name=Label(fr="Bien découper"), grants=("laser",))
        courses.create(db, course, actor=BOSS, now=NOW)
        db.get_one(AccessPointRow, "laser").requirement = {"certifications": [["laser"]]}
        new = NewCourseSession(course_id="laser", starts_at=at(1), ends_at=at(3))
        course_sessions.create(db, new, actor=BOSS, now=NOW)
    text = desk.get("/day").get_data(as_text=True)
    assert "15:00 à 17:00 formation" in text
    assert "Bien découper" in desk.get("/").get_data(as_text=True)


def test_a_day_with_nothing_in_it_says_so(desk: FlaskClient) -> None:
    text = desk.get("/day").get_data(as_text=True)
    assert "Aucun équipement n’a encore fonctionné aujourd’hui." in text
    assert "rien aujourd’hui" in text


def test_rooms_say_how_many_are_in_and_how_many_may_be(
    desk: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        for key, most in (("hall", 20), ("shop", 6)):
            name = {"fr": key.title()}
            db.add(ZoneRow(id=key, site_id=SITE, name=name, capacity=most, row_version=1))
        db.flush()
        row = PresenceRow(id=uuid7(), site_id=SITE, zone_id="shop", heads=4, moved_at=NOW)
        row.by_desk = True
        db.add(row)
    text = desk.get("/").get_data(as_text=True)
    assert "<b>4</b> présents sur 26" in text
    assert "4 / 6" in text
    assert "0 / 20" in text
