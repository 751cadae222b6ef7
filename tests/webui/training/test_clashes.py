"""What stands in the way of a session is said to who plans it: bookings, a closed day."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.capabilities.billing import statements
from controller.capabilities.billing.shapes import CloseMonth
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import schedules, sites
from controller.capabilities.places.shapes import NewSchedule, Weekly
from controller.capabilities.training import courses
from controller.capabilities.training.shapes import NewCourse
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from tests.webui.machines.conftest import place as place
from tests.webui.training.at_session import plain


def planned(client: FlaskClient, **typed: Any) -> TestResponse:
    """What is answered when the session is saved."""
    fields = {"course": "first", "kind": "course", "starts": "14:00", "ends": "16:00"}
    fields |= {"day": "2026-11-26", "csrf_token": token_of(client), **typed}
    return client.post("/training/sessions", data=fields)


@pytest.fixture
def client(place: Place, client: FlaskClient) -> FlaskClient:
    """A manager, at a place with a course that needs the laser."""
    with place.database.write() as db:
        new = NewCourse(id="first", site_id=SITE, name=Label(fr="Laser"), grants=("laser",))
        courses.create(db, new, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    return client


def test_who_has_booked_its_machine_is_named_before_it_is_saved(
    place: Place, client: FlaskClient
) -> None:
    start = Utc.of(NOW + timedelta(days=2, minutes=30))  # 14:30 there
    end = Utc.of(start + timedelta(hours=1))
    booked = NewBooking(
        member_id=place.members["Ada Both"], access_point=LASER, starts_at=start, ends_at=end
    )
    with place.database.write() as db:
        bookings.create(db, booked, actor=SYSTEM, now=NOW)
        db.get_one(MemberRow, place.members["Ada Both"]).phone = "06 00 00 00 07"
    said = "Ada Both a réservé Découpe laser CO₂ : jeudi 26 novembre à 14:30, jusqu’à 15:30."
    answer = planned(client)
    text = plain(answer)
    assert (answer.status_code, said in text) == (422, True)
    assert "Prévoir quand même" in text
    assert f'<a href="/members/{place.members["Ada Both"]}">Ada Both</a>' in text
    assert '<a href="tel:0600000007">06 00 00 00 07</a>' in text
    read = re.findall(r'name="confirmed" value="([^"]+)"', answer.get_data(as_text=True))
    assert planned(client, day="2026-11-27", confirmed="something else").status_code == 303
    saved = planned(client, confirmed=[html.unescape(item) for item in read])
    assert saved.status_code == 303
    assert said in plain(client.get(saved.location)), "and it stays on the session's page"
    edited = f"{saved.location}/edit"
    fields = {"kind": "course", "starts": "14:00", "ends": "16:00", "day": "2026-11-26"}
    fields |= {"csrf_token": token_of(client), "theme": "Vinyle"}
    assert client.post(edited, data=fields).status_code == 303, "what was known is not asked again"


def test_beside_the_form_stands_what_its_day_holds(place: Place, client: FlaskClient) -> None:
    start = Utc.of(NOW + timedelta(days=7, minutes=30))
    end = Utc.of(start + timedelta(hours=1))
    booked = NewBooking(
        member_id=place.members["Ada Both"], access_point=LASER, starts_at=start, ends_at=end
    )
    with place.database.write() as db:
        bookings.create(db, booked, actor=SYSTEM, now=NOW)
    session = planned(client, day="2026-12-01", starts="10:00", ends="12:00").location
    of_day = "/training/sessions/day?day=2026-12-01"
    for page in ("/training/sessions/new", of_day):
        lines = re.sub(r"<[^>]+>", " ", plain(client.get(page)))
        assert re.search(r"Mardi 1er décembre\s+Ouvert jour et nuit", lines)
        assert re.search(r"10:00 à 12:00\s+Laser\s.*14:30 à 15:30\s.*Ada Both", lines, re.DOTALL)
    itself = plain(client.get(f"{of_day}&session={session.rpartition('/')[2]}"))
    assert ("10:00 à 12:00" in itself, "Ada Both" in itself) == (False, True)
    other = plain(client.get("/training/sessions/day?day=2026-12-02"))
    assert "Aucune séance ni réservation ce jour-là." in other
    assert client.get("/training/sessions/day?day=9999-12-31").status_code == 200
    assert "<h2>" not in plain(client.get("/training/sessions/day?day=soon"))


def test_another_session_on_its_machine_and_of_its_trainer_is_named(
    place: Place, client: FlaskClient
) -> None:
    trainer = place.members["Ada Both"]
    assert planned(client, trainer=trainer).status_code == 303
    text = plain(planned(client, starts="15:00", ends="17:00", trainer=trainer))
    when = "jeudi 26 novembre à 14:00, jusqu’à 16:00."
    assert f"Une autre séance a besoin de Découpe laser CO₂ : Laser, {when}" in text
    assert f"Le formateur a déjà une séance à ce moment-là : {when}" in text
    text = plain(planned(client, course="", starts="15:00", ends="17:00"))
    assert "Une autre séance" not in text, "it needs no machine"


def test_a_closed_day_is_said(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        monday = NewSchedule(
            id="mondays",
            site_id=SITE,
            name=Label(fr="Le lundi"),
            weekly=(Weekly(weekday=0, start="09:00", end="18:00"),),
        )
        schedules.create(db, monday, actor=SYSTEM, now=NOW)
        sites.change(db, SITE, {"opening": "mondays"}, version=None, actor=SYSTEM, now=NOW)
    assert "Le lieu est fermé ce jour-là" in plain(planned(client))
    assert planned(client, day="2026-11-30").status_code == 303
    assert "Le lieu est fermé ce jour-là." not in plain(client.get("/training"))
    with place.database.write() as db:
        closed = {"exceptions": [{"date": "2026-11-30", "windows": []}]}
        schedules.change(db, "mondays", closed, version=None, actor=SYSTEM, now=NOW)
    assert "Le lieu est fermé ce jour-là." in plain(client.get("/training"))


def test_a_day_of_a_closed_month_is_asked_about_before_it_is_planned(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        october = CloseMonth(month="2026-10", site_id=SITE)
        statements.close(db, october, actor=SYSTEM, now=NOW)
    assert planned(client, day="2026-11-05").status_code == 303, "past, but not closed"
    answer = planned(client, day="2026-10-29")
    said = "Ce mois est clos : vérifiez que c’est bien le jeudi 29 octobre 2026."
    assert (answer.status_code, said in plain(answer)) == (422, True)
    read = re.findall(r'name="confirmed" value="([^"]+)"', answer.get_data(as_text=True))
    assert planned(client, day="2026-10-28", confirmed=read).status_code == 422, "another day"
    confirmed = [html.unescape(item) for item in read]
    assert planned(client, day="2026-10-29", confirmed=confirmed).status_code == 303
