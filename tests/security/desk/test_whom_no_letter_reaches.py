"""Whom no letter reaches gets no second badge and no code by the desk: nobody would notice."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges import badge_return, credentials
from controller.capabilities.badges.shapes import NewCredential, Replacement
from controller.capabilities.members import members, record_merge
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.messages import queue
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.messages.troubles import Trouble
from controller.capabilities.self_service import codes
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Forbidden, Invalid
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.security.desk.conftest import Desk, letters

FIRST, SECOND, LOAN = (f"uid:04AA00000000F{number}" for number in range(3))
RULES = queue.Rules(secret="s" * 40)


class Person:
    """Zoé, who has neither address nor account, and the desk, a day after she was added."""

    def __init__(self, db: Session, place: Place) -> None:
        self.db, self.place = db, place
        self.id = place.member(db, "Zoé").id
        self.desk = place.account(db, "desk", Role.DESK)
        place.clock.forward(days=1)

    def give(self, value: str, hours: int | None = None) -> str:
        until = None if hours is None else Utc.of(self.place.now + timedelta(hours=hours))
        new = NewCredential(
            member_id=self.id, value=value, lent=hours is not None, valid_until=until
        )
        return credentials.create(self.db, new, vault=VAULT, actor=self.desk, now=self.place.now).id

    @contextmanager
    def later(self, **times: int) -> Iterator[Session]:
        """Another request: what was recorded stands there."""
        self.place.clock.forward(**times)
        with self.place.database.write() as self.db:
            yield self.db

    def extend(self, badge: str, hours: int) -> None:
        end = {"valid_until": Utc.of(self.place.now + timedelta(hours=hours)).text()}
        credentials.change(self.db, badge, end, version=None, actor=self.desk, now=self.place.now)

    def replace(self, badge: str, value: str) -> None:
        new = Replacement(value=value)
        credentials.replace(self.db, badge, new, vault=VAULT, actor=self.desk, now=self.place.now)

    def do(self, act: str, badge: str) -> None:
        getattr(credentials, act)(self.db, badge, actor=self.desk, now=self.place.now)

    def is_refused(self, act: str, badge: str) -> None:
        with pytest.raises(Forbidden, match="certify"), self.db.begin_nested():
            self.do(act, badge)

    def gets_no_second(self) -> None:
        with pytest.raises(Forbidden, match="certify"), self.db.begin_nested():
            self.give(SECOND)


def test_a_login_that_is_no_address_reaches_nobody(place: Place) -> None:
    with place.database.write() as db:
        zoe = Person(db, place)
        place.account(db, "zoe", Role.MEMBER, member_id=zoe.id)
        zoe.give(FIRST)
        zoe.gets_no_second()


@pytest.mark.parametrize(
    "email",
    [
        "zoé@example.org",
        "zoe,martin@example.org",
        "z(o)@example.org",
        "zoe..m@example.org",
        "zoe.@example.org",
        "zoe@example.org.",
        "zoe@example..org",
        "=?utf-8?q?zoe?=@example.org",
    ],
)
def test_what_a_letter_can_not_be_sent_to_is_no_address(place: Place, email: str) -> None:
    with place.database.write() as db:
        zoe = Person(db, place)
        patch = {"email": email}
        with pytest.raises(Invalid):
            members.change(db, zoe.id, patch, version=None, actor=zoe.desk, now=place.now)
        db.get_one(MemberRow, zoe.id).email = email  # by an import of long ago
        zoe.give(FIRST)
        zoe.gets_no_second()


def test_an_address_that_mail_refused_for_good_reaches_nobody(place: Place) -> None:
    """However often it is changed meanwhile, until a letter arrives there after all."""
    dead: dict[str, object] = {"email": "zoe@example.org"}
    with place.database.write() as db:
        zoe = Person(db, place)
        members.change(db, zoe.id, dead, version=None, actor=BOSS, now=place.now)
        zoe.give(FIRST)
        place.clock.forward(days=40)
        row = db.scalars(select(MessageRow).where(MessageRow.member_id == zoe.id)).first()
        assert row is not None
        row.address = None  # to whatever the member's is then
        answer: dict[str, Any] = {"to": "zoe@example.org", "now": place.now}
        queue.mark_failed(db, row.id, Trouble.RECIPIENT, "", rules=RULES, **answer)
        zoe.gets_no_second()
        key = row.id
    for patch in ({"email": "z@example.org"}, dead):
        with zoe.later(seconds=1) as db:
            members.change(db, zoe.id, patch, version=None, actor=zoe.desk, now=place.now)
    with zoe.later(seconds=1) as db:
        zoe.gets_no_second()
        queue.mark_sent(db, key, **answer)
        zoe.give(SECOND)


def test_a_loan_that_is_lengthened_beyond_the_day_is_given(place: Place) -> None:
    """By a letter, as the badge itself was; a longer day is none."""
    with place.database.write() as db:
        zoe = Person(db, place)
        patch: dict[str, object] = {"email": "zoe@example.org"}
        members.change(db, zoe.id, patch, version=None, actor=BOSS, now=place.now)
        badge = zoe.give(FIRST, hours=6)
        zoe.extend(badge, hours=8)
    assert [detail["how"] for _, detail in letters(place)] == ["lent"]
    place.clock.forward(hours=1)
    with place.database.write() as zoe.db:
        end = {"valid_until": None}
        credentials.change(zoe.db, badge, end, version=None, actor=zoe.desk, now=place.now)
    assert sorted(str(detail["how"]) for _, detail in letters(place)) == ["lengthened", "lent"]


@pytest.mark.parametrize("lent", [True, False])
def test_an_end_that_becomes_later_is_told_of_every_badge(place: Place, lent: bool) -> None:
    """Else whoever kept it at the desk would have somebody's rights for ever."""
    with place.database.write() as db:
        zoe = Person(db, place)
        patch: dict[str, object] = {"email": "zoe@example.org"}
        members.change(db, zoe.id, patch, version=None, actor=BOSS, now=place.now)
        ends = Utc.of(place.now + timedelta(hours=26))
        new = NewCredential(member_id=zoe.id, value=FIRST, lent=lent, valid_until=ends)
        badge = credentials.create(db, new, vault=VAULT, actor=BOSS, now=place.now).id
    place.clock.forward(hours=1)
    with place.database.write() as db:
        end: dict[str, object] = {"valid_until": None}
        credentials.change(db, badge, end, version=None, actor=zoe.desk, now=place.now)
        credentials.change(db, badge, end, version=None, actor=zoe.desk, now=place.now)
    first = "lent" if lent else "given"
    assert sorted(str(detail["how"]) for _, detail in letters(place)) == sorted(
        [first, "lengthened"]
    )


