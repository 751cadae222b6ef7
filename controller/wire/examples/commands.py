"""An example of each command."""

from msgspec import Raw

from controller.wire import commands
from controller.wire.examples import example_values
from controller.wire.messages import Command
from controller.wire.strict import raw

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
