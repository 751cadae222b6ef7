"""What stands in the way of a session is said to who plans it: bookings, a closed day."""

from datetime import timedelta

from flask.testing import FlaskClient

from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.places import schedules, sites
from controller.capabilities.places.shapes import NewSchedule, Weekly
from controller.capabilities.training import courses
from controller.capabilities.training.shapes import NewCourse
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from tests.webui.machines.conftest import place as place
from tests.webui.training.test_training_pages import plain


def planned(client: FlaskClient, **typed: str) -> str:
    """What is answered when the session is saved."""
    fields = {"course": "first", "kind": "course", "starts": "14:00", "ends": "16:00"}
    fields |= {"day": "2026-11-26", "csrf_token": token_of(client), **typed}
    return plain(client.post("/training/sessions", data=fields, follow_redirects=True))


def test_who_has_booked_its_machine_and_a_closed_day_are_named(
    place: Place, client: FlaskClient
) -> None:
    start = Utc.of(NOW + timedelta(days=2, minutes=30))  # 14:30 there
    end = Utc.of(start + timedelta(hours=1))
    with place.database.write() as db:
        new = NewCourse(id="first", site_id=SITE, name=Label(fr="Laser"), grants=("laser",))
        courses.create(db, new, actor=SYSTEM, now=NOW)
        booked = NewBooking(
            member_id=place.members["Ada Both"], access_point=LASER, starts_at=start, ends_at=end
        )
        bookings.create(db, booked, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    said = "Ada Both a réservé Découpe laser CO₂ : jeudi 26 novembre à 14:30, jusqu’à 15:30."
    assert said in planned(client)
    assert "a réservé" not in planned(client, starts="16:00", ends="18:00")
    assert "fermé ce jour-là" not in planned(client)
    with place.database.write() as db:
        monday = NewSchedule(
            id="mondays",
            site_id=SITE,
            name=Label(fr="Le lundi"),
            weekly=(Weekly(weekday=0, start="09:00", end="18:00"),),
        )
        schedules.create(db, monday, actor=SYSTEM, now=NOW)
        sites.change(db, SITE, {"opening": "mondays"}, version=None, actor=SYSTEM, now=NOW)
    assert "Le lieu est fermé ce jour-là" in planned(client)
    assert "fermé ce jour-là" not in planned(client, day="2026-11-30")
