"""The machine's state when the agent starts: off, unless a running session is resumed."""

from dataclasses import dataclass, replace

from controller.domain.machine.events import MachineEffect, PhaseChanged, SetMain, SetSecond
from controller.domain.machine.moves import idle_again, on_job_running, resting_phase, session_ended
from controller.domain.machine.state import MachineState, amend_session, count_time
from controller.domain.states import EndCause, MachinePhase


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRecord:
    """What a crashed agent last recorded of its machine, on the monotonic clock of the same
    boot."""

    until_s: float
    unseen_s: float = 0.0
    """Seconds for which the machine had power after `until_s`."""


def initial(mono_s: float, *, metered: bool, in_service: bool = True) -> MachineState:
    """Return the state of a machine that has not been used yet.

    Without a meter it is never running, only armed.
    """
    state = MachineState(at_s=mono_s, since_s=mono_s, metered=metered, in_service=in_service)
    return replace(state, phase=resting_phase(state), job=None if metered else False)


def restore(
    saved: MachineState | None,
    mono_s: float,
    *,
    metered: bool,
    in_service: bool,
    last_record: LastRecord | None = None,
) -> tuple[MachineState, tuple[MachineEffect, ...]]:
    """Return the state and effects after a restart: off, out of service, or a latched fault; never
    powered.

    An open session is ended, and both switches are switched off. The session's recorded time is
    kept; time with power that no agent observed is added as `gap_s`. `last_record`: None if no
    earlier run of this boot left one.
    """
    state = initial(mono_s, metered=metered, in_service=in_service)
    effects: tuple[MachineEffect, ...] = (SetMain(on=False), SetSecond(on=False))
    if saved is not None:
        state = replace(state, latches=saved.latches)
        state = replace(state, phase=resting_phase(state))
        was_running = saved.phase is MachinePhase.RUNNING
        effects += session_ended(
            _with_last_record(saved, last_record).session,
            EndCause.AGENT_RESTARTED,
            was_running=was_running,
        )
    return state, (*effects, PhaseChanged(phase=state.phase))


def resume_session(
    saved: MachineState,
    mono_s: float,
    *,
    same_boot: bool,
    switch_restarted: bool,
    in_service: bool,
    seen_until_s: float | None = None,
) -> MachineState | None:
    """Return the session's state if it continues after a crash of the agent alone, with `hold`;
    else None.

    It continues only on the same boot and if the switch has not restarted. The time since
    `seen_until_s` is counted as `gap_s`, and the job is unknown until the meter reports. On None
    use `restore()`.
    """
    saved = _with_last_record(
        saved, None if seen_until_s is None else LastRecord(until_s=seen_until_s)
    )
    session, gap_s = saved.session, mono_s - saved.at_s
    is_sound = same_boot and not switch_restarted and gap_s >= 0
    if session is None or saved.latches or not is_sound:
        return None
    if not (in_service or session.maintainer):
        return None
    session = replace(session, gap_s=session.gap_s + gap_s, out_since_s=None)
    state = replace(saved, at_s=mono_s, session=session, in_service=in_service, flows_since_s=None)
    if not state.metered:
        return idle_again(state)
    state, _ = on_job_running(replace(state, job=None, job_alarm=False))
    return replace(state, job_alarm=False)


def add_gap(state: MachineState, mono_s: float, limit_s: float | None) -> MachineState:
    """Return the state after the agent hung; the time with power is counted as `gap_s`.

    `limit_s`: after this time the switch turned itself off; None: it has no limit.
    """
    session, gap_s = state.session, max(0.0, mono_s - state.at_s)
    if session is None:
        return replace(state, at_s=state.at_s + gap_s)
    powered_s = gap_s if limit_s is None else min(gap_s, limit_s)
    state = replace(state, at_s=state.at_s + gap_s)
    return amend_session(state, gap_s=session.gap_s + powered_s)


def _with_last_record(saved: MachineState, last_record: LastRecord | None) -> MachineState:
    if last_record is None or saved.session is None:
        return saved
    state = count_time(saved, last_record.until_s)
    return amend_session(state, gap_s=saved.session.gap_s + last_record.unseen_s)
