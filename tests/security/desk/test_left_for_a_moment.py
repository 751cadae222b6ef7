"""Who is said to have left, for a moment or for good, still reads what is done in their name."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import badge_return, credentials
from controller.capabilities.badges.changes import HolderHasLeft
from controller.capabilities.badges.shapes import NewCredential, Replacement
from controller.capabilities.members import members
from controller.capabilities.messages import queue
from controller.capabilities.plans import passes, subscriptions
from controller.capabilities.plans.models import PassKind
from controller.capabilities.plans.shapes import NewPass, NewSubscription
from controller.capabilities.training import course_sessions
from controller.capabilities.training.models import CourseSessionKind
from controller.capabilities.training.shapes import NewCourseSession
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, Invalid
from controller.kernel.models import AuditEntry
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.security.desk.conftest import Desk

HOME, OTHER = "vince@home.example", "desk@elsewhere.example"
RULES = queue.Rules(secret="s" * 40)


def vince(db: Session, place: Place) -> str:
    """An ordinary member with an address and no account."""
    member = place.member(db, "Vince").id
    change(db, place, member, BOSS, email=HOME)
    return member


def change(db: Session, place: Place, member: str, actor: Actor, **patch: object) -> None:
    members.change(db, member, patch, version=None, actor=actor, now=place.now)


def leave(db: Session, place: Place, member: str, actor: Actor) -> None:
    change(db, place, member, actor, status="left", reason="moved away")


def sent(db: Session, place: Place) -> list[tuple[str, str]]:
    """What goes out now: the title of each letter, and where."""
    return sorted((due.title, due.address) for due in queue.take_due(db, RULES, place.now))


def test_a_letter_that_was_written_goes_out_whatever_the_status_is_by_then(place: Place) -> None:
    with place.database.write() as db:
        member, desk = vince(db, place), place.account(db, "desk", Role.DESK)
        place.clock.forward(days=1)
        new = NewCredential(member_id=member, value="uid:04AA00000000F1")
        credentials.create(db, new, vault=VAULT, actor=desk, now=place.now)
        leave(db, place, member, desk)
        assert sent(db, place) == [("Nouveau badge", HOME)]


def test_a_name_and_an_address_are_told_of_while_somebody_has_left(place: Place) -> None:
    with place.database.write() as db:
        member, desk = vince(db, place), place.account(db, "desk", Role.DESK)
        place.clock.forward(days=1)
        leave(db, place, member, desk)
        change(db, place, member, desk, email=OTHER, display_name="Vinz")
        titles = {(title, address) for title, address in sent(db, place)}
    assert {address for _title, address in titles} == {HOME, OTHER}
    assert len([title for title, address in titles if address == HOME]) == 2


def test_no_badge_of_who_has_left_is_given_or_works_again(place: Place) -> None:
    with place.database.write() as db:
        member, desk = vince(db, place), place.account(db, "desk", Role.DESK)
        badge = place.badge(db, member)
        loan = NewCredential(
            member_id=member,
            value="uid:04AA00000000F2",
            lent=True,
            valid_until=Utc.of(place.now + timedelta(hours=9)),
        )
        lent = credentials.create(db, loan, vault=VAULT, actor=desk, now=place.now).id
        receipt = badge_return.return_with_receipt(db, lent, vault=VAULT, actor=desk, now=place.now)
    with place.database.write() as db:
        place.clock.forward(minutes=1)
        leave(db, place, member, desk)
        new = NewCredential(member_id=member, value="uid:04AA00000000F1")
        way: dict[str, Any] = {"actor": desk, "now": place.now}
        acts: list[Callable[[], object]] = [
            partial(credentials.create, db, new, vault=VAULT, **way),
            partial(credentials.restore, db, badge, **way),
            partial(
                credentials.replace, db, badge, Replacement(value=new.value), vault=VAULT, **way
            ),
            partial(badge_return.undo_return, db, receipt, member, vault=VAULT, **way),
        ]
        for act in acts:
            with pytest.raises(HolderHasLeft), db.begin_nested():
                act()
        change(db, place, member, desk, status="active")
        credentials.restore(db, badge, actor=desk, now=place.now)


def test_the_page_says_that_who_has_left_gets_no_badge(place: Place, desk: Desk) -> None:
    said = "aucun badge ne lui est donné ou rétabli"
    with place.database.write() as db:
        member = vince(db, place)
        leave(db, place, member, BOSS)
    answer = desk.send(f"/members/{member}/badges", value="uid:04AA00000000F1")
    assert answer.count(said) == 2, "as the answer, and where badges are given"


def test_a_trainer_whom_the_desk_names_and_says_to_have_left_reads_it(place: Place) -> None:
    start = Utc.of(place.now + timedelta(hours=1))
    with place.database.write() as db:
        trainer, desk = vince(db, place), place.account(db, "desk", Role.DESK)
        place.certify(db, trainer, "laser", Level.TRAINER)
        new = NewCourseSession(
            kind=CourseSessionKind.DROP_IN,
            theme="Laser",
            places=4,
            trainer_id=trainer,
            starts_at=start,
            ends_at=Utc.of(start + timedelta(hours=2)),
        )
        course_sessions.create(db, new, actor=desk, now=place.now)
        change(db, place, trainer, BOSS, status="left")
        assert ("Séance à animer", HOME) in sent(db, place)


def test_what_was_paid_ends_for_a_reason_and_a_debt_to_come_by_who_decides_that(
    place: Place,
) -> None:
    """Leaving ends a subscription and a pass as a change of them does, with a line in the audit."""
    later = Utc.of(place.now + timedelta(days=30))
    with place.database.write() as db:
        running, day_pass, to_come = (place.member(db, name, plan=None).id for name in "ABC")
        desk, boss = (place.account(db, role.value, role) for role in (Role.DESK, Role.MANAGER))
        for member, start in ((running, place.now), (to_come, later)):
            new = NewSubscription(member_id=member, plan_id="atelier", valid_from=start)
            subscriptions.create(db, new, actor=BOSS, now=place.now)
        days = NewPass(
            member_id=day_pass, plan_id="atelier", kind=PassKind.DAY, units=9, valid_from=place.now
        )
        passes.create(db, days, actor=BOSS, now=place.now)
    place.clock.forward(hours=1)
    with place.database.write() as db:
        for member in (running, day_pass):
            with pytest.raises(Invalid, match="say why"), db.begin_nested():
                change(db, place, member, desk, status="left")
            leave(db, place, member, desk)
        with pytest.raises(Forbidden, match="money:write"), db.begin_nested():
            leave(db, place, to_come, desk)
        leave(db, place, to_come, boss)
    with place.database.read() as db:
        told = select(AuditEntry.action).where(AuditEntry.at == place.now).order_by(AuditEntry.seq)
        changes = {"subscription_changed", "pass_changed", "subscription_taken_back"}
        assert changes <= set(db.scalars(told))
