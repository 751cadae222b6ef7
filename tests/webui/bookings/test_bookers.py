"""Before a booked machine goes out of service, or a day is closed, one reads who is told of it;
afterwards, what was sent to whom.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.assembly import HOUSE
from controller.capabilities.access import hours_effect
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.machines import access_points
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import schedules, sites
from controller.capabilities.places.shapes import NewSchedule, Weekly
from controller.capabilities.training import course_sessions, enrolments
from controller.capabilities.training.shapes import NewCourseSession
from controller.domain.time import Utc
from controller.integrations.mail.sender import Sender, rules
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
    Sender(place.database, settings, mail, "https://fab.example", site_id=SITE, clock=clock).poll()
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
    assert "1 personne par e-mail, 1 à appeler" in before
    assert "Chacun garde sa réservation" in before
    assert (
        before.index("Qui sera prévenu : 1 personne")
        < before.index("En panne")
        < before.index("À appeler")
    )
    for starts, ends in ((10, 11), (14, 15)):
        assert f'#slot">Jeudi 26 novembre à {starts}:00, jusqu’à {ends}:00</a>' in before
    part = plain(desk.get(f"/machines/{LASER}/bookers", headers={"HX-Request": "true"}))
    to_call = part.split("À appeler")[1].split("Par e-mail")[0]
    assert BEN in to_call
    assert "pas d’adresse e-mail" in to_call
    assert "06 00 00 00 01" in to_call

    said = press(desk, f"/points/{LASER}/out", reason="En panne", back="machine")
    assert "Réservations : 1 personne par e-mail, 1 à appeler." in said
    after = said.split("Hors service : qui est prévenu")[1]
    assert "e-mail en attente d’envoi" in after
    [subject] = send(mailing, clock, post)
    assert subject == "Hors service : Découpe laser CO₂"
    after = plain(desk.get(f"/machines/{LASER}")).split("Hors service : qui est prévenu")[1]
    assert "e-mail envoyé : 14:02" in after

    with mailing.database.write() as db:
        new = booking(mailing, ADA, f"{DAY}T15:00:00.000Z")
        bookings.create(db, new, actor=SYSTEM, now=clock())
        late = booking(mailing, CLEO, f"{DAY}T16:00:00.000Z")
        db.get_one(MemberRow, late.member_id).email = "cleo@example.org"
        bookings.create(db, late, actor=SYSTEM, now=clock())
    after = plain(desk.get(f"/machines/{LASER}")).split("Hors service : qui est prévenu")[1]
    assert "aucun e-mail n’a été préparé" in after.split(CLEO)[1].split("</li>")[0]

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


def ask(client: FlaskClient, act: str, **fields: str) -> tuple[str, str]:
    """What is shown before it is saved, and what the form then says that it has shown."""
    address = f"/hours/schedules/week/{act}"
    answer = client.post(address, data={"csrf_token": token_of(client), **fields})
    assert answer.status_code == 422, "whom it concerns is shown first"
    asked = answer.get_data(as_text=True)
    shown = re.search(r'name="shown" value="([^"]+)"', asked)
    assert shown
    return plain(answer).split('id="effect"')[1].split("</section>")[0], shown[1]


def plan(place: Place, starts: str, hours: int = 2) -> str:
    """A course session in which one takes part who has an address, and one who has none."""
    begins = Utc.parse(starts)
    ends = Utc.of(begins + timedelta(hours=hours))
    new = NewCourseSession(site_id=SITE, theme="Vinyle", starts_at=begins, ends_at=ends)
    with place.database.write() as db:
        key = course_sessions.create(db, new, actor=SYSTEM, now=NOW).id
        for name in (ADA, BEN):
            enrolments.enrol(db, key, place.members[name], actor=SYSTEM, now=NOW)
    return key


def test_the_course_sessions_of_a_day_that_is_closed_are_named_before_and_after(
    desk: FlaskClient, mailing: Place, clock: Clock
) -> None:
    days = {"first": DAY, "how": "closed"}
    asked, before = ask(desk, "days", **days)
    assert "Vinyle" not in asked
    key = plan(mailing, f"{DAY}T15:00:00.000Z")
    asked, shown = ask(desk, "days", **days, shown=before)
    assert f'<a href="/training/sessions/{key}">Vinyle</a>' in asked
    of_course = asked.split("Vinyle")[1]
    assert "1 personne par e-mail, 1 à appeler" in of_course
    assert "pas encore d’e-mail" in of_course.split(ADA)[1]
    assert "pas d’adresse e-mail" in of_course.split(BEN)[1].split("</li>")[0]
    shorter = days | {"how": "open", "start": "08:00", "end": "19:00"}
    press(desk, "/hours/schedules/week/days", **shorter)
    asked, shown = ask(desk, "days", **days, shown=shown)
    assert "remplacés" in asked, "the hours that were just saved"
    after = press(desk, "/hours/schedules/week/days", **days, shown=shown)
    of_course = after.split("Séances pendant la fermeture")[1]
    assert "pas encore d’e-mail" in of_course.split(ADA)[1].split("</li>")[0]
    assert "06 00 00 00 01" in of_course.split(BEN)[1].split("</li>")[0]
    with mailing.database.write() as db:
        course_sessions.cancel(db, key, None, actor=SYSTEM, now=clock())
    of_course = plain(desk.get("/hours")).split("Séances pendant la fermeture")[1]
    assert "Séance annulée : qui est prévenu" in of_course
    assert "e-mail en attente d’envoi" in of_course.split(ADA)[1].split("</li>")[0]


@pytest.mark.parametrize(
    ("act", "fields", "starts"),
    [
        ("today", {"close": "18:00"}, "2026-11-24T16:00:00.000Z"),
        ("today", {"close": "now"}, "2026-11-24T12:30:00.000Z"),
        ("holidays", {}, "2026-12-25T10:00:00.000Z"),
    ],
)
def test_what_closes_by_one_press_asks_with_the_sessions_that_fall_outside(
    desk: FlaskClient, mailing: Place, act: str, fields: dict[str, str], starts: str
) -> None:
    """A session that has begun, too."""
    key = plan(mailing, starts)
    asked, shown = ask(desk, act, **fields)
    assert f'<a href="/training/sessions/{key}">Vinyle</a>' in asked
    assert "1 à appeler" in asked
    assert "Vinyle" in press(desk, f"/hours/schedules/week/{act}", **fields, shown=shown)


def test_everybody_of_a_closed_day_is_told_however_many_bookings_come_before(
    desk: FlaskClient, mailing: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where every day may differ, so many are looked at and no more; a day's are all of them."""
    monkeypatch.setattr(hours_effect, "BOOKINGS", 1)
    asked, shown = ask(desk, "days", first=DAY, how="closed")
    assert "3 réservations hors des horaires" in asked
    after = press(desk, "/hours/schedules/week/days", first=DAY, how="closed", shown=shown)
    assert BEN in after.split("Réservations des jours exceptionnels : qui est prévenu")[1]


