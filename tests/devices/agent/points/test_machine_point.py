"""A machine at the agent: who gets power, who does not, and what is written of it."""

from pathlib import Path

import pytest

from controller.domain.access.decision import DenyReason, Detail, Notice, NoticeKind
from controller.domain.facts import (
    BookingRule,
    CredentialStatus,
    HeldCertification,
    Level,
    Requirement,
    SessionRules,
    Supervisor,
    Zone,
)
from controller.domain.time import Utc
from controller.wire import events as wire
from controller.wire.commands import (
    CommandResult,
    CutPower,
    EndSession,
    Identify,
    ReadCredential,
    ReleaseDoor,
    ResetFault,
)
from controller.wire.messages import State
from devices.agent.link.outcome import Outcome
from devices.ports import CredentialGone, Fault, FaultCleared, FaultKind, Flash, Look
from tests.devices.agent.agent_rig import (
    AMINA,
    GUEST,
    LASER,
    TRAINER,
    ZOE,
    Contact,
    Lamp,
    Rig,
    Switch,
    machine_facts,
    member,
)
from tests.devices.agent.agent_time import BOOT, Hands


@pytest.fixture(autouse=True)
def people(rig: Rig) -> None:
    rig.person(AMINA, member("amina", "laser"))
    rig.person(ZOE, member("zoe"))


def test_a_certified_member_gets_power_and_leaves(rig: Rig) -> None:
    switch, lamp = Switch(), Lamp()
    laser = rig.machine(machine_facts(), switch=switch, lamp=lamp)
    rig.tap(laser, AMINA)
    assert switch.powered()
    assert (laser.state().state, laser.state().available) == (State.ARMED, True)
    assert lamp.flashed() is Flash.GRANTED
    assert lamp.looked() is Look.ARMED
    rig.pass_(40)
    rig.tap(laser, AMINA)
    assert not switch.powered()
    kinds = [type(event) for event in rig.events()]
    assert kinds == [wire.AccessGranted, wire.SessionStarted, wire.AccessGranted, wire.SessionEnded]
    (ended,) = rig.events(wire.SessionEnded)
    assert (ended.cause, ended.powered_s, ended.idle_s, ended.member) == (
        "badge_out",
        40.0,
        40.0,
        "amina",
    )
    assert lamp.flashed() is Flash.NOTED


def test_a_grants_event_says_what_the_member_was_told(rig: Rig) -> None:
    ends = Utc.parse("2026-03-05T12:00:00.000Z")
    rig.person(AMINA, member("amina", "laser", valid_until=ends))
    laser = rig.machine(machine_facts(), switch=Switch())
    rig.tap(laser, AMINA)
    (granted,) = rig.events(wire.AccessGranted)
    assert granted.notices == (Notice(kind=NoticeKind.CREDENTIAL_ENDS, at=ends, days=3),)


def test_an_uncertified_member_is_told_what_is_missing(rig: Rig) -> None:
    switch, lamp = Switch(), Lamp()
    laser = rig.machine(machine_facts(), switch=switch, lamp=lamp)
    rig.tap(laser, ZOE)
    assert "on" not in switch.log
    flash, message = lamp.flashes[-1]
    assert flash is Flash.DENIED
    assert message is not None
    (denied,) = rig.events(wire.AccessDenied)
    assert denied.reason is DenyReason.CERTIFICATION_MISSING
    assert denied.detail == Detail(certifications=(("laser",),))
    assert denied.member == "zoe"


def test_nobody_gets_power_without_a_policy(rig: Rig) -> None:
    switch = Switch()
    laser = rig.machine(switch=switch)
    rig.tap(laser, AMINA)
    rig.tap(laser, GUEST)
    assert [event.reason for event in rig.events(wire.AccessDenied)] == [
        DenyReason.OUT_OF_SERVICE,
        DenyReason.CREDENTIAL_UNKNOWN,
    ]
    assert not switch.powered()


def test_a_denied_tap_changes_nothing_of_a_session(rig: Rig) -> None:
    switch = Switch()
    laser = rig.machine(machine_facts(), switch=switch)
    rig.tap(laser, AMINA)
    before = laser.state()
    rig.tap(laser, ZOE)
    assert laser.state() == before
    assert switch.log == ["off", "on"]


