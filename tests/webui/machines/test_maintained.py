"""Who maintains a machine: named, seen, relieved, and said where nobody does."""

import pytest
from flask.testing import FlaskClient

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.machines import access_points
from controller.capabilities.members import maintainers, members
from controller.capabilities.members.models import Maintainer
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import sites
from controller.kernel.models import AuditEntry
from controller.settings import SiteSettings
from tests.webui.conftest import NOW, SITE, sign_in
from tests.webui.machines.conftest import LASER, SYSTEM, Place
from tests.webui.machines.machine_page import ONE, plain, send, text_of
from tests.webui.members.people import undo

WAY = f"{ONE}/maintainers"
NOBODY = (
    "Personne ne l’entretient , donc personne ne peut la mettre en service ni la réarmer sur place."
)


def stored(place: Place) -> list[str]:
    """The names of those who maintain the laser."""
    with place.database.read() as db:
        return [point.name for point in maintainers.of_points(db, [LASER])[LASER]]


def acts(place: Place) -> list[tuple[str, str]]:
    """What the audit says of it."""
    with place.database.read() as db:
        rows = db.query(AuditEntry).order_by(AuditEntry.seq)
        return [(e.action, e.detail) for e in rows if e.action.startswith("maintainer")]


def test_one_is_named_found_by_her_name_relieved_and_each_is_undone(
    place: Place, client: FlaskClient
) -> None:
    ada = place.members["Ada Both"]
    sign_in(client, "manager")
    assert NOBODY in plain(text_of(client, ONE))
    found = text_of(client, f"{ONE}?maintainer=ada")
    assert f'name="member" value="{ada}"' in found
    assert place.members["Ben Laser"] not in found
    assert send(client, WAY, member=ada) == 303
    assert stored(place) == ["Ada Both"]
    words = plain(text_of(client, ONE))
    assert "Entretenue par Ada Both" in words
    assert NOBODY not in words
    assert "Personne d’autre dans ce lieu" in plain(text_of(client, f"{ONE}?maintainer=ada"))
    assert send(client, f"{WAY}/relieve", member=ada) == 303
    assert stored(place) == []
    assert undo(client, ONE) == "Ada Both n’entretient plus Découpe laser CO₂."
    assert stored(place) == ["Ada Both"]
    assert undo(client, ONE) == "Ada Both entretient maintenant Découpe laser CO₂."
    assert stored(place) == []
    named, relieved = ("maintainer_named", "maintainer_relieved")
    assert [act for act, _detail in acts(place)] == [named, relieved, named, relieved]
    assert all(f'"access_point":"{LASER}"' in detail for _act, detail in acts(place))


@pytest.mark.parametrize("role", ["desk", "trainer"])
def test_whoever_may_not_change_rules_sees_who_does_and_names_nobody(
    place: Place, client: FlaskClient, role: str
) -> None:
    name_ada(place)
    sign_in(client, role)
    words = plain(text_of(client, f"{ONE}?maintainer=ben"))
    assert "Entretenue par Ada Both" in words
    assert "quelqu’un…" not in words
    assert "Ben Laser" not in words
    for below in ("", "/relieve"):
        assert send(client, WAY + below, member=place.members["Ada Both"]) == 403
    assert stored(place) == ["Ada Both"]


def test_who_or_what_is_not_known_here_is_not_found(place: Place, client: FlaskClient) -> None:
    sign_in(client, "manager")
    assert send(client, WAY, member="0193f0e2-0000-7000-8000-000000000000") == 404
    assert send(client, WAY) == 404
    assert send(client, "/machines/other/maintainers", member=place.members["Ada Both"]) == 404
    assert send(client, "/machines/other/maintainers/relieve", member="x") == 404


def test_a_person_of_another_site_maintains_nothing_here(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        sites.ensure_site(db, SiteSettings(id="annexe", name="Annexe"), NOW)
        new = NewMember(site_id="annexe", display_name="Vera Voisine", also_at=(SITE,))
        visitor = members.create(db, new, actor=SYSTEM, now=NOW).id
        new = NewMember(site_id="annexe", display_name="Xavier Ailleurs")
        stranger = members.create(db, new, actor=SYSTEM, now=NOW).id
    sign_in(client, "manager")
    assert "Personne d’autre dans ce lieu" in plain(text_of(client, f"{ONE}?maintainer=vera"))
    assert send(client, WAY, member=visitor) == 303
    assert "Cette personne vient d’un autre lieu" in plain(text_of(client, ONE))
    assert send(client, WAY, member=stranger) == 404
    assert stored(place) == []


def test_nobody_counts_on_who_is_suspended_or_has_left(place: Place, client: FlaskClient) -> None:
    ada = name_ada(place)
    with place.database.write() as db:
        members.suspend(db, ada, "à revoir", actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    words = plain(text_of(client, ONE))
    assert "Personne ne l’entretient en ce moment , donc personne ne peut" in words
    assert "Ada Both (suspendu)" in words
    assert "personne ne l’entretient" in plain(text_of(client, "/machines"))
    with place.database.write() as db:
        patch = {"status": "left"}
        members.change(db, ada, patch, version=None, actor=SYSTEM, now=NOW)
    assert "Ada Both" not in plain(text_of(client, ONE))


def test_the_list_and_commissioning_say_so_too_and_in_english(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        patch = {"commissioned": False}
        access_points.change(db, LASER, patch, version=None, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    client.set_cookie("language", "en")
    words = plain(text_of(client, ONE))
    assert "Nobody maintains it , so nobody can commission it or reset it on the spot." in words
    assert words.count("Nobody maintains it , so nobody can commission it") == 2
    assert f'href="{ONE}#maintainers"' in text_of(client, ONE)
    listed = plain(text_of(client, "/machines"))
    assert "h in 30 days nobody maintains it" in listed, "beside its maintenance"
    assert "1 without a maintainer" in listed
    name_ada(place)
    assert "nobody maintains it" not in plain(text_of(client, "/machines"))
    assert "Nobody maintains it" not in plain(text_of(client, ONE))


def test_whoever_adds_a_machine_is_offered_as_its_maintainer(
    place: Place, client: FlaskClient
) -> None:
    ada = place.members["Ada Both"]
    sign_in(client, "manager")
    assert "Entretenue par" not in plain(text_of(client, "/machines/new"))
    with place.database.write() as db:
        db.query(AccountRow).filter_by(login="manager@example.org").one().member_id = ada
    sign_in(client, "manager")
    assert f'value="{ada}" selected' in text_of(client, "/machines/new")
    add = {"kind": "laser-cutter", "name": "Autre laser"}
    assert send(client, "/machines", maintainer=ada, **add) == 303
    assert send(client, "/machines", maintainer="", **add) == 303
    assert send(client, "/machines", maintainer=place.members["Ben Laser"], **add) == 303
    with place.database.read() as db:
        (only,) = db.query(Maintainer).all()
    assert (only.member_id, only.access_point_id) == (ada, "autre-laser")


def name_ada(place: Place) -> str:
    """She maintains the laser; her id."""
    ada = place.members["Ada Both"]
    with place.database.write() as db:
        maintainers.add_maintainer(db, LASER, ada, actor=SYSTEM, now=NOW)
    return ada
