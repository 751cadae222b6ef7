"""Two records of one person merged: all that one had is the other's, and later events follow."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, or_, select

from controller.assembly import HOUSE
from controller.capabilities.members import members, record_merge
from controller.capabilities.members.changes import MergeObstacle, MergeRefused
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import PRIVATE_TEXTS
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.training.models import HeldHistory, HeldRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import HeldStatus, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.privacy import Person
from controller.policy import check_policy
from controller.wire.events import DoorOpened
from tests.capabilities.privacy.lived import DAY, EMAIL, GUARDIAN, NAME, SYSTEM, Lived
from tests.capabilities.privacy.scan import in_rows
from tests.capabilities.privacy.sound import assert_sound, totals
from tests.hub.world import SITE


def merge(lived: Lived, kept: str = "ali", gone: str = "zoe", actor: Actor = SYSTEM) -> None:
    with lived.database.write() as db:
        record_merge.merge(db, lived.ids[kept], lived.ids[gone], actor=actor, now=lived.clock.now)


def left_behind(lived: Lived, who: str) -> Iterator[tuple[str, int]]:
    """Tables with rows that still lead to that record."""
    person = Person(
        id=lived.ids[who], ref=lived.refs[who], site_id=SITE, accounts=(), holder_keys={}, actors=()
    )
    with lived.database.read() as db:
        for rule in HOUSE.personal_data:
            if where := rule.conditions(person):
                rows = select(func.count()).select_from(rule.model).where(or_(*where))
                if count := db.scalar(rows):
                    yield rule.name, count


def test_no_room_leaves_anything_with_the_record_that_goes(lived: Lived) -> None:
    moved = dict(left_behind(lived, "zoe"))
    assert len(moved) > 10, "she has lived"
    with lived.database.read() as db:
        told = record_merge.preview(db, lived.ids["ali"], lived.ids["zoe"], actor=SYSTEM)
    assert told.moves.items() <= moved.items()
    assert moved.keys() - told.moves.keys() == {"member", "member_word"}
    before = totals(lived)
    merge(lived)
    # Its steps can't be changed; the row that leads to the other is all that there is besides.
    assert set(dict(left_behind(lived, "zoe"))) == {"held_history", "member_former"}
    after = totals(lived)
    assert after.pop("enrolled") == before.pop("enrolled") - 1, "both had been to one course"
    assert after == before
    assert_sound(lived)


def test_badges_and_policy_follow(lived: Lived) -> None:
    merge(lived)
    with lived.database.read() as db:
        assert check_policy(db, lived.clock.now) == []
    found = {ref for _, _, ref in in_rows(lived.database, [lived.refs["zoe"]])}
    where = {table for table, _, _ in in_rows(lived.database, [lived.refs["zoe"]])}
    assert found == {lived.refs["zoe"]}
    assert "policy_row" not in where


def test_what_agents_tell_later_finds_the_kept_one(lived: Lived) -> None:
    merge(lived)
    agent = lived.world.agents[0]
    journal = len(agent.journal)
    ref, at = lived.refs["zoe"], 9 * DAY
    agent.record(DoorOpened, at_s=at + 2, access_point="door-0", member=ref, zone="wood")
    session = agent.record_session(at + 100, length_s=60.0, member=ref)
    lived.clock.now = Utc.of(lived.clock.now + timedelta(hours=1))
    lived.ingest.handle([agent.batch(agent.journal[journal:])])
    with lived.database.read() as db:
        assert db.get_one(SessionRow, session).member_ref == lived.refs["ali"]
        there = db.query(PresenceRow).filter(PresenceRow.zone_id == "wood").one()
        assert there.member_ref == lived.refs["ali"]
    assert_sound(lived)


def test_an_erasure_takes_both(lived: Lived) -> None:
    merge(lived)
    merge_twice = lived.ask("GET", f"/members/{lived.ids['zoe']}")
    assert merge_twice.status_code == 404
    export = lived.call("GET", f"/members/{lived.ids['ali']}/export")
    assert export["tables"]["member_former"][0]["id"] == lived.ids["zoe"]
    assert len(export["tables"]["held_history"]) > 3
    new = {"reason": "asked for by letter", "also": lived.doubtful("ali")}
    lived.call("POST", f"/members/{lived.ids['ali']}/erase", new)
    words = (NAME, "Duchemin", EMAIL, *GUARDIAN, lived.refs["zoe"], lived.refs["ali"])
    assert in_rows(lived.database, words) == set()
    assert_sound(lived)


def test_the_kept_one_fills_in_what_it_lacked_and_stays_suspended(lived: Lived) -> None:
    with lived.database.write() as db:
        members.suspend(db, lived.ids["zoe"], "keys", actor=SYSTEM, now=lived.clock.now)
        db.get_one(HeldRow, (lived.ids["zoe"], "laser")).status = HeldStatus.SUSPENDED
        for name in PRIVATE_TEXTS:
            setattr(db.get_one(MemberRow, lived.ids["zoe"]), name, f"06 {name}")
    merge(lived)
    with lived.database.read() as db:
        kept = db.get_one(MemberRow, lived.ids["ali"])
        assert (kept.display_name, kept.email) == ("Ali Benali", EMAIL)
        assert kept.guardian_name == GUARDIAN[0]
        assert {getattr(kept, name) for name in PRIVATE_TEXTS} == {f"06 {n}" for n in PRIVATE_TEXTS}
        assert kept.status is MemberStatus.SUSPENDED
        assert db.get_one(HeldRow, (kept.id, "laser")).status is HeldStatus.SUSPENDED
        assert db.query(HeldHistory).filter_by(member_id=lived.ids["zoe"]).count() == 3


def test_a_page_finds_the_kept_one(lived: Lived) -> None:
    merge(lived)
    found = lived.call("GET", "/members?search=zoe duchemin")["items"]
    assert [item["id"] for item in found] == [lived.ids["ali"]]


def test_who_may_not(lived: Lived) -> None:
    desk = Actor(ref="account:d", roles={SITE: frozenset({Role.DESK})})
    own = Actor(
        ref="account:m", member_id=lived.ids["ali"], roles={SITE: frozenset({Role.MANAGER})}
    )
    with pytest.raises(Forbidden):
        merge(lived, actor=desk)
    with pytest.raises(NotFound):
        merge(lived, actor=Actor(ref="account:s", roles={"other": frozenset({Role.ADMIN})}))
    for who in (own, SYSTEM):
        with pytest.raises(MergeRefused) as refused:
            merge(lived, kept="zoe", gone="ali" if who is own else "zoe", actor=who)
        assert refused.value.why is (MergeObstacle.ONESELF if who is own else MergeObstacle.SAME)


def test_two_who_sign_in_are_not_merged(lived: Lived) -> None:
    lived.account("ali@example.org", Role.MEMBER, member_id=lived.ids["ali"])
    with pytest.raises(MergeRefused) as refused:
        merge(lived)
    assert refused.value.why is MergeObstacle.TWO_ACCOUNTS
    assert dict(left_behind(lived, "zoe"))["credential"] == 1, "nothing has moved"