def test_power_off_when_a_right_is_taken_away(rig: Rig) -> None:
    switch = Switch()
    laser = rig.machine(machine_facts(), switch=switch)
    rig.tap(laser, AMINA)
    rig.person(AMINA, member("amina", "laser", status=CredentialStatus.LOST))
    assert not switch.powered()
    (ended,) = rig.events(wire.SessionEnded)
    assert ended.cause == "revoked"


def test_a_holder_whose_badge_is_gone_from_the_policy_loses_power(rig: Rig) -> None:
    switch = Switch()
    laser = rig.machine(machine_facts(), switch=switch)
    rig.tap(laser, AMINA)
    rig.person(AMINA, None)
    assert not switch.powered()


def test_a_holder_may_leave_though_she_would_be_denied(rig: Rig) -> None:
    switch = Switch()
    rules = SessionRules()
    laser = rig.machine(machine_facts(session=rules), switch=switch, metered=True)
    rig.meter(laser, 2.0)
    rig.tap(laser, AMINA)
    rig.meter(laser, 500.0)
    rig.learn((LASER, machine_facts(in_service=False)))
    assert switch.powered()
    rig.tap(laser, AMINA)
    rig.meter(laser, 1.0)
    rig.pass_(40)
    assert not switch.powered()


def test_a_job_keeps_the_power_on_and_idle_takes_it_away(rig: Rig) -> None:
    switch, lamp = Switch(), Lamp()
    rules = SessionRules(idle_timeout_s=100, idle_warn_s=20, hold_s=5)
    laser = rig.machine(machine_facts(session=rules), switch=switch, metered=True, lamp=lamp)
    rig.meter(laser, 1.0)
    rig.tap(laser, AMINA)
    rig.meter(laser, 500.0)
    assert laser.state().state is State.RUNNING
    rig.pass_(300)
    assert switch.powered()
    rig.meter(laser, 1.0)
    rig.pass_(90)
    assert laser.state().warning
    assert lamp.looked() is Look.IDLE_WARNING
    rig.pass_(30)
    assert not switch.powered()
    (ended,) = rig.events(wire.SessionEnded)
    assert ended.cause == "idle"
    assert ended.active_s == pytest.approx(305, abs=0.1)
    told = rig.events(wire.SessionState)
    assert len(told) >= 5


def test_a_session_is_told_of_again_a_minute_after_it_began_and_no_sooner(rig: Rig) -> None:
    """However long ago the session before it was told of: each telling is two more syncs."""
    laser = rig.machine(machine_facts(), switch=Switch())
    rig.tap(laser, AMINA)
    rig.pass_(70)
    rig.tap(laser, AMINA)
    assert len(rig.events(wire.SessionState)) == 1
    rig.pass_(300)
    rig.tap(laser, AMINA)
    rig.pass_(50)
    assert len(rig.events(wire.SessionState)) == 1
    rig.pass_(20)
    assert len(rig.events(wire.SessionState)) == 2


def test_switches_with_a_time_limit_are_renewed_by_the_loop(rig: Rig) -> None:
    switch = Switch(limit_s=0.4)
    laser = rig.machine(machine_facts(), switch=switch)
    rig.pass_(2)
    assert switch.renewed == 0
    rig.tap(laser, AMINA)
    rig.pass_(2)
    assert 18 <= switch.renewed <= 21
    laser.renew(rig.clock.mono() + 1)
    rig.tap(laser, AMINA)
    renewed = switch.renewed
    rig.pass_(2)
    assert switch.renewed == renewed


def test_an_emergency_stop_latches_through_a_restart_until_a_maintainer_resets(
    rig: Rig, folder: Path, hands: Hands
) -> None:
    switch, cooling = Switch(), Switch(limit_s=None)
    laser = rig.machine(
        machine_facts(), switch=switch, cooling=cooling, inputs={"estop": Contact()}
    )
    rig.tap(laser, AMINA)
    rig.press(laser, "estop", True)
    assert (switch.powered(), cooling.powered()) == (False, True)
    assert laser.state().faults == ("estop",)
    rig.press(laser, "estop", False)
    assert laser.state().state is State.FAULT
    rig.stop()
    again = Rig(folder, hands, BOOT)
    switch = Switch()
    laser = again.machine(switch=switch, inputs={"estop": Contact()})
    again.tap(laser, AMINA)
    assert not switch.powered()
    assert laser.run_command(ResetFault(), "c-1", _never) == Outcome(
        CommandResult.REFUSED, "on_the_spot_only"
    )
    again.person(AMINA, member("amina", "laser", maintains=(LASER,)))
    again.tap(laser, AMINA)
    assert laser.state().state is State.OFF
    assert not switch.powered()
    again.tap(laser, AMINA)
    assert switch.powered()
    (reset,) = again.events(wire.FaultReset)
    assert (reset.fault, reset.member) == ("estop", "amina")
    again.stop()


