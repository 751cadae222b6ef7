"""State changes with several causes: beginning and ending a session, finishing, faults."""

from dataclasses import replace

from controller.domain.facts import OnEnd, OnRevoke, SessionRules
from controller.domain.machine.events import (
    FaultRaised,
    Granted,
    MachineEffect,
    Refused,
    SessionEnded,
    SessionStarted,
    SessionState,
)
from controller.domain.machine.state import (
    Latch,
    MachineState,
    Session,
    amend_session,
    last_warning_lead,
)
from controller.domain.states import Cuts, EndCause, FaultKind, MachinePhase, Refusal

Move = tuple[MachineState, tuple[MachineEffect, ...]]

_STRENGTH = {None: 0, EndCause.BADGE_OUT: 1, EndCause.MAX_DURATION: 2, EndCause.HOURS_END: 2}
_STRONGEST = 3


def strength(cause: EndCause | None) -> int:
    """Return the rank of a cause that lets the job finish; a stronger cause replaces a weaker
    one."""
    return _STRENGTH.get(cause, _STRONGEST)


def begin(state: MachineState, event: Granted, rules: SessionRules) -> Move:
    """Begin a session: armed, or running at once if a job is or may be running."""
    at, max_s, until_closing_s = state.at_s, rules.max_duration_s, event.until_closing_s
    session = Session(
        id=event.session_id,
        member=event.member,
        started_s=at,
        more_time=event.more_time,
        maintainer=event.maintainer,
        closing_at_s=at + until_closing_s if until_closing_s is not None else None,
        right_end_s=at + event.right_left_s if event.right_left_s is not None else None,
        max_warned_s=last_warning_lead(max_s),
        closing_warned_s=last_warning_lead(until_closing_s),
    )
    state = replace(state, session=session, phase=MachinePhase.ARMED, second_on=True)
    state, effects = on_job_running(state) if state.job is not False else (idle_again(state), ())
    return state, (SessionStarted(session_id=session.id, member=session.member), *effects)


def on_job_running(state: MachineState) -> Move:
    """Handle a job that is, or may be, running: the session becomes running; raise an alarm if
    unknown."""
    effects: tuple[MachineEffect, ...] = ()
    if state.job is None and not state.job_alarm:
        state = replace(state, job_alarm=True)
        effects = (FaultRaised(kind=FaultKind.JOB_UNKNOWN, latched=False),)
    if state.session is None:
        return state, effects
    was_running = state.phase is MachinePhase.RUNNING
    state = replace(state, phase=MachinePhase.RUNNING)
    state = amend_session(state, idle_since_s=None, low_since_s=None, warned_s=None)
    return state, effects if was_running else (*session_snapshot(state), *effects)


def session_snapshot(state: MachineState) -> tuple[SessionState, ...]:
    """Return the session's current counts, for the journal; nothing without a session."""
    sessions = [state.session] if state.session is not None else []
    return tuple(
        SessionState(session_id=s.id, phase=state.phase, active_s=s.active_s, idle_s=s.idle_s)
        for s in sessions
    )


def idle_again(state: MachineState) -> MachineState:
    """Return the state with the session armed and idle from now on, without a warning."""
    state = replace(state, phase=MachinePhase.ARMED)
    return amend_session(state, idle_since_s=state.at_s, low_since_s=None, warned_s=None)


def end_now(state: MachineState, cause: EndCause, rules: SessionRules) -> Move:
    """End the session: switch the dangerous part off; the second switch stays on while it cools."""
    if state.session is None:
        return state, ()
    effects = session_ended(state.session, cause, was_running=state.phase is MachinePhase.RUNNING)
    return without_session(switched_off(replace(state, session=None)), rules), effects


def session_ended(
    session: Session | None, cause: EndCause, *, was_running: bool
) -> tuple[SessionEnded, ...]:
    """Return the journal entry for a session that has ended; nothing without a session."""
    return tuple(
        SessionEnded(
            session_id=s.id,
            member=s.member,
            cause=cause,
            active_s=s.active_s,
            idle_s=s.idle_s,
            powered_s=s.active_s + s.idle_s + s.gap_s,
            gap_s=s.gap_s,
            was_running=was_running,
        )
        for s in ([session] if session is not None else [])
    )


def without_session(state: MachineState, rules: SessionRules) -> MachineState:
    """Return the state without a session: cooling down first if the second switch was on."""
    if state.second_on and rules.cool_down_s > 0 and state.phase is not MachinePhase.COOLING:
        return replace(state, phase=MachinePhase.COOLING)
    return replace(state, phase=resting_phase(state), second_on=False)


def resting_phase(state: MachineState) -> MachinePhase:
    """Return the phase of a machine without a session: fault, out of service, or off."""
    if state.latches:
        return MachinePhase.FAULT
    return MachinePhase.OFF if state.in_service else MachinePhase.OUT_OF_SERVICE


def leave(state: MachineState, cause: EndCause, rules: SessionRules) -> Move:
    """Handle a holder who leaves or a limit that is reached, as `on_end` says."""
    if state.phase is not MachinePhase.RUNNING or rules.on_end is OnEnd.CUT:
        return end_now(state, cause, rules)
    if rules.on_end is OnEnd.REFUSE and cause is EndCause.BADGE_OUT:
        return state, (Refused(why=Refusal.JOB_RUNNING),)
    return end_after_job(state, cause), ()


def revoke(state: MachineState, cause: EndCause, rules: SessionRules) -> Move:
    """Handle a right that has ended or a machine going out of service, as `on_revoke` says."""
    if state.phase is not MachinePhase.RUNNING or rules.on_revoke is OnRevoke.CUT:
        return end_now(state, cause, rules)
    return end_after_job(state, cause), ()


def end_after_job(state: MachineState, cause: EndCause) -> MachineState:
    """Return the state in which the session ends as soon as the job does."""
    earlier_cause = state.session.ends_as if state.session is not None else None
    return amend_session(state, ends_as=max(earlier_cause, cause, key=strength), out_since_s=None)


_CAUSES = {FaultKind.INTERLOCK: EndCause.INTERLOCK, FaultKind.SWITCH_FAILED: EndCause.SWITCH_FAILED}
"""Faults that a user can cause, and their end causes; all others end with `fault`."""


def fault(
    state: MachineState, kind: FaultKind, rules: SessionRules, input_name: str | None = None
) -> Move:
    """Latch a fault and switch off the dangerous part at once.

    The second switch stays on unless the input cuts everything. A fault that is latched already
    changes only what its input cuts.
    """
    cuts_all = any(i.cuts is Cuts.ALL and i.name == input_name for i in state.open_inputs)
    second_on = state.second_on and not cuts_all
    latch = Latch(kind=kind, input=input_name)
    if latch in state.latches:
        return replace(state, second_on=second_on), ()
    _, effects = end_now(state, _CAUSES.get(kind, EndCause.FAULT), rules)
    state = replace(
        switched_off(state),
        session=None,
        phase=MachinePhase.FAULT,
        second_on=second_on,
        latches=(*state.latches, latch),
    )
    return state, (*effects, FaultRaised(kind=kind, input=input_name))


def switched_off(state: MachineState) -> MachineState:
    """Return the state in which a current that still flows is timed from now: it may be a fault."""
    flows = state.at_s if state.main_on and state.flows_since_s is not None else None
    return replace(state, flows_since_s=flows) if state.main_on else state
