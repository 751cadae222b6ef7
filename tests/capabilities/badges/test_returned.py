"""A badge that was given back by mistake is lent again as it was, for a minute."""

from datetime import timedelta

import pytest

from controller.capabilities.badges import badge_return, credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.domain.facts import Assurance, CardKind, CredentialStatus
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Conflict, Forbidden, NotFound
from tests.capabilities.conftest import BOSS, VAULT, Place

NUMBER = "uid:04A1B2C3D4E5F6"
COLUMNS = [column.key for column in CredentialRow.__table__.columns]


def lend(place: Place, value: str = NUMBER) -> tuple[str, str]:
    """A member with this badge until the evening; a card with keys of ours."""
    until = Utc.of(place.now + timedelta(hours=8))
    with place.database.write() as db:
        member = place.member(db).id
        new = NewCredential(member_id=member, value=value, lent=True, valid_until=until)
        made = credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)
        row = db.get_one(CredentialRow, made.id)
        row.card_kind, row.card_key, row.card_master = CardKind.NTAG424, "wrapped", 1
        return member, made.id


def columns(place: Place, key: str) -> dict[str, object]:
    """All that is known of it."""
    with place.database.read() as db:
        row = db.get_one(CredentialRow, key)
        return {column: getattr(row, column) for column in COLUMNS if column != "row_version"}


def give_back(place: Place, key: str) -> bytes:
    """It is back; what takes that back."""
    with place.database.write() as db:
        return badge_return.return_with_receipt(db, key, vault=VAULT, actor=BOSS, now=place.now)


def test_it_is_as_it_was(place: Place) -> None:
    member, key = lend(place)
    before = columns(place, key)
    receipt = give_back(place, key)
    assert NUMBER.encode() not in receipt
    assert b"wrapped" not in receipt
    with place.database.write() as db:
        with pytest.raises(NotFound):
            credentials.get(db, key, actor=BOSS)
        badge_return.undo_return(db, receipt, member, vault=VAULT, actor=BOSS, now=place.now)
    assert columns(place, key) == before
    with place.database.write() as db:
        found = credentials.find(db, NUMBER, vault=VAULT, actor=BOSS)
        assert found is not None
        assert found.id == key
        with pytest.raises(Conflict):
            badge_return.undo_return(db, receipt, member, vault=VAULT, actor=BOSS, now=place.now)


def test_not_when_it_is_late_or_somebody_else_has_it(place: Place) -> None:
    member, key = lend(place)
    receipt = give_back(place, key)
    late = Utc.of(place.now + timedelta(seconds=61))
    with place.database.write() as db:
        with pytest.raises(Conflict):
            badge_return.undo_return(db, receipt, member, vault=VAULT, actor=BOSS, now=late)
        new = NewCredential(member_id=place.member(db, "Next").id, value=NUMBER)
        credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now)
        with pytest.raises(Conflict):
            badge_return.undo_return(db, receipt, member, vault=VAULT, actor=BOSS, now=place.now)


def test_not_to_another_member_nor_elsewhere(place: Place) -> None:
    member, key = lend(place)
    receipt = give_back(place, key)
    with place.database.write() as db:
        other = place.member(db, "Other").id
        for whose, vault in ((other, VAULT), (member, Vault(bytes(32), bytes(32)))):
            with pytest.raises(Conflict):
                badge_return.undo_return(db, receipt, whose, vault=vault, actor=BOSS, now=place.now)


def test_nor_once_something_else_was_done_to_it(place: Place) -> None:
    """Given back, lent again as it was, suspended by a manager, and given back once more."""
    member, key = lend(place)
    receipt = give_back(place, key)
    with place.database.write() as db:
        badge_return.undo_return(db, receipt, member, vault=VAULT, actor=BOSS, now=place.now)
        credentials.suspend(db, key, actor=BOSS, now=place.now)
    place.clock.forward(seconds=5)
    last = give_back(place, key)
    with place.database.write() as db:
        with pytest.raises(Conflict, match="this badge was changed"):
            badge_return.undo_return(db, receipt, member, vault=VAULT, actor=BOSS, now=place.now)
        back = badge_return.undo_return(db, last, member, vault=VAULT, actor=BOSS, now=place.now)
    assert back.status is CredentialStatus.SUSPENDED


def test_what_a_lent_card_proved_is_known_after_its_number_was_lent_on(place: Place) -> None:
    """The desk could else have a card with keys count as a plain number for its holder."""
    member, key = lend(place)
    with place.database.write() as db:
        db.get_one(CredentialRow, key).assurance = Assurance.AES
    place.clock.forward(hours=12)
    until = Utc.of(place.now + timedelta(hours=5))
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        friend = place.member(db, "Friend").id
        new = NewCredential(member_id=friend, value=NUMBER, lent=True, valid_until=until)
        lent_on = credentials.create(db, new, vault=VAULT, actor=desk, now=place.now)
    place.clock.forward(minutes=1)
    with place.database.write() as db:
        credentials.return_badge(db, lent_on.id, actor=desk, now=place.now)
    plain = NewCredential(member_id=member, value=NUMBER)
    with place.database.write() as db, pytest.raises(Forbidden):
        credentials.create(db, plain, vault=VAULT, actor=desk, now=place.now)
