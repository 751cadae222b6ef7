"""Commands: what the controller asks of an agent, once, before a deadline."""

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
    """Release a door once."""

    pulse_s: Annotated[float, Meta(gt=0, le=300)] | None = None
    """How long; null: as the door's rules say."""


class HoldDoor(Struct, frozen=True, kw_only=True):
    """Keep a door released until a time, or until `lock_door`."""

    until: Utc | None = None


class LockDoor(Struct, frozen=True, kw_only=True):
    """Lock a door that is held released. Never undoes a fire release."""


class FollowHours(Struct, frozen=True, kw_only=True):
    """Keep a door neither released nor locked: its public hours say again what it is."""


class EndSession(Struct, frozen=True, kw_only=True):
    """End a machine's session as its rules say: when its job has ended."""

    session_id: Id7 | None = None
    """Only this session; null: whichever is open."""
    reason: Line | None = None


class CutPower(Struct, frozen=True, kw_only=True):
    """Open a machine's switch at once."""

    reason: Line | None = None


class PulseSwitch(Struct, frozen=True, kw_only=True):
    """Close a machine's switch for a moment, so that it is heard; only before it is commissioned.

    Refused with anybody on it, a fault, an open input, or a switch that outlasts its agent.
    """

    pulse_s: Annotated[float, Meta(gt=0, le=1)] = 0.4


class ResetFault(Struct, frozen=True, kw_only=True):
    """Reset latched faults; refused while the input is open, and always for E-stop and fire."""

    fault: Code | None = None
    """Only this one; null: all."""


class Identify(Struct, frozen=True, kw_only=True):
    """Blink the indicators, of one access point or of all."""

    duration_s: Annotated[float, Meta(gt=0, le=300)] = 10.0


class ReadCredential(Struct, frozen=True, kw_only=True):
    """Answer with the next credential read there, instead of deciding on it."""

    timeout_s: Annotated[float, Meta(gt=0, le=300)] = 30.0


class PersonaliseCard(Struct, frozen=True, kw_only=True):
    """Give the badge that lies on this reader its keys; refused for any other, and other readers.

    Reasons: `no_reader`, `no_badge` (not there in time), `not_a_card` (it can hold no keys),
    `not_blank` (it holds somebody else's), `wrong_key` (wrapped under another credential key).
    """

    credential: Credential
    keys: WrappedKey
    """Sets of three, the new one first, then those that the card may hold now."""
    timeout_s: Annotated[float, Meta(gt=0, le=300)] = 30.0


class WirePlug(Struct, frozen=True, kw_only=True):
    """Make a plug that the agent has found the power of a new access point, and start again.

    Refused while anybody uses a machine there, and for a plug or an id that is wired already.
    """

    access_point: Point
    driver: Word
    topic: Word
    limit_s: Annotated[float, Meta(ge=2, le=60)] = 10.0
    """After so many seconds without the agent the plug goes off by itself."""


class Renew(Struct, frozen=True, kw_only=True):
    """Renew the agent's certificate now."""


class Upgrade(Struct, frozen=True, kw_only=True):
    """Bring this program, kept by the controller, and run it once nobody uses anything there.

    Done says that it was taken up; what becomes of it is told in telemetry. `sig` is the
    installation's authority's, over the other fields (`controller.wire.programs`).
    Reasons: `by_hand` (programs are not managed there), `not_signed`, `older`, `architecture`,
    `failed_before` (it went back from this very one), `already` (it runs).
    """

    serial: Seq
    """When it was signed, in milliseconds: a lower one than what runs is refused."""
    version: Word
    architecture: Word
    """As Debian names it."""
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
"""The command types of version 1. An agent answers another one with `refused`."""


class CommandResult(StrEnum):
    """What became of a command."""

    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


class ReplyData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a command brought back."""

    credential: Credential | None = None
    """Of `read_credential`: what was read."""
    holder_key: Key | None = None
    assurance: Assurance | None = None
    card: CardKind | None = None
    """Of `personalise_card`: which kind of card has its keys now."""


def command_type(args: CommandArgs) -> str:
    """The `type` that goes with these arguments."""
    return next(name for name, kind in COMMANDS.items() if isinstance(args, kind))
