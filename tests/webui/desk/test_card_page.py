"""A badge's page says what a copy would open, and has a reader protect it."""

import html
import re

import pytest

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.badges.card_masters import CardMasters
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.machines.models import AccessPointRow, CommandRow
from controller.domain.facts import Assurance, CardKind, CredentialStatus, PointKind
from controller.hub.commands import record_replies
from controller.kernel.database import Database
from controller.wire.commands import CommandResult, ReplyData
from controller.wire.messages import CommandReply
from tests.webui.conftest import NOW, SITE
from tests.webui.desk.conftest import SYSTEM, Desk
from tests.webui.live.live_actions import agent_state, point
from tests.webui.members.people import add_member


@pytest.fixture
def card(desk: Desk, database: Database) -> str:
    """The page of a badge of a person who may use a door; a laser wants a card with keys."""
    with database.write() as db:
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        db.flush()
        db.add(agent_state("pi", online=True))
        door, laser = point("front", PointKind.DOOR), point("laser", PointKind.MACHINE)
        door.requirement = {"subscription": False}
        laser.requirement = {"subscription": False, "assurance": "aes"}
        db.add_all([door, laser])
        badge = db.query(CredentialRow).one()
        return f"/members/{desk.zoe}/badges/{badge.id}/card"


def _text(desk: Desk, path: str) -> str:
    answer = desk.client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


def _opens(text: str) -> str:
    found = re.search(r'id="opens">(.*?)</(?:ul|p)>', text, re.DOTALL)
    assert found
    return found[1]


def _master(database: Database) -> None:
    with database.write() as db:
        CardMasters(b"w" * 32).add(db, actor=SYSTEM, now=NOW, site_id=SITE)


def _reply(database: Database, result: CommandResult, **fields: object) -> None:
    with database.write() as db:
        command = db.query(CommandRow).one()
        reply = CommandReply(command_id=command.id, result=result, **fields)  # type: ignore[arg-type]
        record_replies(db, [("pi", reply)], NOW)


def test_a_copy_opens_what_asks_for_a_number_until_the_keys_are_written(
    desk: Desk, database: Database, card: str
) -> None:
    _master(database)
    before = _text(desk, card)
    assert "Front" in _opens(before)
    assert "Laser" not in _opens(before), "its rule wants more than a number"
    assert f'href="{card}"' in _text(desk, f"/members/{desk.zoe}")
    order = desk.post(card, point="front", level="aes").headers["Location"]
    assert order.startswith(f"{card}/")
    assert "laissez-le : Front" in _text(desk, order).replace("\u00a0", " ").replace("\u202f", " ")
    with database.read() as db:
        command = db.query(CommandRow).one()
        assert (command.type, command.access_point_id) == ("personalise_card", "front")
    _reply(database, CommandResult.DONE, data=ReplyData(card=CardKind.NTAG424))
    done = _text(desk, order)
    assert "NTAG 424 DNA" in done
    assert "Front" not in _opens(done)
    assert "Protégé de la copie" in _text(desk, f"/members/{desk.zoe}")


def test_what_the_reader_tells_its_holder_is_quoted_to_the_desk(
    desk: Desk, database: Database, card: str
) -> None:
    with database.write() as db:
        db.query(CredentialRow).one().status = CredentialStatus.LOST
    seen = _text(desk, f"/desk?person={desk.zoe}")
    assert re.search(r"affiche\s:\s«\sRapportez-le à l’accueil.\s»", seen)


def test_who_may_not_certify_is_offered_no_second_set_of_keys(
    desk: Desk, database: Database, card: str
) -> None:
    assert 'name="level"' in _text(desk, card)
    with database.write() as db:
        badge = db.query(CredentialRow).one()
        badge.card_kind, badge.card_key, badge.card_level = CardKind.NTAG424, "k", Assurance.AES
    seen = _text(desk, card)
    assert 'name="level"' not in seen
    assert "Ce badge a ses clés" in seen
    _master(database)
    refused = _text(desk, desk.post(card, point="front", level="aes").headers["Location"])
    assert "Votre rôle ne le permet pas" in refused


def test_what_the_reader_could_not_do_is_said(desk: Desk, database: Database, card: str) -> None:
    _master(database)
    order = desk.post(card, point="front", level="sun").headers["Location"]
    _reply(database, CommandResult.REFUSED, reason="not_blank")
    text = _text(desk, order)
    assert "prenez-en un vierge" in text
    assert "Front" in _opens(text), "nothing has changed"


def test_why_nothing_is_sent(desk: Desk, database: Database, card: str) -> None:
    assert desk.post(card, point="front", level="aes").headers["Location"] == card
    assert "loquet badge keys new" in _text(desk, card)
    _master(database)
    with database.write() as db:
        db.get_one(AgentState, "pi").online = False
    desk.post(card, point="front", level="aes")
    assert "Ce lecteur ne répond pas" in _text(desk, card)
    with database.write() as db:
        db.get_one(AgentState, "pi").online = True
        db.query(CredentialRow).one().sealed = b""
    desk.post(card, point="front", level="aes")
    assert "Le numéro de ce badge n’est pas connu" in _text(desk, card)
    assert desk.post(card, point="front", level="strong").status_code == 400
    other = add_member(database, "Bruno")
    assert desk.client.get(card.replace(desk.zoe, other)).status_code == 404
    with database.read() as db:
        assert db.query(CommandRow).count() == 0
        assert db.query(AccessPointRow).count() == 2