def test_a_reset_is_refused_while_the_input_is_open(rig: Rig) -> None:
    rig.person(AMINA, member("amina", "laser", maintains=(LASER,)))
    lamp = Lamp()
    laser = rig.machine(machine_facts(), inputs={"estop": Contact(True)}, lamp=lamp)
    rig.tap(laser, AMINA)
    assert laser.state().state is State.FAULT
    assert lamp.flashed() is Flash.DENIED


def test_an_input_that_cannot_be_read_yet_bars_every_grant(rig: Rig) -> None:
    switch = Switch()
    laser = rig.machine(machine_facts(), switch=switch, inputs={"interlock": Contact(None)})
    rig.tap(laser, AMINA)
    assert [event.reason for event in rig.events(wire.AccessDenied)] == [DenyReason.INTERLOCK_OPEN]
    rig.press(laser, "interlock", False)
    rig.tap(laser, AMINA)
    assert switch.powered()
    rig.press(laser, "interlock", None)
    assert not switch.powered()


def test_a_start_condition_is_named_and_never_ends_a_session(rig: Rig) -> None:
    switch = Switch()
    inputs = {"start-lid": Contact(None), "start-home": Contact(True)}
    laser = rig.machine(machine_facts(), switch=switch, inputs=inputs)
    rig.tap(laser, AMINA)
    rig.press(laser, "start-lid", False)
    rig.tap(laser, AMINA)
    details = [event.detail for event in rig.events(wire.AccessDenied) if event.detail]
    assert [detail.inputs for detail in details] == [("start-home", "start-lid"), ("start-home",)]
    assert (switch.powered(), laser.state().available) == (False, False)
    rig.press(laser, "start-home", False)
    rig.tap(laser, AMINA)
    assert switch.powered()
    for active in (True, None):
        rig.press(laser, "start-lid", active)
        assert (switch.powered(), laser.state().available) == (True, True)
    rig.tap(laser, AMINA)
    assert not switch.powered(), "it is still the holder's to switch off"


def test_an_input_that_is_only_watched(rig: Rig) -> None:
    laser = rig.machine(machine_facts(), inputs={"lid": Contact()})
    rig.press(laser, "lid", True)
    (changed,) = rig.events(wire.InputChanged)
    assert (changed.input, changed.active) == ("lid", True)


def test_a_restart_never_brings_power_back(rig: Rig, folder: Path, hands: Hands) -> None:
    laser = rig.machine(machine_facts())
    rig.tap(laser, AMINA)
    rig.pass_(130)
    rig.stop()
    hands.pass_(5)
    again = Rig(folder, hands, BOOT)
    switch = Switch()
    again.machine(switch=switch)
    assert switch.log == ["off"]
    (ended,) = again.events(wire.SessionEnded)
    assert (ended.cause, ended.member) == ("agent_restarted", "amina")
    assert 60 <= ended.idle_s <= 130
    again.stop()


def test_hold_writes_before_power_and_takes_the_session_up(
    rig: Rig, folder: Path, hands: Hands
) -> None:
    written: list[bytes | None] = []
    switch = Switch(limit_s=None, latching=True, mark="m1")
    switch.before_on = lambda: written.append(rig.state_store.get("point/laser"))
    laser = rig.machine(machine_facts(), switch=switch, hold=True)
    rig.tap(laser, AMINA)
    assert switch.powered()
    assert b'"amina"' in (written[0] or b"")
    assert rig.events(wire.SessionStarted)
    rig.stop()
    hands.pass_(10)
    again = Rig(folder, hands, BOOT)
    taken = Switch(limit_s=None, latching=True, mark="m1", is_on=True)
    laser = again.machine(switch=taken, hold=True)
    assert (taken.powered(), taken.log) == (True, [])
    again.tap(laser, AMINA)
    assert not taken.powered()
    (ended,) = again.events(wire.SessionEnded)
    assert ended.gap_s == pytest.approx(10, abs=1)
    again.stop()


