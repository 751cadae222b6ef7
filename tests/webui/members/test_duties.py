"""What a person answers for: machines that they maintain, rooms in which they may supervise."""

import re

import pytest
from flask.testing import FlaskClient

from controller.capabilities.groups import windows
from controller.capabilities.groups.shapes import NewWindow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.places import sites, zones
from controller.capabilities.places.shapes import NewZone
from controller.domain.facts import PointKind, Risk
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from controller.settings import SiteSettings
from tests.webui.conftest import NOW, SITE, sign_in
from tests.webui.members.people import Person, add_member

SYSTEM = Actor.system("test")
ROOMS = {"atelier": "Atelier", "bois": "Atelier bois"}


@pytest.fixture
def zoe(client: FlaskClient, database: Database) -> Person:
    """Somebody of a place with two rooms, before a manager."""
    with database.write() as db:
        for key, name in ROOMS.items():
            zone = NewZone(id=key, site_id=SITE, name=Label(fr=name, en=f"{name} (en)"))
            zones.create(db, zone, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    return Person(client, add_member(database, "Zoé d’Artois"))


def supervises(database: Database, person: Person) -> tuple[str, ...]:
    with database.read() as db:
        return members.get(db, person.id, actor=SYSTEM).supervises


def version(person: Person) -> str:
    form = person.text()
    found = re.search(r'name="version" value="(\d+)"', form[form.index('id="duties"') :])
    assert found
    return found[1]


def test_rooms_are_ticked_saved_and_put_back(zoe: Person, database: Database) -> None:
    assert "Peut encadrer dans" in zoe.text()
    zoe.post("/supervises", room=["atelier", "bois"], version=version(zoe))
    assert supervises(database, zoe) == ("atelier", "bois")
    assert 'value="bois" checked' in zoe.text()
    zoe.post("/supervises", room=["bois"], version=version(zoe))
    assert zoe.undo() == "Encadrement enregistré."
    assert supervises(database, zoe) == ("atelier", "bois")
    zoe.post("/supervises", room=["atelier", "bois"], version=version(zoe))
    assert "Rien n’a changé." in zoe.text()
    with database.read() as db:
        acts = [entry.action for entry in db.query(AuditEntry).order_by(AuditEntry.seq)]
    told = [act for act in acts if act.startswith("supervisor")]
    named, relieved = ("supervisor_named", "supervisor_relieved")
    assert told == [named, named, relieved, named]


def test_a_window_ends_with_the_right_to_it(zoe: Person, database: Database) -> None:
    zoe.post("/supervises", room=["atelier"], version=version(zoe))
    with database.write() as db:
        new = NewWindow(zone_id="atelier", member_id=zoe.id)
        opened = windows.open_window(db, new, actor=SYSTEM, now=NOW)
    zoe.post("/supervises", version=version(zoe))
    with database.read() as db:
        assert windows.get(db, opened.id, actor=SYSTEM).closed_at == NOW


def test_what_has_changed_or_is_not_there_is_refused(zoe: Person, database: Database) -> None:
    old = version(zoe)
    zoe.post("/supervises", room=["atelier"], version=old)
    zoe.post("/supervises", room=["bois"], version=old)
    assert "a changé entre-temps" in zoe.text()
    zoe.post("/supervises", room=["nowhere"], version=version(zoe))
    assert "Ce n’est pas possible. Rechargez la page" in zoe.text()
    assert supervises(database, zoe) == ("atelier",)
    assert Person(zoe.client, "nobody").post("/supervises", room=["bois"]).status_code == 404


@pytest.mark.parametrize("role", ["desk", "trainer"])
def test_others_read_it_and_change_nothing(zoe: Person, database: Database, role: str) -> None:
    zoe.post("/supervises", room=["bois"], version=version(zoe))
    sign_in(zoe.client, role)
    text = zoe.text()
    assert "Peut encadrer</dt><dd>Atelier bois</dd>" in text
    assert 'name="room"' not in text
    assert zoe.post("/supervises", room=["atelier"], version="1").status_code == 403
    patch = {"patch": '{"supervises": ["atelier"]}', "version": "2"}
    zoe.post("/put-back", **patch)
    assert supervises(database, zoe) == ("bois",)


def test_who_comes_from_another_site_answers_for_nothing_here(
    zoe: Person, database: Database
) -> None:
    with database.write() as db:
        sites.ensure_site(db, SiteSettings(id="annexe", name="Annexe"), NOW)
    visitor = Person(zoe.client, add_member(database, "Vera", site_id="annexe", also_at=(SITE,)))
    assert 'id="duties"' not in visitor.text()
    visitor.post("/supervises", room=["atelier"])
    assert supervises(database, visitor) == ()


def test_machines_that_they_maintain_are_named_in_english_too(
    zoe: Person, database: Database
) -> None:
    with database.write() as db:
        point = NewAccessPoint(
            id="laser",
            site_id=SITE,
            kind=PointKind.MACHINE,
            name=Label(fr="Découpe laser", en="Laser cutter"),
            risk=Risk.DANGEROUS,
        )
        access_points.create(db, point, actor=SYSTEM, now=NOW)
        patch = {"maintains": ["laser"]}
        members.change(db, zoe.id, patch, version=None, actor=SYSTEM, now=NOW)
    assert '<dt>Entretient</dt><dd><a href="/machines/laser">Découpe laser</a></dd>' in zoe.text()
    zoe.client.set_cookie("language", "en")
    assert '<dt>Maintains</dt><dd><a href="/machines/laser">Laser cutter</a></dd>' in zoe.text()
    assert "May supervise in" in zoe.text()