def test_a_badge_that_is_suspended_meanwhile_is_another(place: Place) -> None:
    with place.database.write() as db:
        zoe = Person(db, place)
        first = zoe.give(FIRST)
        zoe.do("suspend", first)
        zoe.gets_no_second()


def test_nor_are_two_of_them_swapped_by_turns(place: Place) -> None:
    """By way of *lost*, or of taking one back; for a month, for then they have long noticed."""
    with place.database.write() as db:
        zoe = Person(db, place)
        first = zoe.give(FIRST)
        zoe.do("mark_lost", first)
        zoe.do("restore", first)
        zoe.do("mark_lost", first)
        second = zoe.give(SECOND)
        zoe.is_refused("restore", first)
        zoe.do("mark_lost", second)
    with zoe.later() as db:
        for badge in (first, second):
            zoe.is_refused("restore", badge)
        zoe.do("return_badge", second)
    with zoe.later(days=29):
        zoe.is_refused("restore", first)
    with zoe.later(days=2):
        zoe.do("restore", first)


def test_nor_by_undoing_that_one_was_taken_back(place: Place) -> None:
    """The undo of a mistake is a restoring: another went meanwhile."""
    with place.database.write() as db:
        zoe = Person(db, place)
        first, who = zoe.give(FIRST), zoe.desk
    for second in (None, SECOND):
        with zoe.later(seconds=1) as db:
            receipt = badge_return.return_with_receipt(
                db, first, vault=VAULT, actor=who, now=place.now
            )
        with zoe.later() as db:
            if second:
                zoe.do("return_badge", zoe.give(second))
        with pytest.raises(Forbidden) if second else nullcontext(), zoe.later() as db:
            badge_return.undo_return(db, receipt, zoe.id, vault=VAULT, actor=who, now=place.now)
    with zoe.later() as db:
        badge_return.undo_return(db, receipt, zoe.id, vault=VAULT, actor=BOSS, now=place.now)


def test_nor_by_replacing_it_again_after_an_undo_and_the_desk_reads_why(
    place: Place, app: Flask, desk: Desk
) -> None:
    with place.database.write() as db:
        person = place.member(db, "Zoé").id
        badge = place.badge(db, person)
    place.clock.forward(days=1)
    fields = {"member": person, "badge": badge, "value": SECOND}
    bar = desk.send("/desk/replace", **fields).partition('<div class="undo"')[2]
    (new,) = re.findall(r"/badges/([^/]+)/put-back", bar)
    undone = desk.send(f"/members/{person}/badges/{new}/put-back", old=badge, was="active")
    assert "L’ancien badge est rétabli" in html.unescape(undone)
    again = html.unescape(desk.send("/desk/replace", **fields))
    assert "Aucun message n’arrive à cette personne, qui ne remarquerait pas" in again


def test_nor_by_way_of_a_loan_that_is_for_longer_than_a_day(place: Place) -> None:
    with place.database.write() as db:
        zoe = Person(db, place)
        first = zoe.give(FIRST)
        zoe.do("mark_lost", first)
        zoe.do("return_badge", zoe.give(LOAN, hours=60))
    with zoe.later():
        zoe.is_refused("restore", first)


