"""What an agent saves about a door: whether a fire has released it, or staff have locked it."""

import msgspec

from controller.domain.time import Utc
from controller.wire.codec import dec_hook


class StaffLock(msgspec.Struct, frozen=True, kw_only=True):
    """A lock that staff set during public hours."""

    until: Utc | None
    """End of these public hours; None: they don't end."""


class SavedDoor(msgspec.Struct, frozen=True, kw_only=True):
    """A door as it is saved on disk."""

    fire_latched: bool = False
    staff_lock: StaffLock | None = None


_decoder = msgspec.json.Decoder(SavedDoor, dec_hook=dec_hook)


def load(data: bytes | None, *, has_fire_input: bool) -> SavedDoor:
    """Decode saved bytes; unreadable ones give the result of `unreadable`."""
    if data is None:
        return SavedDoor()
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError):
        return unreadable(has_fire_input=has_fire_input)


def unreadable(*, has_fire_input: bool) -> SavedDoor:
    """Return the door for a damaged file. With a fire input it counts as released by a fire until
    it is reset on the spot."""
    return SavedDoor(fire_latched=has_fire_input)
