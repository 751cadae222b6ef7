"""A badge is given keys: wrapped for its agent, in force once the reader has written them."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.badges.card_masters import CardMasters, check_value, diversify, key_set
from controller.capabilities.badges.models import CardMasterRow, CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.desk import card_protection
from controller.capabilities.desk.card_protection import Stage
from controller.capabilities.machines.models import CommandRow
from controller.domain.facts import Assurance, CardKind
from controller.domain.ids import CredentialId, HolderKey
from controller.hub.commands import record_replies
from controller.kernel.errors import Conflict, Invalid
from controller.policy import check_policy
from controller.policy.models import PolicyRow
from controller.wire.card_wrapping import WrapBroken, unwrap_door_key, unwrap_order, wrap_door_key
from controller.wire.commands import CommandResult, PersonaliseCard, ReplyData
from controller.wire.messages import CommandReply
from controller.wire.rows import CardRow
from controller.wire.values import decode_value
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.machines.commands import online

NUMBER = CredentialId("uid:04782E21801D80")
UID = bytes.fromhex("04782E21801D80")
MASTERS = CardMasters(b"another key than that of agents.")
H = bytes.fromhex


def test_diversification_as_an10922_prints_it() -> None:
    master = H("00112233445566778899AABBCCDDEEFF")
    input_ = H("04782E21801D803042F54E585020416275")
    assert diversify(master, input_) == H("A8DD63A3B89D54B37CA802473FDA9175")
    keys = key_set(master, UID)
    assert len({keys.door, keys.messages, keys.application, *key_set(master, UID[:4]).packed}) > 3
    assert check_value(master) != check_value(bytes(16))


def _master(db: Session, place: Place, *parts: bytes) -> CardMasterRow:
    return MASTERS.add(db, parts=parts, actor=BOSS, now=place.now, site_id="here")


def _ordered(place: Place, level: Assurance = Assurance.AES) -> tuple[str, str]:
    """A badge whose keys are on their way: credential, command."""
    with place.database.write() as db:
        if MASTERS.newest(db) is None:
            online(db)
            _master(db, place)
        person = place.member(db)
        found = credentials.find(db, NUMBER, vault=VAULT, actor=BOSS)
        badge = found or credentials.create(
            db,
            NewCredential(member_id=person.id, value=NUMBER),
            vault=VAULT,
            actor=BOSS,
            now=place.now,
        )
        begun = card_protection.begin(
            db,
            "here",
            badge.id,
            "door-1",
            level,
            vault=VAULT,
            masters=MASTERS,
            actor=BOSS,
            now=place.now,
        )
        assert begun.stage is Stage.WAITS
        return badge.id, begun.id


def _answer(place: Place, command: str, kind: CardKind | None = CardKind.NTAG424) -> None:
    done = CommandResult.DONE if kind else CommandResult.REFUSED
    reply = CommandReply(
        command_id=command,
        result=done,
        reason=None if kind else "not_blank",
        data=ReplyData(card=kind) if kind else None,
    )
    with place.database.write() as db:
        record_replies(db, [("pi", reply)], place.now)


def _card(place: Place) -> CardRow | None:
    with place.database.read() as db:
        for value in db.scalars(select(PolicyRow.value).where(PolicyRow.table == "card")):
            found = decode_value("card", value).value if value else None
            if isinstance(found, CardRow):
                return found
    return None


@pytest.mark.parametrize("level", [Assurance.AES, Assurance.SUN])
def test_the_badge_proves_itself_once_the_reader_has_written_its_keys(
    place: Place, level: Assurance
) -> None:
    badge, command = _ordered(place, level)
    with place.database.read() as db:
        row = db.get_one(CredentialRow, badge)
        assert (row.assurance, row.card_kind) == (Assurance.UID, None), "until it is done"
        args = db.get_one(CommandRow, command).args
        keys = unwrap_order(VAULT.credential_key, HolderKey(row.holder_key), args["keys"])
        assert args["credential"] == NUMBER
        master = MASTERS.keys(db, NUMBER)[1].new
        assert keys.new == master
        for hidden in (master.door, master.messages, master.application):
            assert hidden.hex() not in repr((args, keys, PersonaliseCard(**args), MASTERS, row))
    assert _card(place) is None
    _answer(place, command)
    found = _card(place)
    assert found is not None
    assert (found.kind, found.assurance) == (CardKind.NTAG424, level)
    proof_key = master.door if level is Assurance.AES else master.messages
    assert unwrap_door_key(VAULT.credential_key, VAULT.holder_key(NUMBER), found.key) == proof_key
    with pytest.raises(WrapBroken):
        unwrap_door_key(
            VAULT.credential_key, VAULT.holder_key(CredentialId("uid:04782E21801D81")), found.key
        )
    with place.database.write() as db:
        assert credentials.get(db, badge, actor=BOSS).card is CardKind.NTAG424
        assert credentials.get(db, badge, actor=BOSS).assurance is level
        assert card_protection.get(db, command, actor=BOSS, now=place.now).stage is Stage.DONE
        check_policy(db, place.now)
        credentials.return_badge(db, badge, actor=BOSS, now=place.now)
    assert _card(place) is None, "with the badge its keys leave the agents"


def test_what_the_reader_refused_changes_nothing_and_can_be_tried_again(place: Place) -> None:
    badge, command = _ordered(place)
    _answer(place, command, None)
    with place.database.read() as db:
        seen = card_protection.get(db, command, actor=BOSS, now=place.now)
        assert (seen.stage, seen.reason) == (Stage.FAILED, "not_blank")
        assert credentials.get(db, badge, actor=BOSS).assurance is Assurance.UID
    _, again = _ordered(place)
    _answer(place, again, CardKind.DESFIRE)
    found = _card(place)
    assert found is not None
    assert found.kind is CardKind.DESFIRE


def test_a_new_master_gives_new_keys_and_knows_the_old_ones(place: Place) -> None:
    badge, command = _ordered(place)
    _answer(place, command)
    with place.database.write() as db:
        old = MASTERS.keys(db, NUMBER)[1].new
        made = _master(db, place, b"part of one.....", b"part of another.")
        assert (made.version, made.check_value) == (2, made.check_value.upper())
        assert b"part" not in made.sealed
        version, keys = MASTERS.keys(db, NUMBER)
        assert (version, keys.old) == (2, (old,))
        with pytest.raises(Conflict, match=r"card\.key"):
            CardMasters(bytes(32)).keys(db, NUMBER)
    _, again = _ordered(place)
    _answer(place, again)
    with place.database.read() as db:
        assert db.get_one(CredentialRow, badge).card_master == 2
    key = _card(place)
    assert key is not None
    assert key.key == wrap_door_key(VAULT.credential_key, VAULT.holder_key(NUMBER), keys.new.door)


@pytest.mark.parametrize("parts", [[bytes(16)], [b"same" * 4] * 2, [b"short", b"same" * 4]])
def test_a_ceremony_with_wrong_parts_makes_no_master(place: Place, parts: list[bytes]) -> None:
    with place.database.write() as db, pytest.raises(Invalid):
        _master(db, place, *parts)


def test_without_a_master_or_a_card_of_its_kind_nothing_is_sent(place: Place) -> None:
    with place.database.write() as db:
        online(db)
        with pytest.raises(Conflict, match="badge keys new"):
            MASTERS.keys(db, NUMBER)
        _master(db, place)
        with pytest.raises(Conflict, match="store keys"):
            MASTERS.keys(db, CredentialId("em:0001234567"))