def test_a_day_that_is_closed(desk: FlaskClient, mailing: Place, clock: Clock, post: Post) -> None:
    days = {"first": DAY, "how": "closed", "reason": "Inventaire"}
    before, shown = ask(desk, "days", **days)
    assert "1 personne par e-mail, 1 à appeler" in before
    assert "Les réservations sont conservées" in before
    link = f'<a class="about" href="/bookings?day={DAY}&thing={LASER}#slot">'
    assert f"{link}Jeudi 26 novembre à 10:00, jusqu’à 11:00 · Découpe laser CO₂</a>" in before

    address = "/hours/schedules/week/days"
    after = press(desk, address, **days, shown=shown)
    assert "Réservations des jours exceptionnels : qui est prévenu" in after
    assert "e-mail en attente d’envoi" in after
    [subject] = send(mailing, clock, post)
    assert subject == "Fermé à l’heure de votre réservation"
    [body] = [mail.get_body(("plain",)) for mail in post.got]
    assert body is not None
    for line in ("Motif : Inventaire", "jeudi 26 novembre à 10:00", "jeudi 26 novembre à 14:00"):
        assert line in body.get_content().replace("\u00a0", " ")
    assert "e-mail envoyé : 14:02" in plain(desk.get("/hours"))

    press(desk, "/hours/schedules/week/days/remove", first=DAY, last=DAY)
    assert send(mailing, clock, post) == ["Ouvert à l’heure de votre réservation"]
    assert "Réservations des jours exceptionnels" not in plain(desk.get("/hours"))
