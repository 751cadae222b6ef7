"""Cards personalised from the command line: at a reader here, and at that of an access point."""

import threading

import pytest
from sqlalchemy import select

from controller.capabilities.badges import credentials
from controller.capabilities.badges.badges import parse_number
from controller.capabilities.badges.card_masters import CardMasters
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.machines.models import CommandRow
from controller.cli.badge_card import CardJob, at_point, in_field
from controller.cli.work import CommandFailed
from controller.domain.facts import Assurance, CardKind
from controller.domain.ids import CredentialId
from controller.hub.commands import record_replies
from controller.kernel.errors import Conflict
from controller.wire.commands import CommandResult, ReplyData
from controller.wire.messages import CommandReply
from devices.cards.ev2 import authenticate
from devices.cards.kinds import DOOR, detect_kind
from devices.sim.iso14443_card import SimCard
from devices.sim.secure_card import Ntag424
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.machines.commands import online
from tests.devices.drivers.rf_rig import Rig

UID, NUMBER = bytes.fromhex("04782E21801D80"), CredentialId("uid:04782E21801D80")


def _work(place: Place, member: str) -> CardJob:
    return CardJob(
        database=place.database,
        site_id="here",
        member_id=member,
        level=Assurance.AES,
        vault=VAULT,
        masters=CardMasters(b"another key than that of agents."),
        wait_s=0.0,
    )


def _member(place: Place) -> str:
    with place.database.write() as db:
        if CardMasters(bytes(32)).newest(db) is None:
            masters = _work(place, "").masters
            masters.add(db, actor=BOSS, now=place.now, site_id="here")
        return place.member(db).id


def test_a_card_at_a_reader_of_this_computer(place: Place) -> None:
    work, rig, card = _work(place, _member(place)), Rig(), Ntag424(UID)
    with pytest.raises(CommandFailed, match="leave it there"):
        in_field(work, rig.field)
    rig.air.put(SimCard(UID, card))
    assert in_field(work, rig.field) is CardKind.NTAG424
    with place.database.read() as db:
        _, keys = work.masters.keys(db, parse_number(NUMBER))
        badge = credentials.find(db, NUMBER, vault=VAULT, actor=BOSS)
    assert badge is not None
    assert (badge.member_id, badge.assurance) == (work.member_id, Assurance.AES)
    assert card.keys[0] == keys.new.application
    with rig.field.conversation(rig.field.find(None) or pytest.fail("no card")) as talk:
        detect_kind(talk)
        authenticate(talk, DOOR, keys.new.door)
    with pytest.raises(Conflict, match="somebody"):
        in_field(_work(place, _member(place)), rig.field)


def test_a_card_at_the_reader_of_an_access_point(place: Place) -> None:
    work = _work(place, _member(place))
    with place.database.write() as db:
        online(db)
        new = NewCredential(member_id=work.member_id, value=NUMBER)
        credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)
    agent = threading.Thread(target=_answering, args=(place,))
    agent.start()
    try:
        assert at_point(work, "door-1") is CardKind.DESFIRE
    finally:
        agent.join()


def _answering(place: Place) -> None:
    """Be the agent of both commands."""
    for data in (ReplyData(credential=NUMBER), ReplyData(card=CardKind.DESFIRE)):
        waiting = None
        while waiting is None:
            with place.database.read() as db:
                waiting = db.scalar(select(CommandRow.id).where(CommandRow.result.is_(None)))
        reply = CommandReply(command_id=waiting, result=CommandResult.DONE, data=data)
        with place.database.write() as db:
            record_replies(db, [("pi", reply)], place.now)
