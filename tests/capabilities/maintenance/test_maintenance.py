"""Maintenance: hours are sums of sessions, so nothing counts twice and late events count once."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.alarms import alarms
from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.shapes import (
    Maintenance,
    NewDone,
    NewMaintenance,
    UpkeepState,
)
from controller.capabilities.members import members
from controller.capabilities.usage import totals
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, Place

LENS = Label(fr="Nettoyer la lentille", en="Clean the lens")


def used(
    db: Session,
    place: Place,
    hours: float,
    *,
    ago_h: float = 0.0,
    point: str = "laser-1",
    undated: bool = False,
) -> None:
    """A session that began so long ago, and ran for so many hours."""
    at = Utc.of(place.now - timedelta(hours=ago_h))
    db.add(
        SessionRow(
            id=uuid7(),
            site_id="here",
            agent_id="pi",
            access_point_id=point,
            started_at=None if undated else at,
            ended_at=Utc.of(at + timedelta(hours=hours)),
            active_s=hours * 3600,
            idle_s=600.0,
            powered_s=hours * 3600 + 600,
            gap_s=0.0,
        )
    )
    db.flush()
    totals.recount(db)


def asked(db: Session, place: Place, **fields: Any) -> str:
    new = NewMaintenance(access_point="laser-1", name=LENS, **fields)
    return maintenance.create(db, new, actor=BOSS, now=place.now).id


def now_of(db: Session, place: Place, key: str) -> Maintenance:
    return maintenance.get(db, key, actor=BOSS, now=place.now)


def active(db: Session) -> list[tuple[str, str | None, object]]:
    return [
        (alarm.kind, alarm.access_point, alarm.detail["state"])
        for alarm in alarms.active_at(db, "here")
    ]


def test_hours_count_from_the_start_of_each_session_of_that_machine(place: Place) -> None:
    with place.database.write() as db:
        used(db, place, 50, ago_h=1)
        key = asked(db, place, every_h=100)
        powered = asked(db, place, every_h=100, counts="powered")
        place.clock.forward(days=1)
        used(db, place, 40, ago_h=20)
        used(db, place, 5, point="door-1")
        used(db, place, 1.5, ago_h=3, undated=True)
        found = now_of(db, place, key)
        assert (found.used_h, found.left_h, found.state) == (41.5, 58.5, UpkeepState.FINE)
        assert now_of(db, place, powered).used_s == (41.5 * 3600 + 1200)


def test_it_is_told_soon_then_due_then_overdue_with_one_alarm(place: Place) -> None:
    with place.database.write() as db:
        key = asked(db, place, every_h=10)
        for hours, state, told in (
            (8.9, "fine", []),
            (0.2, "soon", []),
            (1.0, "due", [("maintenance_due", "laser-1", "due")]),
            (1.0, "overdue", [("maintenance_due", "laser-1", "overdue")]),
        ):
            used(db, place, hours)
            maintenance.update_alarms(db, place.now)
            maintenance.update_alarms(db, place.now)
            assert now_of(db, place, key).state.value == state
            assert active(db) == told
        assert len(alarms.page(db, actor=BOSS).items) == 1


def test_days_are_due_whatever_the_use_and_whichever_comes_first(place: Place) -> None:
    with place.database.write() as db:
        key = asked(db, place, every_h=1000, every_days=30)
        found = now_of(db, place, key)
        assert found.due_at == Utc.of(place.now + timedelta(days=30))
        place.clock.forward(days=28)
        assert now_of(db, place, key).state is UpkeepState.SOON
        place.clock.forward(days=2)
        maintenance.update_alarms(db, place.now)
        assert now_of(db, place, key).state is UpkeepState.DUE
        assert len(active(db)) == 1


def test_done_says_who_when_and_after_how_much_and_counts_anew(place: Place) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        key = asked(db, place, every_h=10)
        place.clock.forward(hours=20)
        used(db, place, 12, ago_h=15)
        maintenance.update_alarms(db, place.now)
        made = maintenance.log_maintenance(
            db, key, NewDone(remark="New lens"), actor=desk, now=place.now
        )
        assert (made.by, made.used_s, made.remark) == ("desk", 12 * 3600, "New lens")
        assert active(db) == []
        assert now_of(db, place, key).used_s == 0
        place.clock.forward(hours=20)
        used(db, place, 3, ago_h=10)
        same = maintenance.log_maintenance(db, key, NewDone(), actor=desk, now=place.now)
        twice = maintenance.log_maintenance(db, key, NewDone(), actor=desk, now=place.now)
        assert twice.id == same.id
        found = maintenance.history(db, key, actor=BOSS).items
        assert [entry.used_s for entry in found] == [12 * 3600, 3 * 3600]


def test_a_session_that_is_told_late_counts_in_the_interval_in_which_it_began(place: Place) -> None:
    with place.database.write() as db:
        key = asked(db, place, every_h=10)
        place.clock.forward(hours=10)
        maintenance.log_maintenance(db, key, NewDone(), actor=BOSS, now=place.now)
        place.clock.forward(hours=10)
        used(db, place, 4, ago_h=15)  # two days without internet: it began before it was done
        used(db, place, 2, ago_h=5)
        assert now_of(db, place, key).used_s == 2 * 3600
        (first,) = maintenance.history(db, key, actor=BOSS).items
        assert first.used_s == 4 * 3600
        maintenance.log_maintenance(db, key, NewDone(), actor=BOSS, now=place.now)
        total = sum(entry.used_s for entry in maintenance.history(db, key, actor=BOSS).items)
        assert total == 6 * 3600


@pytest.mark.parametrize("seed", range(5))
def test_every_session_counts_in_exactly_one_interval(place: Place, seed: int) -> None:
    dice = Random(seed)
    with place.database.write() as db:
        key = asked(db, place, every_h=100)
        begun, hours = place.now, 0.0
        for _ in range(30):
            place.clock.forward(minutes=dice.randint(0, 90))
            if dice.random() < 0.3:
                maintenance.log_maintenance(db, key, NewDone(), actor=BOSS, now=place.now)
            else:
                late_h = dice.random() * (place.now - begun) / timedelta(hours=1)
                used(db, place, length := dice.randint(1, 20) / 4, ago_h=late_h)
                hours += length
        done = maintenance.history(db, key, actor=BOSS).items
        counted = sum(entry.used_s for entry in done) + now_of(db, place, key).used_s
        assert counted == pytest.approx(hours * 3600)


def test_what_was_done_earlier_is_entered_at_its_time(place: Place) -> None:
    with place.database.write() as db:
        key = asked(db, place, every_days=30)
        begun = place.now
        place.clock.forward(days=10)
        at = Utc.of(place.now - timedelta(days=3))
        maintenance.log_maintenance(db, key, NewDone(at=at), actor=BOSS, now=place.now)
        assert now_of(db, place, key).since == at
        for wrong in (begun, Utc.of(place.now + timedelta(hours=1))):
            with pytest.raises(Invalid, match="at"):
                maintenance.log_maintenance(db, key, NewDone(at=wrong), actor=BOSS, now=place.now)


def test_a_maintainer_of_that_machine_may_say_so_and_others_may_not(place: Place) -> None:
    with place.database.write() as db:
        key = asked(db, place, every_h=10)
        grace, eve = place.member(db, "Grace").id, place.member(db, "Eve").id
        members.change(
            db, grace, {"maintains": ["laser-1"]}, version=None, actor=BOSS, now=place.now
        )
        maintainer = place.account(db, "grace", Role.MEMBER, member_id=grace)
        other = place.account(db, "eve", Role.MEMBER, member_id=eve)
        trainer = place.account(db, "ted", Role.TRAINER)
        place.clock.forward(hours=1)
        made = maintenance.log_maintenance(db, key, NewDone(), actor=maintainer, now=place.now)
        assert made.by == "Grace"
        with pytest.raises(NotFound):
            maintenance.log_maintenance(db, key, NewDone(), actor=other, now=place.now)
        with pytest.raises(Forbidden):
            maintenance.log_maintenance(db, key, NewDone(), actor=trainer, now=place.now)
        with pytest.raises(Forbidden):
            maintenance.change(
                db, key, {"every_h": 5}, version=None, actor=maintainer, now=place.now
            )


def test_its_rules_change_and_end_and_its_history_stays(place: Place) -> None:
    with place.database.write() as db:
        key = asked(db, place, every_h=10)
        used(db, place, 12)
        maintenance.update_alarms(db, place.now)
        version = now_of(db, place, key).version
        longer = maintenance.change(
            db, key, {"every_h": 20}, version=version, actor=BOSS, now=place.now
        )
        assert longer.state is UpkeepState.FINE
        assert active(db) == []
        with pytest.raises(Stale):
            maintenance.change(db, key, {"every_h": 9}, version=version, actor=BOSS, now=place.now)
        with pytest.raises(Invalid, match="every_h"):
            maintenance.change(db, key, {"every_h": None}, version=None, actor=BOSS, now=place.now)
        maintenance.change(db, key, {"every_h": 5}, version=None, actor=BOSS, now=place.now)
        assert len(active(db)) == 1
        maintenance.end(db, key, actor=BOSS, now=place.now)
        assert active(db) == []
        with pytest.raises(Conflict):
            maintenance.log_maintenance(db, key, NewDone(), actor=BOSS, now=place.now)
        who: Any = {"actor": BOSS, "now": place.now}
        assert maintenance.page(db, **who).items == []
        assert [task.id for task in maintenance.page(db, ended=True, **who).items] == [key]


def test_an_access_point_that_one_may_not_know_has_none(place: Place) -> None:
    new = NewMaintenance(access_point="nowhere", name=LENS, every_h=1)
    with place.database.write() as db, pytest.raises(Invalid, match="access_point"):
        maintenance.create(db, new, actor=BOSS, now=place.now)
