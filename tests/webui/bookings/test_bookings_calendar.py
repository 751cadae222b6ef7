"""The week and the day of bookings: their columns, hours and gaps."""

import html
import re
from datetime import date, timedelta
from typing import Any

from flask.testing import FlaskClient

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.places import schedules, sites
from controller.capabilities.places.shapes import ExceptionDay, NewSchedule, Span, Weekly
from controller.capabilities.usage.models import SessionRow
from controller.domain.states import FaultKind
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from controller.store.packed_event import first_id
from tests.support.clock import Clock
from tests.webui.bookings.bookings_page import DAY, NOON, SLOT, book, booked, course, flat, show
from tests.webui.bookings.conftest import ADA, BEN, account_of, browser
from tests.webui.conftest import NOW, SITE, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from webui.statics import sheet


def opened(place: Place, **more: Any) -> None:
    """From 9 to 19 on four days."""
    week = tuple(Weekly(weekday=day, start="09:00", end="19:00") for day in (0, 1, 3, 4))
    new = NewSchedule(id="four", site_id=SITE, name=Label(fr="Quatre jours"), weekly=week, **more)
    with place.database.write() as db:
        schedules.create(db, new, actor=SYSTEM, now=NOW)
        sites.change(db, SITE, {"opening": "four"}, version=None, actor=SYSTEM, now=NOW)


def test_what_nobody_has_booked_is_not_full_in_the_evening(
    desk: FlaskClient, place: Place, clock: Clock
) -> None:
    today = "2026-11-24"
    assert "libre de 14:00 à minuit" in flat(show(desk, day=today))
    clock.forward(hours=9, minutes=45)
    page = flat(show(desk, day=today))
    assert "la journée est finie" in page
    assert "complet" not in page


def test_a_closed_day_keeps_its_column(desk: FlaskClient, place: Place) -> None:
    """Its cells are of a class that the frame of every page once hid: days after it moved up."""
    opened(place)
    row = show(desk).split(f'id="thing-{LASER}"')[1].split("</tr>")[0]
    assert re.findall(r'<td class="([^"]*)"', row)[1].split() == ["shut"]
    assert ".shut" not in sheet()


def test_the_head_says_the_other_days_if_none_is_closed(desk: FlaskClient, place: Place) -> None:
    friday = Span(start="10:00", end="18:00")
    extra = [date(2026, 11, day) for day in (25, 28, 29)]
    spans = {date(2026, 11, 27): friday} | dict.fromkeys(extra, Span(start="09:00", end="19:00"))
    exceptions = tuple(ExceptionDay(date=day, windows=(span,)) for day, span in spans.items())
    opened(place, exceptions=exceptions)
    head = flat(show(desk))
    assert "10–18 vendredi, 9–19 les autres jours" in head
    assert "jours d’ouverture" not in head


def test_seven_days_from_today_and_their_hours_once(desk: FlaskClient, place: Place) -> None:
    """Today is a Tuesday; weeks before and after begin on Tuesdays as well."""
    friday = ExceptionDay(date=date(2026, 11, 27), windows=(Span(start="10:00", end="18:00"),))
    opened(place, exceptions=(friday,))
    page = show(desk)
    assert re.findall(r'scope="col"[^>]*><b>([^<]+)', page)[::6] == ["mar 24", "lun 30"]
    assert "Les sept jours qui viennent" in page
    assert "10–18 vendredi, 9–19 les autres jours d’ouverture" in flat(page), "three are closed"
    assert flat(page).count("9–19") == 1
    assert 'class="shut slim"' in page
    page = show(desk, day="2026-12-01")
    assert re.findall(r'scope="col"[^>]*><b>([^<]+)', page)[::6] == ["mar 1", "lun 7"]
    assert "1er au 7 décembre" in flat(page)
    assert "Ouvert 9–19" in flat(page)
    assert "mar 17" in show(desk, day="2026-11-23", thing=LASER)
    assert "1er au 7 janvier 2019" in flat(show(desk, day="2019-01-01"))


