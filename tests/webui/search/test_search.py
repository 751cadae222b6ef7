"""One field for everything: a badge, a person, a machine, a page; without scripts too."""

import re

import pytest
from flask.testing import FlaskClient

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.domain.facts import PointKind
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from tests.support.databases import filled
from tests.webui.conftest import NOW, sign_in, token_of
from tests.webui.live.live_actions import point

BOSS = Actor.system("test")


@pytest.fixture
def eloise(client: FlaskClient, database: Database) -> str:
    """Somebody with two badges, and a machine; the desk is signed in."""
    found = filled(database, _fill)
    assert sign_in(client, "desk") == 303
    return found


def _fill(database: Database) -> str:
    with database.write() as db:
        found = members.create(db, NewMember(display_name="Éloïse Œuvrard"), actor=BOSS, now=NOW)
        for value in ("uid:04A1B2C3D4E5F6", "em:0012345678"):
            new = NewCredential(member_id=found.id, value=value)
            credentials.create(db, new, vault=Vault(b"k" * 32, b"w" * 32), actor=BOSS, now=NOW)
        laser = point("laser", PointKind.MACHINE)
        laser.agent_id = None
        laser.name = {"fr": "Découpe laser", "en": "Laser cutter"}
        db.add(laser)
    return found.id


def first(client: FlaskClient, query: str) -> str:
    """Where *Enter* leads."""
    data = {"csrf_token": token_of(client), "q": query}
    answer = client.post("/find", data=data)
    assert answer.status_code == 303
    return answer.headers["Location"]


@pytest.mark.parametrize("query", ["eloise", "ÉLO", "oeuv", "elo oeu"])
def test_a_person_is_found_whatever_the_accents(
    client: FlaskClient, eloise: str, query: str
) -> None:
    assert first(client, query) == f"/members/{eloise}"
    text = client.get(f"/find?q={query}").get_data(as_text=True)
    assert "Éloïse Œuvrard" in text


@pytest.mark.parametrize(
    "typed",
    ["uid:04A1B2C3D4E5F6", "04a1b2c3d4e5f6", "0012345678", "em:0012345678", " 04A1B2C3D4E5F6 "],
)
def test_a_badge_opens_its_holder(client: FlaskClient, eloise: str, typed: str) -> None:
    assert first(client, typed) == f"/members/{eloise}"


@pytest.mark.parametrize("typed", ["04A1B2C3", "0012345679", "uid:04A1B2C3", "em:1"])
def test_an_unknown_badge_says_so_and_stands_in_no_address(
    client: FlaskClient, eloise: str, typed: str
) -> None:
    to = first(client, typed)
    assert to == "/find"
    assert "Personne ici n’a ce badge." in client.get(to).get_data(as_text=True)


@pytest.mark.parametrize("query", ["laser", "decoupe", "cutter"])
def test_a_machine_is_found_in_either_language(
    client: FlaskClient, eloise: str, query: str
) -> None:
    assert first(client, query) == "/machines/laser"


def test_a_page_is_found(client: FlaskClient, eloise: str) -> None:
    assert first(client, "usag") == "/members"


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("mail", "/mail"),
        ("courriel", "/mail"),
        ("agents", "/agents"),
        ("setup", "/setup"),
        ("badge", "/members"),
        ("hours", "/hours"),
        ("horaires", "/hours"),
        ("audit", "/audit"),
        ("tarifs", "/tariffs"),
        ("prix", "/tariffs"),
        ("fec", "/accounting"),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_page_is_found_by_what_people_call_it_too(
    client: FlaskClient, database: Database, query: str, page: str, language: str
) -> None:
    sign_in(client, "admin")
    client.set_cookie("language", language)
    assert first(client, query) == page


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("query", "leads_to"),
    [
        ("réserver", {"/bookings?dialog=1"}),
        ("reserve", {"/bookings?dialog=1"}),
        ("réserver laser", {"/bookings?dialog=1"}),
        ("ajouter", {"/members#add", "/machines/new", "/training/sessions/new"}),
        ("add", {"/members#add", "/machines/new", "/training/sessions/new"}),
        ("relevé", {"/statements"}),
        ("statement", {"/statements"}),
        ("inscrire", {"/members#add", "/training"}),
        ("enrol", {"/members#add", "/training"}),
        ("sauvegarde", {"/backups"}),
        ("sauvegarder", {"/backups"}),
        ("imprimer", {"/badges/labels", "/trust/poster", "/hours", "/reports", "/evacuation"}),
        ("print", {"/badges/labels", "/trust/poster", "/hours", "/reports", "/evacuation"}),
        ("encaisser", {"/sales"}),
        ("mot de passe", {"/me"}),
        ("change my password", {"/me"}),
        ("exporter", {"/reports"}),
    ],
)
def test_what_one_wants_to_do_leads_to_where_it_is_done(
    client: FlaskClient, eloise: str, query: str, leads_to: set[str], language: str
) -> None:
    sign_in(client, "admin")
    client.set_cookie("language", language)
    text = client.get("/find", query_string={"q": query}).get_data(as_text=True)
    shown = text[text.index("<main") : text.index("</main>")]
    assert set(re.findall(r'<li><a href="([^"]+)"', shown)) == leads_to


