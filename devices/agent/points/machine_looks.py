"""How a machine looks to people and to the broker: its phase, and when it goes off by itself."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from controller.domain.facts import SessionRules
from controller.domain.machine.state import MachineState
from controller.domain.machine.timers import idle_warning_s
from controller.domain.states import MachinePhase
from controller.domain.time import Utc
from controller.wire.messages import PointState, State
from devices.ports import Look

_LOOKS = {
    MachinePhase.OFF: Look.FREE,
    MachinePhase.ARMED: Look.ARMED,
    MachinePhase.RUNNING: Look.RUNNING,
    MachinePhase.COOLING: Look.COOLING,
    MachinePhase.FAULT: Look.FAULT,
    MachinePhase.OUT_OF_SERVICE: Look.OUT_OF_SERVICE,
}
_SAME_S = 0.5


def look_of(state: MachineState) -> Look:
    """The look of the indicator for a state."""
    warned = state.session is not None and state.session.warned_s is not None
    return Look.IDLE_WARNING if warned else _LOOKS[state.phase]


def off_at_s(state: MachineState, rules: SessionRules) -> float | None:
    """Monotonic time at which it goes off by itself as things stand; None: no end in sight."""
    session = state.session
    if session is None:
        cooling = state.phase is MachinePhase.COOLING
        return state.since_s + rules.cool_down_s if cooling else None
    ends = [session.hours_end_s, session.right_end_s]
    if rules.max_duration_s is not None:
        ends.append(session.started_s + rules.max_duration_s)
    if session.warned_s is not None:
        ends.append(session.warned_s + idle_warning_s(session, rules))
    elif session.idle_since_s is not None:
        warns_after = max(0.0, rules.idle_timeout_s - rules.idle_warn_s)
        ends.append(session.idle_since_s + warns_after + idle_warning_s(session, rules))
    return min((end for end in ends if end is not None), default=None)


class Wall:
    """A monotonic time as a time of day that stays the same while the time does.

    Without it, reading both clocks again would give another millisecond, and so a new message.
    """

    def __init__(self, now: Callable[[], Utc], mono: Callable[[], float]) -> None:
        self._now, self._mono = now, mono
        self._at_s, self._text = float("-inf"), Utc.of(now())

    def of(self, at_s: float) -> Utc:
        """The time of day of a monotonic time."""
        if abs(at_s - self._at_s) > _SAME_S:
            self._at_s = at_s
            self._text = Utc.of(self._now() + timedelta(seconds=at_s - self._mono()))
        return self._text


class MachineLooks:
    """Makes a machine's `point_state`."""

    def __init__(self, now: Callable[[], Utc], mono: Callable[[], float]) -> None:
        self._since, self._ends = Wall(now, mono), Wall(now, mono)

    def state(
        self,
        state: MachineState,
        rules: SessionRules,
        *,
        available: bool,
        faults: Iterable[str],
        watts: int | None = None,
    ) -> PointState:
        """What the machine is, for the broker; no name, no credential."""
        off = off_at_s(state, rules)
        return PointState(
            state=State(state.phase.value),
            since=self._since.of(state.since_s),
            session_id=None if state.session is None else state.session.id,
            available=available,
            ends_at=None if off is None else self._ends.of(off),
            warning=state.session is not None and state.session.warned_s is not None,
            faults=tuple(sorted(set(faults))),
            watts=watts,
        )