def test_a_plus_says_from_when_what_is_taken_first_is_free(desk: FlaskClient, place: Place) -> None:
    opened(place)
    book(place, BEN, Utc.parse("2026-11-26T08:00:00.000Z"), Utc.parse("2026-11-26T10:30:00.000Z"))
    row = show(desk).split(f'id="thing-{LASER}"')[1].split("</tr>")[0]
    found = re.findall(r'class="add[^>]*><svg.*?</svg>([^<]*)<', row)
    assert found == ["", "11:30", "", ""], "after Thursday's booking; the others from the opening"
    book(place, BEN, Utc.parse("2026-11-26T14:00:00.000Z"), Utc.parse("2026-11-26T15:00:00.000Z"))
    row = show(desk).split(f'id="thing-{LASER}"')[1].split("</tr>")[0]
    assert row.index("9–11:30") < row.index("</svg>11:30<") < row.index("15–16")
    book(place, BEN, Utc.parse("2026-11-27T08:00:00.000Z"), Utc.parse("2026-11-27T18:00:00.000Z"))
    row = show(desk).split(f'id="thing-{LASER}"')[1].split("</tr>")[0]
    assert "complet" in row


def test_a_place_open_day_and_night_is_free_day_and_night(desk: FlaskClient) -> None:
    page = flat(show(desk))
    assert "libre jour et nuit" in page
    assert "à 20:00" not in page
    page = flat(show(desk, thing=LASER))
    assert "Choisi : de 08:00 à 10:00" in page, "a slot is proposed in the usual hours"
    assert "Libre de 10:00 à minuit" in page
    assert "de 00:00 à 00:00" not in flat(show(desk, thing=LASER, start="21:00"))


def test_one_day_apart_leaves_the_usual_hours_of_a_place_that_never_closes(
    desk: FlaskClient, place: Place
) -> None:
    """Nobody is offered the middle of the night because the Friday closes at six."""
    friday = ExceptionDay(date=date(2026, 11, 27), windows=(Span(start="10:00", end="18:00"),))
    always = tuple(Weekly(weekday=day, start="00:00", end="00:00") for day in range(7))
    new = NewSchedule(
        id="always", site_id=SITE, name=Label(fr="Toujours"), weekly=always, exceptions=(friday,)
    )
    with place.database.write() as db:
        schedules.create(db, new, actor=SYSTEM, now=NOW)
        sites.change(db, SITE, {"opening": "always"}, version=None, actor=SYSTEM, now=NOW)
    assert "Choisi : de 08:00 à 10:00" in flat(show(desk, thing=LASER))
    assert "Choisi : de 10:00 à 12:00" in flat(show(desk, thing=LASER, day="2026-11-27"))


def test_a_day_that_is_over_asks_for_no_slot(desk: FlaskClient) -> None:
    page = show(desk, day="2026-11-23", thing=LASER, who="ada")
    assert "Ce jour est passé : il n’est plus possible de le réserver." in flat(page)
    assert 'name="start"' not in page
    assert f"/bookings?day=2026-11-24&amp;thing={LASER}" in page


def test_a_day_that_is_full_proposes_what_leads_to_the_nearest_slot(
    desk: FlaskClient, place: Place
) -> None:
    course(place, Utc.parse("2026-11-25T23:00:00.000Z"), Utc.parse("2026-11-26T23:00:00.000Z"))
    page = show(desk, thing=LASER, who="ada")
    assert "<option selected>08:00</option>" in page
    assert "Déjà pris jusqu’à minuit : Initiation." in flat(page)
    assert "Prendre mercredi 25 novembre, 22:00 à minuit" in flat(page)


def test_one_day_is_shown_alone_and_stays_so(desk: FlaskClient, place: Place) -> None:
    """With its hours above, and the days before and after it instead of weeks."""
    book(place, "Ada Both")
    page = show(desk, day="2026-11-26", view="day", thing=LASER)
    assert page.count('scope="col"') == 1
    assert 'class="axis"' in page
    assert "jeudi 26\u00a0novembre</b>" in page
    assert re.search(r'<rect class="book" x="[\d.]+%".*?</b> Ada Both</p>', page)
    assert "/bookings?day=2026-11-25&amp;view=day" in page
    assert "1 réservation" in flat(page)
    assert "0 réservation" in flat(show(desk, day="2026-11-25", view="day"))
    week = show(desk, day="2026-11-26")
    assert (week.count('scope="col"'), 'class="axis"' in week) == (7, False)
    key = booked(place)[0].id
    data = {"csrf_token": token_of(desk), "view": "day"}
    answer = desk.post(f"/bookings/{key}/cancel", data=data)
    assert answer.location.endswith("view=day")


