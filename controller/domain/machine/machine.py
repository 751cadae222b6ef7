"""The state machine of a machine: off, armed, running, cooling down, fault, out of service."""

from dataclasses import replace

from controller.domain.facts import SessionRules
from controller.domain.machine.events import (
    BadgeBack,
    BadgeOut,
    CurrentReading,
    CutRequested,
    EndRequested,
    Granted,
    InputChanged,
    JobReading,
    LimitsChanged,
    MachineEffect,
    MachineEvent,
    PhaseChanged,
    Refused,
    ResetRequested,
    Revoked,
    ServiceChanged,
    SetMain,
    SetSecond,
    SwitchFailed,
    TapDenied,
    Tick,
    WarningOver,
)
from controller.domain.machine.moves import (
    Move,
    end_after_job,
    end_now,
    fault,
    resting_phase,
    revoke,
)
from controller.domain.machine.restart import LastRecord, add_gap, initial, restore, resume_session
from controller.domain.machine.sensors import input_changed, on_reading, reset
from controller.domain.machine.state import (
    Latch,
    MachineState,
    OpenInput,
    Session,
    amend_session,
    count_time,
    last_warning_lead,
    stamp_phase,
)
from controller.domain.machine.taps import badge, handle_grant
from controller.domain.machine.timers import next_timer, run_due
from controller.domain.states import EndCause, FaultKind, MachinePhase, Refusal

__all__ = [
    "LastRecord",
    "Latch",
    "MachineState",
    "OpenInput",
    "Session",
    "add_gap",
    "initial",
    "next_deadline",
    "restore",
    "resume_session",
    "step",
]

_SAME_CLOSING_S = 1.0
"""Closing times that differ by less than this (seconds) cause no second warning."""


def step(
    state: MachineState, event: MachineEvent, mono_s: float, rules: SessionRules
) -> tuple[MachineState, tuple[MachineEffect, ...]]:
    """Apply an event; return the new state and the effects to carry out, in order.

    `mono_s`: when the event happened, on the monotonic clock; not before the last step. Timers that
    were due before the event run first, each at its own time.
    """
    before, now_s = state, max(mono_s, state.at_s)
    state, timer_effects = run_due(state, now_s, rules)
    state = count_time(state, now_s)
    handled, effects = _handle(state, event, rules)
    state, new_timer_effects = run_due(stamp_phase(state, handled), now_s, rules)
    return state, (
        *_switch_effects(before, state),
        *timer_effects,
        *effects,
        *new_timer_effects,
        *_display_effects(before, state),
    )


def next_deadline(state: MachineState, rules: SessionRules) -> float | None:
    """Return the monotonic time at which the next `Tick` is due, or None."""
    timer = next_timer(state, rules)
    return timer.at_s if timer is not None else None


def _handle(state: MachineState, event: MachineEvent, rules: SessionRules) -> Move:
    match event:
        case TapDenied() | Tick():
            return state, ()
        case Granted():
            return handle_grant(state, event, rules)
        case BadgeOut() | BadgeBack():
            return badge(state, event, rules)
        case JobReading() | CurrentReading():
            return on_reading(state, event)
        case InputChanged():
            return input_changed(state, event, rules)
        case SwitchFailed():
            return fault(state, FaultKind.SWITCH_FAILED, rules)
        case ServiceChanged():
            return _service_changed(state, event, rules)
        case Revoked() | LimitsChanged():
            return _rights_changed(state, event, rules)
        case EndRequested() | CutRequested():
            return _handle_staff_request(state, event, rules)
        case ResetRequested():
            return reset(state, event, rules)


def _service_changed(state: MachineState, event: ServiceChanged, rules: SessionRules) -> Move:
    state = replace(state, in_service=event.in_service)
    if state.session is None:
        is_cooling = state.phase is MachinePhase.COOLING
        return (state if is_cooling else replace(state, phase=resting_phase(state))), ()
    if event.in_service or state.session.maintainer:
        return state, ()
    return revoke(state, EndCause.OUT_OF_SERVICE, rules)


def _rights_changed(
    state: MachineState, event: Revoked | LimitsChanged, rules: SessionRules
) -> Move:
    if state.session is None:
        return state, ()
    if isinstance(event, Revoked):
        return revoke(state, EndCause.REVOKED, rules)
    at_s, until_closing_s, right_s = state.at_s, event.until_closing_s, event.right_left_s
    state = amend_session(state, right_end_s=at_s + right_s if right_s is not None else None)
    if until_closing_s is None:
        return amend_session(state, closing_at_s=None, closing_warned_s=None), ()
    closing_at_s = at_s + until_closing_s
    if _is_same_closing(state, closing_at_s):
        return state, ()
    lead_s = last_warning_lead(until_closing_s)
    return amend_session(state, closing_at_s=closing_at_s, closing_warned_s=lead_s), ()


def _is_same_closing(state: MachineState, closing_at_s: float) -> bool:
    previous_s = state.session.closing_at_s if state.session is not None else None
    return previous_s is not None and abs(previous_s - closing_at_s) < _SAME_CLOSING_S


def _handle_staff_request(
    state: MachineState, event: EndRequested | CutRequested, rules: SessionRules
) -> Move:
    if state.session is None:
        return state, (Refused(why=Refusal.NO_SESSION),)
    if isinstance(event, CutRequested):
        return end_now(state, EndCause.CUT_BY_STAFF, rules)
    if state.phase is MachinePhase.RUNNING:
        return end_after_job(state, EndCause.ENDED_BY_STAFF), ()
    return end_now(state, EndCause.ENDED_BY_STAFF, rules)


def _switch_effects(before: MachineState, after: MachineState) -> tuple[MachineEffect, ...]:
    """Return the commands for the switches, the dangerous part first."""
    main = (SetMain(on=after.main_on),) if after.main_on != before.main_on else ()
    second = (SetSecond(on=after.second_on),) if after.second_on != before.second_on else ()
    return (*main, *second)


def _display_effects(before: MachineState, after: MachineState) -> tuple[MachineEffect, ...]:
    was_warned = before.session is not None and before.session.warned_s is not None
    is_warned = after.session is not None and after.session.warned_s is not None
    warning_over = (WarningOver(),) if was_warned and not is_warned else ()
    phase_change = (PhaseChanged(phase=after.phase),) if after.phase is not before.phase else ()
    return (*warning_over, *phase_change)
