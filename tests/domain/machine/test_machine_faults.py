"""Meters without a reading, cooling, faults, welded contacts, and commands of staff."""

import pytest

from controller.domain.machine.events import (
    CurrentReading,
    CutRequested,
    EndRequested,
    FaultRaised,
    FaultReset,
    InputChanged,
    JobReading,
    PhaseChanged,
    Refused,
    ResetRequested,
    SessionEnded,
    SetMain,
    SetSecond,
    SwitchFailed,
    Tick,
)
from controller.domain.machine.machine import initial
from controller.domain.machine.state import MachineState
from controller.domain.states import Cuts, EndCause, FaultKind, InputKind, Refusal
from tests.domain.machine.machine_bench import Bench
from tests.domain.machine.machine_states import (
    ARMED,
    COOLING,
    FAULT,
    IDLE,
    NO_SERVICE,
    OFF,
    OUT,
    REVOKED,
    RULES,
    RUNNING,
    UNKNOWN,
    armed,
    bench,
    ended,
    running,
)


def input_of(kind: InputKind, is_open: bool, cuts: Cuts = Cuts.MAIN) -> InputChanged:
    return InputChanged(name=kind.value, kind=kind, open=is_open, cuts=cuts)


# An unknown meter


def metered() -> Bench:
    return Bench(rules=RULES, state=initial(0.0, metered=True))


def test_without_a_reading_it_is_running_with_an_alarm() -> None:
    b = metered()
    b.grant(1)
    assert b.phase is RUNNING
    assert b.state.held_running is None
    assert b.of(FaultRaised) == [FaultRaised(kind=FaultKind.JOB_UNKNOWN, latched=False)]
    b.at(2, IDLE)
    assert b.of(FaultReset) == [FaultReset(kind=FaultKind.JOB_UNKNOWN)]
    b.at(32)
    assert b.phase is ARMED


def test_a_meter_that_falls_silent_never_ends_a_running_job() -> None:
    b = running()
    b.at(20, UNKNOWN)
    assert b.of(FaultRaised) == [FaultRaised(kind=FaultKind.JOB_UNKNOWN, latched=False)]
    b.at(21, UNKNOWN)
    assert b.of(FaultRaised) == []
    b.grant(50)
    b.at(1_000_000)
    assert b.phase is RUNNING


def test_silence_in_the_hold_time_is_running_again() -> None:
    b = running()
    b.at(20, IDLE)
    b.at(40, UNKNOWN)
    b.at(1000)
    assert b.phase is RUNNING


def test_a_meter_lost_while_off_alarms_and_powers_nothing() -> None:
    b = bench()
    b.at(5, UNKNOWN)
    assert b.effects == (FaultRaised(kind=FaultKind.JOB_UNKNOWN, latched=False),)
    assert b.phase is OFF


# Cooling


def test_cooling_keeps_the_second_switch_on() -> None:
    b = armed(cool_down_s=120)
    b.grant(60)
    assert b.phase is COOLING
    assert (b.of(SetMain), b.of(SetSecond)) == ([SetMain(on=False)], [])
    b.at(179)
    assert b.phase is COOLING
    b.at(180)
    assert b.effects == (SetSecond(on=False), PhaseChanged(phase=OFF))


def test_a_grant_while_cooling_arms_again() -> None:
    b = armed(cool_down_s=120)
    b.grant(60)
    b.grant(90)
    assert (b.phase, b.of(SetSecond)) == (ARMED, [])
    b.at(185)
    assert b.phase is ARMED


def test_out_of_service_while_cooling_waits_for_its_end() -> None:
    b = armed(cool_down_s=120)
    b.grant(60)
    b.at(70, NO_SERVICE)
    assert b.phase is COOLING
    b.at(180)
    assert b.phase is OUT


# Faults


@pytest.mark.parametrize("kind", [k for k in InputKind if k is not InputKind.START])
def test_an_input_cuts_the_dangerous_part_and_latches(kind: InputKind) -> None:
    b = running(cool_down_s=60)
    b.at(20, input_of(kind, True))
    assert (b.phase, b.state.main_on, b.state.second_on) == (FAULT, False, True)
    cause = EndCause.INTERLOCK if kind is InputKind.INTERLOCK else EndCause.FAULT
    assert (ended(b).cause, ended(b).was_running) == (cause, True)
    fault = FaultRaised(kind=FaultKind(kind.value), input=kind.value)
    assert list(b.effects) == [SetMain(on=False), ended(b), fault, PhaseChanged(phase=FAULT)]
    assert b.at(21, input_of(kind, True)) == ()
    b.at(22, input_of(kind, False))
    assert b.phase is FAULT
    b.grant(23)
    assert b.effects == (Refused(why=Refusal.FAULT_LATCHED),)
    b.at(24, ResetRequested(on_the_spot=True))
    assert b.of(FaultReset) == [FaultReset(kind=fault.kind, input=kind.value)]
    assert b.phase is COOLING
    b.at(84)
    assert b.phase is OFF


def test_an_input_that_cuts_all() -> None:
    b = running(cool_down_s=60)
    b.at(20, input_of(InputKind.ESTOP, True))
    b.at(21, input_of(InputKind.FIRE, True, Cuts.ALL))
    assert b.effects == (SetSecond(on=False), FaultRaised(kind=FaultKind.FIRE, input="fire"))
    for kind in (InputKind.ESTOP, InputKind.FIRE):
        b.at(22, input_of(kind, False))
    b.at(23, ResetRequested(on_the_spot=True))
    assert b.phase is OFF


