"""What a door keeps through a restart: whether a fire has released it."""

import msgspec

from controller.wire.codec import encode


class SavedDoor(msgspec.Struct, frozen=True, kw_only=True):
    """A door on disk."""

    fire_latched: bool = False


def saved(door: SavedDoor) -> bytes:
    """As bytes, for the keeper."""
    return encode(door)


def load(data: bytes | None) -> SavedDoor:
    """From bytes; what cannot be read is no fire: the alarm's own input is read at the start."""
    if data is None:
        return SavedDoor()
    try:
        return msgspec.json.decode(data, type=SavedDoor)
    except msgspec.MsgspecError:
        return SavedDoor()
