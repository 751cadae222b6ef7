"""Walking times are set by who may; a copied badge shows on Live and on the person's page."""

import html

import pytest
from flask.testing import FlaskClient

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.badges import suspension
from controller.capabilities.places import sites, zones
from controller.capabilities.places.shapes import NewSite, NewZone, Site
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.bookings.conftest import browser
from tests.webui.conftest import NOW, SITE, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from tests.webui.machines.conftest import place as place
from tests.webui.members.people import undo
from tests.webui.self_service.conftest import badge_of
from tests.webui.training.at_session import plain

PAGE = "/hours/walks"


@pytest.fixture
def boss(place: Place, clock: Clock) -> FlaskClient:
    with place.database.write() as db:
        attic = NewZone(id="attic", site_id=SITE, name=Label(fr="Grenier", en="Attic"))
        zones.create(db, attic, actor=SYSTEM, now=NOW)
    return browser(place, clock, "manager")


def stored(place: Place) -> Site:
    with place.database.read() as db:
        return sites.get(db, SITE, actor=SYSTEM)


def send(client: FlaskClient, address: str = PAGE, **typed: str) -> tuple[int, str]:
    answer = client.post(address, data={"csrf_token": token_of(client)} | typed)
    return answer.status_code, plain(answer)


def test_a_walking_time_is_added_changed_and_removed(boss: FlaskClient, place: Place) -> None:
    assert PAGE in plain(boss.get("/hours/rooms"))
    assert send(boss, first="atelier", second="attic", seconds="45")[0] == 303
    assert send(boss, first="attic", second="atelier", seconds="60")[0] == 303
    (walk,) = stored(place).walking_times
    assert (walk.zones, walk.seconds) == (("atelier", "attic"), 60)
    assert "De Atelier à Grenier" in plain(boss.get(PAGE))
    boss.set_cookie("language", "en")
    assert "From Atelier to Attic" in plain(boss.get(PAGE))
    assert send(boss, f"{PAGE}/remove", first="attic", second="atelier")[0] == 303
    assert stored(place).walking_times == ()


@pytest.mark.parametrize(
    "typed",
    [
        {"seconds": "0"},
        {"seconds": "3601"},
        {"seconds": "two"},
        {"second": "atelier"},
        {"second": "nowhere"},
    ],
)
def test_what_is_wrong_is_said_where_it_was_typed(
    boss: FlaskClient, place: Place, typed: dict[str, str]
) -> None:
    usual = {"first": "atelier", "second": "attic", "seconds": "45"}
    status, text = send(boss, **usual | typed)
    assert status == 422
    assert "Choisissez deux espaces différents, et un nombre de secondes de 1 à 3600." in text
    assert stored(place).walking_times == ()


def test_suspending_is_ticked_and_taken_back(boss: FlaskClient, place: Place) -> None:
    assert "Secondes depuis un autre lieu" not in plain(boss.get(PAGE))
    assert send(boss, f"{PAGE}/rules", suspends="yes")[0] == 303
    assert stored(place).suspends_copied_badges
    undo(boss, PAGE)
    assert not stored(place).suspends_copied_badges


def test_where_there_are_other_sites_the_way_from_them_is_asked(
    boss: FlaskClient, place: Place
) -> None:
    with place.database.write() as db:
        sites.create(db, NewSite(id="autre", name=Label(fr="Autre")), actor=SYSTEM, now=NOW)
    assert "Secondes depuis un autre lieu, au moins" in plain(boss.get(PAGE))
    assert send(boss, f"{PAGE}/rules", elsewhere="600", has_others="yes")[0] == 303
    assert stored(place).walk_from_elsewhere_s == 600
    assert send(boss, f"{PAGE}/rules", elsewhere="ten", has_others="yes")[0] == 422
    assert send(boss, f"{PAGE}/rules", elsewhere="", has_others="yes")[0] == 303
    assert stored(place).walk_from_elsewhere_s is None


def test_the_desk_reads_it_and_changes_nothing(
    boss: FlaskClient, place: Place, clock: Clock
) -> None:
    desk = browser(place, clock, "desk")
    assert send(boss, first="atelier", second="attic", seconds="45")[0] == 303
    text = plain(desk.get(PAGE))
    assert "De Atelier à Grenier" in text
    assert "Ajouter ce temps de marche" not in text
    assert send(desk, first="atelier", second="attic", seconds="5")[0] == 403


def test_the_alarm_says_which_badge_where_and_whose(
    boss: FlaskClient, place: Place, clock: Clock
) -> None:
    member = place.members["Ada Both"]
    badge = badge_of(place, member)
    with place.database.write() as db:
        assert suspension.suspend_copied(db, badge, now=NOW)
        assert not suspension.suspend_copied(db, badge, now=NOW), "it is suspended already"
        detail = {
            "credential": badge,
            "ending": "B2C0",
            "site": {"fr": "Autre lieu", "en": "Other place"},
            "suspended": True,
        }
        db.add(
            Alarm(
                id=uuid7(),
                key=f"badge_copied:{badge}:{SITE}",
                site_id=SITE,
                agent_id=None,
                access_point_id=LASER,
                kind="badge_copied",
                detail=detail,
                raised_at=NOW,
                cleared_at=None,
            )
        )
    live = plain(boss.get("/"))
    for said in (
        "Découpe laser CO₂ : Un badge à deux endroits à la fois",
        "badge qui finit par B2C0",
        "aussi : Autre lieu",
        "il est suspendu",
        f"/members/{member}",
        "C’est réglé",
    ):
        assert said in live, said
    person = html.unescape(plain(boss.get(f"/members/{member}")))
    assert "utilisé à deux endroits à la fois, sans doute copié" in person
