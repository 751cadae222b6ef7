"""What a door keeps through a restart: whether a fire has released it, or staff has locked it."""

import msgspec

from controller.domain.time import Utc
from controller.wire.codec import dec_hook, encode


class StaffLock(msgspec.Struct, frozen=True, kw_only=True):
    """Staff locked the door in public hours."""

    until: Utc | None
    """The end of these hours; None: they have none."""


class SavedDoor(msgspec.Struct, frozen=True, kw_only=True):
    """A door on disk."""

    fire_latched: bool = False
    staff_lock: StaffLock | None = None


_decoder = msgspec.json.Decoder(SavedDoor, dec_hook=dec_hook)


def to_bytes(door: SavedDoor) -> bytes:
    """As bytes, for the keeper."""
    return encode(door)


def load(data: bytes | None, *, has_fire_input: bool) -> SavedDoor:
    """From bytes; what cannot be read is taken for a fire, as `unreadable`."""
    if data is None:
        return SavedDoor()
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError):
        return unreadable(has_fire_input=has_fire_input)


def unreadable(*, has_fire_input: bool) -> SavedDoor:
    """Stands for what a damaged file had kept: a door that a fire may have released stays so until
    a person resets it on the spot. Without a fire input, none ever was."""
    return SavedDoor(fire_latched=has_fire_input)
