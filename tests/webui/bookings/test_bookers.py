"""Before a booked machine goes out of service, or a day is closed, one reads who is told of it;
afterwards, what was sent to whom.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.assembly import HOUSE
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.machines import access_points
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import schedules, sites
from controller.capabilities.places.shapes import NewSchedule, Weekly
from controller.capabilities.training import course_sessions
from controller.capabilities.training.shapes import NewCourseSession
from controller.domain.time import Utc
from controller.integrations.mail.running import rules
from controller.integrations.mail.sender import Sender
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.settings import MailSettings
from tests.support.clock import Clock
from tests.support.smtp import Post, posting
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from tests.webui.machines.conftest import place as place
from tests.webui.training.at_session import plain

ADA, BEN, CLEO = "Ada Both", "Ben Laser", "Cleo None"
DAY = "2026-11-26"
"""A Thursday, two days later."""


@pytest.fixture
def mailing(place: Place) -> Place:
    """With mail and opening hours; two have booked the laser, and one of them has no address."""
    with place.database.write() as db:
        week = tuple(Weekly(weekday=day, start="09:00", end="19:00") for day in range(5))
        hours = NewSchedule(id="week", site_id=SITE, name=Label(fr="Ouverture"), weekly=week)
        schedules.create(db, hours, actor=SYSTEM, now=NOW)
        sites.change(db, SITE, {"opening": "week"}, version=None, actor=SYSTEM, now=NOW)
        for name, starts, email in (
            (ADA, f"{DAY}T09:00:00.000Z", "ada@example.org"),
            (ADA, f"{DAY}T13:00:00.000Z", "ada@example.org"),
            (BEN, f"{DAY}T11:00:00.000Z", None),
        ):
            row = db.get_one(MemberRow, place.members[name])
            row.email, row.phone = email, "06 00 00 00 01"
            new = booking(place, name, starts)
            bookings.create(db, new, actor=SYSTEM, now=NOW)
    place.database = Database(place.database.engine, house=HOUSE, mail_is_on=True)
    return place


def booking(place: Place, name: str, starts: str) -> NewBooking:
    """Of the laser, for an hour."""
    begins = Utc.parse(starts)
    return NewBooking(
        member_id=place.members[name],
        access_point=LASER,
        starts_at=begins,
        ends_at=Utc.of(begins + timedelta(hours=1)),
    )


@pytest.fixture
def desk(mailing: Place, clock: Clock) -> FlaskClient:
    client = make_app(mailing.database, clock).test_client()
    sign_in(client, "manager")
    return client


@pytest.fixture
def post() -> Iterator[Post]:
    with posting(Post(to_rcpt="")) as found:
        yield found


def send(place: Place, clock: Clock, post: Post) -> list[str]:
    """The subjects of what is handed to the mail server, two minutes later."""
    clock.forward(minutes=2)
    before = len(post.got)
    settings = MailSettings(
        host="127.0.0.1", port=post.port, tls="none", sender="l@fab.example", quiet=None
    )
    mail = rules(settings, "s" * 40)
    Sender(place.database, settings, mail, "https://fab.example", site_id=SITE, clock=clock).look()
    return [str(mail["Subject"]) for mail in post.got[before:]]


def press(client: FlaskClient, path: str, **fields: str) -> str:
    answer = client.post(path, data={"csrf_token": token_of(client), **fields})
    assert answer.status_code == 303, plain(answer)
    return plain(client.get(answer.headers["Location"]))


def test_a_booked_machine_that_goes_out_of_service(
    desk: FlaskClient, mailing: Place, clock: Clock, post: Post
) -> None:
    before = plain(desk.get(f"/machines/{LASER}"))
    assert "Qui sera prévenu" in before
    assert "1 personne par lettre, 1 à appeler" in before
    assert "Chacun garde sa réservation" in before
    assert (
        before.index("Qui sera prévenu : 1 personne")
        < before.index("En panne")
        < before.index("À appeler")
    )
    assert "Jeudi 26 novembre à 10:00, jusqu’à 11:00 · Jeudi 26 novembre à 14:00" in before
    part = plain(desk.get(f"/machines/{LASER}/bookers", headers={"HX-Request": "true"}))
    to_call = part.split("À appeler")[1].split("Par lettre")[0]
    assert BEN in to_call
    assert "pas d’adresse e-mail" in to_call
    assert "06 00 00 00 01" in to_call

    said = press(desk, f"/points/{LASER}/out", reason="En panne", back="machine")
    assert "Réservations : 1 personne par lettre, 1 à appeler." in said
    after = said.split("Hors service : qui est prévenu")[1]
    assert "lettre en attente" in after
    [subject] = send(mailing, clock, post)
    assert subject == "Hors service : Découpe laser CO₂"
    after = plain(desk.get(f"/machines/{LASER}")).split("Hors service : qui est prévenu")[1]
    assert "lettre partie : 14:02" in after

    with mailing.database.write() as db:
        new = booking(mailing, ADA, f"{DAY}T15:00:00.000Z")
        bookings.create(db, new, actor=SYSTEM, now=clock())
        late = booking(mailing, CLEO, f"{DAY}T16:00:00.000Z")
        db.get_one(MemberRow, late.member_id).email = "cleo@example.org"
        bookings.create(db, late, actor=SYSTEM, now=clock())
    after = plain(desk.get(f"/machines/{LASER}")).split("Hors service : qui est prévenu")[1]
    assert "aucune lettre n’est écrite" in after.split(CLEO)[1].split("</li>")[0]

    press(desk, f"/points/{LASER}/back", back="machine")
    assert "De nouveau en service : Découpe laser CO₂" in send(mailing, clock, post)


def test_what_is_undone_at_once_is_not_written_of(
    desk: FlaskClient, mailing: Place, clock: Clock, post: Post
) -> None:
    for deed in ("out", "back"):
        press(desk, f"/points/{LASER}/{deed}", reason="En panne")
        clock.forward(seconds=10)
    assert send(mailing, clock, post) == []
    press(desk, f"/points/{LASER}/out", reason="En panne")
    with mailing.database.write() as db:
        access_points.set_service(
            db, LASER, in_service=False, reason="Entretien", actor=SYSTEM, now=clock()
        )
    assert len(send(mailing, clock, post)) == 1, "another reason is no other cause"


def test_the_course_sessions_of_a_day_that_is_closed_are_linked(
    desk: FlaskClient, mailing: Place
) -> None:
    days = {"first": DAY, "how": "closed"}
    part = {"HX-Request": "true"}
    told = "/hours/schedules/week/days/told"
    assert "Elles ne sont pas déplacées" not in plain(
        desk.get(told, query_string=days, headers=part)
    )
    with mailing.database.write() as db:
        starts, ends = Utc.parse(f"{DAY}T15:00:00.000Z"), Utc.parse(f"{DAY}T17:00:00.000Z")
        new = NewCourseSession(site_id=SITE, theme="Vinyle", starts_at=starts, ends_at=ends)
        key = course_sessions.create(db, new, actor=SYSTEM, now=NOW).id
    with_course = plain(desk.get(told, query_string=days, headers=part))
    assert "Elles ne sont pas déplacées" in with_course
    assert f'<a href="/training/sessions/{key}">Vinyle</a>' in with_course
    shorter = days | {"how": "open", "start": "08:00", "end": "19:00"}
    assert "Vinyle" not in plain(desk.get(told, query_string=shorter, headers=part))


def test_a_day_that_is_closed(desk: FlaskClient, mailing: Place, clock: Clock, post: Post) -> None:
    days = {"first": DAY, "how": "closed", "reason": "Inventaire"}
    part = {"HX-Request": "true"}
    told = "/hours/schedules/week/days/told"
    before = plain(desk.get(told, query_string=days, headers=part))
    assert "1 personne par lettre, 1 à appeler" in before
    assert "Les réservations restent" in before
    assert not plain(desk.get(told, query_string=days | {"first": "2026-11-27"}, headers=part))
    assert not plain(desk.get(told, query_string=days | {"first": "soon"}, headers=part))

    address = "/hours/schedules/week/days"
    asked = desk.post(address, data={"csrf_token": token_of(desk), **days})
    assert asked.status_code == 422, "the bookings that fall outside are shown first"
    found = re.search(r'name="shown" value="([^"]+)"', asked.get_data(as_text=True))
    assert found
    after = press(desk, address, **days, shown=found[1])
    assert "Réservations des jours exceptionnels : qui est prévenu" in after
    assert "lettre en attente" in after
    [subject] = send(mailing, clock, post)
    assert subject == "Fermé à l’heure de votre réservation"
    [body] = [mail.get_body(("plain",)) for mail in post.got]
    assert body is not None
    for line in ("Motif : Inventaire", "jeudi 26 novembre à 10:00", "jeudi 26 novembre à 14:00"):
        assert line in body.get_content().replace("\u00a0", " ")
    assert "lettre partie : 14:02" in plain(desk.get("/hours"))

    press(desk, "/hours/schedules/week/days/remove", first=DAY, last=DAY)
    assert send(mailing, clock, post) == ["Ouvert à l’heure de votre réservation"]
    assert "Réservations des jours exceptionnels" not in plain(desk.get("/hours"))
