"""Commands that the controller sends to an agent; each is carried out at most once, before a
deadline."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

from controller.domain.facts import Assurance, CardKind
from controller.domain.time import Utc
from controller.wire.scalars import (
    Code,
    Credential,
    Hash,
    Id7,
    Key,
    Line,
    Point,
    Sealed,
    Seq,
    Word,
    WrappedKey,
)


class ReleaseDoor(Struct, frozen=True, kw_only=True):
    """Release a door for one passage."""

    pulse_s: Annotated[float, Meta(gt=0, le=300)] | None = None
    """Seconds; null: as the door's rules say."""


class HoldDoor(Struct, frozen=True, kw_only=True):
    """Keep a door released until a time, or until `lock_door`."""

    until: Utc | None = None


class LockDoor(Struct, frozen=True, kw_only=True):
    """Lock a door that is held released. Never undoes a fire release."""


class FollowHours(Struct, frozen=True, kw_only=True):
    """End `hold_door` or `lock_door`, so that the door follows its public hours again."""


class EndSession(Struct, frozen=True, kw_only=True):
    """End a machine's session; a running job is finished first."""

    session_id: Id7 | None = None
    """Only this session; null: any open session."""
    reason: Line | None = None


class CutPower(Struct, frozen=True, kw_only=True):
    """Open a machine's power switch at once."""

    reason: Line | None = None


class PulseSwitch(Struct, frozen=True, kw_only=True):
    """Close a machine's switch for a moment, so that one hears it; only before commissioning.

    Refused during a session, with a fault or an open input, and for a switch that stays on without
    its agent.
    """

    pulse_s: Annotated[float, Meta(gt=0, le=1)] = 0.4


class ResetFault(Struct, frozen=True, kw_only=True):
    """Reset latched faults; refused while their input is open, and always for E-stop and fire."""

    fault: Code | None = None
    """Only this fault; null: all."""


class Identify(Struct, frozen=True, kw_only=True):
    """Blink the indicators of one access point, or of all."""

    duration_s: Annotated[float, Meta(gt=0, le=300)] = 10.0


class ReadCredential(Struct, frozen=True, kw_only=True):
    """Reply with the next credential read at an access point, without deciding on it."""

    timeout_s: Annotated[float, Meta(gt=0, le=300)] = 30.0


class PersonaliseCard(Struct, frozen=True, kw_only=True):
    """Write its keys to the badge on this reader; refused for any other badge.

    Reasons: `no_reader`, `no_badge` (not presented in time), `not_a_card` (it can't hold keys),
    `not_blank` (it holds somebody else's keys), `wrong_key` (wrapped with another credential key).
    """

    credential: Credential
    keys: WrappedKey
    """Sets of three keys: first the new one, then those that the card may hold now."""
    timeout_s: Annotated[float, Meta(gt=0, le=300)] = 30.0


class WirePlug(Struct, frozen=True, kw_only=True):
    """Use a plug that the agent discovered as the power switch of a new access point, and restart.

    Refused during a session there, and for a plug or an id that is wired already.
    """

    access_point: Point
    driver: Word
    topic: Word
    limit_s: Annotated[float, Meta(ge=2, le=60)] = 10.0
    """Seconds without the agent after which the plug switches off by itself."""


class Renew(Struct, frozen=True, kw_only=True):
    """Renew the agent's certificate now."""


class Upgrade(Struct, frozen=True, kw_only=True):
    """Fetch this program from the controller, and run it once no session is open at the agent.

    `done` means that the agent has accepted it; progress is reported in telemetry. `sig` is the
    signature by the installation's authority over the other fields (`controller.wire.programs`).
    Reasons: `by_hand` (programs are not managed there), `not_signed`, `older`, `architecture`,
    `failed_before` (the agent has rolled back from this program), `already` (it is running).
    """

    serial: Seq
    """When it was signed, in milliseconds since 1970; lower than the running program's: refused."""
    version: Word
    architecture: Word
    """In Debian's spelling."""
    sha256: Hash
    """Of the archive."""
    size: Seq
    """Bytes of the archive."""
    sig: Sealed


CommandArgs = (
    ReleaseDoor
    | HoldDoor
    | LockDoor
    | FollowHours
    | EndSession
    | CutPower
    | PulseSwitch
    | ResetFault
    | Identify
    | ReadCredential
    | PersonaliseCard
    | WirePlug
    | Renew
    | Upgrade
)

COMMANDS: Mapping[str, type[Any]] = {
    "release_door": ReleaseDoor,
    "hold_door": HoldDoor,
    "lock_door": LockDoor,
    "follow_hours": FollowHours,
    "end_session": EndSession,
    "cut_power": CutPower,
    "pulse_switch": PulseSwitch,
    "reset_fault": ResetFault,
    "identify": Identify,
    "read_credential": ReadCredential,
    "personalise_card": PersonaliseCard,
    "wire_plug": WirePlug,
    "renew": Renew,
    "upgrade": Upgrade,
}
"""The commands of version 1. An agent replies to any other one with `refused`."""


class CommandResult(StrEnum):
    """The outcome of a command."""

    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


class ReplyData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Data in the reply to a command."""

    credential: Credential | None = None
    """For `read_credential`: the credential that was read."""
    holder_key: Key | None = None
    assurance: Assurance | None = None
    card: CardKind | None = None
    """For `personalise_card`: the kind of card that was written."""


def command_type(args: CommandArgs) -> str:
    """Return the `type` of a command with these arguments."""
    return next(name for name, kind in COMMANDS.items() if isinstance(args, kind))
