"""The desk: a badge or a name opens a person, who comes and goes, what is lent, notes, groups."""

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.plans import plans
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.plans.shapes import NewPlan
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.tell.models import HandoverNote
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.webui.conftest import NOW, sign_in, token_of
from tests.webui.members.people import add_member, undo

SYSTEM = Actor.system("test")
VAULT = Vault(b"k" * 32)


class Desk:
    """The page, before somebody at the desk."""

    def __init__(self, client: FlaskClient, zoe: str) -> None:
        self.client, self.zoe = client, zoe

    def text(self, query: str = "") -> str:
        """What it shows."""
        return html.unescape(self.client.get(f"/desk{query}").get_data(as_text=True))

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Send a form that stands there."""
        data = {"csrf_token": token_of(self.client, "/"), **fields}
        return self.client.post(path, data=data)

    def opened(self, typed: str) -> str:
        """Where the field leads."""
        return self.post("/desk/find", q=typed).headers["Location"]


@pytest.fixture
def desk(client: FlaskClient, database: Database) -> Desk:
    with database.write() as db:
        for key, name in (("atelier", "Atelier"), ("hall", "Hall")):
            new = NewZone(id=key, name=Label(fr=name), capacity=10)
            zones.create(db, new, actor=SYSTEM, now=NOW)
        plans.create(db, NewPlan(id="plan", name=Label(fr="Résident")), actor=SYSTEM, now=NOW)
    zoe = add_member(database, "Zoé d’Artois")
    with database.write() as db:
        badge = NewCredential(member_id=zoe, value="uid:04A1B2C3")
        credentials.create(db, badge, vault=VAULT, actor=SYSTEM, now=NOW)
    sign_in(client, "desk")
    return Desk(client, zoe)


def test_a_badge_or_a_name_opens_the_person(desk: Desk, database: Database) -> None:
    assert desk.opened("04A1B2C3") == f"/desk?person={desk.zoe}"
    assert desk.opened("zoe ar") == "/desk?q=zoe+ar"
    other = add_member(database, "Zoélie N’Guessan")
    text = desk.text("?q=zoe")
    assert '<h2 id="who">Zoé d’Artois</h2>' in text
    assert f'/desk?person={other}">Zoélie N’Guessan</a>' in text, "not her?"
    assert "Personne ne porte ce nom" in desk.text("?q=nobody")
    assert desk.client.get("/desk?person=nothing").status_code == 404


def test_an_unknown_badge_is_for_somebody_new_in_three_acts(desk: Desk, database: Database) -> None:
    answer = desk.post("/desk/find", q="04DDEEFF")
    text = answer.get_data(as_text=True)
    assert "Ce badge n’est à personne" in html.unescape(text)
    assert 'value="04DDEEFF"' in text
    fields = {"name": "Ana Roy", "badge": "04DDEEFF", "plan": "plan", "length": "year"}
    made = desk.post("/members", back="desk", **fields)
    assert re.fullmatch(r"/desk\?person=[\w-]+", made.headers["Location"])
    with database.read() as db:
        assert db.query(SubscriptionRow).count() == 1
    assert undo(desk.client, made.headers["Location"]) == "Ana Roy fait partie du lieu."
    with database.read() as db:
        assert db.query(SubscriptionRow).count() == 0
        assert db.query(CredentialRow).count() == 1


def test_no_number_of_a_badge_is_searched_while_a_reader_types(desk: Desk) -> None:
    part = {"HX-Request": "true"}
    token = token_of(desk.client, "/")
    for typed in ("04A1", "04A1B2C3", "z"):
        data = {"csrf_token": token, "q": typed}
        answer = desk.client.post("/desk/names", data=data, headers=part)
        assert (answer.status_code, answer.get_data()) == (200, b"")
    data = {"csrf_token": token, "q": "zoé"}
    answer = desk.client.post("/desk/names", data=data, headers=part)
    assert "Zoé d’Artois" in html.unescape(answer.get_data(as_text=True))


def test_in_and_out_and_both_taken_back(desk: Desk, database: Database) -> None:
    desk.post("/desk/enter", member=desk.zoe, zone="atelier")
    text = desk.text(f"?person={desk.zoe}")
    assert "1 sur 10" in text
    with database.read() as db:
        (row,) = db.query(PresenceRow).all()
        assert (row.zone_id, row.by_desk) == ("atelier", True)
        key = row.id
    desk.post("/desk/leave", presence=key, member=desk.zoe)
    assert undo(desk.client, "/desk") == "Zoé d’Artois\u00a0: sortie notée."
    with database.read() as db:
        assert db.query(PresenceRow).one().zone_id == "atelier"


def test_an_entry_of_before_stands_at_its_true_time(desk: Desk, database: Database) -> None:
    desk.post("/desk/enter", member=desk.zoe, zone="hall", at="13:10")
    with database.read() as db:
        assert db.query(PresenceRow).one().moved_at == Utc.parse("2026-11-24T12:10:00.000Z")
    desk.post("/desk/enter", member=desk.zoe, zone="hall", at="23:59")
    assert "Cette heure ne va pas" in desk.text()
    desk.post("/desk/enter", member=desk.zoe, zone="hall", at="noon")
    assert "Écrivez l’heure comme 14:30" in desk.text()
    desk.post("/desk/enter", member=desk.zoe, zone="nowhere")
    assert "Choisissez un espace" in desk.text()


def test_visitors_by_name_and_number(desk: Desk, database: Database) -> None:
    desk.post("/desk/enter", name="", heads="3", zone="hall")
    text = desk.text()
    assert "Visiteur" in text
    assert "3 sur 10" in text
    desk.post("/desk/enter", name="Mme Roy", heads="many", zone="hall")
    assert "Écrivez combien de personnes" in desk.text()
    with database.read() as db:
        key = db.query(PresenceRow).one().id
    desk.post("/desk/leave", presence=key)
    undo(desk.client, "/desk")
    with database.read() as db:
        assert db.query(PresenceRow).one().heads == 3


def test_a_badge_is_lent_for_the_day_and_comes_back(desk: Desk, database: Database) -> None:
    desk.post("/desk/lend", member=desk.zoe, value="0001234567")
    with database.read() as db:
        lent = db.query(CredentialRow).filter_by(lent=True).one()
        assert lent.valid_until == Utc.parse("2026-11-24T23:00:00.000Z")
        key = lent.id
    assert "badge 4567" in desk.text()
    path = f"/members/{desk.zoe}/badges/{key}/return"
    assert desk.post(path, back="desk").headers["Location"] == f"/desk?person={desk.zoe}"
    assert "badge 4567" not in desk.text()
    desk.post("/desk/lend", member=desk.zoe, value="04A1B2C3")
    assert "Ce badge est déjà à quelqu’un" in desk.text()


def test_a_lost_badge_is_replaced_at_the_desk(desk: Desk, database: Database) -> None:
    with database.read() as db:
        key = db.query(CredentialRow).one().id
    path = f"/members/{desk.zoe}/badges/{key}/replace"
    desk.post(path, value="not one", back="desk")
    assert "n’est pas un numéro de badge" in desk.text()
    desk.post(path, value="04FFFFFF", back="desk")
    assert desk.opened("04FFFFFF") == f"/desk?person={desk.zoe}"
    with database.read() as db:
        assert db.get_one(CredentialRow, key).status == "lost"


def test_a_group_comes_with_its_badge_and_goes(desk: Desk, database: Database) -> None:
    fields = {"name": "Collège", "heads": "8", "until": "17:30", "value": "04AABBCC"}
    desk.post("/desk/groups", **fields)
    assert "Collège" in desk.text()
    with database.read() as db:
        row = db.query(GroupRow).one()
        assert (row.headcount, row.ends_at) == (8, Utc.parse("2026-11-24T16:30:00.000Z"))
        key = row.id
    desk.post("/desk/groups", name="Late", heads="2", until="08:00")
    assert "La fin doit venir après maintenant" in desk.text()
    desk.post(f"/desk/groups/{key}/end")
    with database.read() as db:
        assert db.get_one(GroupRow, key).ended_at == NOW
        assert db.query(CredentialRow).filter_by(group_id=key).count() == 0


def test_a_note_for_the_next_shift(desk: Desk, database: Database) -> None:
    desk.post("/desk/notes", text="Colis pour Récup’Art")
    assert "Colis pour Récup’Art" in desk.text()
    with database.read() as db:
        key = db.query(HandoverNote).one().id
    desk.post(f"/desk/notes/{key}/done")
    assert "Colis pour" not in desk.text()
    desk.post("/desk/notes", text="")
    assert "Écrivez la note" in desk.text()


def test_the_desk_of_another_site_is_not_touched(desk: Desk, database: Database) -> None:
    for path, fields in (
        ("/desk/enter", {"member": "nobody", "zone": "hall"}),
        ("/desk/leave", {"presence": "nobody"}),
        ("/desk/lend", {"member": "nobody", "value": "04AABBCC"}),
        ("/desk/groups/nothing/end", {}),
        ("/desk/notes/nothing/done", {}),
    ):
        assert desk.post(path, **fields).status_code == 404, path
    with database.read() as db:
        assert db.query(PresenceRow).count() == 0


def test_a_live_part_is_who_is_in_alone(desk: Desk) -> None:
    answer = desk.client.get("/desk", headers={"HX-Request": "true"})
    text = answer.get_data(as_text=True)
    assert 'id="in"' in text
    assert "<html" not in text
