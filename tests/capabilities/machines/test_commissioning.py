"""A new access point stays out of service until all was seen with the wiring that it has now."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.machines import access_points, commissioning, commissioning_lapse
from controller.capabilities.machines.models import CommissioningTick
from controller.capabilities.machines.shapes import Commissioning, NewTick
from controller.domain.commissioning import StepName
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.jsontypes import to_json
from controller.kernel.models import AuditEntry
from controller.policy.models import PolicyRow
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, Place
from tests.support.event_rows import add_event

LASER: dict[str, Any] = {
    "id": "laser-1",
    "kind": "machine",
    "reader": {"driver": "rc522"},
    "power": {"driver": "gpio_pulse", "pin": 17},
    "indicator": {"driver": "gpio", "red": 5},
    "inputs": {"estop": {"driver": "gpio", "pin": 22}},
}
DOOR: dict[str, Any] = {
    "id": "door-1",
    "kind": "door",
    "reader": {"driver": "rc522"},
    "strike": {"driver": "gpio", "pin": 5, "fail": "fail_safe"},
    "inputs": {"contact": {"driver": "gpio", "pin": 6}, "rex": {"driver": "gpio", "pin": 7}},
}
SAID = NewTick(remark="seen")
STEPS = ["badge", "power_on", "power_off", "estop", "estop_reset", "agent_killed"]


def tell_wiring(place: Place, db: Session, *points: dict[str, Any]) -> None:
    """As the hub does when an agent tells other wiring."""
    agent = db.get_one(AgentRow, "pi")
    told = {"access_points": list(points)}
    commissioning_lapse.handle_rewiring(db, agent.id, agent.wiring, told, place.now)
    agent.wiring = told
    db.flush()


def new_point(place: Place, db: Session, key: str = "laser-1") -> None:
    """The place's laser as if it were new, and its agent's wiring."""
    tell_wiring(place, db, LASER, DOOR)
    access_points.change(db, key, {"commissioned": False}, version=None, actor=BOSS, now=place.now)


def tick_all(place: Place, db: Session, key: str = "laser-1") -> Commissioning:
    for step in commissioning.get(db, key, actor=BOSS).missing:
        commissioning.tick(db, key, step, SAID, actor=BOSS, now=place.now)
    return commissioning.finish(db, key, actor=BOSS, now=place.now)


def policy_says(db: Session, key: str) -> object:
    row = db.scalars(select(PolicyRow.value).where(PolicyRow.key == key)).one()
    assert row is not None
    return msgspec.json.decode(row)["commissioned"]


def test_it_goes_into_service_only_when_all_is_ticked(place: Place) -> None:
    with place.database.write() as db:
        new_point(place, db)
        db.add(
            AgentState(
                agent_id="pi",
                online=True,
                boot_id=None,
                connection=1,
                version="1.2.3",
                protocols=[],
                epoch=0,
                policy_version=0,
                stream=None,
                started_at=None,
                seen_at=None,
                telemetry=None,
            )
        )
        for step in STEPS:
            with pytest.raises(Conflict, match=f"not ticked yet: .*{step}"):
                commissioning.finish(db, "laser-1", actor=BOSS, now=place.now)
            seen = commissioning.tick(db, "laser-1", step, SAID, actor=BOSS, now=place.now)
        assert seen.missing == ()
        assert not seen.commissioned
        done = commissioning.finish(db, "laser-1", actor=BOSS, now=place.now)
        assert done.commissioned
        assert commissioning.finish(db, "laser-1", actor=BOSS, now=place.now) == done
        kept = done.steps[0].tick
        assert kept is not None
        assert (kept.by, kept.at, kept.agent_id) == (BOSS.ref, place.now, "pi")
        assert (kept.agent_version, kept.holds) == ("1.2.3", True)
    with place.database.read() as db:
        assert policy_says(db, "laser-1") is True
        actions = db.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
        assert actions[-7:] == ["commissioning_ticked"] * 6 + ["access_point_commissioned"]


def test_other_wiring_asks_again_for_what_it_concerns_and_no_more(place: Place) -> None:
    with place.database.write() as db:
        new_point(place, db)
        tick_all(place, db)
        tell_wiring(place, db, LASER | {"indicator": None}, DOOR)
        assert commissioning.get(db, "laser-1", actor=BOSS).commissioned, "a light gates nothing"
        tell_wiring(place, db, LASER | {"inputs": {"estop": {"driver": "gpio", "pin": 23}}}, DOOR)
        now = commissioning.get(db, "laser-1", actor=BOSS)
        assert (now.commissioned, now.missing) == (False, (StepName.ESTOP, StepName.ESTOP_RESET))
        assert [step.tick.holds for step in now.steps if step.tick] == [
            True,
            True,
            True,
            False,
            False,
            True,
        ]
        assert tick_all(place, db).commissioned
    with place.database.read() as db:
        assert policy_says(db, "laser-1") is True
        lapsed = select(AuditEntry.detail).where(AuditEntry.action == "commissioning_lapsed")
        assert "estop" in db.scalars(lapsed).one()


def test_it_lapses_for_agents_too_when_the_wiring_changes(place: Place) -> None:
    with place.database.write() as db:
        new_point(place, db)
        tick_all(place, db)
    with place.database.write() as db:
        tell_wiring(place, db, DOOR)
    with place.database.read() as db:
        assert policy_says(db, "laser-1") is False
        assert not commissioning.get(db, "laser-1", actor=BOSS).wired


def test_another_agent_has_all_to_show_again(place: Place) -> None:
    with place.database.write() as db:
        new_point(place, db)
        tick_all(place, db)
        wired = {"access_points": [LASER]}
        db.add(
            AgentRow(
                id="pi-2", site_id="here", name={"en": "Pi"}, created_at=place.now, wiring=wired
            )
        )
        db.flush()
        moved = access_points.change(
            db, "laser-1", {"agent_id": "pi-2"}, version=None, actor=BOSS, now=place.now
        )
        assert not moved.commissioned
        assert moved == access_points.get(db, "laser-1", actor=BOSS)
        assert list(commissioning.get(db, "laser-1", actor=BOSS).missing) == STEPS


def test_what_was_put_into_service_by_hand_stays_there_and_is_audited(place: Place) -> None:
    with place.database.write() as db:
        tell_wiring(place, db, LASER)
        commissioning.tick(db, "laser-1", "badge", SAID, actor=BOSS, now=place.now)
        tell_wiring(place, db, LASER | {"power": {"driver": "gpio", "pin": 3}})
        assert commissioning.get(db, "laser-1", actor=BOSS).commissioned
        for wanted in (False, True):
            access_points.change(
                db, "laser-1", {"commissioned": wanted}, version=None, actor=BOSS, now=place.now
            )
    with place.database.read() as db:
        changed = select(AuditEntry.detail).where(AuditEntry.action == "access_point_changed")
        assert ['"not_commissioned"' in one for one in db.scalars(changed)] == [True, False]


def test_begun_again_nothing_is_ticked(place: Place) -> None:
    with place.database.write() as db:
        new_point(place, db)
        tick_all(place, db)
        again = commissioning.restart(db, "laser-1", actor=BOSS, now=place.now)
        assert (again.commissioned, list(again.missing)) == (False, STEPS)
        assert db.scalars(select(CommissioningTick)).all() == []


def test_a_tick_needs_the_event_that_shows_it_or_a_persons_words(place: Place) -> None:
    with place.database.write() as db:
        new_point(place, db)

        def tick(step: str, **new: str) -> Commissioning:
            return commissioning.tick(
                db, "laser-1", step, NewTick(**new), actor=BOSS, now=place.now
            )

        with pytest.raises(Invalid, match="remark"):
            tick("estop")
        with pytest.raises(NotFound, match="commissioning step interlock"):
            tick("interlock", remark="none here")
        estop = '{"type":"fault_raised","fault":"estop"}'
        lock = _event(place, db, 1, "laser-1", '{"type":"fault_raised","fault":"interlock"}')
        door = _event(place, db, 2, "door-1", estop)
        right = _event(place, db, 3, "laser-1", estop)
        db.add(AgentRow(id="pi-before", site_id="here", name={"en": "Pi"}, created_at=place.now))
        db.flush()
        before = _event(place, db, 5, "laser-1", estop, agent="pi-before")  # here before this one
        for wrong in (lock, door, uuid7(), before, "event-4"):
            with pytest.raises(Invalid, match="no event of laser-1 that shows estop"):
                tick("estop", event_id=wrong, remark="and words do not mend it")
        seen = tick("estop", event_id=right)
        assert [
            commissioning_step.tick.event_id
            for commissioning_step in seen.steps
            if commissioning_step.tick
        ] == [right]


def _event(place: Place, db: Session, seq: int, point: str, raw: str, agent: str = "pi") -> str:
    """The id of an event that the agent told."""
    row = add_event(
        db,
        agent=agent,
        stream="s",
        seq=seq,
        event_id=uuid7(),
        site="here",
        point=point,
        type="fault_raised",
        at=place.now,
        received_at=place.now,
        raw=raw.encode(),
    )
    return row.event_id


def test_before_its_agent_has_told_its_wiring_there_is_nothing_to_tick(place: Place) -> None:
    with place.database.write() as db:
        assert not commissioning.get(db, "laser-1", actor=BOSS).wired
        with pytest.raises(Conflict, match="has not reported its wiring"):
            commissioning.tick(db, "laser-1", "badge", SAID, actor=BOSS, now=place.now)
        with pytest.raises(Conflict, match="has not reported its wiring"):
            commissioning.finish(db, "laser-1", actor=BOSS, now=place.now)


def test_only_who_makes_the_rules_ticks_and_others_sites_are_not_there(place: Place) -> None:
    with place.database.write() as db:
        new_point(place, db)
        desk, stranger = place.account(db, "desk", Role.DESK), Actor(ref="account:x")
        for action in (commissioning.finish, commissioning.restart):
            with pytest.raises(Forbidden):
                action(db, "laser-1", actor=desk, now=place.now)
        with pytest.raises(Forbidden):
            commissioning.tick(db, "laser-1", "badge", SAID, actor=desk, now=place.now)
        with pytest.raises(NotFound):
            commissioning.get(db, "laser-1", actor=stranger)


def test_a_door_has_its_own_steps_and_what_is_not_wired_is_said_by_a_person(place: Place) -> None:
    with place.database.write() as db:
        tell_wiring(place, db, DOOR)
        found = {one.step: one for one in commissioning.get(db, "door-1", actor=BOSS).steps}
        assert list(found) == ["badge", "strike", "contact", "rex", "way_out"]
        assert found[StepName.CONTACT].events == ("door_opened",)
        assert found[StepName.WAY_OUT].events == ()
        tell_wiring(place, db, DOOR | {"inputs": {"fire": {}}})
        bare = {one.step: one for one in commissioning.get(db, "door-1", actor=BOSS).steps}
        assert list(bare) == ["badge", "strike", "contact", "rex", "fire", "way_out"]
        assert bare[StepName.CONTACT].events == ()
        assert "voulu" in to_json(bare[StepName.CONTACT].see)["fr"]


def test_a_machine_without_an_estop_or_that_holds_says_so(place: Place) -> None:
    with place.database.write() as db:
        power = {"driver": "modbus", "on_agent_loss": "hold"}
        tell_wiring(place, db, LASER | {"inputs": None, "power": power})
        found = {one.step: one for one in commissioning.get(db, "laser-1", actor=BOSS).steps}
        assert list(found) == ["badge", "power_on", "power_off", "estop", "agent_killed"]
        assert (found[StepName.ESTOP].events, found[StepName.AGENT_KILLED].events) == ((), ())
        assert "hold" in to_json(found[StepName.AGENT_KILLED].see)["en"]
        tell_wiring(place, db, LASER | {"inputs": {"start-lid": {}}, "power": None})
        start = commissioning.get(db, "laser-1", actor=BOSS).steps[-1]
        assert (start.step, start.fields) == ("start_condition", {"reason": "interlock_open"})
        tell_wiring(place, db, LASER | {"inputs": {"interlock-lid": {}}, "power": None})
        found = {one.step: one for one in commissioning.get(db, "laser-1", actor=BOSS).steps}
        assert list(found) == ["badge", "estop", "interlock"]
        assert found[StepName.INTERLOCK].fields == {"fault": "interlock"}
