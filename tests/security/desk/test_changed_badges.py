"""What the desk changes of a badge is no way around the rules for giving one."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.badges import credentials
from controller.capabilities.badges.messages import HandoverReason
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.members import members
from controller.domain.facts import Assurance, CredentialKind
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