@pytest.mark.parametrize(("boot", "mark"), [("another", "m1"), (BOOT, "m2")])
def test_hold_is_not_taken_up_after_another_boot_or_a_restart_of_the_switch(
    rig: Rig, folder: Path, hands: Hands, boot: str, mark: str
) -> None:
    switch = Switch(limit_s=None, latching=True, mark="m1")
    laser = rig.machine(machine_facts(), switch=switch, hold=True)
    rig.tap(laser, AMINA)
    rig.stop()
    other = "1b5c0f6e-7f5e-4c51-9d0e-3a4a3c1d2e3f" if boot == "another" else boot
    again = Rig(folder, hands, other)
    found = Switch(limit_s=None, latching=True, mark=mark, is_on=True)
    again.machine(switch=found, hold=True)
    assert not found.powered()
    again.stop()


def test_a_reader_that_is_unplugged_is_told_and_comes_back(rig: Rig) -> None:
    laser = rig.machine(machine_facts())
    gone = Fault("laser/reader", FaultKind.READER_UNPLUGGED, "no such device")
    laser.device(gone)
    laser.device(gone)
    assert not laser.state().available
    laser.device(FaultCleared("laser/reader", FaultKind.READER_UNPLUGGED))
    assert laser.state().available
    assert [type(event) for event in rig.events()] == [wire.FaultRaised, wire.FaultReset]


def test_commands(rig: Rig) -> None:
    switch, lamp = Switch(), Lamp()
    laser = rig.machine(machine_facts(), switch=switch, lamp=lamp)
    assert _reason(laser.run_command(CutPower(), "c-1", _never)) == "no_session"
    rig.tap(laser, AMINA)
    other = EndSession(session_id="01900000-0000-7000-8000-000000000000")
    assert _reason(laser.run_command(other, "c-2", _never)) == "no_session"
    assert laser.run_command(CutPower(), "c-3", _never) == Outcome(CommandResult.DONE)
    assert not switch.powered()
    rig.tap(laser, AMINA)
    assert laser.run_command(EndSession(), "c-4", _never) == Outcome(CommandResult.DONE)
    assert laser.run_command(Identify(), "c-5", _never) == Outcome(CommandResult.DONE)
    assert lamp.flashed() is Flash.IDENTIFY
    assert _reason(laser.run_command(ReleaseDoor(), "c-6", _never)) == "not_for_a_machine"
    assert [event.cause for event in rig.events(wire.SessionEnded)] == [
        "cut_by_staff",
        "ended_by_staff",
    ]


def test_a_badge_is_read_for_a_command_and_not_decided_on(rig: Rig) -> None:
    switch = Switch()
    laser = rig.machine(machine_facts(), switch=switch)
    answers: list[Outcome] = []
    command = "01900000-0000-7000-8000-000000000001"
    assert laser.run_command(ReadCredential(timeout_s=5), command, answers.append) is None
    rig.tap(laser, AMINA)
    assert not switch.powered()
    assert answers[0].data is not None
    assert answers[0].data.credential == AMINA
    assert laser.run_command(ReadCredential(timeout_s=5), command, answers.append) is None
    assert laser.run_command(ReadCredential(timeout_s=5), command, answers.append) is None
    rig.pass_(6)
    assert [answer.reason for answer in answers] == [None, "superseded", "no_badge"]
    (read,) = rig.events(wire.CredentialRead)
    assert read.command_id == command


def test_a_trainer_then_a_trainee(rig: Rig) -> None:
    trainer = member("tom")
    held = HeldCertification(certification="laser", level=Level.TRAINER)
    rig.person(TRAINER, type(trainer)(member=trainer.member, certifications=(held,)))
    switch = Switch()
    laser = rig.machine(machine_facts(), switch=switch)
    rig.tap(laser, TRAINER)
    rig.tap(laser, TRAINER)
    rig.pass_(5)
    rig.tap(laser, ZOE)
    assert not switch.powered()
    (certified,) = rig.events(wire.CertifiedAtMachine)
    assert (certified.certification, certified.trainer, certified.trainee) == (
        "laser",
        "tom",
        "zoe",
    )
    rig.pass_(60)
    rig.tap(laser, ZOE)
    assert switch.powered()


