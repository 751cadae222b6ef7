"""Upcoming erasures: a manager keeps a record, and an admin alone confirms the date."""

import html

from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.clock.models import ClockCheck
from controller.capabilities.privacy.erasure.erase import Erasure, erase
from controller.capabilities.privacy.models import MemberDue
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.members.people import add_member

PAGE = "/erasures"


def shown(client: FlaskClient) -> str:
    return html.unescape(client.get(PAGE).get_data(as_text=True)).replace("\u00a0", " ")


def post(client: FlaskClient, address: str, **fields: str) -> int:
    return client.post(address, data=fields | {"csrf_token": token_of(client)}).status_code


def test_a_record_that_waits_is_kept(client: FlaskClient, database: Database) -> None:
    zoe = add_member(database, "Zoé Duchemin")
    with database.write() as db:
        db.add(MemberDue(member_id=zoe, site_id=SITE, due_since=NOW))
    sign_in(client, "manager")
    text = shown(client)
    assert "Effacée à partir du 8 décembre" in text
    assert "1 fiche approche de sa fin. Elle sera effacée à partir du 8 décembre 2026." in text
    assert post(client, f"{PAGE}/{zoe}/keep") == 303
    text = shown(client)
    assert "Fiche gardée" in text
    assert "Aucune fiche" in text
    assert post(client, f"{PAGE}/{zoe}/keep") == 404


def test_the_last_erasures_are_counted_by_day(client: FlaskClient, database: Database) -> None:
    sign_in(client, "manager")
    none = shown(client)
    assert "Rien n’est effacé avant le 8 décembre 2026." in none
    assert "Aucune fiche n’a encore été effacée." in none
    for name in ("Zoé Duchemin", "Léo Martin"):
        person = add_member(database, name)
        with database.write() as db:
            erase(db, person, Erasure(reason="demande"), actor=Actor.system("test"), now=NOW)
    text = shown(client)
    assert "Aucune fiche n’a encore été effacée." not in text
    assert "<li>24 novembre 2026 <b>2 fiches</b></li>" in text


def test_a_doubtful_date_is_shown_and_an_admin_confirms_it(
    client: FlaskClient, database: Database, clock: Clock
) -> None:
    clock.forward(days=40)
    sign_in(client, "manager")
    text = shown(client)
    assert "La date du serveur semble fausse" in text
    assert "dimanche 3 janvier 2027" in text
    assert "Confirmer cette date" not in text
    today = clock.now.date().isoformat()
    assert post(client, f"{PAGE}/date", day=today) == 403
    admin = client.application.test_client()
    sign_in(admin, "admin")
    assert "Confirmer cette date" in shown(admin)
    assert post(admin, f"{PAGE}/date", day="2026-11-24") == 303
    assert "La date du serveur a changé" in shown(admin)
    assert post(admin, f"{PAGE}/date", day=today) == 303
    assert "La date du serveur semble fausse" not in shown(admin)
    with database.read() as db:
        assert db.scalars(select(ClockCheck.confirmed_at)).all() == [clock.now]


def test_the_desk_does_not_see_it(client: FlaskClient) -> None:
    sign_in(client, "desk")
    assert client.get(PAGE).status_code == 403
