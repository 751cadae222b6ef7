"""What survives a restart of the agent: latches, never power, unless a held session is taken up."""

from dataclasses import replace

import msgspec
import pytest

from controller.domain.machine.events import (
    Granted,
    InputChanged,
    JobReading,
    PhaseChanged,
    SessionEnded,
    SetMain,
    SetSecond,
)
from controller.domain.machine.machine import MachineState, restore, resume_session
from controller.domain.states import EndCause, FaultKind, InputKind, MachinePhase
from tests.domain.domain_builders import ANA
from tests.domain.machine.machine_bench import Bench


def kept(state: MachineState) -> MachineState:
    """The state as it comes back from disk."""
    return msgspec.json.decode(msgspec.json.encode(state), type=MachineState)


def used(*, metered: bool = False) -> Bench:
    """Ana's job has run from 10 s to 100 s, if there is a meter."""
    b = Bench()
    b.state = replace(b.state, metered=metered)
    b.grant(0)
    if metered:
        b.at(10, JobReading(running=True))
    b.at(100)
    return b


def test_at_the_very_first_start_it_is_off() -> None:
    state, effects = restore(None, 5.0, metered=True, in_service=True)
    assert state.phase is MachinePhase.OFF
    off = (SetMain(on=False), SetSecond(on=False), PhaseChanged(phase=MachinePhase.OFF))
    assert effects == off


@pytest.mark.parametrize("metered", [True, False])
def test_power_never_comes_back_by_itself(metered: bool) -> None:
    saved = kept(used(metered=metered).state)
    state, effects = restore(saved, 7.0, metered=metered, in_service=True)
    assert (state.phase, state.main_on, state.session) == (MachinePhase.OFF, False, None)
    [end] = [e for e in effects if isinstance(e, SessionEnded)]
    assert (end.cause, end.was_running) == (EndCause.AGENT_RESTARTED, metered)
    assert (end.active_s, end.idle_s, end.powered_s, end.gap_s) == (
        (90, 10, 100, 0) if metered else (0, 100, 100, 0)
    )


def test_a_latch_survives_and_the_input_may_be_open_still() -> None:
    b = used()
    estop = InputChanged(name="e1", kind=InputKind.ESTOP, open=True)
    b.at(101, estop)
    state, _ = restore(kept(b.state), 3.0, metered=False, in_service=True)
    assert state.phase is MachinePhase.FAULT
    assert [latch.kind for latch in state.latches] == [FaultKind.ESTOP]
    again = Bench(state=state)
    assert again.at(4, estop) == ()
    again.grant(5)
    assert again.phase is MachinePhase.FAULT


def test_out_of_service_meanwhile() -> None:
    state, _ = restore(kept(used().state), 3.0, metered=False, in_service=False)
    assert state.phase is MachinePhase.OUT_OF_SERVICE


def taken(
    saved: MachineState,
    *,
    mono_s: float = 130.0,
    same_boot: bool = True,
    switch_restarted: bool = False,
    in_service: bool = True,
) -> MachineState | None:
    return resume_session(
        kept(saved),
        mono_s,
        same_boot=same_boot,
        switch_restarted=switch_restarted,
        in_service=in_service,
    )


def test_a_held_session_is_taken_up_as_running_with_the_gap_marked() -> None:
    state = taken(used(metered=True).state)
    assert state is not None
    assert (state.phase, state.held_running) == (MachinePhase.RUNNING, None)
    b = Bench(state=state)
    b.at(140, JobReading(running=False))
    b.at(170)
    assert b.phase is MachinePhase.ARMED
    b.at(180, Granted(member=ANA, session_id="next"))
    [end] = b.of(SessionEnded)
    assert (end.active_s, end.idle_s, end.gap_s, end.powered_s) == (130, 20, 30, 180)


def test_without_a_meter_it_is_armed_and_idle_from_now() -> None:
    state = taken(used().state)
    assert state is not None
    assert state.phase is MachinePhase.ARMED
    b = Bench(state=state)
    b.at(130 + 839)
    assert b.phase is MachinePhase.ARMED


def test_what_is_not_taken_up() -> None:
    saved = used().state
    assert taken(saved, same_boot=False) is None
    assert taken(saved, switch_restarted=True) is None
    assert taken(saved, mono_s=99.0) is None
    assert taken(saved, in_service=False) is None
    b = used()
    b.at(101, InputChanged(name="e1", kind=InputKind.ESTOP, open=True))
    assert taken(b.state) is None


def test_a_maintainers_session_is_taken_up_out_of_service() -> None:
    b = Bench()
    b.grant(0, maintainer=True)
    assert taken(b.state, in_service=False) is not None
