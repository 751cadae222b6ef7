"""What the desk changes of a badge is no way around the rules for giving one."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.badges.messages import HandoverReason
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential, Replacement
from controller.capabilities.members import members
from controller.domain.facts import Assurance, CredentialKind
from controller.domain.ids import CredentialId, HolderKey
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.security.desk.conftest import letters

ADDRESS = "zoe@example.org"
LOWER = {"assurance": "uid"}


def protected(db: Session, place: Place, email: str | None) -> str:
    """A plain member's badge that works with its proof alone."""
    zoe = place.member(db, "Zoé").id
    members.change(db, zoe, {"email": email}, version=None, actor=BOSS, now=place.now)
    key = place.badge(db, zoe)
    db.get_one(CredentialRow, key).assurance = Assurance.AES
    place.clock.forward(days=31)
    return key


def change(db: Session, place: Place, badge: str, patch: object, actor: Actor) -> None:
    credentials.change(db, badge, patch, version=None, actor=actor, now=place.now)


def test_who_lowers_a_badge_to_its_number_hands_it_over(place: Place) -> None:
    with place.database.write() as db:
        badge = protected(db, place, ADDRESS)
        change(db, place, badge, LOWER, place.account(db, "desk", Role.DESK))
        opens = db.get_one(CredentialRow, badge).own_page_from
        assert opens == place.now + timedelta(days=1)
    ((address, detail),) = letters(place)
    assert (address, detail["how"]) == (ADDRESS, HandoverReason.LOWERED)


@pytest.mark.parametrize(("email", "has_keys"), [(ADDRESS, True), (None, False)])
def test_one_that_has_keys_or_of_whom_no_letter_reaches_is_a_managers(
    place: Place, email: str | None, has_keys: bool
) -> None:
    with place.database.write() as db:
        badge = protected(db, place, email)
        if has_keys:
            db.get_one(CredentialRow, badge).card_key = "x"
        desk, boss = place.account(db, "desk", Role.DESK), place.account(db, "boss", Role.MANAGER)
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            change(db, place, badge, LOWER, desk)
        change(db, place, badge, LOWER, boss)


class Returned:
    """Zoé's protected badge, which the desk has taken back to give its number again."""

    def __init__(self, place: Place, email: str | None, *, has_keys: bool) -> None:
        self.place = place
        with place.database.write() as db:
            key = protected(db, place, email)
            row = db.get_one(CredentialRow, key)
            row.card_key = "x" if has_keys else None
            self.member, self.value = str(row.member_id), VAULT.open(row.sealed, row.id)
            self.key = HolderKey(row.holder_key)
            self.desk, self.boss = (
                place.account(db, role.value, role) for role in (Role.DESK, Role.MANAGER)
            )
        with place.database.write() as db:
            credentials.return_badge(db, key, actor=self.desk, now=place.now)

    def give(self, db: Session, actor: Actor, assurance: Assurance = Assurance.UID) -> str:
        new = NewCredential(member_id=self.member, value=self.value, assurance=assurance)
        return credentials.create(db, new, vault=VAULT, actor=actor, now=self.place.now).id

    def tap(self, db: Session, actor: Actor) -> str:
        to, now = (self.member, self.key, self.place.site), self.place.now
        return credentials.create_by_key(db, *to, actor=actor, now=now).id

    def is_refused(self, db: Session, do: Callable[[], object]) -> None:
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            do()


@pytest.mark.parametrize("way", ["give", "tap"])
def test_a_number_that_comes_back_with_less_proof_is_lowered(place: Place, way: str) -> None:
    """Its holder keeps the card, and a copy of its number opens what only the card did."""
    zoe = Returned(place, ADDRESS, has_keys=False)
    with place.database.write() as db:
        getattr(zoe, way)(db, zoe.desk)
    ((address, detail),) = letters(place)
    assert (address, detail["how"]) == (ADDRESS, HandoverReason.LOWERED)


@pytest.mark.parametrize(("email", "has_keys"), [(ADDRESS, True), (None, False)])
def test_one_that_had_keys_or_of_whom_no_letter_reaches_comes_back_by_a_manager(
    place: Place, email: str | None, has_keys: bool
) -> None:
    zoe = Returned(place, email, has_keys=has_keys)
    with place.database.write() as db:
        zoe.is_refused(db, lambda: zoe.give(db, zoe.desk))
        zoe.is_refused(db, lambda: zoe.tap(db, zoe.desk))
        zoe.give(db, zoe.boss)


def test_nor_is_it_lowered_after_it_came_back_with_the_same_proof(place: Place) -> None:
    zoe = Returned(place, ADDRESS, has_keys=True)
    with place.database.write() as db:
        badge = zoe.give(db, zoe.desk, Assurance.AES)
        zoe.is_refused(db, lambda: change(db, place, badge, LOWER, zoe.desk))
        change(db, place, badge, LOWER, zoe.boss)


def test_nor_does_it_replace_another_badge_with_less_proof(place: Place) -> None:
    zoe = Returned(place, ADDRESS, has_keys=True)
    number, zoe.value = zoe.value, CredentialId("uid:04AA00000000F8")
    with place.database.write() as db:
        plain = zoe.give(db, zoe.desk)
        new = Replacement(value=number)
        replace = partial(credentials.replace, db, plain, new, vault=VAULT, now=place.now)
        zoe.is_refused(db, lambda: replace(actor=zoe.desk))
        replace(actor=zoe.boss)
    assert [detail["how"] for _, detail in letters(place)] == ["given", "lowered"]


def test_another_number_after_a_protected_badge_is_given_as_ever(place: Place) -> None:
    zoe = Returned(place, ADDRESS, has_keys=True)
    zoe.value = CredentialId("uid:04AA00000000F8")
    with place.database.write() as db:
        zoe.give(db, zoe.desk)
    ((_address, detail),) = letters(place)
    assert detail["how"] == HandoverReason.GIVEN


def test_nor_is_the_number_of_a_loan_that_has_ended(place: Place) -> None:
    with place.database.write() as db:
        badge = protected(db, place, None)
        row = db.get_one(CredentialRow, badge)
        row.lent, row.valid_until = True, place.now
        value, member = VAULT.open(row.sealed, row.id), str(row.member_id)
        desk = place.account(db, "desk", Role.DESK)
        new = NewCredential(member_id=member, value=value)
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            credentials.create(db, new, vault=VAULT, actor=desk, now=place.now)


def guest(db: Session, place: Place, member: str, actor: Actor) -> str:
    new = NewCredential(
        member_id=member,
        value="uid:04AA00000000F7",
        kind=CredentialKind.GUEST,
        valid_until=Utc.of(place.now + timedelta(days=1)),
    )
    return credentials.create(db, new, vault=VAULT, actor=actor, now=place.now).id


def test_a_guests_day_is_counted_from_when_the_badge_was_given(place: Place) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        badge = guest(db, place, place.member(db).id, desk)
        place.clock.forward(hours=20)
        later = {"valid_until": Utc.of(place.now + timedelta(days=1)).text()}
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            change(db, place, badge, later, desk)
        change(db, place, badge, later, BOSS)


def test_nobody_at_the_desk_is_their_own_guest(place: Place) -> None:
    with place.database.write() as db:
        own = place.member(db).id
        desk = place.account(db, "desk", Role.DESK, member_id=own)
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            guest(db, place, own, desk)
        change(db, place, guest(db, place, own, BOSS), {}, desk)
