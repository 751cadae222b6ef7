"""*Tell me when it is free*: told at the desk and on one's own page once it is; then it ends."""

import html
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.bookings import wishes
from controller.capabilities.bookings.messages import FreeMessage
from controller.capabilities.bookings.models import WishRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import stops
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.training import course_sessions, enrolments, member_certifications
from controller.capabilities.training.models import CourseRow, CourseSessionRow
from controller.capabilities.training.shapes import Grant, NewCourseSession
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Language, Level
from controller.domain.time import Utc
from controller.kernel.translation import translator
from controller.settings import MailSettings
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place, add_session, add_state
from tests.webui.self_service.conftest import ADA, Mine
from tests.webui.self_service.self_service_page import read, send


def used(mine: Mine, by: str) -> None:
    """Somebody has the laser now."""
    with mine.place.database.write() as db:
        add_session(db, NOW, 0.5, mine.place.refs[by])
        add_state(db, "running", db.scalars(select(SessionRow.id)).one())


def look(place: Place, now: Utc = NOW) -> list[str]:
    """The job; whom it tells what."""
    with place.database.write() as db:
        wishes.check_wishes(db, now)
    with place.database.read() as db:
        came = select(WishRow).where(WishRow.came_true_at.is_not(None))
        members = {row.member_id for row in db.scalars(came)}
        return [
            wishes.text(wish, translator(db, Language.FR), "Europe/Paris", now)
            for member in sorted(members)
            for wish in wishes.of_member(db, SITE, member, actor=SYSTEM, now=now)
        ]


def test_a_machine_that_somebody_has_is_told_of_once_it_is_free(
    mine: Mine, ada: FlaskClient, clock: Clock
) -> None:
    used(mine, "Ben Laser")
    text = read(ada)
    assert 'name="machine" value="laser"' in text
    _status, text = send(ada, "/mine/wishes", machine=LASER)
    assert "cette page vous le dira" in text
    assert 'name="machine" value="laser"' not in text
    assert look(mine.place) == []
    with mine.place.database.write() as db:
        add_state(db, "off")
    assert look(mine.place) == ["Découpe laser CO₂ est libre, depuis 14:00."]
    assert "Découpe laser CO₂ est libre" in read(ada)
    ada.post("/sign-out", data={"csrf_token": token_of(ada)})
    sign_in(ada, "desk")
    desk = html.unescape(ada.get(f"/desk?person={mine.ada}").get_data(as_text=True))
    assert "Découpe laser CO₂ est libre" in desk
    tomorrow = clock.forward(hours=12)
    assert look(mine.place, tomorrow) == ["Découpe laser CO₂ était libre hier à 14:00."]
    later = clock.forward(hours=13)
    assert look(mine.place, later) == []
    with mine.place.database.read() as db:
        assert db.query(WishRow).all() == []


@pytest.mark.parametrize(
    ("is_on", "email", "stopped", "said"),
    [
        (True, "ada@example.org", False, "ici, à l’accueil et par e-mail."),
        (False, "ada@example.org", False, "ici et à l’accueil."),
        (True, None, False, "ici et à l’accueil."),
        (True, "ada@example.org", True, "ici et à l’accueil."),
    ],
)
def test_mail_is_promised_to_whom_it_will_reach_alone(
    mine: Mine, clock: Clock, is_on: bool, email: str | None, stopped: bool, said: str
) -> None:
    used(mine, "Ben Laser")
    with mine.place.database.write() as db:
        db.get_one(MemberRow, mine.ada).email = email
        if stopped:
            stops.unsubscribe(db, FreeMessage.WHAT, stops.digest(email or ""), now=NOW)
    server = MailSettings(host="mail.example.org", sender="loquet@example.org")
    client = make_app(mine.place.database, clock, mail=server if is_on else None).test_client()
    sign_in(client, "ada")
    assert said in send(client, "/mine/wishes", machine=LASER)[1]
    client.post(
        "/language", data={"csrf_token": token_of(client), "language": "en", "next": "/mine"}
    )
    text = send(client, "/mine/wishes", machine=LASER)[1]
    assert ("by e-mail" in text.split("Saved: you will be notified")[1][:40]) is ("mail" in said)


