"""Openings that go on after midnight: special days are entered, and evenings closed, as one."""

import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.places import days, schedules
from controller.capabilities.places.days import Day
from controller.capabilities.places.shapes import Span, Weekly
from controller.domain.time import Utc
from tests.support.clock import Clock
from tests.webui.bookings.bookings_page import flat
from tests.webui.bookings.conftest import ADA
from tests.webui.conftest import NOW, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from tests.webui.machines.conftest import place as place
from tests.webui.places.hours_page import boss as boss
from tests.webui.places.hours_page import hidden, send, show, undo, week

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 11, day) for day in range(23, 27))
"""It is Tuesday, 14:00."""
Hours = dict[date, str]
CLOSES_TONIGHT = "La fermeture vaut aussi pour la nuit : demain de 00:00 à 03:00."


def spans(text: str) -> tuple[Span, ...]:
    parts = (part.split("-") for part in text.split())
    return tuple(Span(start=start, end=end) for start, end in parts)


def open_at(place: Place, hours: dict[int, str]) -> None:
    """Give the place a week."""
    weekly = [
        Weekly(weekday=weekday, start=span.start, end=span.end)
        for weekday, text in hours.items()
        for span in spans(text)
    ]
    with place.database.write() as db:
        schedules.change(db, "week", {"weekly": weekly}, version=None, actor=SYSTEM, now=NOW)


@pytest.fixture(autouse=True)
def evening(boss: FlaskClient, place: Place) -> None:
    """On Tuesdays the place is open until 3 in the morning."""
    open_at(place, {1: "09:00-00:00", 2: "00:00-03:00 10:00-18:00", 3: "10:00-18:00"})


def set_by_hand(place: Place, day: date, hours: str, reason: str = "") -> None:
    new = Day(date=day, windows=spans(hours), reason=reason)
    with place.database.write() as db:
        days.change(db, "week", [new], actor=SYSTEM, now=NOW)


def special(place: Place) -> Hours:
    with place.database.read() as db:
        exceptions = schedules.get(db, "week", actor=SYSTEM).exceptions
    return {
        exception.date: " ".join(f"{span.start}-{span.end}" for span in exception.windows)
        for exception in exceptions
    }


def reasons(place: Place) -> dict[date, str]:
    with place.database.read() as db:
        return days.reasons(db, "week")


def save(boss: FlaskClient, **typed: str) -> tuple[int, str]:
    return send(boss, "schedules/week/days", **{"first": "2026-12-11", "how": "open"} | typed)


def change(boss: FlaskClient, **typed: str) -> tuple[int, str]:
    return send(boss, "schedules/week/today", **typed)


def to_usual(boss: FlaskClient, day: date = TUESDAY) -> int:
    dates = {"first": day.isoformat(), "last": day.isoformat()}
    return send(boss, "schedules/week/days/remove", **dates)[0]


FRIDAY, SATURDAY, SUNDAY = (date(2026, 12, day) for day in (11, 12, 13))


def test_a_special_day_that_ends_after_midnight_adds_to_the_hours_of_the_next_day(
    boss: FlaskClient, place: Place
) -> None:
    open_at(place, {5: "10:00-18:00"})
    assert save(boss, start="18:00", end="02:00", reason="Nocturne")[0] == 303
    assert special(place) == {FRIDAY: "18:00-00:00", SATURDAY: "00:00-02:00 10:00-18:00"}
    assert reasons(place) == {FRIDAY: "Nocturne", SATURDAY: "Nocturne"}
    page = show(boss)
    assert "1 jour exceptionnel enregistré. Les heures après minuit, jusqu’à 02:00," in flat(page)
    assert undo(boss, page) == 303
    assert special(place) == {}


def test_without_its_evening_the_night_goes_too(boss: FlaskClient, place: Place) -> None:
    open_at(place, {5: "10:00-18:00"})
    assert save(boss, start="18:00", end="02:00")[0] == 303
    assert to_usual(boss, FRIDAY) == 303
    assert special(place) == {}


def test_nights_in_a_row_keep_each_other(boss: FlaskClient, place: Place) -> None:
    both = {FRIDAY: "18:00-00:00", SATURDAY: "00:00-02:00 18:00-00:00", SUNDAY: "00:00-02:00"}
    assert save(boss, last="2026-12-12", start="18:00", end="02:00")[0] == 303
    assert special(place) == both
    assert undo(boss, show(boss)) == 303
    assert save(boss, start="18:00", end="02:00")[0] == 303
    assert save(boss, first="2026-12-12", start="18:00", end="02:00")[0] == 303
    assert special(place) == both


