"""Whoever is erased takes nothing of anybody else with them: uses, what these cost, letters."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.activity import digest_mail
from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.privacy.erasure.erase import Erasure, erase
from controller.capabilities.usage.models import SessionRow
from controller.kernel.actor import Role
from controller.kernel.journal import EventRow
from controller.wire.ids import uuid7
from tests.capabilities.billing.month import ended, failing, follow, owed, set_tariff
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.support.event_rows import add_event

STREAM = "00000000-0000-4000-8000-00000000000a"


def tell(db: Session, place: Place, seq: int, kind: str, **fields: str | None) -> None:
    """An event of the laser's agent, now."""
    key = uuid7()
    raw = {"v": 1, "type": kind, "event_id": key, "access_point": "laser-1", **fields}
    add_event(
        db,
        agent="pi",
        stream=STREAM,
        seq=seq,
        event_id=key,
        site=place.site,
        point="laser-1",
        type=kind,
        at=place.now,
        received_at=place.now,
        raw=json.dumps(raw).encode(),
    )


def ref_of(db: Session, member_id: str) -> str:
    return db.get_one(MemberRow, member_id).ref


def test_a_cards_next_holder_is_erased_without_the_one_before(place: Place) -> None:
    """A house badge: what its former holder used with it stays theirs, and is charged."""
    set_tariff(place)
    with place.database.write() as db:
        own, friend = place.member(db, "Karim").id, place.member(db, "Frida").id
        desk = place.account(db, "desk", Role.DESK)
        card = NewCredential(member_id=own, value="uid:04AABBCCDDEEFF")
        badge = credentials.create(db, card, vault=VAULT, actor=BOSS, now=place.now).id
        key, ref = db.get_one(CredentialRow, badge).holder_key, ref_of(db, own)
        used = ended(db, ref, 38)
        fields = {"session_id": used, "credential": key, "member": ref}
        tell(db, place, 1, "session_started", **fields)
    follow(place)
    place.clock.forward(hours=30)
    with place.database.write() as db:
        credentials.return_badge(db, badge, actor=desk, now=place.now)
        again = NewCredential(member_id=friend, value=card.value)
        credentials.create(db, again, vault=VAULT, actor=desk, now=place.now)
        tell(db, place, 2, "access_denied", credential=key, member=None)
        tell(db, place, 3, "access_granted", credential=key, member=ref_of(db, friend))
        erase(db, friend, Erasure(reason="own wish"), actor=BOSS, now=place.now)
        assert db.get_one(SessionRow, used).member_ref == ref
        left = select(EventRow.seq).where(EventRow.body.is_not(None)).order_by(EventRow.seq)
        assert list(db.scalars(left)) == [1]
        later = ended(db, ref, 200, ago_days=0)
    follow(place)
    assert [owed(place.database, source_id=key) for key in (used, later)] == [300, 1000]
    assert failing(place) == []


def test_a_supervisor_is_erased_without_those_they_supervised(place: Place) -> None:
    """Nor takes anybody a use away by having ended it with their badge."""
    with place.database.write() as db:
        own, friend = place.member(db, "Karim").id, place.member(db, "Frida").id
        ref, other = ref_of(db, own), ref_of(db, friend)
        used, theirs = ended(db, ref, 38), ended(db, other, 38)
        tell(db, place, 1, "session_started", session_id=used, member=ref, supervisor=other)
        tell(db, place, 2, "session_ended", session_id=used, member=other)
        erase(db, friend, Erasure(reason="own wish"), actor=BOSS, now=place.now)
        refs = [db.get_one(SessionRow, key).member_ref for key in (used, theirs)]
        assert refs == [ref, None]


def test_a_letter_to_somebody_else_is_sent_although_its_address_is_the_erased_ones(
    place: Place,
) -> None:
    """The desk typed it for both, and changes it for one of them."""
    with place.database.write() as db:
        own, friend = place.member(db, "Vera").id, place.member(db, "Frida").id
        desk = place.account(db, "desk", Role.DESK)
        typed = {"email": "vera@example.org"}
        for member in (own, friend):
            members.change(db, member, typed, version=None, actor=BOSS, now=place.now)
    place.clock.forward(hours=24 * 40)
    with place.database.write() as db:
        other = {"email": "desk@example.org"}
        members.change(db, own, other, version=None, actor=desk, now=place.now)
        nobodys = select(MessageRow.address).where(MessageRow.member_id == own)
        assert list(db.scalars(nobodys)) == ["vera@example.org"]
        erase(db, friend, Erasure(reason="own wish"), actor=BOSS, now=place.now)
        assert list(db.scalars(nobodys)) == ["vera@example.org"]


@pytest.mark.parametrize(
    ("name", "email"),
    [("Frida", "Boss@Example.org"), ("Frida", "Home@example.org"), ("bo\u017fs@example.org", None)],
)
def test_a_managers_list_of_the_morning_stays_wanted_however_the_erased_ones_address_was_typed(
    place: Place, name: str, email: str | None
) -> None:
    """Letters make no difference between capitals and others."""
    with place.database.write() as db:
        boss = place.account(db, "boss@example.org", Role.MANAGER)
        digest_mail.choose(db, place.site, wanted=True, actor=boss, now=place.now)
        row = db.get_one(AccountRow, boss.account_id)
        row.confirmed_email = "home@example.org"
        digest_mail.choose(db, place.site, wanted=True, actor=boss, now=place.now)
        desk = place.account(db, "desk", Role.DESK)
        new = NewMember(display_name=name, email=email, site_id=place.site)
        friend = members.create(db, new, actor=desk, now=place.now).id
        erase(db, friend, Erasure(reason="own wish"), actor=BOSS, now=place.now)
        wanted = [digest_mail.is_wanted(db, to) for to in ("boss@example.org", "home@example.org")]
    assert wanted == [True, True]
