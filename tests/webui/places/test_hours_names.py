"""More hours and plans are added by their name and renamed, by who may."""

import pytest
from flask.testing import FlaskClient

from controller.capabilities.places import schedules
from controller.capabilities.places.shapes import Schedule
from controller.capabilities.plans import plans
from controller.capabilities.plans.shapes import Plan
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.bookings.bookings_page import flat
from tests.webui.bookings.conftest import browser
from tests.webui.machines.conftest import SYSTEM, Place
from tests.webui.machines.conftest import place as place
from tests.webui.places.hours_page import boss as boss
from tests.webui.places.hours_page import hidden, send, show, undo, week


def schedule(place: Place, key: str) -> Schedule:
    with place.database.read() as db:
        return schedules.get(db, key, actor=SYSTEM)


def plan(place: Place, key: str) -> Plan:
    with place.database.read() as db:
        return plans.get(db, key, actor=SYSTEM)


def test_other_hours_begin_as_those_shown_and_a_plan_can_name_them(
    boss: FlaskClient, place: Place
) -> None:
    typed = {"name_fr": "Soirées", "name_en": "Evenings", "like": "week"}
    assert send(boss, "schedules", **typed)[0] == 303
    made = schedule(place, "soirees")
    assert made.name == Label(fr="Soirées", en="Evenings")
    assert made.weekly == schedule(place, "week").weekly
    evening = week(d0_0_a="18", d0_0_b="22") | {"schedule": "soirees"}
    page = show(boss, **evening)
    fields = {key: hidden(page, key) for key in ("weekly", "version", "shown")}
    assert send(boss, "schedules/soirees/week", **fields)[0] == 303
    assert schedule(place, "soirees").weekly[0].start == "18:00"
    assert schedule(place, "week").weekly[0].start == "09:00"
    assert 'name="schedule" value="soirees"' in show(boss)
    boss.set_cookie("language", "en")
    assert "Evenings" in show(boss, schedule="soirees")


def test_hours_are_renamed_and_called_as_before(boss: FlaskClient, place: Place) -> None:
    before = schedule(place, "week")
    new = {"name_fr": "Ouverture d’hiver", "version": before.version}
    assert send(boss, "schedules/week/name", **new)[0] == 303
    after = schedule(place, "week")
    assert (after.name, after.weekly) == (Label(fr="Ouverture d’hiver"), before.weekly)
    page = show(boss)
    assert "Nouveau nom : Ouverture d’hiver." in flat(page)
    assert undo(boss, page) == 303
    assert schedule(place, "week").name == before.name
    status, page = send(boss, "schedules/week/name", **new)
    assert (status, "a changé depuis l’ouverture de la page" in flat(page)) == (422, True)
    assert 'value="Ouverture d’hiver"' in page


def test_a_plan_is_renamed_and_called_as_before(boss: FlaskClient, place: Place) -> None:
    before = plan(place, "open")
    new = {"name_fr": "Libre", "name_en": "Free", "version": before.version}
    assert send(boss, "plans/open/name", **new)[0] == 303
    assert plan(place, "open").name == Label(fr="Libre", en="Free")
    assert undo(boss, show(boss)) == 303
    assert plan(place, "open").name == before.name
    status, page = send(boss, "plans/open/name", **new)
    assert (status, "a changé depuis l’ouverture de la page" in flat(page)) == (422, True)


@pytest.mark.parametrize(
    "address", ["schedules", "schedules/week/name", "plans", "plans/open/name"]
)
def test_a_name_that_is_refused_is_kept_and_said(boss: FlaskClient, address: str) -> None:
    status, page = send(boss, address, name_fr="x" * 201, name_en="Kept", like="week")
    assert status == 422
    assert (
        flat(page).count("Saisissez un nom, sur une seule ligne.") == 2
    )  # above all, and at the field
    assert page.count('value="Kept"') == 1
    assert page.count('aria-invalid="true"') == 1


@pytest.mark.parametrize("address", ["schedules/none/name", "plans/none/name", "schedules"])
def test_what_is_not_there_is_not_named(boss: FlaskClient, address: str) -> None:
    assert send(boss, address, name_fr="Soirées", like="none")[0] == 404


def test_the_same_name_twice_is_two(boss: FlaskClient, place: Place) -> None:
    for _each in range(2):
        assert send(boss, "schedules", name_fr="Soirées", like="week")[0] == 303
        assert send(boss, "plans", name_fr="Soirées")[0] == 303
    assert schedule(place, "soirees-2").name.fr == plan(place, "soirees-2").name.fr == "Soirées"


def test_the_desk_names_nothing(place: Place, clock: Clock) -> None:
    desk = browser(place, clock, "desk")
    assert "Renommer" not in show(desk)
    for address in ("schedules", "schedules/week/name", "plans", "plans/open/name"):
        assert send(desk, address, name_fr="X")[0] == 403
