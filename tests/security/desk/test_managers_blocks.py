"""What somebody with a higher right blocked is not the desk's to open again."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask import Flask

from controller.capabilities.badges import badge_return, credentials
from controller.capabilities.badges.shapes import NewCredential
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
            for before in (credentials.restore, credentials.suspend, credentials.lost):
                if before is not credentials.restore:
                    before(db, badge, **way)
                refused(db, partial(credentials.restore, db, badge, **way))
            refused(db, partial(credentials.give_back, db, badge, **way))
            refused(db, partial(badge_return.give_back, db, badge, vault=VAULT, **way))
            again = credentials.restore(db, badge, actor=other, now=place.now)
            assert again.status is CredentialStatus.ACTIVE


def test_what_a_desk_suspended_any_desk_restores(place: Place) -> None:
    with place.database.write() as db:
        _member, badge = with_badge(db, place)
        one, other = (place.account(db, name, Role.DESK) for name in ("one", "other"))
        for stop in (credentials.suspend, credentials.lost):
            stop(db, badge, actor=one, now=place.now)
            found = credentials.restore(db, badge, actor=other, now=place.now)
            assert found.status is CredentialStatus.ACTIVE
        credentials.lost(db, badge, actor=manager_of(db, place), now=place.now)
        credentials.restore(db, badge, actor=other, now=place.now)


def test_the_page_says_whose_suspension_it_is(place: Place, app: Flask, desk: Desk) -> None:
    with place.database.write() as db:
        member, badge = with_badge(db, place)
        credentials.suspend(db, badge, actor=manager_of(db, place), now=place.now)
    answer = desk.send(f"/members/{member}/badges/{badge}/restore")
    assert "Un responsable a suspendu ce badge" in answer


def test_nor_is_a_person_whom_a_managers_program_suspended_without_a_reason(place: Place) -> None:
    """Nor one who was suspended, then said to have left: what held still holds."""
    with place.database.write() as db:
        member, desk = place.member(db).id, place.account(db, "desk", Role.DESK)
        boss = manager_of(db, place)

        def sets(status: str, actor: Actor, **why: str) -> MemberStatus:
            patch = {"status": status, **why}
            made = members.change(db, member, patch, version=None, actor=actor, now=place.now)
            return made.status

        sets("suspended", replace(boss, per_minute=60))
        for status in ("active", "left"):
            refused(db, partial(sets, status, desk))
        sets("active", boss)
        sets("suspended", boss, reason="a theft")
        sets("left", boss)
        sets("suspended", desk, reason="mine to end")
        refused(db, partial(sets, "active", desk))
        assert sets("active", boss) is MemberStatus.ACTIVE
        assert sets("left", boss) is MemberStatus.LEFT
        assert sets("active", desk) is MemberStatus.ACTIVE, "who has left comes back by the desk"


def refused(db: Session, act: Act) -> None:
    with pytest.raises(Forbidden, match="a manager"), db.begin_nested():
        act()