def test_a_day_begins_with_its_hours_and_not_with_the_rest_of_the_night(
    desk: FlaskClient, place: Place
) -> None:
    long = (Span(start="00:00", end="05:00"), Span(start="09:00", end="20:00"))
    opened(place, exceptions=(ExceptionDay(date=date(2026, 11, 26), windows=long),))

    def hours() -> list[str]:
        page = show(desk, day="2026-11-26", view="day")
        return re.findall(r"<text[^>]*>(\d+)</text>", page)

    assert (hours()[0], hours()[-1]) == ("8", "20"), "every second hour from 8 to 21"
    book(place, BEN, Utc.parse("2026-11-26T02:00:00.000Z"), Utc.parse("2026-11-26T03:00:00.000Z"))
    assert hours()[0] == "3", "a booking at night shows"


def test_days_that_are_over_and_empty_are_one_sentence(desk: FlaskClient, place: Place) -> None:
    book(place, "Ada Both")
    past = show(desk, day="2019-01-01")
    assert "Rien n’a été réservé pendant ces sept jours." in past
    assert 'id="week"' not in past
    assert 'id="week"' in show(desk, day="2026-11-26")


def test_what_is_out_of_service_is_not_called_free(
    desk: FlaskClient, place: Place, clock: Clock
) -> None:
    with place.database.write() as db:
        access_points.set_service(
            db, LASER, in_service=False, reason="Lame attendue", actor=SYSTEM, now=NOW
        )
    row = show(desk).split(f'id="thing-{LASER}"')[1].split("</tr>")[0]
    assert row.count("hors service") == 7
    assert "libre" not in row
    book(place, BEN, NOON, Utc.parse("2026-11-26T12:00:00.000Z"))
    row = show(desk).split(f'id="thing-{LASER}"')[1].split("</tr>")[0]
    assert 'class="e is-warn"' in row, "a booking of it keeps its place, with a warning"
    assert "<b>1</b> sur une machine hors service" in show(desk)
    page = flat(show(desk, **SLOT, who="ada"))
    assert "Ce créneau est disponible." not in page
    assert "La réservation sera valable si la machine est remise en service d’ici là." in page
    assert "non : en service maintenant" in page
    out = "Hors service maintenant : Lame attendue."
    assert f"{out} Prévenez la personne avant de réserver." in page
    account_of(place, ADA, "ada")
    page = flat(show(browser(place, clock, "ada"), **SLOT))
    assert out in page
    assert "Prévenez la personne" not in page


def test_a_machine_that_an_alarm_stops_is_not_offered_today(
    desk: FlaskClient, place: Place
) -> None:
    def row() -> str:
        return show(desk, day="2026-11-24").split(f'id="thing-{LASER}"')[1].split("</tr>")[0]

    free = row().count('class="add')
    with place.database.write() as db:
        stop = Alarm(
            id=first_id(NOW.millis()), key="s", site_id=SITE, kind=FaultKind.ESTOP, detail={}
        )
        stop.access_point_id, stop.raised_at = LASER, NOW
        db.add(stop)
    stopped = row()
    assert '<small class="is-fault">Arrêt d’urgence</small>' in stopped
    assert stopped.count('class="add') == free - 1


def test_what_runs_is_drawn_from_its_start_to_now(desk: FlaskClient, place: Place) -> None:
    began, key = Utc.of(NOW - timedelta(hours=2)), first_id(NOW.millis())
    with place.database.write() as db:
        session = SessionRow(id=key, site_id=SITE, agent_id="box", access_point_id=LASER)
        session.started_at, session.state, session.state_at = began, "running", began
        session.active_s = session.idle_s = session.powered_s = session.gap_s = 0
        db.add(session)
        state = db.get_one(PointStateRow, LASER)
        state.state, state.session_id = "running", key
    page = show(desk, day="2026-11-24", view="day")
    (width,) = re.findall(r'<rect class="run" x="[\d.]+%" y="0.06rem" width="([\d.]+)%"', page)
    assert float(width) > 10


def test_ones_own_are_shown_from_the_first_day_that_has_any(place: Place, clock: Clock) -> None:
    account_of(place, ADA, "ada")
    book(place, ADA)
    page = html.unescape(show(browser(place, clock, "ada"), day="2026-11-24"))
    (own,) = re.findall(r'class="d is-own" href="([^"]+)"', page)
    assert own.startswith(f"/bookings?day={DAY}")
    assert f'href="/bookings?day={DAY}&show=mine"' in page
    assert 'href="/bookings?day=2026-11-24&show=rooms"' in page
