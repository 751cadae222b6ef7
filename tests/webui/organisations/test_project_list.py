"""The list of projects and the page of one say who takes part, its machine hours, and who funds
it."""

import re
from datetime import timedelta

from flask.testing import FlaskClient

from controller.capabilities.members import members, on_behalf
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewOrganisation, NewProject
from controller.capabilities.statistics import partners
from controller.capabilities.statistics.shapes import NewPartner
from controller.capabilities.usage.models import UsageDay
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.support.statements import counted
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import LASER, Place
from tests.webui.organisations.test_organisation_facts import ADA, BEN, SYSTEM, words
from tests.webui.training.at_session import plain

EARLIER = Utc.of(NOW - timedelta(days=9))
LIST = "/organisations/projects"


def funded(place: Place) -> str:
    """A project of a club with two people, funded by the region, with an hour and a half of use."""
    with place.database.write() as db:
        club = NewOrganisation(site_id=SITE, name=Label(fr="Club"))
        owner = organisations.create(db, club, actor=SYSTEM, now=NOW).id
        new = NewProject(name=Label(fr="Four"), organisation_id=owner, site_id=SITE)
        key = projects.create(db, new, actor=SYSTEM, now=NOW).id
        for name in (ADA, BEN):
            patch = {"projects": [key]}
            members.change(db, place.members[name], patch, version=None, actor=SYSTEM, now=NOW)
        funder = NewPartner(site_id=SITE, name=Label(fr="Région"), project_ids=(key,))
        partners.create(db, funder, actor=SYSTEM, now=NOW)
        db.add(
            UsageDay(
                site_id=SITE,
                day=NOW.date().replace(month=3),
                access_point_id=LASER,
                organisation_id=owner,
                project_id=key,
                public="",
                sessions=1,
                active_ms=5_400_000,
                idle_ms=0,
                powered_ms=5_400_000,
            )
        )
    return key


def test_a_manager_reads_what_each_project_is_about(place: Place, client: FlaskClient) -> None:
    funded(place)
    sign_in(client, "manager")
    head = "Nom Structure Personnes Heures machine sur 12 mois Financeurs Dates"
    line = "Four Club 2 2 personnes 1,5 h 1,5 h Région depuis"
    assert f"{head} {line}" in words(client, LIST)


def test_the_title_says_how_many_there_are_and_their_hours(
    place: Place, client: FlaskClient
) -> None:
    funded(place)
    sign_in(client, "manager")
    assert "Projets 1 projet 1,5 h machine en un an Ajouter" in words(client, LIST)


def names(client: FlaskClient, query: str = "") -> tuple[list[str], list[str]]:
    """The projects in the list, and the filters with their counts; the one that applies
    in capitals."""
    page = plain(client.get(f"{LIST}{query}"))
    pills = re.findall(
        r'<a class="button" href="[^"]+"( aria-current="true")?>([^<]+) <b>(\d+)', page
    )
    return re.findall(r'<th scope="row"><a[^>]*>([^<]+)</a>', page), [
        f"{text.upper() if current else text} {number}" for current, text, number in pills
    ]