def test_nobody_is_led_to_what_they_may_not_do(client: FlaskClient, eloise: str) -> None:
    text = client.get("/find?q=ajouter", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "/members#add" in text
    assert "/machines/new" not in text


def test_a_page_of_other_accounts_is_named_with_whom_to_ask(
    client: FlaskClient, eloise: str
) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        text = client.get("/find?q=sauvegarder", headers=headers).text
        assert "Sauvegardes" in text
        assert "Demandez à un administrateur." in text
        assert "Aucun résultat" not in text
        assert 'href="/backups"' not in text


def test_as_one_types_only_the_results_come(client: FlaskClient, eloise: str) -> None:
    text = client.get("/find?q=la", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" not in text
    assert text.count('role="option"') == 1
    assert "Aucun résultat" in client.get("/find?q=zzz", headers={"HX-Request": "true"}).get_data(
        as_text=True
    )


def test_a_whole_address_finds_its_person_and_no_other(
    client: FlaskClient, eloise: str, database: Database
) -> None:
    with database.write() as db:
        made = [
            members.create(db, NewMember(display_name=name, email=email), actor=BOSS, now=NOW).id
            for name, email in (("Ada", "a.leroy@lys.example"), ("Abel", "a.leroy@nord.example"))
        ]
    assert first(client, "a.leroy@nord.example") == f"/members/{made[1]}"
    assert first(client, "A.Leroy@Nord") == f"/members/{made[1]}"
    assert first(client, "a.leroy@") == "/find?q=a.leroy@"


def test_enter_opens_nothing_where_several_fit_and_tells_them_apart(
    client: FlaskClient, eloise: str, database: Database
) -> None:
    with database.write() as db:
        for email in ("one@lys.example", "two@lys.example"):
            new = NewMember(display_name="Paul Petit", email=email)
            members.create(db, new, actor=BOSS, now=NOW)
    assert first(client, "paul petit") == "/find?q=paul+petit"
    text = client.get("/find?q=paul petit").get_data(as_text=True)
    assert "one@lys.example" in text
    assert "two@lys.example" in text
    part = client.get("/find?q=paul", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert 'aria-selected="true"' not in part


def test_nobody_of_that_name_can_be_added(client: FlaskClient, eloise: str) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        text = client.get("/find?q=Nina Novel", headers=headers).get_data(as_text=True)
        (address,) = re.findall(r'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?(?:<span>)?Ajouter', text)
        assert 'value="Nina Novel"' in client.get(address).get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Nina", "Nina"),
        ("nina novel", "nina novel"),
        ("ajouter Nina Novel", "Nina Novel"),
        ("مريم", "مريم"),
        ("nina", None),
        ("réserver ici", None),
        ("42", None),
    ],
)
def test_only_what_looks_like_a_name_can_be_added(
    client: FlaskClient, eloise: str, query: str, name: str | None
) -> None:
    text = client.get(f"/find?q={query}", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert re.findall(r'id="hit-add".*?<span>Ajouter (.*?)</span>', text) == (
        [name] if name else []
    )


def test_nothing_found_keeps_what_was_typed(client: FlaskClient, eloise: str) -> None:
    to = first(client, "zzz")
    assert to == "/find?q=zzz"
    assert "zzz" in client.get(to).get_data(as_text=True)
    assert first(client, "") == "/find"


@pytest.mark.parametrize(("role", "shown"), [("trainer", True), ("observer", False)])
def test_the_field_is_for_those_who_may_see_live(
    client: FlaskClient, role: str, shown: bool
) -> None:
    sign_in(client, role)
    assert ('id="command"' in client.get("/").get_data(as_text=True)) is shown
