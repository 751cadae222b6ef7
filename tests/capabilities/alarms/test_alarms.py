"""Alarms: taken, resolved where that is for a person to say, never dismissed unseen."""

from collections import Counter
from functools import partial

import pytest
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.alarm_counts import FLOODS, KIND_LIMIT, count_alarm
from controller.capabilities.alarms.alarm_suppression import without_explained
from controller.capabilities.alarms.alarms import Resolution
from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.alarms.projection import raise_alarm
from controller.kernel import outbox
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict, Forbidden, NotFound
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, Place


def raised(db: Session, place: Place, kind: str, agent: str | None = "pi") -> Alarm:
    row = Alarm(
        id=uuid7(),
        key=uuid7(),
        site_id="here",
        agent_id=agent,
        access_point_id="laser-1",
        kind=kind,
        detail={},
        raised_at=place.now,
        cleared_at=None,
    )
    db.add(row)
    db.flush()
    return row


def active(db: Session) -> list[str]:
    return [alarm.kind for alarm in alarms.active_at(db, "here")]


def test_what_happened_is_resolved_by_hand_with_a_remark(place: Place) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        key = raised(db, place, "door_forced").id
        found = alarms.resolve(db, key, Resolution(remark="A delivery"), actor=desk, now=place.now)
        assert (found.active, found.resolved_by, found.taken_by) == (False, "desk", "desk")
        assert found.remark == "A delivery"
        place.clock.forward(hours=1)
        again = alarms.resolve(db, key, Resolution(), actor=BOSS, now=place.now)
        assert again == found
        assert active(db) == []


def test_what_lasts_ends_with_its_cause_and_not_by_hand(place: Place) -> None:
    with place.database.write() as db:
        row = raised(db, place, "estop")
        assert not alarms.get(db, row.id, actor=BOSS).by_hand
        with pytest.raises(Conflict, match="ends when its cause is gone"):
            alarms.resolve(db, row.id, Resolution(), actor=BOSS, now=place.now)
        row.cleared_at = place.now
        db.flush()
        assert active(db) == []


def test_what_an_agent_told_that_is_gone_is_resolved_by_hand(place: Place) -> None:
    with place.database.write() as db:
        row = raised(db, place, "reader_unplugged")
        db.get_one(AgentRow, "pi").revoked_at = place.now
        db.flush()
        found = alarms.resolve(db, row.id, Resolution(), actor=BOSS, now=place.now)
        assert found.by_hand
        assert not found.active


def test_a_welded_contact_is_never_dismissed_unseen(place: Place) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        row = raised(db, place, "power_while_off")
        row.cleared_at = place.now  # the current has stopped: a contact that welded once will again
        db.flush()
        assert active(db) == ["power_while_off"]
        assert [alarm.id for alarm in alarms.page(db, actor=desk, active=True).items] == [row.id]
        db.get_one(AgentRow, "pi").revoked_at = place.now
        db.flush()
        with pytest.raises(Conflict, match="take charge of this alarm first"):
            alarms.resolve(db, row.id, Resolution(), actor=desk, now=place.now)
        assert alarms.take(db, row.id, actor=desk, now=place.now).active is False
        assert active(db) == []
        assert [alarm.id for alarm in alarms.page(db, actor=desk, active=False).items] == [row.id]


def test_who_may_see_and_who_may_act(place: Place) -> None:
    with place.database.write() as db:
        trainer = place.account(db, "trainer", Role.TRAINER)
        key = raised(db, place, "door_forced").id
        assert alarms.get(db, key, actor=trainer).kind == "door_forced"
        with pytest.raises(Forbidden):
            alarms.take(db, key, actor=trainer, now=place.now)
        with pytest.raises(Forbidden):
            alarms.resolve(db, key, Resolution(), actor=trainer, now=place.now)
        with pytest.raises(NotFound):
            alarms.get(db, key, actor=Actor(ref="account:x"))


