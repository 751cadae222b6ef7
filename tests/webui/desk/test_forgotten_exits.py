"""Somebody forgot to badge out: the desk and the member say when it really was."""

import html
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.accounts import accounts
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import sites
from controller.capabilities.presence import occupancy, presence
from controller.capabilities.presence.models import EndedVisit, Occupancy, PresenceRow
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import NOW, PASSWORD, SITE, sign_in, token_of
from tests.webui.desk.conftest import SYSTEM, Desk
from tests.webui.desk.conftest import desk as desk
from tests.webui.members.people import undo

RULE = "/hours/presence"


@pytest.fixture
def visit(desk: Desk, database: Database, clock: Clock) -> str:
    """Zoé came at 14:00, was signed out ten hours later by the rule; it is the next morning."""
    with database.write() as db:
        patch = {"presence_end": "duration", "presence_longest_h": 10}
        sites.change(db, SITE, patch, version=None, actor=SYSTEM, now=NOW)
        ref = db.get_one(MemberRow, desk.zoe).ref
        presence.move(db, SITE, "atelier", ref, at=NOW, now=NOW)
        presence.sign_out_due(db, clock.forward(hours=10))
        clock.forward(hours=9)
        return db.scalars(select(EndedVisit.id)).one()


def shown(desk: Desk) -> str:
    return desk.text(f"?person={desk.zoe}").replace("\xa0", " ")


def ended(database: Database) -> Utc:
    with database.read() as db:
        return db.scalars(select(EndedVisit.ended_at)).one()


def test_the_desk_corrects_it_and_who_did_is_shown(
    desk: Desk, visit: str, database: Database
) -> None:
    assert "Atelier : entrée hier à 14:00, sortie notée d’office minuit." in shown(desk)
    for at in ("13:59", "00:01", "25:00", ""):  # before the visit, after it, and no time at all
        desk.post("/desk/visits/correct", member=desk.zoe, visit=visit, at=at)
        assert ended(database) == Utc.of(NOW + timedelta(hours=10))
        if at in ("13:59", "00:01"):
            assert "Seule une sortie plus tôt peut être saisie" in shown(desk)
    desk.post("/desk/visits/correct", member=desk.zoe, visit=visit, at="18:30")
    text = shown(desk)
    assert "sortie corrigée : hier à 18:30, par desk." in text
    assert ended(database) == Utc.of(NOW + timedelta(hours=4, minutes=30))


def test_who_is_in_since_yesterday_left_yesterday(
    desk: Desk, database: Database, clock: Clock
) -> None:
    desk.post("/desk/enter", member=desk.zoe, zone="hall")
    clock.forward(hours=19)
    text = shown(desk)
    assert "Heure réelle, hier ou aujourd’hui" in text
    with database.read() as db:
        key = presence.page(db, actor=SYSTEM).items[0].id
    desk.post("/desk/leave", member=desk.zoe, presence=key, at="18:30")
    assert ended(database) == Utc.of(NOW + timedelta(hours=4, minutes=30))
    assert "sortie corrigée : hier à 18:30, par desk." in shown(desk)


@pytest.mark.parametrize(("hours", "at"), [(3, "14:40"), (19, "18:30")])
def test_an_exit_that_was_long_ago_is_undone_as_one_of_now(
    desk: Desk, database: Database, clock: Clock, hours: int, at: str
) -> None:
    """Else they would be missing from the roll, though the page offers the undo."""
    desk.post("/desk/enter", member=desk.zoe, zone="hall")
    clock.forward(hours=hours)
    with database.write() as db:
        occupancy.count_all_zones(db, clock())
    with database.read() as db:
        key = presence.page(db, actor=SYSTEM).items[0].id
        before = db.scalars(select(Occupancy.peak).order_by(Occupancy.quarter)).all()
    desk.post("/desk/leave", member=desk.zoe, presence=key, at=at)
    with database.read() as db:
        assert db.scalars(select(Occupancy.peak).order_by(Occupancy.quarter)).all() != before
    clock.forward(minutes=9)
    undo(desk.client, f"/desk?person={desk.zoe}")
    with database.read() as db:
        row = db.scalars(select(PresenceRow)).one()
        assert (row.zone_id, row.moved_at) == ("hall", NOW)
        assert db.scalars(select(EndedVisit)).all() == []
        assert db.scalars(select(Occupancy.peak).order_by(Occupancy.quarter)).all() == before