def test_running_projects_come_first_and_a_search_finds_ended_ones(
    place: Place, client: FlaskClient
) -> None:
    with place.database.write() as db:
        for name in ("Vélo", "Élan", "Four"):
            over = Utc.of(NOW - timedelta(days=1)) if name == "Four" else None
            new = NewProject(name=Label(fr=name), starts_at=EARLIER, ends_at=over, site_id=SITE)
            projects.create(db, new, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    assert names(client) == (["Élan", "Vélo"], ["EN COURS 2", "Terminés 1"])
    assert names(client, "?state=ended") == (["Four"], ["En cours 2", "TERMINÉS 1"])
    assert names(client, "?q=elan") == (["Élan"], ["EN COURS 1", "Terminés 0"])
    assert names(client, "?q=fo") == (["Four"], ["En cours 0", "TERMINÉS 1"])
    assert "Aucun projet de ce nom." in words(client, f"{LIST}?q=zzz")


def test_the_list_is_read_page_by_page(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        for n in range(30):
            new = NewProject(name=Label(fr=f"Four {n}"), site_id=SITE)
            projects.create(db, new, actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    assert names(client, "?from=25") == (
        [f"Four {n}" for n in range(25, 30)],
        ["EN COURS 30", "Terminés 0"],
    )


def test_the_desk_reads_no_hours_and_no_funder(place: Place, client: FlaskClient) -> None:
    funded(place)
    sign_in(client, "desk")
    assert "Nom Structure Personnes Dates Four Club 2 2 personnes depuis" in words(client, LIST)


def test_a_column_without_anything_is_left_out(place: Place, client: FlaskClient) -> None:
    with place.database.write() as db:
        projects.create(db, NewProject(name=Label(fr="Four"), site_id=SITE), actor=SYSTEM, now=NOW)
    sign_in(client, "manager")
    assert "Nom Personnes Dates Four – depuis" in words(client, LIST)


def test_many_projects_take_no_more_statements(place: Place, client: FlaskClient) -> None:
    funded(place)
    sign_in(client, "manager")
    with counted(place.database) as few:
        words(client, LIST)
    with place.database.write() as db:
        for n in range(20):
            club = NewOrganisation(site_id=SITE, name=Label(fr=f"Club {n}"))
            owner = organisations.create(db, club, actor=SYSTEM, now=NOW).id
            new = NewProject(name=Label(fr=f"Four {n}"), organisation_id=owner, site_id=SITE)
            projects.create(db, new, actor=SYSTEM, now=NOW)
    with counted(place.database) as many:
        words(client, LIST)
    assert len(many) == len(few)


def test_the_page_of_a_project_says_what_is_counted_for_it(
    place: Place, client: FlaskClient
) -> None:
    address = f"{LIST}/{funded(place)}"
    sign_in(client, "manager")
    page = words(client, address)
    assert "Four Club 2 personnes 1,5 h machine en un an depuis" in page
    assert "financé par Région" in page
    assert (
        "Heures machine sur 12 mois Par machine Découpe laser CO₂ 1,5 h Par mois mars 2026 1,5 h"
        in page
    )
    sign_in(client, "desk")
    page = words(client, address)
    assert ("2 personnes" in page, "machine" in page, "Région" in page) == (True, False, False)


def test_only_people_who_differ_say_whose_use_is_counted(place: Place, client: FlaskClient) -> None:
    key = funded(place)
    sign_in(client, "manager")
    assert f"Qui en fait partie {ADA} Retirer" in words(client, f"{LIST}/{key}"), "nobody's is"
    for name in (ADA, BEN):
        with place.database.write() as db:
            to = OnBehalf(project_id=key)
            on_behalf.choose(db, place.members[name], to, actor=SYSTEM, now=NOW)
    page = words(client, f"{LIST}/{key}")
    assert f"Leur usage est compté ici. {ADA} Retirer : {ADA} {BEN} Retirer" in page
    with place.database.write() as db:
        patch = {"projects": [key]}
        members.change(db, place.members["Cleo None"], patch, version=None, actor=SYSTEM, now=NOW)
    page = words(client, f"{LIST}/{key}")
    assert f"Leur usage est compté ici, sauf mention contraire sous le nom. {ADA} Retirer" in page
    assert "Cleo None son usage n’est pas compté ici Retirer" in page


def test_the_form_of_a_project_is_folded_until_it_is_wrong(
    place: Place, client: FlaskClient
) -> None:
    address = f"{LIST}/{funded(place)}"
    sign_in(client, "manager")
    folded = re.compile(r'<details class="more"( open)?><summary>.{,90}Modifier ce projet')
    form = folded.search(plain(client.get(address)))
    wrong = {"csrf_token": token_of(client), "name_fr": ""}
    unfolded = folded.search(plain(client.post(address, data=wrong)))
    assert (form and form[1], unfolded and unfolded[1]) == (None, " open")