def test_a_night_is_added_to_special_hours_that_the_next_day_has(
    boss: FlaskClient, place: Place
) -> None:
    set_by_hand(place, SATURDAY, "00:00-01:00 14:00-16:00", "Repair café")
    assert save(boss, start="20:00", end="01:00", reason="Nocturne")[0] == 303
    assert special(place)[SATURDAY] == "00:00-01:00 14:00-16:00"
    assert save(boss, start="20:00", end="02:00", reason="Nocturne")[0] == 303
    assert special(place)[SATURDAY] == "00:00-02:00 14:00-16:00"
    assert reasons(place) == {FRIDAY: "Nocturne", SATURDAY: "Repair café"}
    assert to_usual(boss, FRIDAY) == 303
    assert special(place) == {SATURDAY: "14:00-16:00"}, "no night without its evening"
    assert reasons(place) == {SATURDAY: "Repair café"}


@pytest.mark.parametrize(("start", "end"), [("10:00", "10:00"), ("18:00", "17:00")])
def test_an_end_that_fits_no_start_is_refused_where_it_was_typed(
    boss: FlaskClient, place: Place, start: str, end: str
) -> None:
    status, page = save(boss, start=start, end=end, reason="Nocturne")
    assert (status, special(place)) == (422, {})
    assert "Saisissez une fin après le début : 00:00 pour minuit" in flat(page)
    assert re.search(rf'name="end"[^>]*value="{end}"[^>]*aria-invalid="true"', page)
    assert f'value="{start}"' in page
    assert 'value="Nocturne"' in page
    data = {"csrf_token": token_of(boss), "language": "en", "next": "/hours"}
    boss.post("/language", data=data)
    assert "Enter an end after the start" in save(boss, start=start, end=end)[1]


def test_a_whole_day_and_the_last_day_there_is(boss: FlaskClient, place: Place) -> None:
    assert save(boss, start="00:00", end="00:00")[0] == 303
    assert special(place) == {FRIDAY: "00:00-00:00"}
    assert save(boss, first="9999-12-31", start="18:00", end="02:00")[0] == 422


def test_a_character_that_is_not_allowed_in_the_reason_is_named(boss: FlaskClient) -> None:
    status, page = save(boss, start="10:00", end="18:00", reason="Noc\u202eturne")
    assert status == 422
    assert "U+202E" in page


def test_the_form_of_the_week_says_where_a_night_goes(boss: FlaskClient) -> None:
    page = flat(show(boss, **week(d1_0_a="18:00", d1_0_b="02:00")))
    assert "les heures après minuit se saisissent au jour suivant" in page


@pytest.mark.parametrize(("close", "today"), [("21:00", "09:00-21:00"), ("now", "09:00-14:00")])
def test_closing_early_closes_the_night_too_and_the_usual_hours_bring_it_back(
    boss: FlaskClient, place: Place, close: str, today: str
) -> None:
    assert CLOSES_TONIGHT in flat(show(boss)), "beside the buttons"
    assert change(boss, close=close, reason="Chaudière")[0] == 303
    assert special(place) == {TUESDAY: today, WEDNESDAY: "10:00-18:00"}
    assert reasons(place) == {TUESDAY: "Chaudière", WEDNESDAY: "Chaudière"}
    page = show(boss)
    assert f"aujourd’hui. {CLOSES_TONIGHT}" in flat(page)
    assert "Fermé, ouvre demain à 10:00" in flat(page) or "Ouvert jusqu’à" in flat(page)
    assert undo(boss, page) == 303
    assert special(place) == {}
    assert change(boss, close=close)[0] == 303
    assert to_usual(boss) == 303
    assert special(place) == {}