def test_nor_by_taking_one_back_and_giving_another_again_and_again(place: Place) -> None:
    with place.database.write() as db:
        zoe = Person(db, place)
        zoe.do("return_badge", zoe.give(FIRST))
    with zoe.later():
        zoe.do("return_badge", zoe.give(SECOND))
    with zoe.later(), pytest.raises(Forbidden, match="certify"), zoe.db.begin_nested():
        zoe.give(FIRST)
    with zoe.later():
        zoe.do("return_badge", zoe.give(LOAN, hours=9))
    with zoe.later(days=31):
        zoe.give(FIRST)


def test_nor_by_replacing_one_after_another_was_taken_back(place: Place) -> None:
    """The badge that is replaced ends too: three in a month are no swap."""
    with place.database.write() as db:
        zoe = Person(db, place)
        zoe.do("return_badge", zoe.give(FIRST))
    with zoe.later() as db:
        second = zoe.give(SECOND)
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            zoe.replace(second, LOAN)
    with zoe.later() as db:
        zoe.do("mark_lost", second)
    with zoe.later() as db, pytest.raises(Forbidden, match="certify"), db.begin_nested():
        zoe.replace(second, LOAN)
    with zoe.later(days=31):
        zoe.replace(second, LOAN)


def test_a_lost_badge_is_replaced_at_once_and_another_is_lent_for_the_day(place: Place) -> None:
    with place.database.write() as db:
        zoe = Person(db, place)
        first, loan = zoe.give(FIRST), zoe.give(LOAN, hours=9)
        zoe.extend(loan, hours=20)
    with zoe.later(hours=10) as db:
        with pytest.raises(Forbidden, match="certify"), db.begin_nested():
            zoe.extend(loan, hours=20)
        zoe.do("return_badge", loan)
        zoe.do("mark_lost", first)
    with zoe.later() as db:
        zoe.do("restore", first)  # found again: the loan was no second badge
        zoe.replace(first, SECOND)


@pytest.mark.parametrize("role", [Role.DESK, Role.MANAGER])
def test_the_address_that_the_desk_types_when_it_adds_somebody_may_be_its_own(
    place: Place, role: Role
) -> None:
    with place.database.write() as db:
        zoe = Person(db, place)
        author = place.account(db, "author", role)
        new = NewMember(display_name="Ami", email="a@example.org", site_id=place.site)
        zoe.id = members.create(db, new, actor=author, now=place.now).id
    with zoe.later(minutes=5):
        zoe.give(FIRST)
        if role is Role.DESK:
            zoe.gets_no_second()
        else:
            zoe.give(SECOND)
    with zoe.later(days=31):
        zoe.give(LOAN)


def test_nor_does_an_address_that_a_merge_took_over(place: Place) -> None:
    """It is the desk's, which made the other record: for a month from the merge."""
    with place.database.write() as db:
        zoe = Person(db, place)
        zoe.give(FIRST)
        boss = place.account(db, "boss", Role.MANAGER)
        new = NewMember(display_name="Zoe", email="me@desk.example", site_id=place.site)
        decoy = members.create(db, new, actor=zoe.desk, now=place.now).id
    with zoe.later(days=40) as db:
        record_merge.merge(db, zoe.id, decoy, actor=boss, now=place.now)
    with zoe.later(days=29):
        zoe.gets_no_second()
    with zoe.later(days=2):
        zoe.give(SECOND)


def test_nor_are_two_swapped_of_which_one_went_before_a_merge(place: Place) -> None:
    with place.database.write() as db:
        zoe = Person(db, place)
        first = zoe.give(FIRST)
        zoe.do("mark_lost", first)
        kept, other = zoe.id, place.member(db, "Zoe").id
        zoe.id = other
        zoe.do("return_badge", zoe.give(SECOND))
    with zoe.later(hours=1) as db:
        record_merge.merge(db, kept, other, actor=BOSS, now=place.now)
    with zoe.later(hours=1):
        zoe.is_refused("restore", first)


def test_nor_is_a_code_chosen_before_a_letter_says_so(place: Place) -> None:
    """A manager may read that page anyway."""
    with place.database.write() as db:
        zoe = Person(db, place)
        boss = place.account(db, "boss", Role.MANAGER)
        with pytest.raises(Forbidden, match="personal:data"), db.begin_nested():
            codes.allow_choice(db, zoe.id, actor=zoe.desk, now=place.now)
        codes.allow_choice(db, zoe.id, actor=boss, now=place.now)
        patch = {"email": "desk@example.org"}
        members.change(db, zoe.id, patch, version=None, actor=zoe.desk, now=place.now)
    with zoe.later(minutes=1) as db:
        with pytest.raises(Forbidden, match="personal:data"), db.begin_nested():
            codes.allow_choice(db, zoe.id, actor=zoe.desk, now=place.now)
        place.account(db, "zoe@example.org", Role.MEMBER, member_id=zoe.id)
        codes.allow_choice(db, zoe.id, actor=zoe.desk, now=place.now)
