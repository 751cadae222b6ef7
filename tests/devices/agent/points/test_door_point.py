"""A door at the agent: who is let in, who went through, and what a fire does."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from controller.domain.access.decision import DenyReason
from controller.domain.facts import (
    CredentialKind,
    DoorRules,
    Holder,
    Requirement,
    Schedule,
    WeeklyWindow,
)
from controller.domain.ids import MemberRef
from controller.domain.time import Utc
from controller.wire import events as wire
from controller.wire.commands import (
    CommandArgs,
    CommandResult,
    CutPower,
    FollowHours,
    HoldDoor,
    LockDoor,
    ReleaseDoor,
    ResetFault,
)
from controller.wire.messages import State
from devices.agent.link.outcome import Outcome
from devices.agent.points.door_point import DoorPoint
from devices.ports import Fault, FaultKind, Flash, Look
from tests.devices.agent.agent_rig import (
    AMINA,
    DOOR,
    GUEST,
    TRAINER,
    ZOE,
    Contact,
    Lamp,
    Rig,
    StrikeCoil,
    door_facts,
    member,
    site_row,
)
from tests.devices.agent.agent_time import BOOT, Hands


@pytest.fixture(autouse=True)
def people(rig: Rig) -> None:
    rig.person(AMINA, member("amina"))


def ask(door: DoorPoint, args: CommandArgs) -> Outcome | None:
    return door.run_command(args, "c-1", lambda _: None)


def test_a_badge_releases_the_door_for_a_while(rig: Rig) -> None:
    strike, lamp = StrikeCoil(), Lamp()
    door = rig.door(door_facts(), strike=strike, lamp=lamp)
    assert strike.log == ["locked"]
    rig.tap(door, AMINA)
    assert strike.last() == 5.0
    assert (door.state().state, lamp.flashed()) == (State.RELEASED, Flash.GRANTED)
    rig.pass_(6)
    assert strike.last() == "locked"
    assert door.state().state is State.LOCKED
    assert [type(event) for event in rig.events()] == [wire.AccessGranted, wire.DoorReleased]


def test_a_second_badge_keeps_it_released_longer(rig: Rig) -> None:
    strike = StrikeCoil()
    door = rig.door(door_facts(), strike=strike)
    rig.tap(door, AMINA)
    rig.pass_(4)
    rig.tap(door, AMINA)
    assert strike.log == ["locked", 5.0, 5.0]
    rig.pass_(4)
    assert strike.last() == 5.0


def test_a_stranger_stays_outside(rig: Rig) -> None:
    strike, lamp = StrikeCoil(), Lamp()
    door = rig.door(door_facts(), strike=strike, lamp=lamp)
    rig.tap(door, ZOE)
    assert strike.log == ["locked"]
    assert lamp.flashed() is Flash.DENIED
    (denied,) = rig.events(wire.AccessDenied)
    assert denied.reason is DenyReason.CREDENTIAL_UNKNOWN


def test_who_goes_through_moves_zone(rig: Rig) -> None:
    door = rig.door(door_facts(), inputs={"contact": Contact()})
    rig.tap(door, AMINA)
    rig.press(door, "contact", True)
    assert door.state().state is State.OPEN
    rig.pass_(3)
    rig.press(door, "contact", False)
    (opened,), (closed,) = rig.events(wire.DoorOpened), rig.events(wire.DoorClosed)
    assert (opened.member, opened.zone, opened.from_zone, opened.headcount) == (
        "amina",
        "hall",
        "street",
        1,
    )
    assert closed.open_s == pytest.approx(3.0)


def test_a_grant_that_nobody_used(rig: Rig) -> None:
    door = rig.door(door_facts(), inputs={"contact": Contact()})
    rig.tap(door, AMINA)
    rig.pass_(12)
    (unused,) = rig.events(wire.DoorNotUsed)
    assert unused.member == "amina"


def test_forced_held_and_the_exit_button(rig: Rig) -> None:
    lamp = Lamp()
    door = rig.door(
        door_facts(door=DoorRules(held_s=20)),
        inputs={"contact": Contact(), "rex": Contact()},
        lamp=lamp,
    )
    rig.press(door, "contact", True)
    assert (door.state().state, lamp.looked()) == (State.FORCED, Look.FAULT)
    rig.press(door, "contact", False)
    rig.press(door, "rex", True)
    rig.press(door, "rex", False)
    rig.press(door, "contact", True)
    rig.pass_(25)
    assert door.state().state is State.HELD
    kinds = [type(event) for event in rig.events()]
    assert kinds == [
        wire.DoorForced,
        wire.DoorClosed,
        wire.Rex,
        wire.DoorReleased,
        wire.DoorOpened,
        wire.DoorHeld,
    ]


def test_a_fire_releases_and_stays_released_through_a_restart(
    rig: Rig, folder: Path, hands: Hands
) -> None:
    strike = StrikeCoil()
    door = rig.door(door_facts(), strike=strike, inputs={"fire": Contact()})
    rig.press(door, "fire", True)
    assert strike.last() is None
    rig.press(door, "fire", False)
    assert ask(door, LockDoor()) == Outcome(CommandResult.REFUSED, "fire")
    assert ask(door, ResetFault()) == Outcome(CommandResult.REFUSED, "on_the_spot_only")
    door.outputs_off()
    assert strike.last() is None
    assert rig.events(wire.Fire)
    rig.stop()
    again = Rig(folder, hands, BOOT)
    strike = StrikeCoil()
    door = again.door(strike=strike, inputs={"fire": Contact()})
    assert strike.log == [None]
    assert door.state().faults == ("fire",)
    again.person(AMINA, member("amina", maintains=(DOOR,)))
    again.tap(door, AMINA)
    assert strike.last() == "locked"
    (reset,) = again.events(wire.FaultReset)
    assert (reset.fault, reset.member) == ("fire", "amina")
    again.stop()


def test_a_fire_is_not_reset_while_it_burns(rig: Rig) -> None:
    rig.person(AMINA, member("amina", maintains=(DOOR,)))
    strike, lamp = StrikeCoil(), Lamp()
    door = rig.door(door_facts(), strike=strike, inputs={"fire": Contact(True)}, lamp=lamp)
    rig.tap(door, AMINA)
    assert strike.last() is None
    assert lamp.flashed() is Flash.DENIED


def test_commands(rig: Rig) -> None:
    strike = StrikeCoil()
    door = rig.door(door_facts(), strike=strike)
    done = Outcome(CommandResult.DONE)
    assert ask(door, ReleaseDoor(pulse_s=2)) == done
    assert strike.last() == 2.0
    rig.pass_(3)
    until = Utc.of(rig.clock.now() + timedelta(seconds=60))
    assert ask(door, HoldDoor(until=until)) == done
    assert strike.last() is None
    assert door.state().ends_at == until
    rig.pass_(75)
    assert strike.last() == "locked"
    assert door.state().ends_at is None
    assert ask(door, HoldDoor()) == done
    assert ask(door, LockDoor()) == done
    assert strike.last() == "locked"
    outcome = ask(door, CutPower())
    assert outcome is not None
    assert outcome.reason == "not_for_a_door"


def test_public_hours_keep_it_released(rig: Rig) -> None:
    strike = StrikeCoil()
    rules = DoorRules(public_schedule="public")
    monday = WeeklyWindow(weekday=0, start=time(13, 0), end=time(13, 1))
    rig.learn(("site", site_row()), ("public", Schedule(weekly=(monday,))))
    door = rig.door(door_facts(door=rules), strike=strike)
    rig.pass_(11)
    assert strike.last() is None
    rig.pass_(60)
    assert strike.last() == "locked"
    assert [event.cause for event in rig.events(wire.DoorReleased)] == ["schedule"]
    assert door.state().state is State.LOCKED


def test_what_staff_did_in_public_hours_is_taken_back(rig: Rig) -> None:
    strike = StrikeCoil()
    rules = DoorRules(public_schedule="public")
    monday = WeeklyWindow(weekday=0, start=time(13, 0), end=time(14, 0))
    rig.learn(("site", site_row()), ("public", Schedule(weekly=(monday,))))
    door = rig.door(door_facts(door=rules), strike=strike)
    rig.pass_(11)
    until = Utc.of(rig.clock.now() + timedelta(seconds=60))
    ask(door, HoldDoor(until=until))
    rig.pass_(75)
    assert strike.last() is None, "the public hours go on when the hold has ended"
    ask(door, LockDoor())
    assert strike.last() == "locked"
    assert ask(door, FollowHours()) == Outcome(CommandResult.DONE)
    assert strike.last() is None


@pytest.mark.parametrize(
    ("away_s", "lasts"), [(600, True), (3600 + 60, False), (7 * 86_400, False)]
)
def test_staffs_lock_in_public_hours_outlasts_a_restart_until_they_begin_anew(
    rig: Rig, folder: Path, hands: Hands, away_s: float, lasts: bool
) -> None:
    monday = WeeklyWindow(weekday=0, start=time(13, 0), end=time(14, 0))
    tuesday = WeeklyWindow(weekday=0, start=time(14, 0, 30), end=time(16, 0))
    rig.learn(("site", site_row()), ("public", Schedule(weekly=(monday, tuesday))))
    strike = StrikeCoil()
    door = rig.door(door_facts(door=DoorRules(public_schedule="public")), strike=strike)
    rig.pass_(11)
    assert ask(door, LockDoor()) == Outcome(CommandResult.DONE)
    assert strike.last() == "locked"
    rig.stop()
    hands.pass_(away_s)
    again = Rig(folder, hands, BOOT)
    strike = StrikeCoil()
    door = again.door(strike=strike)
    again.pass_(11)
    assert (strike.last() == "locked") is lasts
    if lasts:
        again.pass_(3600)
        assert strike.last() is None, "they have begun anew"
    again.stop()


@pytest.mark.parametrize(("inputs", "released"), [({"fire": Contact()}, True), ({}, False)])
def test_what_a_door_kept_and_cannot_be_read_is_taken_for_a_fire(
    rig: Rig, inputs: dict[str, Contact], released: bool
) -> None:
    rig.kept["point/door"] = b"damaged"
    strike = StrikeCoil()
    door = rig.door(door_facts(), strike=strike, inputs=inputs)
    assert (strike.last() is None) is released
    assert door.state().faults == (("fire",) if released else ())


def test_a_host_admits_a_guest_until_closing(rig: Rig) -> None:
    rig.learn(("site", site_row()))
    rig.person(TRAINER, member("host", supervises=("hall",)))
    rig.person(GUEST, Holder(member=MemberRef("guest"), kind=CredentialKind.GUEST))
    strike = StrikeCoil()
    door = rig.door(door_facts(requirement=Requirement(subscription=False)), strike=strike)
    rig.tap(door, GUEST)
    rig.tap(door, TRAINER)
    rig.pass_(20)
    rig.tap(door, GUEST)
    rig.pass_(60)
    rig.tap(door, GUEST)
    granted = rig.events(wire.AccessGranted)
    assert [event.member for event in granted] == ["host", "guest", "guest"]
    (admitted,) = rig.events(wire.GuestAdmitted)
    assert (admitted.host, admitted.guest) == ("host", "guest")


def test_faults_of_strike_and_hardware(rig: Rig) -> None:
    strike = StrikeCoil()
    door = rig.door(door_facts(), strike=strike)
    door.device(Fault("door/reader", FaultKind.READER_UNPLUGGED, "gone"))
    assert not door.state().available
    strike.broken = True
    rig.tap(door, AMINA)
    door.panic()
    assert [event.fault for event in rig.events(wire.FaultRaised)] == [
        "reader_unplugged",
        "point_failed",
    ]


def test_out_of_service_shows(rig: Rig) -> None:
    lamp = Lamp()
    door = rig.door(door_facts(in_service=False), lamp=lamp)
    assert door.look()[0] is Look.OUT_OF_SERVICE
    assert not door.state().available


def test_a_clean_stop_locks(rig: Rig) -> None:
    strike = StrikeCoil()
    door = rig.door(door_facts(), strike=strike, inputs={"lid": Contact()})
    rig.tap(door, AMINA)
    rig.press(door, "lid", True)
    door.stop()
    assert strike.log[-2:] == ["locked", "closed"]
    assert rig.events(wire.InputChanged)