def test_a_place_in_a_full_course_is_told_of_and_can_be_waited_for(
    mine: Mine, client: FlaskClient
) -> None:
    with mine.place.database.write() as db:
        enrolments.enrol(db, mine.course, mine.place.members["Ben Laser"], actor=SYSTEM, now=NOW)
    sign_in(client, "cleo")
    assert f'name="session" value="{mine.course}"' in read(client)
    assert "en liste d’attente" in read(client)
    send(client, "/mine/wishes", session=mine.course)
    text = read(client)
    assert "M’inscrire en liste d’attente" in text
    assert "Cette page vous dira si une place se libère." in text
    assert text.count("Ne plus attendre") == 1, "in the course’s box"
    assert look(mine.place) == []
    with mine.place.database.write() as db:
        ben = mine.place.members["Ben Laser"]
        enrolments.withdraw(db, mine.course, ben, actor=SYSTEM, now=NOW)
    assert look(mine.place) == [
        "Une place s’est libérée\u00a0: Prise en main du laser. Inscrivez-vous vite."
    ]


def test_nobody_is_told_of_a_place_that_goes_to_who_waits(mine: Mine, client: FlaskClient) -> None:
    sign_in(client, "cleo")
    ben, ada = (mine.place.members[name] for name in ("Ben Laser", "Ada Both"))
    with mine.place.database.write() as db:
        enrolments.enrol(db, mine.course, ben, actor=SYSTEM, now=NOW)
        enrolments.enrol(db, mine.course, ada, actor=SYSTEM, now=NOW)
    text = read(client)
    assert (
        "D’autres personnes attendent\u00a0: une place qui se libère est d’abord pour elles."
        in text
    )
    assert "Me prévenir si une place se libère" not in text
    send(client, "/mine/wishes", session=mine.course)
    assert "Cette page vous dira" not in read(client)
    send(client, f"/mine/sessions/{mine.course}/enrol")
    text = read(client)
    assert "En liste d’attente" in text
    assert "Ne plus attendre" not in text, "the waiting list is enough"
    send(client, f"/mine/sessions/{mine.course}/withdraw")
    assert "Ne plus attendre" in read(client)


def test_a_wish_is_ones_own_to_drop(mine: Mine, ada: FlaskClient, client: FlaskClient) -> None:
    used(mine, "Ben Laser")
    send(ada, "/mine/wishes", machine=LASER)
    with mine.place.database.read() as db:
        (key,) = db.scalars(select(WishRow.id)).all()
    ada.post("/sign-out", data={"csrf_token": token_of(ada)})
    sign_in(client, "cleo")
    assert ADA not in read(client)
    assert send(client, f"/mine/wishes/{key}/drop")[0] == 404
    with mine.place.database.read() as db:
        assert db.get(WishRow, key) is not None


def test_a_session_that_has_begun_hides_no_later_one(
    mine: Mine, client: FlaskClient, clock: Clock
) -> None:
    """Enrolment in it is closed by a job, some seconds after it began."""
    with mine.place.database.write() as db:
        db.get_one(CourseSessionRow, mine.course).starts_at = NOW
        later = Utc.of(NOW + timedelta(days=3))
        new = NewCourseSession(
            site_id=SITE,
            course_id="first",
            starts_at=later,
            ends_at=Utc.of(later + timedelta(hours=2)),
            places=4,
        )
        course_sessions.create(db, new, actor=SYSTEM, now=NOW)
    sign_in(client, "cleo")
    text = read(client)
    assert "Aucune séance n’est prévue." not in text
    assert "4 places" in text


def test_what_is_not_there_can_not_be_waited_for(ada: FlaskClient) -> None:
    assert send(ada, "/mine/wishes", machine="nothing")[0] == 404
    assert send(ada, "/mine/wishes", session="nothing")[0] == 404
    assert send(ada, "/mine/wishes")[0] == 400