def test_a_booking_in_the_night_is_asked_about(boss: FlaskClient, place: Place) -> None:
    start, end = (Utc.parse(f"2026-11-{at}:00:00.000Z") for at in ("24T23", "25T01"))
    with place.database.write() as db:
        new = NewBooking(
            member_id=place.members[ADA], access_point=LASER, starts_at=start, ends_at=end
        )
        bookings.create(db, new, actor=SYSTEM, now=NOW)
    status, page = change(boss, close="21:00")
    assert (status, special(place)) == (422, {})
    question = flat(page.split('id="effect"')[1].split("</section>")[0])
    assert CLOSES_TONIGHT in question
    assert ADA in question
    assert change(boss, close="21:00", shown=hidden(page, "shown"))[0] == 303
    assert special(place)[WEDNESDAY] == "10:00-18:00"


def test_what_was_set_by_hand_for_tomorrow_stays(boss: FlaskClient, place: Place) -> None:
    set_by_hand(place, WEDNESDAY, "00:00-02:00 12:00-16:00", "Inventaire")
    assert change(boss, close="21:00", reason="Chaudière")[0] == 303
    assert special(place) == {TUESDAY: "09:00-21:00", WEDNESDAY: "12:00-16:00"}
    assert reasons(place) == {TUESDAY: "Chaudière", WEDNESDAY: "Inventaire"}
    assert to_usual(boss) == 303
    assert special(place) == {WEDNESDAY: "12:00-16:00"}
    set_by_hand(place, WEDNESDAY, "00:00-02:00 12:00-16:00", "Inventaire")
    set_by_hand(place, TUESDAY, "12:00-00:00")
    assert to_usual(boss) == 303
    assert special(place) == {WEDNESDAY: "00:00-02:00 12:00-16:00"}, "usual evenings go on too"


def test_a_closed_day_with_a_reason_of_its_own_stays_closed(
    boss: FlaskClient, place: Place
) -> None:
    open_at(place, {1: "09:00-00:00", 2: "00:00-03:00"})
    set_by_hand(place, WEDNESDAY, "", "Noël")
    assert change(boss, close="21:00")[0] == 303
    assert to_usual(boss) == 303
    assert special(place) == {WEDNESDAY: ""}


def test_the_night_comes_back_after_two_changes_of_the_same_evening(
    boss: FlaskClient, place: Place
) -> None:
    assert change(boss, close="22:00", reason="Chaudière")[0] == 303
    assert change(boss, close="21:00", reason="Panne")[0] == 303
    assert change(boss, stay="23:00")[0] == 303
    assert special(place) == {TUESDAY: "09:00-23:00", WEDNESDAY: "10:00-18:00"}
    assert to_usual(boss) == 303
    assert special(place) == {}


def test_the_head_says_when_the_evening_usually_ends(
    boss: FlaskClient, place: Place, clock: Clock
) -> None:
    set_by_hand(place, TUESDAY, "12:00-00:00")
    assert "Ouvert jusqu’à 03:00" in flat(show(boss))
    set_by_hand(place, TUESDAY, "12:00-21:00")
    assert "Ouvert jusqu’à 21:00" in flat(show(boss))
    assert "D’habitude jusqu’à 03:00." in flat(show(boss))
    set_by_hand(place, WEDNESDAY, "00:00-05:00 10:00-16:00")
    clock.forward(hours=11)
    assert "Ouvert jusqu’à 05:00" in flat(show(boss))
    assert "D’habitude jusqu’à 03:00." in flat(show(boss))
    open_at(place, {1: "09:00-00:00", 2: "10:00-18:00"})
    assert "Ouvert jusqu’à 05:00" in flat(show(boss))
    assert "D’habitude" not in flat(show(boss))


def test_a_place_that_is_open_late_every_day_closes_one_night_at_a_time(
    boss: FlaskClient, place: Place, clock: Clock
) -> None:
    open_at(place, dict.fromkeys(range(7), "00:00-03:00 10:00-00:00"))
    clock.forward(hours=11)
    assert change(boss, close="now")[0] == 303
    assert special(place) == {WEDNESDAY: "00:00-01:00 10:00-00:00"}


def test_a_place_that_never_closes_is_closed_until_midnight(
    boss: FlaskClient, place: Place
) -> None:
    open_at(place, dict.fromkeys(range(7), "00:00-00:00"))
    assert change(boss, close="21:00")[0] == 303
    assert special(place) == {TUESDAY: "00:00-21:00"}


