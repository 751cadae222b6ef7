"""Codes on paper: used once, hashed at rest, in the audit."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts, admin, mailed_links, printed_codes
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import (
    AccountRole,
    AccountRow,
    CodeKind,
    MailedLinkRow,
    PrintedCodeRow,
)
from controller.capabilities.messages.models import MessageRow
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, wall_clock
from controller.kernel.errors import Forbidden, Invalid
from controller.kernel.models import AuditEntry
from tests.capabilities.accounts.accounts import signed_in
from tests.capabilities.conftest import BOSS, NOW, Place

NEW = "another long one"


@pytest.fixture
def empty(place: Place) -> Database:
    """A place with nobody's account."""
    with place.database.write() as db:
        for table in (AccountRole, AccountRow):
            db.query(table).delete()
    return place.database


def account(place: Place, role: Role) -> str:
    with place.database.write() as db:
        roles = {place.site: frozenset({role})}
        return accounts.create(
            db,
            login=f"{role}@printed",
            password="correct horse",
            roles=roles,
            actor=BOSS,
            now=place.now,
        )


def actor(place: Place, account_id: str) -> Actor:
    with place.database.read() as db:
        return actor_of(db, db.get_one(AccountRow, account_id))


def first(database: Database, code: str, password: str = NEW) -> str:
    with database.write() as db:
        return printed_codes.make_first_admin(
            db,
            code,
            login="claire@example.org",
            password=password,
            language=Language.FR,
            site_id="here",
            now=wall_clock(),
        )


def test_the_code_of_init_makes_one_admin_and_no_second(empty: Database) -> None:
    with empty.write() as db:
        old = printed_codes.issue_for_first_admin(db, now=NOW)
        code = printed_codes.issue_for_first_admin(db, now=NOW)
    assert old is not None
    assert code is not None
    for wrong in (old, "", "aaaaa-aaaaa-aaaaa-aaaaa"):
        with pytest.raises(Forbidden):
            first(empty, wrong)
    with pytest.raises(Invalid):
        first(empty, code, password="short")
    made = first(empty, code.upper().replace("-", " "))
    with empty.write() as db:
        assert db.query(AccountRole).one().role is Role.ADMIN
        assert db.query(AccountRow).one().id == made
        assert db.query(PrintedCodeRow).count() == 0
        assert printed_codes.issue_for_first_admin(db, now=NOW) is None
    with pytest.raises(Forbidden):
        first(empty, code)


def test_a_recovery_code_sets_a_new_password_once(place: Place) -> None:
    mine = account(place, Role.ADMIN)
    who = actor(place, mine)
    with place.database.write() as db:
        old = printed_codes.issue_for_recovery(db, actor=who, now=place.now)
        code = printed_codes.issue_for_recovery(db, actor=who, now=place.now)
        assert printed_codes.admin_has_recovery_code(db, place.site)
        kept = db.query(PrintedCodeRow).one()
        assert code.replace("-", "") not in kept.hash

    def use(text: str, login: str = "Admin@Printed", password: str = NEW) -> None:
        with place.database.write() as db:
            printed_codes.recover(db, text, login=login, password=password, now=place.now)

    for text, login in ((old, "admin@printed"), (code, "nobody"), (code, "x\0"), ("", "")):
        with pytest.raises(Forbidden):
            use(text, login)
    with pytest.raises(Invalid):
        use(code, password="short")
    use(code)
    assert signed_in(place, "admin@printed") is None
    assert signed_in(place, "admin@printed", NEW) is not None
    with pytest.raises(Forbidden):
        use(code)
    with place.database.read() as db:
        assert not printed_codes.admin_has_recovery_code(db, place.site)
        done = list(db.scalars(select(AuditEntry.action).where(AuditEntry.subject.contains(mine))))
    assert done[-4:] == [
        "recovery_code_made",
        "recovery_code_made",
        "recovery_code_used",
        "password_set",
    ]


def test_a_closed_account_is_not_recovered(place: Place) -> None:
    mine = account(place, Role.ADMIN)
    with place.database.write() as db:
        code = printed_codes.issue_for_recovery(db, actor=actor(place, mine), now=place.now)
        db.get_one(AccountRow, mine).disabled_at = place.now
    with place.database.write() as db, pytest.raises(Forbidden):
        printed_codes.recover(db, code, login="admin@printed", password=NEW, now=place.now)


def close_and_reopen(db: Session, key: str, now: Utc) -> None:
    admin.disable(db, key, actor=BOSS, now=now)
    admin.enable(db, key, actor=BOSS, now=now)


def choose_another(db: Session, key: str, now: Utc) -> None:
    accounts.set_password(db, key, "yet another one", actor=BOSS, now=now)


@pytest.mark.parametrize("end", [choose_another, close_and_reopen])
def test_a_new_password_and_closing_end_it_and_a_mailed_link(
    place: Place, end: Callable[[Session, str, Utc], None]
) -> None:
    account(place, Role.ADMIN)
    mine = account(place, Role.DESK)
    with place.database.write() as db:
        accounts.set_roles(
            db, mine, {place.site: frozenset({Role.ADMIN})}, actor=BOSS, now=place.now
        )
    with place.database.write() as db:
        code = printed_codes.issue_for_recovery(db, actor=actor(place, mine), now=place.now)
        assert printed_codes.made_at(db, mine) == place.now
        ends = Utc.of(place.now + timedelta(minutes=30))
        row = db.get_one(AccountRow, mine)
        mailed_links.new(db, row, CodeKind.RESET, "x@home.example", ends, "web", place.now)
        end(db, mine, place.now)
        assert printed_codes.made_at(db, mine) is None
        assert db.query(MailedLinkRow).filter_by(account_id=mine).one().used_at == place.now
    with place.database.write() as db, pytest.raises(Forbidden):
        printed_codes.recover(db, code, login="desk@printed", password=NEW, now=place.now)


def test_the_owner_is_written_to_when_one_is_printed_and_used(place: Place) -> None:
    mine = account(place, Role.ADMIN)
    with place.database.write() as db:
        db.get_one(AccountRow, mine).confirmed_email = "claire@home.example"
        code = printed_codes.issue_for_recovery(db, actor=actor(place, mine), now=place.now)
    assert signed_in(place, "admin@printed") is not None
    with place.database.write() as db:
        printed_codes.recover(db, code, login="admin@printed", password=NEW, now=place.now)
        letters = db.execute(select(MessageRow.what, MessageRow.address)).all()
    assert sorted(tuple(it) for it in letters) == [
        ("password_recovered", "claire@home.example"),
        ("recovery_code_made", "claire@home.example"),
    ]


def test_only_an_admin_gets_one(place: Place) -> None:
    who = actor(place, account(place, Role.MANAGER))
    with place.database.write() as db:
        for other in (who, BOSS):
            with pytest.raises(Forbidden):
                printed_codes.issue_for_recovery(db, actor=other, now=place.now)
