"""Hours and plans: the week with its effect before saving, today otherwise, days apart, plans."""

import html
import io
import re
from datetime import date

import msgspec
import pytest
from flask.testing import FlaskClient

from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.places import days, schedules
from controller.capabilities.places.shapes import ExceptionDay, Schedule, Span, Weekly
from controller.capabilities.plans import plans
from controller.domain.time import Utc
from tests.support.clock import Clock
from tests.webui.bookings.bookings_page import flat
from tests.webui.bookings.conftest import ADA, browser
from tests.webui.conftest import NOW, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from tests.webui.machines.conftest import place as place
from tests.webui.places.hours_page import boss as boss
from tests.webui.places.hours_page import hidden, send, show, undo, week

TODAY = date(2026, 11, 24)
"""A Tuesday; it is 14:00 there."""
CLOSED = ExceptionDay(date=date(2026, 12, 25), windows=())


def head(client: FlaskClient) -> str:
    found = re.search(r"</h1><p><b>(.*?)</b></p>", show(client))
    assert found is not None
    return flat(found[1])


def test_the_head_says_until_when(boss: FlaskClient, place: Place, clock: Clock) -> None:
    assert head(boss) == "Ouvert jusqu’à 19:00"
    with place.database.write() as db:
        short = ExceptionDay(date=TODAY, windows=(Span(start="09:00", end="17:00"),))
        schedules.change(
            db, "week", {"exceptions": [short, CLOSED]}, version=None, actor=SYSTEM, now=NOW
        )
    assert head(boss) == "Ouvert jusqu’à 17:00"
    assert "Aujourd’hui : 09:00–17:00. D’habitude jusqu’à 19:00." in flat(show(boss))
    clock.forward(hours=6)
    assert head(boss) == "Fermé, ouvre demain à 09:00"
    with place.database.write() as db:
        whole = [Weekly(weekday=day, start="00:00", end="00:00") for day in range(5)]
        schedules.change(db, "week", {"weekly": whole}, version=None, actor=SYSTEM, now=NOW)
    clock.forward(hours=6)
    assert head(boss) == "Ouvert, ferme vendredi à minuit"


def test_the_page_for_the_door_has_the_week_and_the_special_days_and_no_hour_of_today(
    boss: FlaskClient, place: Place, clock: Clock
) -> None:
    with place.database.write() as db:
        whole = [Weekly(weekday=day, start="09:00", end="19:00") for day in range(4)]
        whole.append(Weekly(weekday=4, start="00:00", end="00:00"))
        fields = {"weekly": whole, "exceptions": [CLOSED]}
        schedules.change(db, "week", fields, version=None, actor=SYSTEM, now=NOW)

    def door() -> str:
        found = re.search(r'<article class="poster door.*?</article>', show(boss), re.DOTALL)
        assert found is not None
        return flat(re.sub("<[^>]+>", " ", found[0]))

    printed = door()
    assert "lundi 09:00–19:00" in printed
    assert "vendredi jour et nuit samedi fermé" in printed
    assert printed.endswith("Jours exceptionnels vendredi 25 décembre fermé")
    clock.forward(hours=6)
    assert door() == printed


def test_a_day_that_is_far_is_said_with_its_article(boss: FlaskClient, place: Place) -> None:
    with place.database.write() as db:
        whole = [Weekly(weekday=day, start="00:00", end="00:00") for day in range(7)]
        shut = [ExceptionDay(date=date(2026, 12, day), windows=()) for day in (12, 13)]
        patch = {"weekly": whole, "exceptions": shut}
        schedules.change(db, "week", patch, version=None, actor=SYSTEM, now=NOW)
    assert head(boss) == "Ouvert, ferme le 11 décembre à minuit"
    desk = flat(boss.get("/desk").get_data(as_text=True))
    assert "Ouvert jusqu’au 11 décembre à minuit" in desk


def stored(place: Place) -> Schedule:
    with place.database.read() as db:
        return schedules.get(db, "week", actor=SYSTEM)