def test_lists_are_filtered_by_kind_place_and_time(place: Place) -> None:
    with place.database.write() as db:
        first = raised(db, place, "door_forced")
        place.clock.forward(hours=1)
        later = raised(db, place, "estop", agent=None)
        found = [
            alarms.page(db, actor=BOSS, kind="estop").items,
            alarms.page(db, actor=BOSS, since=place.now).items,
            alarms.page(db, actor=BOSS, agent="pi").items,
            alarms.page(db, actor=BOSS, until=place.now).items,
            alarms.page(db, actor=BOSS, access_point="door-1").items,
        ]
        wanted = [[later.id], [later.id], [first.id], [first.id], []]
        assert [[alarm.id for alarm in some] for some in found] == wanted


def test_what_the_place_raises_is_raised_once_and_raised_anew(place: Place) -> None:
    def keep(is_on: bool) -> None:
        with place.database.write() as db:
            set_alarm(
                db,
                key="k",
                site_id="here",
                kind="maintenance_due",
                access_point="laser-1",
                detail={"name": {"en": "Lens"}},
                is_on=is_on,
                now=place.now,
            )

    def found() -> list[tuple[bool, str | None]]:
        with place.database.read() as db:
            return [(alarm.active, alarm.taken_by) for alarm in alarms.page(db, actor=BOSS).items]

    keep(False)
    assert found() == []
    keep(True)
    keep(True)
    assert found() == [(True, None)]
    with place.database.write() as db:
        (one,) = alarms.page(db, actor=BOSS).items
        alarms.take(db, one.id, actor=BOSS, now=place.now)
    keep(False)
    assert [row[0] for row in found()] == [False]
    keep(True)
    assert found() == [(True, None)]


def test_a_stop_and_what_its_switch_tells_after_it_are_one(place: Place) -> None:
    with place.database.write() as db:
        raised(db, place, "switch_dropped")  # before: somebody pressed the stop for it
        place.clock.forward(seconds=1)
        stop = raised(db, place, "estop")
        after = [raised(db, place, kind) for kind in ("switch_failed", "power_while_off")]
        raised(db, place, "switch_failed", agent="other")
        told = [
            (alarm.kind, alarm.agent_id)
            for alarm in without_explained(alarms.active_at(db, "here"))
        ]
        assert sorted(told) == [
            ("estop", "pi"),
            ("power_while_off", "pi"),
            ("switch_dropped", "pi"),
            ("switch_failed", "other"),
        ]
        assert len(alarms.active_kinds(db, "here", 100)) == 4
        assert after[0].id in {alarm.id for alarm in alarms.page(db, actor=BOSS, active=True).items}
        stop.cleared_at = place.now
        db.flush()
        assert (
            len(alarms.active_kinds(db, "here", 100)) == 4
        )  # the stop is over, the switch still fails
        after[0].cleared_at = place.now
        db.flush()
        assert [
            alarm.kind for alarm in without_explained([shape(db, stop), shape(db, after[0])])
        ] == ["estop"]


def shape(db: Session, row: Alarm) -> alarms.Alarm:
    return alarms.get(db, row.id, actor=BOSS)


def test_news_of_an_alarm_name_it_by_the_id_that_the_api_knows(place: Place) -> None:
    """A webhook's message and `loquet watch` say no more than that."""
    with place.database.write() as db:
        raise_one = partial(raise_alarm, db, site="here", agent="pi", at=place.now, detail={})
        for number in range(KIND_LIMIT + 1):  # the last is counted on the one before
            raise_one(key=f"event:{number}", kind="door_forced")
        count_alarm(db, site="here", agent="pi", kind=FLOODS, at=place.now)
    with place.database.read() as db:
        news = [
            news_item
            for news_item in outbox.news_since(db, HOUSE.kinds, "here", 0)
            if news_item.what == "alarm"
        ]
        kinds = Counter(alarms.get(db, news_item.key, actor=BOSS).kind for news_item in news)
    assert kinds == {"door_forced": KIND_LIMIT, FLOODS: 1}
