"""Sign-ins and tokens: who is let in, with what rights, and until when."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy.exc import IntegrityError

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts, passwords, tokens
from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel import idempotency
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.idempotency import Kept, Seal
from tests.capabilities.conftest import BOSS, Place
from tests.support.passwords import NOBODY, SHIPPED

SEAL = Seal("s" * 40)


def test_the_right_password_signs_in_whatever_the_case_of_the_login(place: Place) -> None:
    with place.database.write() as db:
        place.account(db, "Desk@Example.org", Role.DESK)
        found = accounts.sign_in(
            db, login=" DESK@example.org", password="correct horse", now=place.now
        )
        assert found is not None
        assert found.login == "desk@example.org"
        assert found.actor.may(Permission.MEMBERS_READ, "here")
        assert not found.actor.may(Permission.MEMBERS_READ, "elsewhere")
        assert not found.actor.may(Permission.AUDIT_READ, "here")


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("desk@example.org", "wrong horse"),
        ("nobody@example.org", "correct horse"),
        ("", ""),
        ("desk@example.org", "x" * 300),
    ],
)
def test_anything_else_does_not(place: Place, login: str, password: str) -> None:
    with place.database.write() as db:
        place.account(db, "desk@example.org", Role.DESK)
        assert accounts.sign_in(db, login=login, password=password, now=place.now) is None


def test_a_sign_in_ends_with_time_with_sign_out_and_with_a_new_password(place: Place) -> None:
    with place.database.write() as db:
        actor = place.account(db, login="desk")
        key = actor.account_id or ""

        def still(since: Utc) -> bool:
            found = accounts.current(db, account_id=key, signed_in_at=since, now=place.now)
            return found is not None

        first = place.now
        place.clock.forward(hours=1)
        assert still(first)
        accounts.sign_out(db, account_id=key, now=place.now)
        assert not still(first)
        second = place.now
        assert still(second)
        place.clock.forward(hours=1)
        accounts.set_password(db, key, "battery staple", actor=actor, now=place.now)
        assert not still(second)
        third = place.now
        place.clock.forward(days=15)
        assert not still(third)
        gone = accounts.current(db, account_id="none", signed_in_at=third, now=place.now)
        assert gone is None


def test_a_login_is_taken_once_and_a_password_is_long(place: Place) -> None:
    with place.database.write() as db:
        place.account(db, "desk")
        with pytest.raises(Conflict, match="taken"):
            place.account(db, "DESK")
        for login, password in (("a b", "correct horse"), ("", "correct horse"), ("x", "short")):
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
        assert passwords.outdated(row.password_hash)
        assert accounts.sign_in(db, login="desk", password="correct horse", now=place.now)
        assert not passwords.outdated(row.password_hash)


def test_a_password_costs_whoever_tries_what_a_pi_can_spare() -> None:
    assert (SHIPPED.type, SHIPPED.parallelism) == (Type.ID, 1)
    assert SHIPPED.memory_cost >= 19 * 1024
    assert SHIPPED.time_cost >= 2
    assert not SHIPPED.check_needs_rehash(NOBODY)


def test_an_account_greets_in_its_language(place: Place) -> None:
    with place.database.write() as db:
        actor = place.account(db, "desk")
        accounts.set_language(db, account_id=actor.account_id or "", language=Language.EN)
        found = accounts.sign_in(db, login="desk", password="correct horse", now=place.now)
    assert found is not None
    assert found.language is Language.EN


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
        assert [each.id for each in tokens.page(db, actor=manager).items] == [made.id, narrow.id]
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
        allowed = {each for each in HOUSE.permissions if role in each.roles}
        assert allowed
        assert (allowed == set(HOUSE.permissions)) == (role is Role.ADMIN)
    with pytest.raises(Forbidden, match="audit:read at here"):
        Actor(ref="x").require(Permission.AUDIT_READ, "here")


def test_what_two_do_at_once_is_done_once_and_the_other_is_told_so(place: Place) -> None:
    answer = Kept(201, {}, "{}")
    with place.database.edit() as db:
        idempotency.store_answer(db, "token:1", "k", "hash", answer, place.now, SEAL)
    with pytest.raises(Conflict, match="ask again"), place.database.edit() as db:
        # It looked before the other one's commit.
        idempotency.store_answer(db, "token:1", "k", "hash", answer, place.now, SEAL)
    wrong = AccountRole(account_id="nobody", site_id="nowhere", role=Role.DESK)
    with pytest.raises(IntegrityError), place.database.edit() as db:
        db.add(wrong)


def test_a_post_is_answered_again_for_a_day(place: Place) -> None:
    answer = Kept(201, {"ETag": '"1"'}, "{}")
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
