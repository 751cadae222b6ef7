"""Makes the journal's events from the effects of a machine's state machine."""

from collections.abc import Iterable, Iterator

from controller.domain.ids import AccessPointId, HolderKey, MemberRef
from controller.domain.machine.events import (
    FaultRaised,
    FaultReset,
    MachineEffect,
    SessionEnded,
    SessionStarted,
    SessionState,
)
from controller.wire import events as wire
from controller.wire.events import Event
from controller.wire.messages import State
from devices.agent.journal.ledger import Recorder


def journal_events(
    effects: Iterable[MachineEffect],
    point: AccessPointId,
    recorder: Recorder,
    *,
    key: HolderKey | None = None,
    session_id: str | None = None,
    command_id: str | None = None,
    member: MemberRef | None = None,
) -> Iterator[Event]:
    """Yield an event for each effect that is journalled, in their order.

    `key`: the credential of a session that starts; `session_id`: the session that a fault
    interrupts; `command_id` or `member`: the command or the member that caused the events.
    """
    ended_session: str | None = None
    for effect in effects:
        match effect:
            case SessionStarted():
                yield recorder.event(
                    wire.SessionStarted,
                    point,
                    session_id=effect.session_id,
                    credential=key,
                    member=effect.member,
                    took_over=ended_session,
                )
            case SessionState():
                yield recorder.event(
                    wire.SessionState,
                    point,
                    session_id=effect.session_id,
                    state=State(effect.phase.value),
                    active_s=effect.active_s,
                    idle_s=effect.idle_s,
                    powered_s=effect.active_s + effect.idle_s,
                )
            case SessionEnded():
                ended_session = effect.session_id
                yield recorder.event(
                    wire.SessionEnded,
                    point,
                    session_id=effect.session_id,
                    member=effect.member,
                    cause=effect.cause.value,
                    active_s=effect.active_s,
                    idle_s=effect.idle_s,
                    powered_s=effect.powered_s,
                    gap_s=effect.gap_s,
                    was_running=effect.was_running,
                )
            case FaultRaised():
                yield recorder.event(
                    wire.FaultRaised,
                    point,
                    fault=effect.kind.value,
                    latched=effect.latched,
                    session_id=session_id,
                    device=effect.input and f"inputs.{effect.input}",
                )
            case FaultReset():
                yield recorder.event(
                    wire.FaultReset,
                    point,
                    fault=effect.kind.value,
                    member=member,
                    command_id=command_id,
                )