def test_who_loses_hours_is_said_before_they_are_saved(boss: FlaskClient, place: Place) -> None:
    page = show(boss, **week(d1_0_b="18:30", d5_0_a="10", d5_0_b="12"))
    text = flat(page)
    assert "3 personnes perdent des heures" in text
    assert "3 personnes gagnent des heures" in text
    assert "dès mardi 18:30" in text
    assert "Enregistrer, 3 perdent" in text
    assert stored(place).weekly[1].end == "19:00"
    fields = {key: hidden(page, key) for key in ("weekly", "version", "shown")}
    assert send(boss, "schedules/week/week", **fields)[0] == 303
    assert [window.end for window in stored(place).weekly] == [
        "19:00",
        "18:30",
        *["19:00"] * 3,
        "12:00",
    ]
    assert undo(boss, show(boss)) == 303
    assert len(stored(place).weekly) == 5


def test_what_changed_meanwhile_is_shown_again(boss: FlaskClient, place: Place) -> None:
    page = show(boss, **week(d1_0_b="18:30"))
    fields = {key: hidden(page, key) for key in ("weekly", "version")}
    status, again = send(boss, "schedules/week/week", **fields, shown="1 0")
    assert (status, "Voici le nouvel effet" in again) == (422, True)
    assert stored(place).weekly[1].end == "19:00"


def test_a_booking_that_falls_outside_is_named(boss: FlaskClient, place: Place) -> None:
    start, end = (Utc.parse(f"2026-11-24T{hour}:00:00.000Z") for hour in (16, 18))
    with place.database.write() as db:
        new = NewBooking(
            member_id=place.members[ADA], access_point=LASER, starts_at=start, ends_at=end
        )
        bookings.create(db, new, actor=SYSTEM, now=NOW)
    assert "1 réservation à déplacer" in flat(show(boss, **week(d1_0_b="18:00")))
    apart = {"first": "2026-11-24", "how": "closed", "reason": "Chaudière"}
    for act, fields in (("today", {"close": "18:00"}), ("days", apart)):
        status, page = send(boss, f"schedules/week/{act}", **fields)
        assert (status, stored(place).exceptions) == (422, ()), "shown before it is saved"
        assert "Si vous enregistrez 1 réservation hors des horaires" in flat(page)
        assert ADA in flat(page)
        seen = {name: hidden(page, name) for name in (*fields, "shown")}
        assert fields.items() <= seen.items()
        assert send(boss, f"schedules/week/{act}", **seen | {"shown": "another"})[0] == 422
        assert send(boss, f"schedules/week/{act}", **seen)[0] == 303
        page = show(boss)
        assert "Réservations : 0 personne par e-mail, 1 à appeler." in flat(page)
        assert undo(boss, page) == 303
    elsewhere = {"first": "2026-11-26", "how": "closed"}  # nobody has booked: saved at once
    assert send(boss, "schedules/week/days", **elsewhere)[0] == 303


def test_a_booking_of_somebody_who_may_come_while_it_is_closed_is_named_too(
    boss: FlaskClient, place: Place
) -> None:
    start, end = (Utc.parse(f"2026-11-24T{hour}:00:00.000Z") for hour in (16, 17))
    with place.database.write() as db:
        whenever = {"outside_opening": True}
        plans.change(db, "open", whenever, version=None, actor=SYSTEM, now=NOW)
        new = NewBooking(
            member_id=place.members[ADA], access_point=LASER, starts_at=start, ends_at=end
        )
        bookings.create(db, new, actor=SYSTEM, now=NOW)
    apart = {"first": "2026-11-24", "how": "closed"}
    status, page = send(boss, "schedules/week/days", **apart)
    assert (status, stored(place).exceptions) == (422, ())
    assert "1 autre réservation pendant la fermeture" in flat(page)
    assert f"{ADA} · Aujourd’hui à 17:00, jusqu’à 18:00" in flat(page)
    assert "réservation hors des horaires" not in flat(page)
    assert send(boss, "schedules/week/days", **apart, shown=hidden(page, "shown"))[0] == 303
    assert "1 autre réservation pendant la fermeture" in flat(show(boss)), "and afterwards"


