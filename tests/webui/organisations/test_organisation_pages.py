"""Organisations and projects are found, added, changed and ended by the desk and by managers."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import (
    NewOrganisation,
    NewProject,
    Organisation,
    Project,
)
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of
from tests.webui.members.people import add_member, undo
from tests.webui.training.at_session import plain

SYSTEM = Actor.system("test")
LIST, PROJECTS = "/organisations", "/organisations/projects"
ELSEWHERE = "elsewhere"


@pytest.fixture
def boss(database: Database, clock: Clock) -> FlaskClient:
    return browser(database, clock, "manager")


def browser(database: Database, clock: Clock, role: str) -> FlaskClient:
    client = make_app(database, clock).test_client()
    sign_in(client, role)
    return client


def send(client: FlaskClient, address: str, **typed: str) -> tuple[int, str, str]:
    """What it answers, says, and where it leads."""
    answer = client.post(address, data={"csrf_token": token_of(client)} | typed)
    return answer.status_code, plain(answer), answer.headers.get("Location", "")


def club(database: Database, name: str = "Club", site: str = SITE) -> str:
    with database.write() as db:
        new = NewOrganisation(site_id=site, name=Label(fr=name))
        return organisations.create(db, new, actor=SYSTEM, now=NOW).id


def oven(database: Database, owner: str | None = None, site: str = SITE) -> str:
    with database.write() as db:
        new = NewProject(site_id=site, name=Label(fr="Four"), organisation_id=owner)
        return projects.create(db, new, actor=SYSTEM, now=NOW).id


def another_site(database: Database) -> None:
    with database.write() as db:
        site = NewSite(id=ELSEWHERE, name=Label(fr="Ailleurs"))
        sites.create(db, site, actor=SYSTEM, now=NOW)


def stored(database: Database, key: str) -> Organisation:
    with database.read() as db:
        return organisations.get(db, key, actor=SYSTEM)


def project(database: Database, key: str) -> Project:
    with database.read() as db:
        return projects.get(db, key, actor=SYSTEM)


def test_an_organisation_is_added_renamed_closed_and_reopened(
    boss: FlaskClient, database: Database
) -> None:
    assert "pour qui des personnes viennent" in plain(boss.get(LIST))
    status, _page, at = send(boss, LIST, name_fr="  Les  Ateliers ", name_en="Workshops")
    assert status == 303
    key = at.rpartition("/")[2]
    made = stored(database, key)
    assert (made.name, made.active) == (Label(fr="Les Ateliers", en="Workshops"), True)
    new = {"name_fr": "Les Établis", "version": str(made.version)}
    assert send(boss, at, **new)[0] == 303
    assert stored(database, key).name == Label(fr="Les Établis")
    assert undo(boss, at) == "Nouveau nom\u00a0: Les Établis."
    assert stored(database, key).name == made.name
    status, page, _at = send(boss, at, **new)
    assert (status, "Cela a changé depuis l’ouverture" in page, 'value="Les Établis"' in page) == (
        422,
        True,
        True,
    )
    assert send(boss, f"{at}/close")[0] == 303
    assert not stored(database, key).active
    assert "fermée" in plain(boss.get(LIST))
    assert "Fermée : plus rien de nouveau n’est noté pour elle." in plain(boss.get(at))
    assert send(boss, f"{at}/reopen")[0] == 303
    assert stored(database, key).active
    undo(boss, at)
    assert not stored(database, key).active
    boss.set_cookie("language", "en")
    assert "Workshops" in plain(boss.get(LIST))
    with database.read() as db:
        told = db.scalars(select(AuditEntry.action).where(AuditEntry.subject.contains(key))).all()
    assert set(told) == {"organisation_created", "organisation_changed"}


@pytest.mark.parametrize("name", ["", "x" * 201])
def test_a_name_that_is_refused_is_kept_and_said(
    boss: FlaskClient, database: Database, name: str
) -> None:
    at = f"{LIST}/{club(database)}"
    typed = {"name_fr": name} | ({"name_en": "Kept"} if name else {})
    for address in (LIST, at, PROJECTS):
        status, page, _at = send(boss, address, **typed)
        assert (status, "Saisissez un nom, sur une seule ligne." in page) == (422, True)
        assert not name or 'value="Kept"' in page


def test_a_name_that_another_one_has_is_asked_about(boss: FlaskClient, database: Database) -> None:
    first, other = club(database, "Collège"), club(database, "Lycée")
    another_site(database)
    club(database, "Ailleurs", ELSEWHERE)
    for address in (LIST, f"{LIST}/{other}"):
        status, page, _led = send(boss, address, name_fr="collège")
        assert (status, "Il y a déjà une structure « Collège »." in page) == (422, True)
        assert 'name="same_name" value="collège"' in page
    assert send(boss, f"{LIST}/{other}", name_fr="collège", same_name="collège")[0] == 303
    assert undo(boss, f"{LIST}/{other}").endswith("collège.")
    assert send(boss, LIST, name_fr="Ailleurs")[0] == 303
    assert send(boss, f"{LIST}/{first}/close")[0] == 303
    assert send(boss, LIST, name_fr="Collège")[0] == 303, "the other one is closed"


def test_a_project_of_the_same_name_is_asked_about(boss: FlaskClient, database: Database) -> None:
    first = oven(database)
    status, page, _led = send(boss, PROJECTS, name_fr="Four")
    assert (status, "Il y a déjà un projet « Four »." in page) == (422, True)
    assert send(boss, PROJECTS, name_fr="Four", same_name="Four")[0] == 303
    assert send(boss, f"{PROJECTS}/{first}", name_fr="Four", ends="2030-01-01")[0] == 303
    assert send(boss, f"{PROJECTS}/{first}", name_fr="Jardin")[0] == 303
    assert undo(boss, PROJECTS) == "Projet enregistré."
    assert project(database, first).name.fr == "Four"
    assert send(boss, PROJECTS, name_fr="Jardin")[0] == 303
    assert send(boss, f"{PROJECTS}/{first}", name_fr="Jardin")[0] == 422


def test_the_list_is_searched_without_accents_and_read_page_by_page(
    boss: FlaskClient, database: Database
) -> None:
    names = [f"Élan {n:02d}" for n in range(27)]
    for name in [*names[::-1], "Club de poterie"]:
        club(database, name)

    def listed(**query: str | int) -> list[str]:
        page = plain(boss.get(LIST, query_string=query))
        return re.findall(r'<th scope="row"><a[^>]*>([^<]+)</a>', page)

    assert listed() == ["Club de poterie", *names[:24]], "by name"
    assert "from=25" in plain(boss.get(LIST))
    assert listed(**{"from": 25}) == names[24:]
    assert listed(q="elan 1") == [name for name in names if name[5:].startswith("1")]
    assert "Aucune structure de ce nom." in plain(boss.get(LIST, query_string={"q": "zzz"}))
    assert "from=" in plain(boss.get(LIST, query_string={"q": "ÉLAN"}))


def test_people_come_for_it_and_no_more(boss: FlaskClient, database: Database) -> None:
    at, ada = f"{LIST}/{club(database)}", add_member(database, "Ada Lovelace")
    status, page, _at = send(boss, f"{at}/people", who="lovel")
    assert (status, "Ajouter : Ada Lovelace" in page) == (422, True)
    status, page, _at = send(boss, f"{at}/people", who="Zuse")
    assert (status, "Personne ici ne porte ce nom." in page, 'value="Zuse"' in page) == (
        422,
        True,
        True,
    )
    assert "Saisissez un nom." in send(boss, f"{at}/people")[1]
    for _twice in range(2):
        assert send(boss, f"{at}/people", member=ada)[0] == 303
    assert f"/members/{ada}" in plain(boss.get(at))
    assert "Club" in plain(boss.get(f"/members/{ada}"))
    assert send(boss, f"{at}/people/{ada}/remove")[0] == 303
    assert undo(boss, at) == "Ada Lovelace ne vient plus pour cette structure."
    with database.read() as db:
        held = members.get(db, ada, actor=SYSTEM).organisations
    assert held == (at.rpartition("/")[2],)
    assert send(boss, f"{at}/people", member="nobody")[0] == 404


def test_people_are_of_a_project_and_no_more(
    boss: FlaskClient, database: Database, clock: Clock
) -> None:
    """As of an organisation: sought, added twice, removed, that undone; none once it is over."""
    key, ada = oven(database), add_member(database, "Ada Lovelace")
    at = f"{PROJECTS}/{key}"
    assert "Personne pour l’instant. Les personnes qui en font partie peuvent choisir" in plain(
        boss.get(at)
    )
    status, page, _at = send(boss, f"{at}/people", who="lovel")
    assert (status, "Ajouter : Ada Lovelace" in page, 'value="Four"' in page) == (422, True, True)
    assert "Personne ici ne porte ce nom." in send(boss, f"{at}/people", who="Zuse")[1]
    assert "Saisissez un nom." in send(boss, f"{at}/people")[1]
    for _twice in range(2):
        assert send(boss, f"{at}/people", member=ada)[0] == 303
    assert f"/members/{ada}" in plain(boss.get(at))
    assert "Four" in plain(boss.get(f"/members/{ada}"))
    assert send(boss, f"{at}/people/{ada}/remove")[0] == 303
    assert undo(boss, at) == "Ada Lovelace ne fait plus partie du projet."
    with database.read() as db:
        assert members.get(db, ada, actor=SYSTEM).projects == (key,)
    assert send(boss, f"{at}/people", member="nobody")[0] == 404
    assert send(boss, f"{PROJECTS}/none/people", member=ada)[0] == 404
    clock.forward(minutes=5)
    send(boss, f"{at}/end")
    page = plain(boss.get(at))
    assert ("Retirer" in page, "Ajouter quelqu’un" in page) == (True, False)


def test_those_of_a_project_are_read_page_by_page(boss: FlaskClient, database: Database) -> None:
    key = oven(database)
    with database.write() as db:
        for n in range(30):
            new = NewMember(display_name=f"Ada {n:02}", projects=(key,))
            members.create(db, new, actor=SYSTEM, now=NOW)
    first = plain(boss.get(f"{PROJECTS}/{key}"))
    assert first.count("Retirer") == 25
    (after,) = re.findall(r'href="([^"]+after=[^"]+)"', first)
    rest = plain(boss.get(after))
    assert (rest.count("Retirer"), "Première page" in rest) == (5, True)


def test_a_project_is_added_changed_and_ended(
    boss: FlaskClient, database: Database, clock: Clock
) -> None:
    owner = club(database)
    assert "selected" in plain(boss.get(f"{PROJECTS}/new?organisation={owner}"))
    typed = {"name_fr": "Four solaire", "organisation": owner, "ends": "2026-12-31"}
    status, _page, to = send(boss, PROJECTS, **typed)
    assert (status, to.rpartition("/")[0]) == (303, PROJECTS)
    assert "Projet ajouté. Ajoutez maintenant les personnes qui en font partie." in plain(
        boss.get(to)
    )
    assert "Four solaire" in plain(boss.get(f"{LIST}/{owner}"))
    listed = plain(boss.get(PROJECTS))
    assert "<td>Club</td>" in listed
    assert "jusqu’au 31 décembre" in listed
    with database.read() as db:
        (made,) = projects.page(db, actor=SYSTEM).items
    assert (made.starts_at, made.ends_at) == (NOW, Utc.parse("2026-12-31T22:59:59.000Z"))
    at = f"{PROJECTS}/{made.id}"
    assert 'value="2026-12-31"' in plain(boss.get(at))
    clock.forward(minutes=5)
    new = typed | {"organisation": "", "starts": "2026-11-24", "version": str(made.version)}
    assert send(boss, at, **new)[0] == 303
    after = project(database, made.id)
    assert (after.organisation_id, after.starts_at, after.ends_at) == (
        None,
        made.starts_at,
        made.ends_at,
    )
    assert undo(boss, PROJECTS) == "Projet enregistré."
    assert project(database, made.id).organisation_id == owner
    assert send(boss, at, **new)[0] == 422  # it has changed since
    assert send(boss, f"{at}/end")[0] == 303
    assert project(database, made.id).ends_at == Utc.of(NOW + timedelta(minutes=5))
    assert undo(boss, PROJECTS) == "Projet terminé."
    assert project(database, made.id).ends_at == made.ends_at
    send(boss, f"{at}/end")
    assert "fini le 24 novembre" in plain(boss.get(PROJECTS))
    assert send(boss, f"{at}/resume")[0] == 303
    assert project(database, made.id).ends_at is None


def test_one_that_has_not_begun_is_not_ended(boss: FlaskClient, database: Database) -> None:
    status, _page, _at = send(boss, PROJECTS, name_fr="Plus tard", starts="2027-01-05")
    assert status == 303
    page = plain(boss.get(PROJECTS))
    assert "à partir du 5 janvier" in page
    key = re.search(rf"{PROJECTS}/([0-9a-f-]{{36}})", page)
    assert key
    send(boss, f"{PROJECTS}/{key[1]}/end")
    assert "Ce projet n’a pas encore commencé" in plain(boss.get(f"{PROJECTS}/{key[1]}"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"starts": "demain"}, "Saisissez un jour."),
        ({"starts": "2026-12-02", "ends": "2026-12-01"}, "Saisissez un jour après le premier."),
        ({"ends": "9999-99-99"}, "Saisissez un jour après le premier."),
        ({"organisation": "none"}, "Cette structure n’existe plus : choisissez-en une autre."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    boss: FlaskClient, typed: dict[str, str], said: str
) -> None:
    status, page, _at = send(boss, PROJECTS, **{"name_fr": "Four"} | typed)
    assert (status, said in page, 'value="Four"' in page) == (422, True, True)
    assert all(f'value="{text}"' in page for key, text in typed.items() if key != "organisation")


def test_another_sites_are_not_there(boss: FlaskClient, database: Database) -> None:
    another_site(database)
    theirs, here = club(database, "Chez eux", ELSEWHERE), club(database)
    other = oven(database, theirs, ELSEWHERE)
    with database.write() as db:
        new = NewMember(display_name="Ailleurs Née", site_id=ELSEWHERE)
        stranger = members.create(db, new, actor=SYSTEM, now=NOW).id
    assert "Chez eux" not in plain(boss.get(LIST))
    assert "Four" not in plain(boss.get(PROJECTS))
    for address in (f"{LIST}/{theirs}", f"{PROJECTS}/{other}"):
        assert boss.get(address).status_code == 404
        assert send(boss, address, name_fr="X")[0] == 404
    assert send(boss, f"{LIST}/{theirs}/close")[0] == 404
    assert send(boss, f"{PROJECTS}/{other}/end")[0] == 404
    assert send(boss, f"{LIST}/{here}/people", member=stranger)[0] == 404
    assert send(boss, PROJECTS, name_fr="Four", organisation=theirs)[0] == 422


def test_the_desk_may_and_a_trainer_may_not(database: Database, clock: Clock) -> None:
    desk, trainer = (browser(database, clock, role) for role in ("desk", "trainer"))
    for address, said in ((LIST, "qui vient pour elle"), (PROJECTS, "qui en est")):
        added = send(desk, address, name_fr="Club")[2]
        assert f"Un responsable dit {said}." in plain(desk.get(added))
    assert 'href="/organisations"' in plain(desk.get("/members"))
    assert 'href="/organisations"' not in plain(trainer.get("/members"))
    owner = club(database)
    at = f"{LIST}/{owner}"
    page = send(desk, PROJECTS, name_fr="Four", organisation=owner)
    assert (page[0], "et choisir la structure qui paie" in page[1]) == (422, True)
    assert send(desk, f"{at}/people", member=add_member(database, "Ada Lovelace"))[2] == at
    assert "Votre rôle ne le permet pas." in plain(desk.get(at))
    assert "<summary>Fermer cette structure…</summary>" in plain(desk.get(at)), "asked once"
    assert send(desk, f"{at}/close")[0] == 303
    closed = plain(desk.get(at))
    assert "Un responsable peut changer son nom ou la rouvrir." in closed
    assert "Rouvrir" not in closed
    assert send(desk, f"{at}/reopen")[0] == 403
    for address in (LIST, at, PROJECTS, f"{PROJECTS}/new"):
        assert trainer.get(address).status_code == 403
    for address in (LIST, at, f"{at}/close", f"{at}/reopen", f"{at}/people", PROJECTS):
        assert send(trainer, address, name_fr="X")[0] == 403
