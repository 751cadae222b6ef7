"""Who is said to have left, for a moment or for good, still reads what is done in their name."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.badges import badge_return, credentials
from controller.capabilities.badges.changes import HolderHasLeft
from controller.capabilities.badges.shapes import NewCredential, Replacement
from controller.capabilities.members import members
from controller.capabilities.messages import queue
from controller.capabilities.training import course_sessions
from controller.capabilities.training.models import CourseSessionKind
from controller.capabilities.training.shapes import NewCourseSession
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from tests.capabilities.conftest import BOSS, VAULT, Place

HOME, OTHER = "vince@home.example", "desk@elsewhere.example"
RULES = queue.Rules(secret="s" * 40)


def vince(db: Session, place: Place) -> str:
    """An ordinary member with an address and no account."""
    member = place.member(db, "Vince").id
    change(db, place, member, BOSS, email=HOME)
    return member


def change(db: Session, place: Place, member: str, actor: Actor, **patch: object) -> None:
    members.change(db, member, patch, version=None, actor=actor, now=place.now)


def sent(db: Session, place: Place) -> list[tuple[str, str]]:
    """What goes out now: the title of each letter, and where."""
    return sorted((due.title, due.address) for due in queue.take_due(db, RULES, place.now))


def test_a_letter_that_was_written_goes_out_whatever_the_status_is_by_then(place: Place) -> None:
    with place.database.write() as db:
        member, desk = vince(db, place), place.account(db, "desk", Role.DESK)
        place.clock.forward(days=1)
        new = NewCredential(member_id=member, value="uid:04AA00000000F1")
        credentials.create(db, new, vault=VAULT, actor=desk, now=place.now)
        change(db, place, member, desk, status="left")
        assert sent(db, place) == [("Nouveau badge", HOME)]


def test_a_name_and_an_address_are_told_of_while_somebody_has_left(place: Place) -> None:
    with place.database.write() as db:
        member, desk = vince(db, place), place.account(db, "desk", Role.DESK)
        place.clock.forward(days=1)
        change(db, place, member, desk, status="left")
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
        receipt = badge_return.give_back(db, lent, vault=VAULT, actor=desk, now=place.now)
    with place.database.write() as db:
        place.clock.forward(minutes=1)
        change(db, place, member, desk, status="left")
        new = NewCredential(member_id=member, value="uid:04AA00000000F1")
        way: dict[str, Any] = {"actor": desk, "now": place.now}
        acts: list[Callable[[], object]] = [
            partial(credentials.create, db, new, vault=VAULT, **way),
            partial(credentials.restore, db, badge, **way),
            partial(
                credentials.replace, db, badge, Replacement(value=new.value), vault=VAULT, **way
            ),
            partial(badge_return.not_back, db, receipt, member, vault=VAULT, **way),
        ]
        for act in acts:
            with pytest.raises(HolderHasLeft), db.begin_nested():
                act()
        change(db, place, member, desk, status="active")
        credentials.restore(db, badge, actor=desk, now=place.now)


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