def test_a_time_that_is_half_said_stays_where_it_was_typed(boss: FlaskClient) -> None:
    page = show(boss, **week(d1_0_b="", d2_0_b="noon"))
    said = flat(page)
    assert "Mardi : il manque une heure. Mercredi : « noon » n’est pas une heure." in said
    assert "Saisissez 9, 9h30 ou 09:30." in said
    assert 'value="09:00"' in page
    assert 'id="effect"' not in page
    marked = re.findall(r'name="(d\d-\d-[ab])"[^>]*aria-invalid="true"[^>]*?( autofocus)?>', page)
    assert marked == [("d1-0-b", " autofocus"), ("d2-0-b", "")]
    data = {"csrf_token": token_of(boss), "language": "en", "next": "/hours"}
    boss.post("/language", data=data)
    assert "Tuesday: a time is missing." in flat(show(boss, **week(d1_0_b="")))


@pytest.mark.parametrize(
    ("act", "windows"),
    [
        ({"close": "18:00"}, (Span(start="09:00", end="18:00"),)),
        ({"close": "now"}, (Span(start="09:00", end="14:00"),)),
        ({"stay": "21:00"}, (Span(start="09:00", end="21:00"),)),
        ({"stay": "00:00"}, (Span(start="09:00", end="00:00"),)),
    ],
)
def test_today_is_otherwise_and_is_put_back(
    boss: FlaskClient, place: Place, act: dict[str, str], windows: tuple[Span, ...]
) -> None:
    assert send(boss, "schedules/week/today", reason="Chaudière", **act)[0] == 303
    (apart,) = stored(place).exceptions
    assert (apart.date, apart.windows) == (TODAY, windows)
    page = show(boss)
    assert "Chaudière" in page
    assert 'class="cut"' in page, "what differs is drawn"
    assert undo(boss, page) == 303
    assert stored(place).exceptions == ()
    with place.database.read() as db:
        assert days.reasons(db, "week") == {}


def test_the_bars_begin_when_a_special_day_of_the_week_begins(
    boss: FlaskClient, place: Place
) -> None:
    def first_hour() -> str:
        axis = re.search(r'class="hrs".*?<text[^>]*>(\d+)</text>', show(boss), re.S)
        assert axis is not None
        return axis[1]

    assert first_hour() == "6"
    early = ExceptionDay(date=TODAY, windows=(Span(start="04:00", end="19:00"),))
    with place.database.write() as db:
        patch = {"exceptions": [msgspec.to_builtins(early)]}
        schedules.change(db, "week", patch, version=None, actor=SYSTEM, now=NOW)
    assert first_hour() == "3", "on one of the axis's steps"


def test_days_apart_are_one_line_and_go_together(boss: FlaskClient, place: Place) -> None:
    period = {"first": "2026-12-28", "last": "2026-12-31"}
    assert send(boss, "schedules/week/days", how="closed", reason="Congés", **period)[0] == 303
    page = flat(show(boss))
    assert "du lundi 28 décembre au jeudi 31 décembre" in page
    assert "fermé · Congés" in page
    assert send(boss, "schedules/week/days/remove", **period)[0] == 303
    assert stored(place).exceptions == ()
    for wrong in (
        {"first": "x"},
        {"first": "2026-12-31", "last": "2026-12-01"},
        period | {"how": "open"},
    ):
        assert send(boss, "schedules/week/days", **wrong)[0] == 422
    assert send(boss, "schedules/week/days/put-back", days="[]")[0] == 400
    assert send(boss, "schedules/week/today", close="25:00")[0] == 400


@pytest.mark.parametrize("first", ["2026-11-23", "2026-11-20"])
def test_a_day_that_is_past_is_refused_with_its_reason(
    boss: FlaskClient, place: Place, first: str
) -> None:
    period = {"first": first, "last": "2026-11-23", "how": "closed"}
    status, page = send(boss, "schedules/week/days", **period)
    assert (status, stored(place).exceptions) == (422, ())
    assert "Ce jour est passé" in flat(page)
    assert re.search(r'name="first"[^>]*aria-invalid="true"', page)
    assert send(boss, "schedules/week/days", first="2026-11-24", how="closed")[0] == 303


