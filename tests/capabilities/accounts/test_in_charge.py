"""Who may end or take over whose account and tokens: nobody reaches beyond their own charge."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts, sign_ins, tokens
from controller.capabilities.accounts import admin as account_admin
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.accounts.shapes import NewAccount, NewPassword
from controller.capabilities.members import members
from controller.domain.facts import Language, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, Invalid, NotFound
from tests.capabilities import second_site
from tests.capabilities.conftest import BOSS, Place
from tests.capabilities.second_site import THERE


def token(db: Session, place: Place, owner: Actor, ends: Utc | None) -> Actor:
    """The owner through a token of theirs."""
    key = owner.account_id or ""
    _, secret = tokens.add(db, key, "short", (), place.now, owner, expires_at=ends)
    found = tokens.authenticate(db, secret, place.now)
    assert found is not None
    return found


def test_a_token_makes_none_that_outlives_it(place: Place) -> None:
    with place.database.write() as db:
        boss = place.account(db, "boss", Role.ADMIN)
        hour = Utc.of(place.now + timedelta(hours=1))
        short = token(db, place, boss, hour)
        for ends in (None, Utc.of(hour + timedelta(seconds=1))):
            with pytest.raises(Forbidden, match="lasts longer"):
                token(db, place, short, ends)
        assert token(db, place, short, hour).expires_at == hour
        assert token(db, place, token(db, place, boss, None), None).expires_at is None


def test_an_admin_of_another_site_ends_no_token_here(place: Place) -> None:
    there = Actor(ref="account:z", account_id="z", roles={THERE: frozenset({Role.ADMIN})})
    here = Actor(ref="account:y", account_id="y", roles={"here": frozenset({Role.ADMIN})})
    with place.database.write() as db:
        second_site.add(db, place.now)
        desk = place.account(db, "desk", Role.DESK)
        made, _ = tokens.add(db, desk.account_id or "", "reader", (), place.now, desk)
        with pytest.raises(NotFound):
            tokens.revoke(db, made.id, actor=there, now=place.now)
        assert tokens.revoke(db, made.id, actor=here, now=place.now).revoked_at == place.now


def test_being_an_admin_elsewhere_gives_a_desk_no_power_over_members_accounts(place: Place) -> None:
    desk = Actor(
        ref="account:z",
        account_id="z",
        roles={THERE: frozenset({Role.ADMIN}), "here": frozenset({Role.DESK})},
    )
    with place.database.write() as db:
        second_site.add(db, place.now)
        person, other = place.member(db), place.member(db, "Zoé")
        mine = account_admin.create(
            db, NewAccount(login="amina", member_id=person.id), actor=BOSS, now=place.now
        )
        new = NewPassword(password="correct horse")
        with pytest.raises(NotFound):
            account_admin.set_password(db, mine.id, new, actor=desk, now=place.now)
        taking = NewAccount(login="zoe", member_id=other.id, roles={THERE: (Role.DESK,)})
        with pytest.raises(Invalid, match="member_id"):
            account_admin.create(db, taking, actor=desk, now=place.now)


def test_who_was_dismissed_signs_in_no_more(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        place.account(db, "amina", Role.MANAGER, member_id=person.id)
        left = {"status": "left"}
        gone = members.change(db, person.id, left, version=None, actor=BOSS, now=place.now)
        assert gone.status is MemberStatus.LEFT
    found = sign_ins.sign_in(place.database, login="amina", password="correct horse", now=place.now)
    assert found is None


def test_an_admin_here_who_is_at_a_desk_there_changes_her_own_language(place: Place) -> None:
    roles = {"here": frozenset({Role.ADMIN}), THERE: frozenset({Role.DESK})}
    with place.database.write() as db:
        second_site.add(db, place.now)
        key = accounts.create(
            db, login="amina", password="correct horse", roles=roles, actor=BOSS, now=place.now
        )
        actor = actor_of(db, db.get_one(AccountRow, key))
        english = {"language": "en"}
        changed = account_admin.change(db, key, english, version=1, actor=actor, now=place.now)
        assert (changed.language, set(changed.roles)) == (Language.EN, {"here", THERE})
        rise = {"roles": {THERE: ["manager"]}}
        with pytest.raises(Invalid, match="roles"):
            account_admin.change(db, key, rise, version=None, actor=actor, now=place.now)
