"""Sign-ins and tokens: who is let in, with what rights, and until when."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, passwords, sign_ins, tokens
from controller.capabilities.accounts.models import AccountRole, AccountRow, SignInRow
from controller.capabilities.accounts.sign_ins import login_identity
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import idempotency
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.idempotency import Seal, StoredAnswer
from tests.capabilities.accounts.accounts import signed_in
from tests.capabilities.conftest import BOSS, Place
from tests.support.passwords import NOBODY, SHIPPED

SEAL = Seal("s" * 40)


@pytest.mark.parametrize(
    "login", [" DESK@example.org", "de\u017fk@Example.org", "\uff44esk@example.org"]
)
def test_the_right_password_signs_in_however_the_login_is_spelt(place: Place, login: str) -> None:
    with place.database.write() as db:
        place.account(db, "Desk@Example.org", Role.DESK)
    found = signed_in(place, login)
    assert found is not None
    account = found[0]
    assert account.login == "desk@example.org"
    assert account.actor.may(Permission.MEMBERS_READ, "here")
    assert not account.actor.may(Permission.MEMBERS_READ, "elsewhere")
    assert not account.actor.may(Permission.AUDIT_READ, "here")


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("desk@example.org", "wrong horse"),
        ("nobody@example.org", "correct horse"),
        ("", ""),
        ("desk@example.org", "x" * 300),
        ("desk\0@example.org", "correct horse"),
    ],
)
def test_anything_else_does_not(place: Place, login: str, password: str) -> None:
    with place.database.write() as db:
        place.account(db, "desk@example.org", Role.DESK)
    assert signed_in(place, login, password) is None


def test_a_sign_in_ends_with_time_with_sign_out_and_with_a_new_password(place: Place) -> None:
    with place.database.write() as db:
        actor = place.account(db, login="desk")

    def begin() -> str:
        found = signed_in(place, "desk")
        assert found is not None
        return found[1]

    def still(secret: str) -> bool:
        with place.database.read() as db:
            return sign_ins.current_account(db, secret, now=place.now) is not None

    first, second = begin(), begin()
    with place.database.write() as db:
        sign_ins.sign_out(db, first)
    assert (still(first), still(second)) == (False, True)
    with place.database.write() as db:
        sign_ins.sign_out_everywhere(db, actor.account_id or "")
    assert not still(second)
    third = begin()
    with place.database.write() as db:
        accounts.set_password(
            db, actor.account_id or "", "correct horse", actor=actor, now=place.now
        )
    assert not still(third)
    fourth = begin()
    place.clock.forward(days=14)
    assert still(fourth)
    place.clock.forward(seconds=1)
    assert not still(fourth)
    assert not still("none")
    begin()
    with place.database.read() as db:
        assert len(db.scalars(select(SignInRow)).all()) == 1, "what is over is not kept"


def test_no_transaction_is_open_while_a_password_is_judged(place: Place) -> None:
    """Another one is, and changes it meanwhile: the old password is judged against the new hash."""
    with place.database.write() as db:
        key = place.account(db, "desk").account_id or ""

    def meanwhile(hashed: str | None, password: str) -> bool:
        with place.database.write() as db:
            accounts.set_password(db, key, "battery staple", actor=BOSS, now=place.now)
        return passwords.verify(hashed, password)

    found = sign_ins.sign_in(
        place.database, login="desk", password="correct horse", now=place.now, verify=meanwhile
    )
    assert found is None


@given(st.text())
def test_the_identity_of_a_login_is_its_own(text: str) -> None:
    folded = login_identity(text)
    assert login_identity(folded) == folded
    assert login_identity(text.upper()) == login_identity(text.upper().lower())


def test_a_login_is_taken_once_and_a_password_is_long(place: Place) -> None:
    with place.database.write() as db:
        place.account(db, "desk")
        for same in ("DESK", "de\u017fk", "\uff44esk"):
            with pytest.raises(Conflict, match="taken"):
                place.account(db, same)
        assert accounts.id_of(db, "de\u017fk")
        for login, password in (
            ("a b", "correct horse"),
            ("a\u200bb", "correct horse"),
            ("a\0b", "correct horse"),
            ("", "correct horse"),
            ("x", "short"),
        ):
            with pytest.raises(Invalid):
                accounts.create(
                    db, login=login, password=password, roles={}, actor=BOSS, now=place.now
                )
        with pytest.raises(Invalid, match="roles"):
            accounts.create(
                db,
                login="y",
                password=None,
                roles={"nowhere": frozenset({Role.DESK})},
                actor=BOSS,
                now=place.now,
            )


def test_only_an_admin_gives_roles(place: Place) -> None:
    with place.database.write() as db:
        admin, manager = place.account(db, "a", Role.ADMIN), place.account(db, "m", Role.MANAGER)
        key = manager.account_id or ""
        with pytest.raises(Forbidden):
            accounts.set_roles(
                db, key, {"here": frozenset({Role.ADMIN})}, actor=manager, now=place.now
            )
        with pytest.raises(Forbidden):
            accounts.set_password(
                db, admin.account_id or "", "battery staple", actor=manager, now=place.now
            )
        accounts.set_password(db, key, "battery staple", actor=admin, now=place.now)
        with pytest.raises(Conflict, match="no admin left"):
            accounts.set_roles(
                db, admin.account_id or "", {"here": frozenset()}, actor=admin, now=place.now
            )


def test_an_old_hash_is_made_anew_at_the_next_sign_in(place: Place) -> None:
    with place.database.write() as db:
        actor = place.account(db, "desk")
        row = db.get_one(AccountRow, actor.account_id)
        row.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(
            "correct horse"
        )
        assert passwords.is_outdated(row.password_hash)
    assert signed_in(place, "desk")
    with place.database.read() as db:
        made = db.get_one(AccountRow, actor.account_id).password_hash
    assert made
    assert not passwords.is_outdated(made)
    assert signed_in(place, "desk")


def test_a_password_costs_whoever_tries_what_a_pi_can_spare() -> None:
    assert (SHIPPED.type, SHIPPED.parallelism) == (Type.ID, 1)
    assert SHIPPED.memory_cost >= 19 * 1024
    assert SHIPPED.time_cost >= 2
    assert not SHIPPED.check_needs_rehash(NOBODY)


def test_an_account_greets_in_its_language(place: Place) -> None:
    with place.database.write() as db:
        actor = place.account(db, "desk")
        db.get_one(AccountRow, actor.account_id).language = Language.EN
    found = signed_in(place, "desk")
    assert found is not None
    assert found[0].language is Language.EN


def test_a_token_acts_for_its_account_within_its_scopes(place: Place) -> None:
    with place.database.write() as db:
        manager = place.account(db, "m", Role.MANAGER)
        key = manager.account_id or ""
        made, secret = tokens.add(
            db,
            key,
            "script",
            [Permission.MEMBERS_READ],
            place.now,
            manager,
            expires_at=Utc.of(place.now + timedelta(days=1)),
        )
        actor = tokens.authenticate(db, secret, place.now)
        assert actor is not None
        assert actor.ref == f"token:{made.id}"
        assert actor.may(Permission.MEMBERS_READ, "here")
        assert not actor.may(Permission.MEMBERS_WRITE, "here")
        assert tokens.authenticate(db, secret + "x", place.now) is None
        with pytest.raises(Forbidden, match="more scopes"):
            tokens.add(db, key, "wider", [], place.now, actor)
        narrow, _ = tokens.add(
            db, key, "same", [Permission.MEMBERS_READ], place.now, actor, actor.expires_at
        )
        assert [token.id for token in tokens.page(db, actor=manager).items] == [made.id, narrow.id]
        assert secret not in str(tokens.page(db, actor=BOSS))
        place.clock.forward(days=1)
        assert tokens.authenticate(db, secret, place.now) is None


def test_a_revoked_token_is_nobody(place: Place) -> None:
    with place.database.write() as db:
        manager, other = place.account(db, "m", Role.MANAGER), place.account(db, "o", Role.DESK)
        made, secret = tokens.add(db, manager.account_id or "", "s", [], place.now, manager)
        with pytest.raises(NotFound):
            tokens.revoke(db, made.id, actor=other, now=place.now)
        with pytest.raises(Forbidden):
            tokens.add(db, manager.account_id or "", "s", [], place.now, other)
        assert tokens.revoke(db, made.id, actor=manager, now=place.now).revoked_at == place.now
        assert tokens.authenticate(db, secret, place.now) is None


def test_who_revoked_the_wrong_token_takes_it_back_within_a_minute(place: Place) -> None:
    with place.database.write() as db:
        manager, boss = place.account(db, "m", Role.MANAGER), place.account(db, "b", Role.ADMIN)
        made, secret = tokens.add(db, manager.account_id or "", "s", [], place.now, manager)
        tokens.revoke(db, made.id, actor=boss, now=place.now)
    with place.database.write() as db:
        with pytest.raises(Conflict):
            tokens.undo_revoke(db, made.id, actor=manager, now=place.now)
        tokens.undo_revoke(db, made.id, actor=boss, now=place.now)
        assert tokens.authenticate(db, secret, place.now) is not None
        tokens.revoke(db, made.id, actor=manager, now=place.now)
    with place.database.write() as db:
        tokens.revoke(db, made.id, actor=boss, now=place.now)
    with place.database.write() as db, pytest.raises(Conflict):
        tokens.undo_revoke(db, made.id, actor=manager, now=place.now)  # the admin has too, since
    late = place.clock.forward(seconds=61)
    with place.database.write() as db:
        with pytest.raises(Conflict):
            tokens.undo_revoke(db, made.id, actor=boss, now=late)
        assert tokens.authenticate(db, secret, late) is None


def test_a_narrow_token_ends_itself_at_most(place: Place) -> None:
    with place.database.write() as db:
        manager = place.account(db, "m", Role.MANAGER)
        key = manager.account_id or ""
        other, _ = tokens.add(db, key, "wide", [], place.now, manager)
        own, secret = tokens.add(db, key, "narrow", [Permission.RULES_READ], place.now, manager)
        actor = tokens.authenticate(db, secret, place.now)
        assert actor is not None
        with pytest.raises(NotFound):
            tokens.revoke(db, other.id, actor=actor, now=place.now)
        tokens.revoke(db, own.id, actor=actor, now=place.now)
        assert tokens.authenticate(db, secret, place.now) is None


def test_every_role_has_its_permissions_and_only_an_admin_all() -> None:
    for role in Role:
        allowed = {permission for permission in HOUSE.permissions if role in permission.roles}
        assert allowed
        assert (allowed == set(HOUSE.permissions)) == (role is Role.ADMIN)
    with pytest.raises(Forbidden, match="audit:read at here"):
        Actor(ref="x").require(Permission.AUDIT_READ, "here")


def test_what_two_do_at_once_is_done_once_and_the_other_is_told_so(place: Place) -> None:
    answer = StoredAnswer(201, {}, "{}")
    with place.database.edit() as db:
        idempotency.store_answer(db, "token:1", "k", "hash", answer, place.now, SEAL)
    with pytest.raises(Conflict, match="try again"), place.database.edit() as db:
        # It looked before the other one's commit.
        idempotency.store_answer(db, "token:1", "k", "hash", answer, place.now, SEAL)
    wrong = AccountRole(account_id="nobody", site_id="nowhere", role=Role.DESK)
    with pytest.raises(IntegrityError), place.database.edit() as db:
        db.add(wrong)


def test_a_post_is_answered_again_for_a_day(place: Place) -> None:
    answer = StoredAnswer(201, {"ETag": '"1"'}, "{}")
    with place.database.write() as db:
        assert idempotency.find(db, "token:1", "k", "hash", place.now, SEAL) is None
        idempotency.store_answer(db, "token:1", "k", "hash", answer, place.now, SEAL)
    with place.database.write() as db:
        assert idempotency.find(db, "token:1", "k", "hash", place.now, SEAL) == answer
        with pytest.raises(Conflict, match="done already"):
            idempotency.find(db, "token:1", "k", "hash", place.now, Seal("another secret"))
        assert idempotency.find(db, "token:2", "k", "hash", place.now, SEAL) is None
        with pytest.raises(Invalid, match="another request"):
            idempotency.find(db, "token:1", "k", "other", place.now, SEAL)
        with pytest.raises(Invalid, match="characters"):
            idempotency.find(db, "token:1", "k" * 201, "hash", place.now, SEAL)
        place.clock.forward(days=1)
        assert idempotency.find(db, "token:1", "k", "other", place.now, SEAL) is None
        idempotency.store_answer(db, "token:1", "k", "other", answer, place.now, SEAL)