@pytest.mark.parametrize("kind", [InputKind.ESTOP, InputKind.FIRE])
def test_an_emergency_is_a_fault_at_any_time(kind: InputKind) -> None:
    b = bench()
    b.at(1, input_of(kind, True))
    assert (b.phase, b.of(SessionEnded)) == (FAULT, [])


def test_an_open_interlock_while_off_is_no_fault_but_stands_against_power() -> None:
    b = bench()
    b.at(1, input_of(InputKind.INTERLOCK, True))
    assert (b.phase, b.state.open_inputs_of(InputKind.INTERLOCK)) == (OFF, ("interlock",))
    b.grant(2)
    assert b.effects == (Refused(why=Refusal.INPUT_OPEN),)
    b.at(3, input_of(InputKind.INTERLOCK, False))
    b.grant(4)
    assert b.phase is ARMED


def test_a_start_condition_stands_against_a_start_and_nothing_else() -> None:
    b = bench()
    b.at(1, input_of(InputKind.START, True, Cuts.ALL))
    b.grant(2)
    assert (b.phase, b.effects) == (OFF, (Refused(why=Refusal.INPUT_OPEN),))
    b = running(cool_down_s=60)
    b.at(21, input_of(InputKind.START, True, Cuts.ALL))
    assert (b.phase, b.effects) == (RUNNING, ())
    b.at(22, JobReading(running=False))
    b.at(60, Tick())
    assert b.phase is ARMED


def test_reset_is_refused_while_the_input_is_open_and_from_afar() -> None:
    b = armed()
    assert b.at(1, ResetRequested(on_the_spot=True)) == (Refused(why=Refusal.NO_FAULT),)
    b.at(2, input_of(InputKind.INTERLOCK, True))
    assert b.at(3, ResetRequested(on_the_spot=False)) == (Refused(why=Refusal.INPUT_OPEN),)
    b.at(4, input_of(InputKind.INTERLOCK, False))
    b.at(5, ResetRequested(on_the_spot=False))
    assert b.phase is OFF
    b.at(6, input_of(InputKind.ESTOP, True))
    b.at(7, input_of(InputKind.ESTOP, False))
    assert b.at(8, ResetRequested(on_the_spot=False)) == (Refused(why=Refusal.ON_THE_SPOT_ONLY),)


def test_after_a_reset_out_of_service_stays() -> None:
    b = armed()
    b.at(1, SwitchFailed())
    assert b.of(FaultRaised) == [FaultRaised(kind=FaultKind.SWITCH_FAILED)]
    b.at(2, NO_SERVICE)
    assert b.phase is FAULT
    b.at(3, ResetRequested(on_the_spot=False))
    assert b.phase is OUT


# A welded contact

FLOWS, QUIET = CurrentReading(flows=True), CurrentReading(flows=False)


def test_current_while_off_for_more_than_two_seconds() -> None:
    b = bench()
    b.at(1, FLOWS)
    b.at(2, FLOWS)
    b.at(2.9)
    assert b.phase is OFF
    b.at(3)
    assert b.of(FaultRaised) == [FaultRaised(kind=FaultKind.POWER_WHILE_OFF)]
    assert b.at(4, ResetRequested(on_the_spot=True)) == (Refused(why=Refusal.CURRENT_FLOWS),)
    b.at(5, QUIET)
    b.at(6, ResetRequested(on_the_spot=False))
    assert b.phase is OFF


def test_current_may_take_two_seconds_to_stop() -> None:
    b = armed()
    b.at(1, FLOWS)
    b.grant(60)
    b.at(61.9, QUIET)
    b.at(100)
    assert b.phase is OFF
    b.grant(200)
    b.at(201, FLOWS)
    b.grant(260)
    b.at(262)
    assert b.phase is FAULT


def test_current_in_a_fault_is_one_more_fault() -> None:
    b = armed()
    b.at(1, FLOWS)
    b.at(10, input_of(InputKind.ESTOP, True))
    b.at(12)
    assert b.of(FaultRaised) == [FaultRaised(kind=FaultKind.POWER_WHILE_OFF)]
    assert [latch.kind for latch in b.state.latches] == [FaultKind.ESTOP, FaultKind.POWER_WHILE_OFF]


# Staff


def test_staff_ends_and_cuts() -> None:
    b = bench()
    for event in (EndRequested(), CutRequested()):
        assert b.at(1, event) == (Refused(why=Refusal.NO_SESSION),)
    b = armed()
    b.at(1, EndRequested())
    assert ended(b).cause is EndCause.ENDED_BY_STAFF
    b = running()
    b.at(20, EndRequested())
    assert b.phase is RUNNING
    b.at(30, IDLE)
    b.at(60)
    assert ended(b).cause is EndCause.ENDED_BY_STAFF


def test_the_first_of_two_equal_causes_stays() -> None:
    b = running()
    b.at(20, EndRequested())
    b.at(21, REVOKED)
    b.at(30, IDLE)
    b.at(60)
    assert ended(b).cause is EndCause.ENDED_BY_STAFF


def test_a_machine_may_start_out_of_service() -> None:
    assert initial(0.0, metered=True, in_service=False).phase is OUT
    assert initial(0.0, metered=True) == MachineState(at_s=0.0, metered=True)
