"""The MQTT messages of FabOMatic's boards, as published (firmware 1.x).

A board publishes on `machine/NUMBER` and subscribes to `machine/NUMBER/reply` and `…/request`.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

MAX_PAYLOAD_BYTES = 2_000
"""Longer messages are refused."""
Card = Annotated[str, Meta(min_length=1, max_length=32)]
Duration = Annotated[int, Meta(ge=0, le=604_800)]
Word = Annotated[str, Meta(max_length=100)]
_FALSE_VALUES = (False, "", "false", "False", 0, None)


class _Message(Struct, frozen=True, kw_only=True, tag_field="action"):
    pass


class CheckUser(_Message, frozen=True, kw_only=True, tag="checkuser"):
    """A card was held to a free machine; the board asks whether it has access."""

    uid: Card


class CheckMachine(_Message, frozen=True, kw_only=True, tag="checkmachine"):
    """The board asks for its machine's name, and whether it may be used."""


class _Use(_Message, frozen=True, kw_only=True):
    uid: Card
    replay: bool | str | int | None = False

    @property
    def is_late(self) -> bool:
        """Return whether the board had stored the message because nobody answered."""
        return self.replay not in _FALSE_VALUES


class StartUse(_Use, frozen=True, kw_only=True, tag="startuse"):
    """The machine was switched on."""


class InUse(_Message, frozen=True, kw_only=True, tag="inuse"):
    """The machine is still on; sent every half minute."""

    uid: Card
    duration: Duration


class StopUse(_Use, frozen=True, kw_only=True, tag="stopuse"):
    """The machine was switched off."""

    duration: Duration


class Maintenance(_Use, frozen=True, kw_only=True, tag="maintenance"):
    """Somebody confirms on the board that the machine was maintained."""


class Alive(_Message, frozen=True, kw_only=True, tag="alive"):
    """A sign of life, which is not answered."""

    version: Word = ""


class SyncCache(_Message, frozen=True, kw_only=True, tag="synccache"):
    """The board asks which cards it may accept while offline."""


BoardMessage = (
    CheckUser | CheckMachine | StartUse | InUse | StopUse | Maintenance | Alive | SyncCache
)
_decoder: msgspec.json.Decoder[BoardMessage] = msgspec.json.Decoder(BoardMessage)


class UserReply(Struct, frozen=True, kw_only=True):
    """Whether that card has access; the name is left out, since others on the network may read
    the message."""

    request_ok: bool = True
    is_valid: bool
    name: str = ""
    missing_auth: bool
    level: int


class MachineReply(Struct, frozen=True, kw_only=True):
    """The machine's name and settings; times in minutes, 0: none."""

    request_ok: bool = True
    is_valid: bool = True
    maintenance: bool = False
    allowed: bool
    name: str
    logoff: int
    type: int = 1
    grace: int = 0
    """A board has a single relay, which switches off at once."""
    description: str = ""


class SimpleReply(Struct, frozen=True, kw_only=True):
    """Whether the message was recorded."""

    request_ok: bool
    message: str = ""


class CardsReply(Struct, frozen=True, kw_only=True):
    """No cards: access is decided for each tap."""

    request_ok: bool = True
    cards: tuple[str, ...] = ()


class StopRequest(Struct, frozen=True, kw_only=True):
    """Ask the board to end the use now."""

    request_type: str = "stop"
    uid: str


Reply = UserReply | MachineReply | SimpleReply | CardsReply


def decode(payload: bytes) -> BoardMessage:
    """Decode a board's message. Raises ValueError if it is not valid."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError("too long")
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, msgspec.ValidationError) as problem:
        raise ValueError(str(problem)) from problem


def number_in(topic: str, prefix: str) -> int | None:
    """Return the board's number in a topic; None if it is not a board's topic."""
    before, _, number = topic.rpartition("/")
    return int(number) if before == prefix and number.isascii() and number.isdigit() else None
