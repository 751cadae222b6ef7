"""Effects of a badge on a machine: begin, take over, extend, resume or end a session."""

from controller.domain.facts import PresenceMode, SessionRules, Takeover
from controller.domain.machine.events import BadgeBack, BadgeOut, Granted, Refused
from controller.domain.machine.moves import Move, begin, idle_again, leave, session_ended
from controller.domain.machine.state import MachineState, Session, amend_session
from controller.domain.states import EndCause, MachinePhase, Refusal


def handle_grant(state: MachineState, event: Granted, rules: SessionRules) -> Move:
    """Handle a grant: begin a session, take one over, or treat it as the holder's own tap."""
    if state.session is not None and state.session.member == event.member:
        return _own_tap(state, state.session, rules)
    refusal = _why_not_begin(state, event)
    if refusal is not None:
        return state, (Refused(why=refusal),)
    return begin(state, event, rules) if state.session is None else _take_over(state, event, rules)


def _take_over(state: MachineState, event: Granted, rules: SessionRules) -> Move:
    """End one session and begin the next, with the power on throughout."""
    is_running = state.phase is MachinePhase.RUNNING
    if rules.takeover is Takeover.DENY or (rules.takeover is Takeover.WHEN_IDLE and is_running):
        return state, (Refused(why=Refusal.IN_USE),)
    ended = session_ended(state.session, EndCause.TAKEN_OVER, was_running=False)
    state, effects = begin(state, event, rules)
    return state, (*ended, *effects)


def _why_not_begin(state: MachineState, event: Granted) -> Refusal | None:
    """Return why the machine's state forbids power; None if it doesn't."""
    if state.latches:
        return Refusal.FAULT_LATCHED
    if not (state.in_service or event.maintainer):
        return Refusal.OUT_OF_SERVICE
    return Refusal.INPUT_OPEN if state.open_inputs else None


def _own_tap(state: MachineState, session: Session, rules: SessionRules) -> Move:
    """Handle the holder's own tap: extend, resume, or end the session."""
    if session.warned_s is not None:
        return idle_again(amend_session(state, out_since_s=None)), ()
    if session.ends_as is EndCause.BADGE_OUT:
        return amend_session(state, ends_as=None, out_since_s=None), ()
    if rules.presence is PresenceMode.SLOT:
        return amend_session(state, out_since_s=None), ()
    return leave(state, EndCause.BADGE_OUT, rules) if session.ends_as is None else (state, ())


def badge(state: MachineState, event: BadgeOut | BadgeBack, rules: SessionRules) -> Move:
    """Handle the holder's badge leaving or returning to the slot; other badges change nothing."""
    session = state.session
    if session is None or session.member != event.member:
        return state, ()
    is_slot = rules.presence is PresenceMode.SLOT
    if isinstance(event, BadgeBack):
        return _own_tap(state, session, rules) if is_slot else (state, ())
    if not is_slot:
        return leave(state, EndCause.BADGE_OUT, rules)
    return amend_session(state, out_since_s=state.at_s), ()
