"""A machine's looks and `point_state` messages: its phase, and when it switches off by itself."""

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
_TOLERANCE_S = 0.5


def look_of(state: MachineState) -> Look:
    """Return the indicator's look for a state."""
    warned = state.session is not None and state.session.warned_s is not None
    return Look.IDLE_WARNING if warned else _LOOKS[state.phase]


def off_at_s(state: MachineState, rules: SessionRules) -> float | None:
    """Return the monotonic time at which the machine switches off by itself; None: no end is
    known."""
    session = state.session
    if session is None:
        cooling = state.phase is MachinePhase.COOLING
        return state.since_s + rules.cool_down_s if cooling else None
    ends = [session.closing_at_s, session.right_end_s]
    if rules.max_duration_s is not None:
        ends.append(session.started_s + rules.max_duration_s)
    if session.warned_s is not None:
        ends.append(session.warned_s + idle_warning_s(session, rules))
    elif session.idle_since_s is not None:
        warns_after = max(0.0, rules.idle_timeout_s - rules.idle_warn_s)
        ends.append(session.idle_since_s + warns_after + idle_warning_s(session, rules))
    return min((end for end in ends if end is not None), default=None)


class SteadyWallTime:
    """Converts a monotonic time to a time of day, with the same result each time.

    A second conversion may differ by a millisecond, and a changed message would be published again.
    """

    def __init__(self, now: Callable[[], Utc], mono: Callable[[], float]) -> None:
        self._now, self._mono = now, mono
        self._at_s, self._wall_time = float("-inf"), Utc.of(now())

    def of(self, at_s: float) -> Utc:
        """Return the time of day of a monotonic time."""
        if abs(at_s - self._at_s) > _TOLERANCE_S:
            self._at_s = at_s
            self._wall_time = Utc.of(self._now() + timedelta(seconds=at_s - self._mono()))
        return self._wall_time


class PointStateMessages:
    """Builds a machine's `point_state` messages."""

    def __init__(self, now: Callable[[], Utc], mono: Callable[[], float]) -> None:
        self._since, self._ends = SteadyWallTime(now, mono), SteadyWallTime(now, mono)

    def message(
        self,
        state: MachineState,
        rules: SessionRules,
        *,
        available: bool,
        faults: Iterable[str],
        watts: int | None = None,
    ) -> PointState:
        """Return the message, which contains no names and no credentials."""
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
