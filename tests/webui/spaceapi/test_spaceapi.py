"""What directories of places read: valid by the published schema, and with nobody's name."""

import json
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import schedules, sites, zones
from controller.capabilities.places.shapes import NewSchedule, NewSite, NewZone, Weekly
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.screen import rules
from controller.capabilities.screen.rules import ScreenRules
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.live import Live
from controller.settings import Settings, SiteSettings, SpaceApiSettings
from tests.support.applications import an_application
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE
from webui.context import WebContext

SYSTEM = Actor.system("test")
NAME = "Zoé d’Artois-Lefèvre"
SCHEMA = json.loads(Path(__file__).with_name("spaceapi-15.json").read_text(encoding="utf-8"))
SET_UP = SpaceApiSettings(
    url="https://lafabrique.example",
    logo="https://lafabrique.example/logo.png",
    email="bonjour@lafabrique.example",
    address="1 rue des Ateliers, 59000 Lille, France",
    latitude=50.63,
    longitude=3.06,
    linked=("https://other.example/spaceapi.json",),
)


def browser(database: Database, clock: Clock, given: SpaceApiSettings = SET_UP) -> FlaskClient:
    settings = Settings(site=SiteSettings(id=SITE, name="La Fabrique"), spaceapi=given)
    app = an_application(
        WebContext(
            settings=settings,
            database=database,
            live=Live("embedded"),
            secret="s" * 40,
            credential_keys={SITE: b"k" * 32},
            own_key=b"w" * 32,
            clock=clock,
        )
    )
    return app.test_client()


def ask(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/spaceapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    # The schema names an older draft, and uses what only this one has.
    Draft202012Validator({**SCHEMA, "$schema": Draft202012Validator.META_SCHEMA["$id"]}).validate(
        found
    )
    return found


def open_on_tuesdays(database: Database) -> None:
    with database.write() as db:
        weekly = (Weekly(weekday=1, start="09:00", end="18:00"),)
        new = NewSchedule(id="ouvert", site_id=SITE, name=Label(fr="Ouvert"), weekly=weekly)
        schedules.create(db, new, actor=SYSTEM, now=NOW)
        sites.change(db, SITE, {"opening": "ouvert"}, version=1, actor=SYSTEM, now=NOW)


def test_it_says_how_to_reach_the_place(database: Database, clock: Clock) -> None:
    found = ask(browser(database, clock))
    assert found["api_compatibility"] == ["15"]
    assert found["space"] == "La Fabrique"
    assert found["contact"] == {"email": "bonjour@lafabrique.example"}
    assert found["location"]["timezone"] == "Europe/Paris"
    assert found["linked_spaces"] == [{"endpoint": "https://other.example/spaceapi.json"}]


def test_it_is_open_by_the_hours_of_the_site(database: Database, clock: Clock) -> None:
    open_on_tuesdays(database)
    client = browser(database, clock)
    assert ask(client)["state"] == {"open": True, "lastchange": 1795507200}  # Tuesday at 9
    clock.forward(hours=6)
    assert ask(client)["state"] == {"open": False, "lastchange": 1795507200 + 9 * 3600}


def test_a_place_without_hours_is_open(database: Database, clock: Clock) -> None:
    assert ask(browser(database, clock))["state"] == {"open": True}


def test_it_neither_counts_nor_names_who_is_in(database: Database, clock: Clock) -> None:
    with database.write() as db:
        for key, name in (("atelier", "Atelier"), ("bureau", "Bureau")):
            new = NewZone(id=key, site_id=SITE, name=Label(fr=name))
            zones.create(db, new, actor=SYSTEM, now=NOW)
        zoe = members.create(db, NewMember(site_id=SITE, display_name=NAME), actor=SYSTEM, now=NOW)
    before = ask(browser(database, clock))
    with database.write() as db:
        there = NewPresence(zone_id="atelier", member_id=zoe.id)
        presence.check_in(db, there, actor=SYSTEM, now=NOW)
    after = ask(browser(database, clock))
    assert after == before
    assert "Zo" not in json.dumps(after, ensure_ascii=False)


def test_any_page_may_read_it_and_keep_it_for_a_minute(database: Database, clock: Clock) -> None:
    answer = browser(database, clock).get("/spaceapi.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in answer.headers


def test_until_it_is_set_up_it_says_what_is_missing(database: Database, clock: Clock) -> None:
    answer = browser(database, clock, SpaceApiSettings()).get("/spaceapi.json")
    assert answer.status_code == 404
    assert answer.get_json() == {"error": "[spaceapi] url and logo are not set in config.toml"}


def test_another_site_is_asked_for_by_its_id(database: Database, clock: Clock) -> None:
    client = browser(database, clock)
    assert client.get(f"/spaceapi.json?site={SITE}").status_code == 200
    assert client.get("/spaceapi.json?site=no-such-site").status_code == 404


def test_another_site_is_shown_once_its_own_screen_is_public(
    database: Database, clock: Clock
) -> None:
    """The settings are the installation's; a manager of that site decides."""
    client = browser(database, clock)
    with database.write() as db:
        new = NewSite(id="annexe", name=Label(fr="Annexe"))
        sites.create(db, new, actor=SYSTEM, now=NOW)
    assert client.get("/spaceapi.json?site=annexe").status_code == 404
    with database.write() as db:
        rules.change(db, "annexe", ScreenRules(is_public=True), actor=SYSTEM, now=NOW)
    assert client.get("/spaceapi.json?site=annexe").get_json()["space"] == "Annexe"
