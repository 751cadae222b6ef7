"""A machine's power switch at the agent: when it counts as off, and when it may be tried."""

import pytest

from controller.domain.access.decision import DenyReason
from controller.domain.facts import Risk
from controller.wire import events as wire
from controller.wire.commands import CommandResult, PulseSwitch
from controller.wire.messages import State
from devices.agent.link.outcome import Outcome
from devices.ports import Fault, FaultKind, SwitchReported, SwitchState
from tests.devices.agent.agent_rig import (
    AMINA,
    LASER,
    ZOE,
    Contact,
    Rig,
    Switch,
    machine_facts,
    member,
)


@pytest.fixture(autouse=True)
def people(rig: Rig) -> None:
    rig.person(AMINA, member("amina", "laser"))
    rig.person(ZOE, member("zoe"))


def test_a_dangerous_machine_refuses_a_switch_without_a_time_limit_to_everybody(rig: Rig) -> None:
    rig.person(AMINA, member("amina", "laser", maintains=(LASER,)))
    switch = Switch(limit_s=None)
    laser = rig.machine(machine_facts(risk=Risk.DANGEROUS), switch=switch)
    rig.tap(laser, AMINA)
    rig.tap(laser, ZOE)
    assert [event.reason for event in rig.events(wire.AccessDenied)] == [
        DenyReason.AGENT_TOO_OLD,
        DenyReason.OUT_OF_SERVICE,
    ]
    assert not switch.powered()
    assert not laser.state().available


def test_a_switch_that_does_not_obey_is_a_latched_fault(rig: Rig) -> None:
    switch = Switch()
    laser = rig.machine(machine_facts(), switch=switch)
    switch.broken = True
    rig.tap(laser, AMINA)
    assert laser.state().state is State.FAULT
    assert [type(event) for event in rig.events()][-2:] == [wire.SessionEnded, wire.FaultRaised]


@pytest.mark.parametrize(
    "event",
    [
        Fault("laser/power", FaultKind.SWITCH_DROPPED, "not renewed"),
        SwitchReported("laser/power", SwitchState.OFF, 1000.5),
    ],
)
def test_a_switch_that_went_off_by_itself_stays_off(
    rig: Rig, event: Fault | SwitchReported
) -> None:
    laser = rig.machine(machine_facts())
    rig.tap(laser, AMINA)
    laser.device(event)
    assert laser.state().state is State.FAULT


def test_what_a_switch_reported_before_it_was_told_to_go_on_is_no_fault(rig: Rig) -> None:
    """It was on its way while the session was being written down."""
    switch = Switch()
    laser = rig.machine(machine_facts(), switch=switch)
    before_s = rig.clock.mono()
    rig.pass_(0.1)
    rig.tap(laser, AMINA)
    laser.device(SwitchReported("laser/power", SwitchState.OFF, before_s))
    assert laser.state().state is State.ARMED
    assert switch.powered()


def test_a_switch_is_heard_before_its_machine_is_commissioned_and_never_after(rig: Rig) -> None:
    switch = Switch()
    laser = rig.machine(machine_facts(commissioned=False), switch=switch)
    assert laser.run_command(PulseSwitch(pulse_s=0.4), "c-1", _never) == Outcome(CommandResult.DONE)
    rig.pass_(0.3)
    assert switch.powered()
    assert switch.renewed
    rig.pass_(0.2)
    assert not switch.powered()
    assert rig.events() == []
    laser.run_command(PulseSwitch(pulse_s=1), "c-2", _never)
    laser.outputs_off()
    assert not switch.powered()
    rig.learn((LASER, machine_facts()))
    assert _reason(laser.run_command(PulseSwitch(), "c-3", _never)) == "commissioned"
    assert not switch.powered()


def test_a_pulse_does_not_cut_what_was_granted_meanwhile(rig: Rig) -> None:
    switch = Switch()
    laser = rig.machine(machine_facts(commissioned=False), switch=switch)
    laser.run_command(PulseSwitch(pulse_s=1), "c-1", _never)
    rig.learn((LASER, machine_facts()))
    rig.tap(laser, AMINA)
    rig.pass_(2)
    assert switch.powered()
    rig.learn((LASER, machine_facts(commissioned=False)))
    assert not switch.powered()


@pytest.mark.parametrize(("hold", "why"), [(True, "holds"), (False, "barred")])
def test_no_switch_is_tried_that_may_stay_on_or_that_an_input_keeps_off(
    rig: Rig, hold: bool, why: str
) -> None:
    switch = Switch(latching=True, limit_s=None)
    estop = {} if hold else {"estop": Contact(is_active=True)}
    unready = machine_facts(commissioned=False)
    laser = rig.machine(unready, switch=switch, inputs=estop, hold=hold)
    assert _reason(laser.run_command(PulseSwitch(), "c-1", _never)) == why
    assert "on" not in switch.log


def test_until_its_switch_was_read_a_machine_is_refused_without_a_fault(rig: Rig) -> None:
    """A plug is set up a moment after its agent has started."""
    switch = Switch(is_read=False)
    laser = rig.machine(machine_facts(), switch=switch)
    rig.tap(laser, AMINA)
    assert [event.reason for event in rig.events(wire.AccessDenied)] == [DenyReason.FAULT_LATCHED]
    assert (laser.state().state, laser.state().available) == (State.OFF, False)
    switch.is_read = True
    laser.device(SwitchReported("laser/power", SwitchState.OFF, rig.clock.mono()))
    assert laser.state().available
    rig.tap(laser, AMINA)
    assert switch.powered()


def _reason(outcome: Outcome | None) -> str | None:
    return None if outcome is None else outcome.reason


def _never(_: Outcome) -> None:
    raise AssertionError("this command is answered at once")
