"""How far an import has come: told while it goes on, after a reload, and without scripts."""

import html
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.badges.vault import Vault
from controller.capabilities.member_files.import_csv import import_members
from controller.capabilities.member_files.import_progress import read_progress
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.errors import Forbidden
from tests.webui.conftest import NOW, SITE, sign_in
from tests.webui.members.people import add_member

SYSTEM = Actor.system("test")
VAULT = Vault(b"k" * 32, b"w" * 32)
LATER = Utc.of(NOW + timedelta(minutes=5))
PART = {"HX-Request": "true"}
PEOPLE = 1300
FILE = ("display_name\n" + "".join(f"Person {n}\n" for n in range(PEOPLE))).encode()


def bring(database: Database, at: Utc = NOW, stop_at: int = PEOPLE) -> None:
    """Import FILE; it is cut off once so many are there."""

    def progress(what: str, count: int) -> None:
        if what == "stored" and stop_at <= count < PEOPLE:
            raise CutOff

    import_members(
        database, FILE, vault=VAULT, actor=SYSTEM, now=at, site_id=SITE, progress=progress
    )


class CutOff(Exception):
    """The power is gone."""


def said(client: FlaskClient, address: str, **headers: str) -> str:
    """What stands there, with plain spaces."""
    text = client.get(address, headers=headers).get_data(as_text=True)
    return html.unescape(text).replace("\u202f", " ").replace("\u00a0", " ")


@pytest.fixture
def manager(client: FlaskClient) -> FlaskClient:
    sign_in(client, "manager")
    return client


def test_a_part_says_the_lines_that_are_there_of_how_many_while_it_goes_on(
    manager: FlaskClient, database: Database
) -> None:
    seen: list[str] = []

    def progress(what: str, count: int) -> None:
        if what == "stored":
            seen.append(said(manager, "/members/import/progress", **PART))

    import_members(
        database, FILE, vault=VAULT, actor=SYSTEM, now=NOW, site_id=SITE, progress=progress
    )
    assert "200 lignes sur 1 300" in seen[0]
    assert "every 1s" in seen[0], "it asks again by itself"
    assert "lignes sur" not in seen[-1], "all are in"
    assert "every 1s" not in seen[-1]


def test_it_survives_a_reload_and_is_read_without_scripts_and_the_same_file_goes_on(
    manager: FlaskClient, database: Database
) -> None:
    with pytest.raises(CutOff):
        bring(database, stop_at=200)
    add_member(database, "Somebody Else")
    for _ in range(2):
        assert "200 lignes sur 1 300" in said(manager, "/members/import")
    manager.set_cookie("language", "en")
    page = said(manager, "/members/import")
    assert "200 of 1,300 rows" in page
    assert "import the same file again, and it continues from there" in page
    bring(database, LATER)
    assert "rows</b>" not in said(manager, "/members/import")


def test_whoever_followed_it_is_told_once_it_is_done(
    manager: FlaskClient, database: Database
) -> None:
    with pytest.raises(CutOff):
        bring(database, stop_at=200)
    with database.read() as db:
        found = read_progress(db, SITE, actor=SYSTEM)
    assert found is not None
    assert (found.done, found.total, found.begun) == (200, PEOPLE, NOW)
    bring(database, LATER)
    address = f"/members/import/progress?of={found.digest}"
    assert "Import terminé : 1 300." in said(manager, address, **PART)
    assert "Import terminé" not in said(manager, "/members/import/progress?of=other", **PART)
    with database.read() as db:
        assert read_progress(db, SITE, actor=SYSTEM) is None


def test_it_is_nobodys_business_who_may_not_import(client: FlaskClient, database: Database) -> None:
    sign_in(client, "desk")
    assert client.get("/members/import/progress", headers=PART).status_code == 403
    with database.read() as db, pytest.raises(Forbidden):
        read_progress(db, SITE, actor=Actor(ref="account:x", roles={}))


def test_its_address_opened_as_a_page_is_the_whole_page(manager: FlaskClient) -> None:
    assert "Fichier CSV" in said(manager, "/members/import/progress")
