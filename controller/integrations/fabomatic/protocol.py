"""What FabOMatic's boards say over MQTT, and what they understand, as published (firmware 1.x).

A board says it on `machine/NUMBER`, and hears on `machine/NUMBER/reply` and `…/request`.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

LONGEST = 2_000
Card = Annotated[str, Meta(min_length=1, max_length=32)]
Duration = Annotated[int, Meta(ge=0, le=604_800)]
Word = Annotated[str, Meta(max_length=100)]
_UNTRUE = (False, "", "false", "False", 0, None)


class _Said(Struct, frozen=True, kw_only=True, tag_field="action"):
    pass


class CheckUser(_Said, frozen=True, kw_only=True, tag="checkuser"):
    """A card is held to a free machine: may it?"""

    uid: Card


class CheckMachine(_Said, frozen=True, kw_only=True, tag="checkmachine"):
    """What am I, and may anybody use me?"""


class _Use(_Said, frozen=True, kw_only=True):
    uid: Card
    replay: bool | str | int | None = False

    @property
    def is_late(self) -> bool:
        """Whether it was kept while nobody answered."""
        return self.replay not in _UNTRUE


class StartUse(_Use, frozen=True, kw_only=True, tag="startuse"):
    """It is switched on."""


class InUse(_Said, frozen=True, kw_only=True, tag="inuse"):
    """It still is, said every half minute."""

    uid: Card
    duration: Duration


class StopUse(_Use, frozen=True, kw_only=True, tag="stopuse"):
    """It is given back."""

    duration: Duration


class Maintenance(_Use, frozen=True, kw_only=True, tag="maintenance"):
    """Somebody says that it was maintained."""


class Alive(_Said, frozen=True, kw_only=True, tag="alive"):
    """I am here; nobody answers that."""

    version: Word = ""


class SyncCache(_Said, frozen=True, kw_only=True, tag="synccache"):
    """Which cards may I let in when nobody answers?"""


BoardMessage = (
    CheckUser | CheckMachine | StartUse | InUse | StopUse | Maintenance | Alive | SyncCache
)
_decoder: msgspec.json.Decoder[BoardMessage] = msgspec.json.Decoder(BoardMessage)


class UserReply(Struct, frozen=True, kw_only=True):
    """Whether that card may; no name goes over a line that anybody may hear."""

    request_ok: bool = True
    is_valid: bool
    name: str = ""
    missing_auth: bool
    level: int


class MachineReply(Struct, frozen=True, kw_only=True):
    """What a machine is; times in minutes, 0: none."""

    request_ok: bool = True
    is_valid: bool = True
    maintenance: bool = False
    allowed: bool
    name: str
    logoff: int
    type: int = 1
    grace: int = 0
    """A board has one relay: it goes off at once."""
    description: str = ""


class SimpleReply(Struct, frozen=True, kw_only=True):
    """Whether it was noted."""

    request_ok: bool
    message: str = ""


class CardsReply(Struct, frozen=True, kw_only=True):
    """Nobody: who may is asked each time."""

    request_ok: bool = True
    cards: tuple[str, ...] = ()


class StopRequest(Struct, frozen=True, kw_only=True):
    """Give it back now."""

    request_type: str = "stop"
    uid: str


Reply = UserReply | MachineReply | SimpleReply | CardsReply


def read(payload: bytes) -> BoardMessage:
    """Raises ValueError for what no board says."""
    if len(payload) > LONGEST:
        raise ValueError("too long")
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, msgspec.ValidationError) as problem:
        raise ValueError(str(problem)) from problem


def number_in(topic: str, prefix: str) -> int | None:
    """Which machine speaks; None: none."""
    before, _, number = topic.rpartition("/")
    return int(number) if before == prefix and number.isascii() and number.isdigit() else None