def test_a_session_is_asked_for_and_told_of_once_it_is_planned(
    mine: Mine, client: FlaskClient, clock: Clock
) -> None:
    with mine.place.database.write() as db:
        course_sessions.cancel(db, mine.course, actor=SYSTEM, now=NOW)
        db.get_one(MemberRow, mine.cleo).email = "cleo@example.org"
    sign_in(client, "cleo")
    assert "Aucune séance n’est prévue." in read(client)
    assert "Demander une séance" in listed(client)
    _status, text = send(client, "/mine/wishes", course="first")
    assert "Séance demandée" in text
    assert "Ne plus attendre" in text
    assert "Demander une séance" not in listed(client)
    assert "a demandé une séance" not in listed(client), "how many ask is for who plans"
    assert look(mine.place) == []
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    sign_in(client, "manager")
    text = listed(client)
    assert "1 personne a demandé une séance." in text.replace("\u00a0", " ")
    assert "/training/sessions/new?course=first" in text
    assert "Demander une séance" not in text, "who plans for others does not ask there"
    later = clock.forward(days=60)
    starts = Utc.of(later + timedelta(days=9))
    with mine.place.database.write() as db:
        new = NewCourseSession(
            course_id="first",
            site_id=SITE,
            starts_at=starts,
            ends_at=Utc.of(starts + timedelta(hours=2)),
        )
        course_sessions.create(db, new, actor=SYSTEM, now=later)
    said = "Une séance est prévue\u00a0: Prise en main du laser. Inscrivez-vous vite."
    assert look(mine.place, later) == [said]
    with mine.place.database.read() as db:
        (letter,) = db.scalars(select(MessageRow).where(MessageRow.what == "free")).all()
        assert letter.detail["is_asked"] is True
    assert look(mine.place, Utc.of(later + timedelta(days=8))) == [said], "until it begins"
    assert look(mine.place, starts) == []


def test_whoever_is_certified_since_no_longer_waits_for_the_course(
    mine: Mine, client: FlaskClient, clock: Clock
) -> None:
    def waits() -> bool:
        with mine.place.database.read() as db:
            held = wishes.of_member(db, SITE, mine.cleo, actor=SYSTEM, now=clock())
            counts = wishes.wished_courses(db, SITE, clock())
            assert counts == ({"first": 1} if held else {})
            return bool(held)

    with mine.place.database.write() as db:
        course_sessions.cancel(db, mine.course, actor=SYSTEM, now=NOW)
    sign_in(client, "cleo")
    send(client, "/mine/wishes", course="first")
    assert waits()
    later = clock.forward(minutes=20)
    way: dict[str, Any] = {"actor": SYSTEM, "now": later}
    with mine.place.database.write() as db:
        grant = Grant(level=Level.USER, reason="in another session")
        member_certifications.grant(db, mine.cleo, "laser", grant, **way)
    assert not waits()
    with mine.place.database.write() as db:
        member_certifications.suspend(db, mine.cleo, "laser", "by mistake", **way)
    assert waits(), "after all"
    with mine.place.database.write() as db:
        member_certifications.restore(db, mine.cleo, "laser", "rightly", **way)
        starts = Utc.of(later + timedelta(days=9))
        ends = Utc.of(starts + timedelta(hours=2))
        new = NewCourseSession(course_id="first", site_id=SITE, starts_at=starts, ends_at=ends)
        session = course_sessions.create(db, new, **way).id
    assert look(mine.place, later) == []
    clock.forward(minutes=20)
    with mine.place.database.write() as db:
        course_sessions.cancel(db, session, actor=SYSTEM, now=clock())
    send(client, "/mine/wishes", course="first")
    assert waits(), "asked for again, to renew it"


def test_a_session_that_is_planned_is_not_asked_for(mine: Mine, client: FlaskClient) -> None:
    sign_in(client, "cleo")
    assert "Demander une séance" not in listed(client)
    with mine.place.database.write() as db:  # and no course grants what is missing
        db.get_one(CourseRow, "first").grants = []
    text = send(client, "/mine/wishes", machine=LASER)[1]
    assert "Séance demandée" not in text, "a machine that is waited for is no course"
    assert "Ce n’est plus possible" in send(client, "/mine/wishes", course="first")[1]
    assert send(client, "/mine/wishes", course="nothing")[0] == 404
    assert send(client, "/mine/wishes", course="first", machine=LASER)[0] == 400


def listed(client: FlaskClient) -> str:
    """What is taught, as somebody reads it."""
    return html.unescape(client.get("/training/courses").get_data(as_text=True))