def test_a_supervisor_opens_a_window_and_closes_it(rig: Rig) -> None:
    asks = Requirement(subscription=False, supervisor=Supervisor.WINDOW)
    rig.person(TRAINER, member("tom", supervises=("workshop",)))
    rig.learn(("workshop", Zone(window_max_min=60)))
    switch = Switch()
    laser = rig.machine(machine_facts(requirement=asks), switch=switch)
    rig.tap(laser, ZOE)
    rig.tap(laser, TRAINER)
    assert not switch.powered()
    rig.tap(laser, ZOE)
    assert switch.powered()
    rig.tap(laser, TRAINER)
    laser.new_facts()
    assert not switch.powered()
    (opened,), (closed,) = rig.events(wire.WindowOpened), rig.events(wire.WindowClosed)
    assert (opened.window_id, closed.cause) == (closed.window_id, "tap")
    assert rig.rechecks == 2
    rig.tap(laser, TRAINER)
    later = rig.judge.expired_windows(Utc.parse("2027-01-01T00:00:00.000Z"))
    assert [window.supervisor for _, window in later] == ["tom"]


def test_ten_unknown_badges_slow_the_reader_and_raise_an_alarm(rig: Rig) -> None:
    laser = rig.machine(machine_facts())
    for _ in range(10):
        rig.tap(laser, GUEST)
        rig.pass_(1)
    switch = laser.devices.power
    assert isinstance(switch, Switch)
    rig.tap(laser, AMINA)
    assert not switch.powered()
    (alarm,) = rig.events(wire.FaultRaised)
    assert alarm.fault == "badge_guessing"
    rig.pass_(120)
    rig.tap(laser, AMINA)
    assert switch.powered()
    assert [event.fault for event in rig.events(wire.FaultReset)] == ["badge_guessing"]


def test_a_badge_in_the_slot(rig: Rig) -> None:
    from controller.domain.facts import PresenceMode

    switch = Switch()
    rules = SessionRules(presence=PresenceMode.SLOT, slot_grace_s=3)
    laser = rig.machine(machine_facts(session=rules), switch=switch)
    rig.tap(laser, AMINA)
    laser.device(CredentialGone("laser/reader", ZOE, rig.clock.mono()))
    rig.pass_(10)
    assert switch.powered()
    laser.device(CredentialGone("laser/reader", AMINA, rig.clock.mono()))
    rig.pass_(2)
    rig.tap(laser, AMINA)
    rig.pass_(5)
    assert switch.powered()
    laser.device(CredentialGone("laser/reader", AMINA, rig.clock.mono()))
    rig.pass_(4)
    assert not switch.powered()


def test_a_clean_stop_ends_the_session_and_tells(rig: Rig) -> None:
    switch = Switch()
    laser = rig.machine(machine_facts(), switch=switch)
    rig.tap(laser, AMINA)
    rig.hands.pass_(7)
    laser.stop()
    assert switch.log[-2:] == ["off", "closed"]
    (ended,) = rig.events(wire.SessionEnded)
    assert (ended.cause, ended.powered_s) == ("agent_restarted", 7.0)


def test_what_is_unforeseen_takes_the_power_away(rig: Rig) -> None:
    switch = Switch()
    laser = rig.machine(machine_facts(), switch=switch)
    rig.tap(laser, AMINA)
    laser.panic()
    assert not switch.powered()
    assert laser.state().state is State.FAULT


def test_a_booking_of_somebody_else(rig: Rig) -> None:
    from datetime import timedelta

    from controller.domain.facts import Booking
    from controller.domain.ids import MemberRef

    now = rig.clock.now()
    booking = Booking(
        access_point=LASER,
        member=MemberRef("zoe"),
        starts_at=now,
        ends_at=Utc.of(now + timedelta(hours=1)),
    )
    rig.learn(("b-1", booking))
    asks = Requirement(subscription=False, booking=BookingRule.RESPECTED)
    laser = rig.machine(machine_facts(requirement=asks))
    rig.tap(laser, AMINA)
    (denied,) = rig.events(wire.AccessDenied)
    assert denied.reason is DenyReason.BOOKED_BY_OTHER


def _reason(outcome: Outcome | None) -> str | None:
    return None if outcome is None else outcome.reason


def _never(_: Outcome) -> None:
    raise AssertionError("this command is answered at once")
