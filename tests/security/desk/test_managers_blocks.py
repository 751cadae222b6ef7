"""What somebody with a higher right blocked is not the desk's to open again."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask import Flask

from controller.capabilities.badges import badge_return, credentials
from controller.capabilities.badges.shapes import NewCredential, Replacement
from controller.capabilities.members import members
from controller.domain.facts import CredentialStatus, MemberStatus
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.database import Session
from controller.kernel.errors import Forbidden
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.security.desk.conftest import Desk

NUMBER = "uid:04AA00000000C1"
Act = Callable[..., object]


def with_badge(db: Session, place: Place) -> tuple[str, str]:
    """A member and their badge."""
    member = place.member(db).id
    new = NewCredential(member_id=member, value=NUMBER)
    return member, credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now).id


def manager_of(db: Session, place: Place, name: str = "boss") -> Actor:
    return place.account(db, name, Role.MANAGER)


def test_a_badge_that_a_manager_suspended_is_not_the_desks_to_restore(place: Place) -> None:
    """By way of *lost* neither, nor by taking it back and giving it anew."""
    with place.database.write() as db:
        _member, badge = with_badge(db, place)
        desk = place.account(db, "desk", Role.DESK)
        boss, other = (manager_of(db, place, name) for name in ("boss", "other"))
        way: dict[str, Any] = {"actor": desk, "now": place.now}
        program = replace(
            boss,
            scopes=frozenset({Permission.MEMBERS_READ, Permission.CREDENTIALS_WRITE}),
            per_minute=60,
        )
        for who in (boss, program, BOSS):
            credentials.suspend(db, badge, actor=who, now=place.now)
            for before in (credentials.restore, credentials.suspend, credentials.mark_lost):
                if before is not credentials.restore:
                    before(db, badge, **way)
                refused(db, partial(credentials.restore, db, badge, **way))
            refused(db, partial(credentials.return_badge, db, badge, **way))
            refused(db, partial(badge_return.return_with_receipt, db, badge, vault=VAULT, **way))
            again = credentials.restore(db, badge, actor=other, now=place.now)
            assert again.status is CredentialStatus.ACTIVE


def test_what_a_desk_suspended_any_desk_restores(place: Place) -> None:
    with place.database.write() as db:
        _member, badge = with_badge(db, place)
        one, other = (place.account(db, name, Role.DESK) for name in ("one", "other"))
        for stop in (credentials.suspend, credentials.mark_lost):
            stop(db, badge, actor=one, now=place.now)
            found = credentials.restore(db, badge, actor=other, now=place.now)
            assert found.status is CredentialStatus.ACTIVE
        credentials.mark_lost(db, badge, actor=manager_of(db, place), now=place.now)
        credentials.restore(db, badge, actor=other, now=place.now)


def test_the_page_says_whose_suspension_it_is(place: Place, app: Flask, desk: Desk) -> None:
    with place.database.write() as db:
        member, badge = with_badge(db, place)
        credentials.suspend(db, badge, actor=manager_of(db, place), now=place.now)
    answer = desk.send(f"/members/{member}/badges/{badge}/restore")
    assert "Un responsable a suspendu ce badge" in answer


class Person:
    """A member, a manager and a desk; each change is a request of its own."""

    def __init__(self, place: Place) -> None:
        self.place = place
        with place.database.write() as db:
            self.id, self.desk = (
                place.member(db, plan=None).id,
                place.account(db, "desk", Role.DESK),
            )
            self.boss = manager_of(db, place)

    def set(self, status: str, actor: Actor, **why: str) -> MemberStatus:
        patch, now = {"status": status, **why}, self.place.now
        with self.place.database.write() as db:
            return members.change(db, self.id, patch, version=None, actor=actor, now=now).status

    def stays(self, status: str, **why: str) -> None:
        with pytest.raises(Forbidden, match="a manager"):
            self.set(status, self.desk, **why)


def test_nor_is_a_person_whom_a_managers_program_suspended_without_a_reason(place: Place) -> None:
    """Nor one who was suspended, then said to have left: what held still holds."""
    person = Person(place)
    person.set("suspended", replace(person.boss, per_minute=60))
    for status in ("active", "left"):
        person.stays(status)
    person.set("active", person.boss)
    person.set("suspended", person.boss, reason="a theft")
    person.set("left", person.boss)
    person.set("active", person.boss)


def test_nor_one_of_whom_a_manager_said_that_they_have_left(place: Place) -> None:
    """Who has left by the desk's word comes back by it: minutes or years later."""
    person = Person(place)
    other = replace(person.desk, ref="account:other")
    scopes = frozenset({Permission.MEMBERS_READ, Permission.MEMBERS_WRITE})
    for who in (person.boss, replace(person.boss, scopes=scopes)):
        person.set("left", who)
        person.stays("active")
        person.stays("suspended", reason="mine to end")
        assert person.set("active", person.boss) is MemberStatus.ACTIVE
    person.set("left", person.desk)
    assert person.set("active", other) is MemberStatus.ACTIVE


def test_nobody_gives_oneself_another_while_a_manager_suspends_ones_badge(place: Place) -> None:
    """Nor by way of *lost*, or as a replacement."""
    with place.database.write() as db:
        member, badge = with_badge(db, place)
        own, boss = place.account(db, "own", Role.DESK, member_id=member), manager_of(db, place)
        way: dict[str, Any] = {"actor": own, "now": place.now}
        new = NewCredential(member_id=member, value="uid:04AA00000000C2")
        instead = Replacement(value=new.value)
        credentials.suspend(db, badge, actor=boss, now=place.now)
        for stop in (credentials.suspend, credentials.mark_lost):
            stop(db, badge, **way)
            refused(db, partial(credentials.create, db, new, vault=VAULT, **way))
            refused(db, partial(credentials.replace, db, badge, instead, vault=VAULT, **way))
        credentials.restore(db, badge, actor=boss, now=place.now)
        credentials.mark_lost(db, badge, **way)
        with pytest.raises(Forbidden, match="somebody else"), db.begin_nested():
            credentials.restore(db, badge, **way)
        credentials.replace(db, badge, instead, vault=VAULT, **way)


def refused(db: Session, act: Act) -> None:
    with pytest.raises(Forbidden, match="a manager"), db.begin_nested():
        act()
