"""An example of each type of event."""

from typing import Any, TypedDict

from controller.domain.access.decision import DenyReason, Detail, Notice, NoticeKind
from controller.domain.facts import Assurance, Level
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.wire import events
from controller.wire.commands import CommandResult
from controller.wire.events import EventBase
from controller.wire.examples import example_values
from controller.wire.journal_bytes import GENESIS, event_hash, seal
from controller.wire.messages import State


class _Common(TypedDict):
    event_id: str
    boot_id: str
    mono_ms: int
    at: Utc
    clock_trusted: bool
    access_point: AccessPointId | None


def _common_fields(point: AccessPointId | None) -> _Common:
    return _Common(
        event_id=example_values.EVENT,
        boot_id=example_values.BOOT,
        mono_ms=123_456,
        at=example_values.AT,
        clock_trusted=True,
        access_point=point,
    )


_LASER, _DOOR, _AGENT = (
    _common_fields(example_values.LASER),
    _common_fields(example_values.DOOR),
    _common_fields(None),
)


class _Who(TypedDict):
    credential: Any
    member: Any
    assurance: Assurance
    policy_version: int


_ADA = _Who(
    credential=example_values.KEY,
    member=example_values.ADA,
    assurance=Assurance.AES,
    policy_version=9,
)

_TAPS: tuple[EventBase, ...] = (
    events.AccessGranted(
        **_LASER,
        **_ADA,
        notices=(Notice(kind=NoticeKind.SUBSCRIPTION_ENDS, at=example_values.LATER, days=12),),
    ),
    events.AccessDenied(
        **_LASER,
        **_ADA,
        reason=DenyReason.CERTIFICATION_MISSING,
        detail=Detail(certifications=(("laser",),), next_session=example_values.LATER),
    ),
    events.CredentialRead(
        **_LASER,
        credential=example_values.KEY,
        assurance=Assurance.UID,
        command_id=example_values.COMMAND,
    ),
    events.CertifiedAtMachine(
        **_LASER,
        certification="laser",
        level=Level.USER,
        trainer=example_values.GRACE,
        trainee=example_values.ADA,
    ),
    events.WindowOpened(
        **_LASER,
        window_id=example_values.WINDOW,
        zone="workshop",
        supervisor=example_values.GRACE,
        until=example_values.LATER,
    ),
    events.WindowClosed(
        **_LASER,
        window_id=example_values.WINDOW,
        zone="workshop",
        supervisor=example_values.GRACE,
        cause="tap",
    ),
    events.GuestAdmitted(
        **_DOOR,
        host=example_values.GRACE,
        guest=example_values.ADA,
        credential=example_values.KEY,
        until=example_values.LATER,
    ),
)
_MACHINE: tuple[EventBase, ...] = (
    events.SessionStarted(
        **_LASER,
        session_id=example_values.SESSION,
        credential=example_values.KEY,
        member=example_values.ADA,
    ),
    events.SessionState(
        **_LASER,
        session_id=example_values.SESSION,
        state=State.RUNNING,
        active_s=60.0,
        idle_s=12.5,
        powered_s=72.5,
    ),
    events.SessionEnded(
        **_LASER,
        session_id=example_values.SESSION,
        active_s=1800.0,
        idle_s=300.5,
        powered_s=2100.5,
        cause="idle",
        member=example_values.ADA,
    ),
    events.FaultRaised(
        **_LASER,
        fault="estop",
        latched=True,
        input="estop",
        session_id=example_values.SESSION,
        device="input",
        text="emergency stop pressed",
    ),
    events.FaultReset(**_LASER, fault="estop", input="estop", member=example_values.GRACE),
    events.InputChanged(**_LASER, input="lid", active=True),
)
_DOORS: tuple[EventBase, ...] = (
    events.DoorReleased(**_DOOR, member=example_values.ADA, cause="grant", pulse_s=5.0),
    events.DoorOpened(**_DOOR, member=example_values.ADA, cause="grant", zone="workshop"),
    events.DoorClosed(**_DOOR, open_s=3.2),
    events.DoorHeld(**_DOOR, open_s=30.0),
    events.DoorForced(**_DOOR),
    events.DoorNotUsed(**_DOOR, member=example_values.ADA),
    events.Rex(**_DOOR),
    events.Fire(**_DOOR, active=True),
)
_OF_THE_AGENT: tuple[EventBase, ...] = (
    events.PolicyApplied(**_AGENT, epoch=1, version=9, snapshot=True, rows=9),
    events.PolicyRejected(**_AGENT, reason="older_version", epoch=1, version=8),
    events.CommandRun(
        **_DOOR,
        command_id=example_values.COMMAND,
        command="release_door",
        result=CommandResult.DONE,
    ),
    events.AgentStarted(**_AGENT, version="0.1.0", reason="boot"),
    events.ClockStepped(**_AGENT, step_ms=-3_600_000),
    events.JournalDegraded(**_AGENT, reason="corrupt", lost=2, text="set aside"),
)


def _seal_examples() -> dict[str, bytes]:
    """Return all examples as one stream, as in a journal."""
    sealed: dict[str, bytes] = {}
    prev = GENESIS
    for seq, event in enumerate(_TAPS + _MACHINE + _DOORS + _OF_THE_AGENT, start=1):
        data = seal(event, seq, prev)
        sealed[str(type(event).__struct_config__.tag)] = data
        prev = event_hash(data)
    return sealed


EVENTS: dict[str, bytes] = _seal_examples()
"""Encoded events by their type, chained in this order."""
