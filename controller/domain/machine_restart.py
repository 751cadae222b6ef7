"""What a machine is when its agent starts: never powered, unless a held session is taken up."""

from dataclasses import replace

from controller.domain.machine_events import MachineEffect, PhaseChanged, SetMain, SetSecond
from controller.domain.machine_moves import ended, idle_again, resting_phase, see_job
from controller.domain.machine_state import MachineState
from controller.domain.states import EndCause, MachinePhase


def initial(mono_s: float, *, metered: bool, in_service: bool = True) -> MachineState:
    """A machine that nobody has used yet. Without a meter it is never running, only armed."""
    state = MachineState(at_s=mono_s, since_s=mono_s, metered=metered, in_service=in_service)
    return replace(state, phase=resting_phase(state), job=None if metered else False)


def restore(
    saved: MachineState | None, mono_s: float, *, metered: bool, in_service: bool
) -> tuple[MachineState, tuple[MachineEffect, ...]]:
    """The state after a restart: off, out of service, or a latched fault; never powered.

    A session that was open is ended with what had been counted, and both switches are put off.
    """
    state = initial(mono_s, metered=metered, in_service=in_service)
    effects: tuple[MachineEffect, ...] = (SetMain(on=False), SetSecond(on=False))
    if saved is not None:
        state = replace(state, latches=saved.latches)
        state = replace(state, phase=resting_phase(state))
        was_running = saved.phase is MachinePhase.RUNNING
        effects += ended(saved.session, EndCause.AGENT_RESTARTED, was_running=was_running)
    return state, (*effects, PhaseChanged(phase=state.phase))


def take_up(
    saved: MachineState,
    mono_s: float,
    *,
    same_boot: bool,
    switch_restarted: bool,
    in_service: bool,
) -> MachineState | None:
    """The session taken up after the agent alone was lost, for wiring with `hold`; else None.

    Only if the boot is the journal's own and the switch reports no restart of its own. The time
    not seen is counted as `gap_s`; whether a job runs is unknown until the meter says. On None
    use `restore()`.
    """
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
    state, _ = see_job(replace(state, job=None, job_alarm=False))
    return replace(state, job_alarm=False)
