"""The state machine of a door: locked, released, open, held open, forced."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from controller.domain.door.events import (
    Contact,
    DoorClosed,
    DoorEffect,
    DoorEvent,
    DoorForced,
    DoorGranted,
    DoorHeld,
    DoorOpened,
    DoorPassed,
    DoorPhaseChanged,
    DoorRefused,
    DoorReleased,
    DoorTick,
    FireInput,
    FireRaised,
    FireReset,
    FireResetRequested,
    FollowHoursRequested,
    KeepReleasedRequested,
    LockRequested,
    NotUsed,
    PublicHours,
    ReleaseRequested,
    Rex,
    RexPressed,
    SetStrike,
)
from controller.domain.door.state import DoorState, Passage, derive_phase_and_strike
from controller.domain.facts import AccessPoint, DoorRules, Site
from controller.domain.schedule import is_open
from controller.domain.states import DoorPhase, Refusal, ReleaseCause
from controller.domain.time import Utc

__all__ = ["DoorState", "Passage", "initial", "next_deadline", "public_hours", "step"]

_Move = tuple[DoorState, tuple[DoorEffect, ...]]
_Timer = tuple[float, Callable[[DoorState], _Move]]


def initial(
    mono_s: float, *, fire_latched: bool = False, locked_by_staff: bool = False
) -> DoorState:
    """Return the state of a door at start: locked, or released if its fire latch was set before the
    restart.

    The caller sets the strike to `strike_released`. `locked_by_staff`: staff locked the door during
    public hours that are still running.
    """
    return derive_phase_and_strike(
        DoorState(
            at_s=mono_s,
            since_s=mono_s,
            fire_latched=fire_latched,
            public=locked_by_staff,
            locked_by_staff=locked_by_staff,
        )
    )


def step(
    state: DoorState, event: DoorEvent, mono_s: float, rules: DoorRules
) -> tuple[DoorState, tuple[DoorEffect, ...]]:
    """Apply an event; return the new state and the effects to carry out, in order.

    `mono_s`: when the event happened, on the monotonic clock; not before the last step. Timers that
    were due before the event run first, each at its own time.
    """
    before, now_s = state, max(mono_s, state.at_s)
    state, timer_effects = _run_due(state, now_s, rules)
    handled, effects = _handle(replace(state, at_s=now_s), event, rules)
    state = derive_phase_and_strike(handled)
    strike_moved = state.strike_released != before.strike_released
    strike = (SetStrike(released=state.strike_released),) if strike_moved else ()
    phase_change = (DoorPhaseChanged(phase=state.phase),) if state.phase is not before.phase else ()
    return state, (*strike, *timer_effects, *effects, *phase_change)


def next_deadline(state: DoorState, rules: DoorRules) -> float | None:
    """Return the monotonic time at which the next `DoorTick` is due, or None."""
    return min((at_s for at_s, _ in _timers(state, rules)), default=None)


def public_hours(point: AccessPoint, site: Site, now: Utc) -> bool:
    """Return whether the public schedule keeps this door released now; False while it is out of
    service."""
    name = point.door.public_schedule
    schedule = site.schedules.get(name) if name is not None else None
    is_ready = point.in_service and point.commissioned
    return is_ready and schedule is not None and is_open(schedule, site.time_zone, now)


def _run_due(state: DoorState, now_s: float, rules: DoorRules) -> _Move:
    effects: tuple[DoorEffect, ...] = ()
    while due := [t for t in _timers(state, rules) if t[0] <= now_s]:
        at_s, action = min(due, key=lambda t: t[0])
        moved, new_effects = action(replace(state, at_s=max(at_s, state.at_s)))
        state, effects = derive_phase_and_strike(moved), effects + new_effects
    return state, effects


def _timers(state: DoorState, rules: DoorRules) -> Iterator[_Timer]:
    if state.released_until_s is not None:
        yield state.released_until_s, lambda s: (replace(s, released_until_s=None), ())
    if state.held_from_s is not None and state.phase is DoorPhase.OPEN:
        yield state.held_from_s + rules.held_s, _report_held
    yield from ((p.until_s, partial(_end_passage, passage=p)) for p in state.passages)


def _report_held(state: DoorState) -> _Move:
    return replace(state, phase=DoorPhase.HELD), (DoorHeld(),)


def _end_passage(state: DoorState, passage: Passage) -> _Move:
    """End a passage; report it as not used if the door has a contact."""
    remaining = tuple(p for p in state.passages if p is not passage)
    id, has_contact = passage.grant_id, state.contact is not None
    effects = (NotUsed(grant_id=id),) if id is not None and has_contact else ()
    return replace(state, passages=remaining), effects


def _handle(state: DoorState, event: DoorEvent, rules: DoorRules) -> _Move:
    match event:
        case DoorTick():
            return state, ()
        case DoorGranted():
            return _handle_grant(state, event, rules)
        case Rex():
            state, effects = _release(state, ReleaseCause.REX, rules)
            return state, (RexPressed(), *effects)
        case Contact():
            return _contact(state, event)
        case FireInput():
            return _fire(state, event)
        case FireResetRequested():
            return _fire_reset(state, event)
        case PublicHours():
            return _public(state, event)
        case ReleaseRequested():
            return _release(state, ReleaseCause.COMMAND, rules)
        case KeepReleasedRequested():
            return replace(state, held_released=True), _released_effect(state, ReleaseCause.HOLD)
        case LockRequested():
            return _lock(state)
        case FollowHoursRequested():
            return _follow_hours(state)


def _handle_grant(state: DoorState, event: DoorGranted, rules: DoorRules) -> _Move:
    """Release the strike after a grant.

    If the door stands open, the passage counts as used at once, and the strike is released in case
    the door falls shut.
    """
    if state.contact:
        state, effects = _release(state, ReleaseCause.GRANT, rules)
        return state, (*effects, DoorPassed(grant_id=event.grant_id))
    return _release(state, ReleaseCause.GRANT, rules, event.grant_id)


def _release(
    state: DoorState, cause: ReleaseCause, rules: DoorRules, grant_id: str | None = None
) -> _Move:
    until_s = max(state.released_until_s or 0.0, state.at_s + rules.pulse_s)
    passage = Passage(grant_id=grant_id, until_s=state.at_s + rules.open_within_s)
    after = replace(state, released_until_s=until_s, passages=(*state.passages, passage))
    return after, _released_effect(state, cause)


def _released_effect(state: DoorState, cause: ReleaseCause) -> tuple[DoorEffect, ...]:
    """Return the journal entry for a release; nothing if the door was free for everybody
    already."""
    return () if state.is_free else (DoorReleased(cause=cause),)


def _contact(state: DoorState, event: Contact) -> _Move:
    if event.open is state.contact:
        return state, ()
    return _handle_opening(state) if event.open else _handle_closing(state)


def _handle_opening(state: DoorState) -> _Move:
    """Handle an opening door: forced, or used by everybody whose passage is open.

    A door that is open at start is not reported as forced.
    """
    is_forced = state.contact is False and not (state.wants_release or state.passages)
    if is_forced:
        return replace(state, contact=True, phase=DoorPhase.FORCED), (DoorForced(),)
    ids = (p.grant_id for p in state.passages)
    passed = tuple(DoorPassed(grant_id=id) for id in ids if id is not None)
    return replace(state, contact=True, passages=()), (DoorOpened(), *passed)


def _handle_closing(state: DoorState) -> _Move:
    """Lock a door that has closed, unless it was released again while it stood open."""
    effects = (DoorClosed(),) if state.contact is not None else ()
    stays_released = bool(state.passages) or state.contact is None
    until_s = state.released_until_s if stays_released else None
    return replace(state, contact=False, released_until_s=until_s), effects


def _fire(state: DoorState, event: FireInput) -> _Move:
    """Release the door and latch the fire; it stays released even when the input is inactive."""
    after = replace(state, fire_input=event.active, fire_latched=state.fire_latched or event.active)
    if state.fire_latched or not event.active:
        return after, ()
    return after, (FireRaised(), *_released_effect(state, ReleaseCause.FIRE))


def _fire_reset(state: DoorState, event: FireResetRequested) -> _Move:
    if not state.fire_latched:
        return state, (DoorRefused(why=Refusal.NO_FAULT),)
    if not event.on_the_spot:
        return state, (DoorRefused(why=Refusal.ON_THE_SPOT_ONLY),)
    if state.fire_input:
        return state, (DoorRefused(why=Refusal.INPUT_OPEN),)
    return replace(state, fire_latched=False), (FireReset(),)


def _public(state: DoorState, event: PublicHours) -> _Move:
    if event.open is state.public:
        return state, ()
    effects = _released_effect(state, ReleaseCause.SCHEDULE) if event.open else ()
    return replace(state, public=event.open, locked_by_staff=False), effects


def _lock(state: DoorState) -> _Move:
    if state.fire_latched:
        return state, (DoorRefused(why=Refusal.FIRE),)
    return replace(
        state, held_released=False, locked_by_staff=state.public, released_until_s=None
    ), ()


def _follow_hours(state: DoorState) -> _Move:
    """End what staff ordered (kept released, locked); a release by a grant continues."""
    after = replace(state, held_released=False, locked_by_staff=False)
    return after, _released_effect(state, ReleaseCause.SCHEDULE) if state.public else ()