def test_after_midnight_only_what_is_left_of_the_night_changes(
    boss: FlaskClient, place: Place, clock: Clock
) -> None:
    clock.forward(hours=11)  # Wednesday, 1:00
    form = show(boss).split('id="today"')[1].split("</section>")[0]
    assert re.findall(r'name="(\w+)" value="([\d:]+)"', form) == [
        ("close", "02:00"),
        *(("stay", until) for until in ("04:00", "05:00", "06:00")),
    ]
    stays = "Plus tard aujourd’hui, les horaires ne changent pas : 10:00–18:00."
    assert stays in flat(form)
    assert change(boss, close="now")[0] == 303
    assert special(place) == {WEDNESDAY: "00:00-01:00 10:00-18:00"}
    page = show(boss)
    assert f"Ferme à 01:00 aujourd’hui. {stays}" in flat(page)
    assert "ouvre à 10:00" in flat(page)
    assert undo(boss, page) == 303
    assert change(boss, stay="05:00")[0] == 303
    assert special(place) == {WEDNESDAY: "00:00-05:00 10:00-18:00"}
    assert to_usual(boss, WEDNESDAY) == 303
    assert special(place) == {}


def test_special_days_that_would_be_replaced_are_asked_about(
    boss: FlaskClient, place: Place
) -> None:
    set_by_hand(place, SATURDAY, "09:00-16:00", "Nettoyage")
    typed = {"last": "2026-12-13", "start": "18:00", "end": "22:00", "reason": "Concert"}
    status, page = save(boss, **typed)
    assert status == 422
    assert "remplacés samedi 12 décembre 09:00–16:00 · Nettoyage" in flat(page)
    assert special(place) == {SATURDAY: "09:00-16:00"}
    typed["shown"] = hidden(page, "shown")
    set_by_hand(place, SATURDAY, "09:00-12:00", "Nettoyage")
    assert save(boss, **typed)[0] == 422, "other hours than were shown"
    set_by_hand(place, SATURDAY, "09:00-16:00", "Nettoyage")
    assert save(boss, **typed)[0] == 303
    assert special(place) == dict.fromkeys((FRIDAY, SATURDAY, SUNDAY), "18:00-22:00")
    del typed["shown"]
    assert "/put-back" in boss.get("/hours").text
    assert save(boss, **typed)[0] == 303, "they are the same"
    assert "/put-back" not in boss.get("/hours").text, "undoing that would restore nothing"


@pytest.mark.parametrize("typed", [{"how": "closed"}, {"start": "18:00", "end": "22:00"}])
def test_a_night_that_stays_is_named_when_its_evening_is_replaced(
    boss: FlaskClient, place: Place, typed: dict[str, str]
) -> None:
    assert save(boss, start="18:00", end="02:00")[0] == 303
    status, page = save(boss, **typed)
    assert status == 422
    stays = "Les heures après minuit restent : samedi 12 décembre jusqu’à 02:00."
    assert stays in flat(page)
    assert save(boss, **typed, shown=hidden(page, "shown"))[0] == 303
    assert special(place)[SATURDAY] == "00:00-02:00"
    assert stays in flat(show(boss))


def test_a_button_of_yesterday_changes_nothing(
    boss: FlaskClient, place: Place, clock: Clock
) -> None:
    day = re.search(r'name="day" value="([^"]+)"', show(boss))
    assert day is not None
    clock.now = Utc.parse("2026-11-24T23:10:00.000Z")
    status, _page = change(boss, close="23:00", day=day[1])
    assert (status, special(place)) == (303, {})
    assert "La page datait d’un autre jour" in flat(show(boss))
    assert change(boss, close="now", day=day[1])[0] == 303
    assert special(place) == {WEDNESDAY: "00:00-00:10 10:00-18:00"}


def test_a_long_closure_is_lines_that_can_be_removed(boss: FlaskClient, place: Place) -> None:
    open_at(place, dict.fromkeys(range(7), "10:00-18:00"))
    first = date(2027, 1, 1)
    closed = [Day(date=first + timedelta(days=n), windows=()) for n in range(130)]
    with place.database.write() as db:
        days.change(db, "week", closed[:90], actor=SYSTEM, now=NOW)
        days.change(db, "week", closed[90:], actor=SYSTEM, now=NOW)
    for left in (31, 0):
        lines = show(boss).split("/days/remove")[1:]
        fields = dict(
            re.findall(r'name="(first|last)" value="([^"]+)"', lines[0].split("</form>")[0])
        )
        assert send(boss, "schedules/week/days/remove", **fields)[0] == 303
        assert len(special(place)) == left