def test_public_holidays_are_closed_at_once(boss: FlaskClient, place: Place) -> None:
    assert "vendredi 25 décembre Noël" in flat(show(boss))
    assert send(boss, "schedules/week/holidays")[0] == 303
    closed = stored(place).exceptions
    assert CLOSED in closed
    page = show(boss)
    assert "vendredi 25 décembre Noël" not in flat(page), "it is a special day now"
    assert date(2027, 5, 1) not in {day.date for day in closed}  # a Saturday: closed anyway
    assert undo(boss, page) == 303
    assert stored(place).exceptions == ()


SCHOOL = (
    "Description;Population;Date de début;Date de fin;Location;Zones;annee_scolaire\n"
    "Vacances de Noël;-;2026-12-18T23:00:00+00:00;2027-01-03T23:00:00+00:00;Lille;Zone B;2026\n"
    "Vacances d'Hiver;-;2027-02-12T23:00:00+00:00;2027-02-28T23:00:00+00:00;Lyon;Zone A;2026\n"
)


def test_school_holidays_are_kept_from_the_ministrys_file(boss: FlaskClient) -> None:
    file = (io.BytesIO(SCHOOL.encode()), "calendrier.csv")
    assert send(boss, "schools", file=file, zone="Zone B")[0] == 303
    page = flat(show(boss))
    assert "du samedi 19 décembre au dimanche 3 janvier Vacances de Noël" in page
    assert "Hiver" not in page
    for wrong in (b"", b"a;b\n1;2\n", b"\xff\xfe"):
        assert send(boss, "schools", file=(io.BytesIO(wrong), "x"), zone="Zone B")[0] == 422


def test_a_plan_is_a_sentence_with_its_effect(boss: FlaskClient, place: Place) -> None:
    page = flat(show(boss))
    assert "3 personnes" in page
    tried = {"draft": "plan", "plan": "open", "outside": "yes", "schedule": "", "grace": "7"}
    page = show(boss, **tried)
    assert "3 personnes gagnent des heures" in flat(page)
    fields = {key: hidden(page, key) for key in ("fields", "version", "shown")}
    assert send(boss, "plans/open", **fields)[0] == 303
    with place.database.read() as db:
        saved = plans.get(db, "open", actor=SYSTEM)
    assert (saved.outside_opening, saved.grace_days) == (True, 7)
    assert undo(boss, show(boss)) == 303
    assert boss.get("/hours", query_string=tried | {"plan": "none"}).status_code == 404
    assert boss.get("/hours", query_string=tried | {"grace": "x"}).status_code == 400


def test_a_plan_of_all_rooms_has_all_ticked_and_keeps_coming_ones(
    boss: FlaskClient, place: Place
) -> None:
    with place.database.write() as db:
        plans.change(db, "open", {"zones": []}, version=None, actor=SYSTEM, now=NOW)
    boxes = r'name="zone" value="([^"]+)"( checked)?'
    page = show(boss).split('id="plan-open"')[1].split("</fieldset>")[0]
    rooms = {name for name, ticked in re.findall(boxes, page) if ticked}
    assert rooms
    assert rooms == {name for name, _ticked in re.findall(boxes, page)}
    query = {"draft": "plan", "plan": "open", "zone": sorted(rooms), "outside": "yes"}
    page = html.unescape(boss.get("/hours", query_string=query).get_data(as_text=True))
    assert '"zones":[]' in page


def test_a_place_without_hours_is_given_some(place: Place, clock: Clock) -> None:
    boss = browser(place, clock, "manager")
    assert "Le lieu n’a pas d’horaires" in flat(show(boss))
    assert send(boss, "opening")[0] == 303
    page = flat(show(boss))
    assert "168 h par semaine" in page
    assert page.count("jour et nuit ,") == 7, "and not 00:00 to 00:00"
    assert send(boss, "plans", name_fr="Résident")[0] == 303
    assert "Résident" in show(boss)
    assert send(boss, "plans", name_fr=" ")[0] == 422


def test_the_desk_reads_and_changes_nothing(boss: FlaskClient, place: Place, clock: Clock) -> None:
    desk = browser(place, clock, "desk")
    page = show(desk, **week(d1_0_b="18:30"))
    assert '<form method="post" action="/hours' not in page
    assert 'id="effect"' not in page
    assert "après sa fin : <b>plus rien</b>." in page.replace("\u00a0", " ")
    assert send(desk, "schedules/week/today", close="now")[0] == 403
