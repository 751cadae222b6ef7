"""Effects of meters and safety inputs on a machine, and the reset of faults."""

from dataclasses import replace

from controller.domain.facts import SessionRules
from controller.domain.machine.events import (
    CurrentReading,
    FaultReset,
    InputChanged,
    JobReading,
    MachineEffect,
    Refused,
    ResetRequested,
)
from controller.domain.machine.moves import Move, fault, on_job_running, without_session
from controller.domain.machine.state import MachineState, OpenInput, amend_session
from controller.domain.states import FaultKind, InputKind, MachinePhase, Refusal


def on_reading(state: MachineState, event: JobReading | CurrentReading) -> Move:
    """Handle a reading of the meter or the printer: whether a job is running, or any current
    flows."""
    if isinstance(event, CurrentReading):
        since_s = state.flows_since_s if state.flows_since_s is not None else state.at_s
        return replace(state, flows_since_s=since_s if event.flows else None), ()
    effects: tuple[MachineEffect, ...] = ()
    if event.running is not None and state.job_alarm:
        effects = (FaultReset(kind=FaultKind.JOB_UNKNOWN),)
        state = replace(state, job_alarm=False)
    state = replace(state, job=event.running)
    if event.running is not False:
        state, new_effects = on_job_running(state)
        return state, (*effects, *new_effects)
    if state.phase is MachinePhase.RUNNING and _is_high(state):
        state = amend_session(state, low_since_s=state.at_s)
    return state, effects


def _is_high(state: MachineState) -> bool:
    return state.session is not None and state.session.low_since_s is None


def input_changed(state: MachineState, event: InputChanged, rules: SessionRules) -> Move:
    """Handle an input: e-stop and fire always cause a fault, an interlock only if it opens under
    power.

    A start condition never causes a fault; it only prevents the next start.
    """
    other_inputs = tuple(i for i in state.open_inputs if i.name != event.name)
    if not event.open:
        return replace(state, open_inputs=other_inputs), ()
    open_input = OpenInput(name=event.name, kind=event.kind, cuts=event.cuts)
    state = replace(state, open_inputs=(*other_inputs, open_input))
    is_interlock = event.kind is InputKind.INTERLOCK
    if event.kind is InputKind.START or (is_interlock and not state.main_on):
        return state, ()
    return fault(state, FaultKind(event.kind.value), rules, event.name)


def reset(state: MachineState, event: ResetRequested, rules: SessionRules) -> Move:
    """Reset the faults without restoring power: that needs a new grant (ISO 14118)."""
    refusal = _why_not_reset(state, event)
    if refusal is not None:
        return state, (Refused(why=refusal),)
    effects = tuple(FaultReset(kind=latch.kind, input=latch.input) for latch in state.latches)
    return without_session(replace(state, latches=()), rules), effects


def _why_not_reset(state: MachineState, event: ResetRequested) -> Refusal | None:
    if not state.latches:
        return Refusal.NO_FAULT
    if any(latch.kind.on_the_spot_only for latch in state.latches) and not event.on_the_spot:
        return Refusal.ON_THE_SPOT_ONLY
    open_names = {i.name for i in state.open_inputs}
    if any(latch.input in open_names for latch in state.latches):
        return Refusal.INPUT_OPEN
    is_welded = any(latch.kind is FaultKind.POWER_WHILE_OFF for latch in state.latches)
    return Refusal.CURRENT_FLOWS if is_welded and state.flows_since_s is not None else None
