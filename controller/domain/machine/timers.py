"""Timers of a machine, and its next deadline."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from controller.domain.facts import SessionRules
from controller.domain.machine.events import MachineEffect, WarningShown
from controller.domain.machine.moves import (
    Move,
    end_now,
    fault,
    idle_again,
    leave,
    revoke,
    session_snapshot,
    strength,
    without_session,
)
from controller.domain.machine.state import (
    LEADS_S,
    MachineState,
    Session,
    amend_session,
    count_time,
    stamp_phase,
)
from controller.domain.states import EndCause, FaultKind, MachinePhase, WarningKind

POWER_WHILE_OFF_S = 2.0
"""How long current may flow after switching off; longer means a welded contact."""


@dataclass(frozen=True, slots=True)
class Timer:
    """An action that is due at a monotonic time."""

    at_s: float
    action: Callable[[MachineState, SessionRules], Move]
    stays_on: bool = False
    """Whether power stays on; otherwise time is counted until the timer actually runs."""


def next_timer(state: MachineState, rules: SessionRules) -> Timer | None:
    """Return the timer that is due first, if any."""
    return min(_timers(state, rules), key=lambda t: t.at_s, default=None)


def run_due(
    state: MachineState, mono_s: float, rules: SessionRules
) -> tuple[MachineState, tuple[MachineEffect, ...]]:
    """Run every timer that is due by `mono_s`, each at its own time, in order."""
    effects: tuple[MachineEffect, ...] = ()
    while (timer := next_timer(state, rules)) is not None and timer.at_s <= mono_s:
        state = count_time(state, timer.at_s if timer.stays_on else mono_s)
        after, new_effects = timer.action(state, rules)
        state, effects = stamp_phase(state, after), effects + new_effects
    return state, effects


def idle_warning_s(session: Session, rules: SessionRules) -> float:
    """Return the length of this session's idle warning in seconds."""
    return rules.idle_warn_more_time_s if session.more_time else rules.idle_warn_s


def _timers(state: MachineState, rules: SessionRules) -> Iterator[Timer]:
    if state.session is not None:
        yield from _idle_timers(state, state.session, rules)
        yield from _limit_timers(state.session, rules)
        if state.session.out_since_s is not None:
            yield Timer(state.session.out_since_s + rules.slot_grace_s, _badge_out)
    if state.phase is MachinePhase.COOLING:
        yield Timer(state.since_s + rules.cool_down_s, lambda s, r: (without_session(s, r), ()))
    is_reported = any(latch.kind is FaultKind.POWER_WHILE_OFF for latch in state.latches)
    if state.flows_since_s is not None and not state.main_on and not is_reported:
        yield Timer(state.flows_since_s + POWER_WHILE_OFF_S, _power_while_off)


def _idle_timers(state: MachineState, session: Session, rules: SessionRules) -> Iterator[Timer]:
    if session.low_since_s is not None:
        yield _job_over_timer(session.low_since_s + rules.hold_s, session.ends_as)
    if session.idle_since_s is not None and session.warned_s is None:
        warns_after = max(0.0, rules.idle_timeout_s - rules.idle_warn_s)
        left_s = idle_warning_s(session, rules)
        yield Timer(
            session.idle_since_s + warns_after, lambda s, _: _warn_idle(s, left_s), stays_on=True
        )
    if session.warned_s is not None:
        until = session.warned_s + idle_warning_s(session, rules)
        yield Timer(until, lambda s, r: end_now(s, EndCause.IDLE, r))


def _limit_timers(session: Session, rules: SessionRules) -> Iterator[Timer]:
    if strength(session.ends_as) < strength(EndCause.MAX_DURATION):
        if rules.max_duration_s is not None:
            at = session.started_s + rules.max_duration_s
            yield from _limit(at, session.max_warned_s, WarningKind.MAX_DURATION)
        if session.closing_at_s is not None:
            yield from _limit(session.closing_at_s, session.closing_warned_s, WarningKind.HOURS_END)
    is_weaker = strength(session.ends_as) < strength(EndCause.RIGHT_END)
    if session.right_end_s is not None and is_weaker:
        yield Timer(session.right_end_s, lambda s, r: revoke(s, EndCause.RIGHT_END, r))


def _limit(at_s: float, warned_lead_s: float | None, kind: WarningKind) -> Iterator[Timer]:
    cause = EndCause.MAX_DURATION if kind is WarningKind.MAX_DURATION else EndCause.HOURS_END
    yield Timer(at_s, lambda s, r: leave(s, cause, r))
    lead = next((x for x in LEADS_S if warned_lead_s is None or x < warned_lead_s), None)
    if lead is not None:
        yield Timer(at_s - lead, lambda s, _: _warn_limit(s, kind, lead, at_s), stays_on=True)


def _badge_out(state: MachineState, rules: SessionRules) -> Move:
    return leave(amend_session(state, out_since_s=None), EndCause.BADGE_OUT, rules)


def _job_over_timer(at_s: float, ends_as: EndCause | None) -> Timer:
    """Return the timer at which the job is over: the session is armed again, or ends."""
    if ends_as is None:
        return Timer(at_s, lambda s, _: _arm_again(s), stays_on=True)
    return Timer(at_s, lambda s, r: end_now(s, ends_as, r))


def _arm_again(state: MachineState) -> Move:
    state = idle_again(state)
    return state, session_snapshot(state)


def _warn_idle(state: MachineState, left_s: float) -> Move:
    return amend_session(state, warned_s=state.at_s), (
        WarningShown(kind=WarningKind.IDLE, left_s=left_s),
    )


def _warn_limit(state: MachineState, kind: WarningKind, lead_s: float, end_s: float) -> Move:
    if kind is WarningKind.MAX_DURATION:
        state = amend_session(state, max_warned_s=lead_s)
    else:
        state = amend_session(state, closing_warned_s=lead_s)
    return state, (WarningShown(kind=kind, left_s=max(0.0, end_s - state.at_s)),)


def _power_while_off(state: MachineState, rules: SessionRules) -> Move:
    return fault(state, FaultKind.POWER_WHILE_OFF, rules)