def test_an_entry_recorded_after_the_visit_is_over_says_so_and_can_be_undone(
    desk: Desk, database: Database
) -> None:
    with database.write() as db:
        patch = {"presence_end": "duration", "presence_longest_h": 1}
        sites.change(db, SITE, patch, version=None, actor=SYSTEM, now=NOW)
    desk.post("/desk/enter", member=desk.zoe, zone="hall", at="11:00")
    text = shown(desk)
    assert "Entrée notée à 11:00. Sortie notée d’office à 12:00." in text
    assert "Hall : entrée 11:00, sortie notée d’office 12:00." in text
    already = "Cette personne est déjà notée présente de 11:00 à 12:00"
    for at in ("11:30", "10:30"):  # within that visit, and running into it
        desk.post("/desk/enter", member=desk.zoe, zone="atelier", at=at)
        assert already in shown(desk)
    desk.post("/desk/enter", member=desk.zoe, zone="hall", at="09:30")
    assert "à cette heure ou plus tard est déjà notée" in shown(desk)
    with database.read() as db:
        key = db.scalars(select(PresenceRow.id)).one()
    desk.post("/desk/enter/undo", presence=key, member=desk.zoe)
    text = shown(desk)
    assert "Entrée annulée." in text
    assert "Hall : entrée" not in text


def test_the_member_corrects_it(
    desk: Desk, visit: str, database: Database, client: FlaskClient
) -> None:
    with database.write() as db:
        accounts.create(
            db,
            login="zoe@example.org",
            password=PASSWORD,
            roles={SITE: frozenset({Role.MEMBER})},
            member_id=desk.zoe,
            actor=SYSTEM,
            now=NOW,
        )
    zoe = client.application.test_client()
    sign_in(zoe, "zoe")
    assert "sortie notée d’office" in html.unescape(zoe.get("/mine").get_data(as_text=True))
    data = {"csrf_token": token_of(zoe), "visit": visit}
    for at in ("13:00", "x"):
        zoe.post("/mine/exit", data=data | {"at": at})
        assert "Cette heure n’est pas dans la visite" in html.unescape(zoe.get("/mine").text)
    zoe.post("/mine/exit", data=data | {"at": "17:45"})
    assert "17:45, par Zoé d’Artois." in html.unescape(zoe.get("/mine").text)
    other = data | {"visit": "019c1111-2222-7333-8444-555555555555", "at": "17:00"}
    assert zoe.post("/mine/exit", data=other).status_code == 404


def test_a_manager_sets_the_rule(client: FlaskClient, desk: Desk, database: Database) -> None:
    boss = client.application.test_client()
    sign_in(boss, "manager")
    assert RULE in boss.get("/hours/rooms").text
    data = {"csrf_token": token_of(boss), "presence_end": "closing", "hours": "14"}
    assert boss.post(RULE, data=data).status_code == 303
    with database.read() as db:
        found = sites.get(db, SITE, actor=SYSTEM)
    assert (found.presence_end, found.presence_longest_h) == ("closing", 14)
    assert '<option value="closing" selected' in boss.get(RULE).text
    for wrong in ({"hours": "0"}, {"hours": "25"}, {"hours": "x"}, {"presence_end": "never"}):
        answer = boss.post(RULE, data=data | wrong)
        assert answer.status_code == 422
        assert "Saisissez un nombre d’heures de 1 à 24." in html.unescape(answer.text)
    assert client.post(RULE, data=data | {"csrf_token": token_of(client)}).status_code == 403
