"""An admin links an account to its record: never to one that the account itself has made."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.accounts import admin, linked_record, tokens
from controller.capabilities.accounts.linked_record import OwnMaking
from controller.capabilities.members import members, record_merge
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.kernel.actor import Actor, Role
from tests.capabilities.conftest import BOSS, Place


def made(db: Session, place: Place, email: str | None, actor: Actor) -> str:
    new = NewMember(display_name="Dorah", email=email, site_id=place.site)
    return members.create(db, new, actor=actor, now=place.now).id


def write_address(db: Session, place: Place, member: str, email: str, actor: Actor) -> None:
    members.change(db, member, {"email": email}, version=None, actor=actor, now=place.now)


def link(db: Session, place: Place, desk: Actor, member: str) -> None:
    patch = {"member_id": member}
    assert desk.account_id is not None
    admin.change(db, desk.account_id, patch, version=None, actor=BOSS, now=place.now)


def by_a_token(db: Session, place: Place, desk: Actor) -> Actor:
    """What acts for the desk's account by the API."""
    assert desk.account_id is not None
    key = tokens.add(db, desk.account_id, "t", HOUSE.permissions, place.now, BOSS)[0].id
    return replace(desk, ref=f"token:{key}")


@pytest.mark.parametrize("is_token", [False, True])
def test_an_account_is_not_linked_to_a_record_of_its_own_making(
    place: Place, *, is_token: bool
) -> None:
    """The desk moves the address of its own record to one that it has just made."""
    with place.database.write() as db:
        real = made(db, place, "dorah@home.example", BOSS)
        desk = place.account(db, "desk", Role.DESK)
        acting = by_a_token(db, place, desk) if is_token else desk
        write_address(db, place, real, "dorah@elsewhere.example", acting)
        decoy = made(db, place, "dorah@home.example", acting)
    with place.database.write() as db:
        seen = linked_record.record(db, db.get_one(MemberRow, decoy))
        assert (seen.made_by, seen.address_by) == (acting.ref, acting.ref)
        assert seen.has_namesake
        for record in (decoy, real):
            with pytest.raises(OwnMaking), db.begin_nested():
                link(db, place, desk, record)
    with place.database.write() as db:
        for record in (decoy, real):
            write_address(db, place, record, f"{record}@example.org", BOSS)
    with place.database.write() as db:
        with pytest.raises(OwnMaking), db.begin_nested():
            link(db, place, desk, decoy)
        seen = linked_record.record(db, db.get_one(MemberRow, real))
        assert (seen.made_by, seen.address_by) == (BOSS.ref, BOSS.ref)
        link(db, place, desk, real)


def test_nor_to_one_that_took_over_an_address_of_its_making(place: Place) -> None:
    """A manager merged the desk's duplicate into somebody's record without an address."""
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        decoy = made(db, place, "me@desk.example", desk)
        real = made(db, place, None, BOSS)
    with place.database.write() as db:
        record_merge.merge(db, real, decoy, actor=BOSS, now=place.now)
    with place.database.write() as db:
        seen = linked_record.record(db, db.get_one(MemberRow, real))
        assert (seen.made_by, seen.address_by) == (BOSS.ref, desk.ref)
        with pytest.raises(OwnMaking):
            link(db, place, desk, real)
