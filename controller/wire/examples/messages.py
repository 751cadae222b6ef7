"""An example of each message and command, with its topic."""

from msgspec import Raw

from controller.domain.facts import Assurance, PointKind
from controller.wire import commands, messages
from controller.wire.commands import CommandResult, ReplyData
from controller.wire.digest import PolicyDigest
from controller.wire.examples import example_values
from controller.wire.examples.events import EVENTS
from controller.wire.examples.rows import REMOVED, ROWS
from controller.wire.messages import (
    Command,
    Device,
    DeviceHealth,
    FoundPlug,
    Message,
    State,
    WiredPoint,
)
from controller.wire.strict import raw
from controller.wire.topics import Topics

# An example of each command.

_ARGS: tuple[commands.CommandArgs, ...] = (
    commands.ReleaseDoor(pulse_s=8.0),
    commands.HoldDoor(until=example_values.LATER),
    commands.LockDoor(),
    commands.FollowHours(),
    commands.EndSession(session_id=example_values.SESSION, reason="closing"),
    commands.CutPower(reason="smoke"),
    commands.PulseSwitch(pulse_s=0.4),
    commands.ResetFault(fault="power_while_off"),
    commands.Identify(duration_s=5.0),
    commands.ReadCredential(timeout_s=20.0),
    commands.PersonaliseCard(
        credential=example_values.CREDENTIAL, keys=example_values.ORDERED_KEYS
    ),
    commands.WirePlug(access_point=example_values.PRINTER, driver="tasmota", topic="plug-printer"),
    commands.Renew(),
    commands.Upgrade(
        serial=1_795_512_600_000,
        version="0.3.0",
        architecture="arm64",
        sha256="7c" * 32,
        size=26_214_400,
        sig="AbCd" * 21 + "Ag",
    ),
)
_AT_THE_DOOR = ("release_door", "hold_door", "lock_door", "follow_hours")
_OF_THE_AGENT = ("renew", "upgrade", "wire_plug")


def _command(kind: str, args: Raw) -> Command:
    point = example_values.DOOR if kind in _AT_THE_DOOR else example_values.LASER
    return Command(
        at=example_values.AT,
        command_id=example_values.COMMAND,
        boot_id=example_values.BOOT,
        access_point=None if kind in _OF_THE_AGENT else point,
        type=kind,
        expires_at=example_values.LATER,
        args=args,
    )


COMMANDS: dict[str, Command] = {
    commands.command_type(args): _command(commands.command_type(args), raw(args)) for args in _ARGS
}
"""Example commands by their type."""

_TOPICS = Topics("lab")


def _digest() -> str:
    digest = PolicyDigest()
    for row in (*ROWS.values(), REMOVED):
        digest.add(row.table, row.key, row.version)
    return digest.text


_POLICY: dict[str, Message] = {
    _TOPICS.policy_head(): messages.PolicyHead(
        at=example_values.AT, epoch=1, version=10, holders=1, digest=_digest()
    ),
    _TOPICS.policy_delta(): messages.PolicyDelta(
        at=example_values.AT, epoch=1, from_version=8, to_version=10, rows=(ROWS["window"], REMOVED)
    ),
    _TOPICS.agent_sync(example_values.AGENT): messages.SyncRequest(
        request_id=example_values.REQUEST, epoch=0, since=0
    ),
    _TOPICS.agent_policy(example_values.AGENT): messages.PolicyPage(
        at=example_values.AT,
        request_id=example_values.REQUEST,
        epoch=1,
        to_version=10,
        snapshot=True,
        rows=(ROWS["site"], ROWS["zone"], ROWS["holder"]),
        next="holder:" + example_values.KEY,
    ),
}
_EVENTS: dict[str, Message] = {
    _TOPICS.agent_events(example_values.AGENT): messages.EventBatch(
        stream=example_values.STREAM,
        boot_id=example_values.BOOT,
        sent_at=example_values.AT,
        sent_mono_ms=123_500,
        events=tuple(map(Raw, list(EVENTS.values())[:2])),
    ),
    _TOPICS.agent_ack(example_values.AGENT): messages.EventAck(
        at=example_values.AT,
        stream=example_values.STREAM,
        through=40,
        also=((43, 45),),
        rejected=(messages.Rejected(seq=39, reason="unknown type 'door_painted'"),),
    ),
}
_COMMANDS: dict[str, Message] = {
    _TOPICS.agent_command(example_values.AGENT): COMMANDS["release_door"],
    _TOPICS.agent_reply(example_values.AGENT): messages.CommandReply(
        command_id=example_values.COMMAND,
        result=CommandResult.DONE,
        data=ReplyData(credential=example_values.CREDENTIAL, assurance=Assurance.UID),
    ),
}
_AGENT: dict[str, Message] = {
    _TOPICS.agent_status(example_values.AGENT): messages.AgentStatus(
        online=True,
        boot_id=example_values.BOOT,
        connection=17,
        version="0.1.0",
        protocols=(1,),
        epoch=1,
        policy_version=10,
        stream=example_values.STREAM,
        started_at=example_values.AT,
        credential_generation=1,
    ),
    _TOPICS.agent_telemetry(example_values.AGENT): messages.AgentTelemetry(
        boot_id=example_values.BOOT,
        at=example_values.AT,
        mono_ms=123_600,
        backlog=0,
        policy_age_s=12.5,
        clock_trusted=True,
        loop_lag_ms=0.4,
        disk_free_bytes=12_000_000_000,
        temperature_c=48.5,
        devices=(
            DeviceHealth(
                access_point=example_values.LASER, device=Device.READER, driver="rc522", ok=True
            ),
            DeviceHealth(
                access_point=example_values.LASER,
                device=Device.METER,
                driver="shelly",
                ok=False,
                fault="no_answer",
            ),
        ),
        plugs=(
            FoundPlug(driver="tasmota", topic="plug-printer", name="Imprimante", model="NOUS A1T"),
        ),
        program=messages.RunsProgram(
            architecture="arm64", serial=0, state="waiting", coming=1_795_512_600_000
        ),
    ),
    _TOPICS.agent_point(example_values.AGENT, example_values.LASER): messages.PointState(
        state=State.RUNNING,
        since=example_values.AT,
        session_id=example_values.SESSION,
        available=False,
        watts=1400,
    ),
    _TOPICS.agent_wiring(example_values.AGENT): messages.AgentWiring(
        access_points=(
            WiredPoint(
                id=example_values.LASER,
                kind=PointKind.MACHINE,
                reader={"driver": "rc522", "bus": 0, "device": 0},
                power={"driver": "bridge", "channel": 1},
            ),
        )
    ),
}

MESSAGES: dict[str, Message] = {
    str(type(message).__struct_config__.tag): message
    for message in (_POLICY | _EVENTS | _COMMANDS | _AGENT).values()
}
"""Example messages by their kind."""
TOPIC_OF: dict[str, str] = {
    str(type(message).__struct_config__.tag): topic
    for topic, message in (_POLICY | _EVENTS | _COMMANDS | _AGENT).items()
}
"""Topics of the examples by the message's kind."""
