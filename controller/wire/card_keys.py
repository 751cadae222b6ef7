"""The keys of a DESFire card or an NTAG 424 DNA; card_wrapping encrypts them for transport."""

from dataclasses import dataclass, field
from typing import Self

KEY_BYTES = 16
_SLOTS = {1: 0, 3: 1, 0: 2}
"""Position in a KeySet by the card's key number."""
SET_BYTES = KEY_BYTES * len(_SLOTS)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of one card: 1 for doors, 3 for messages (NTAG 424 DNA), and 0, the master key."""

    door: bytes = field(repr=False)
    messages: bytes = field(repr=False)
    application: bytes = field(repr=False)

    def slot(self, number: int) -> bytes:
        """Return the key with a card's key number."""
        return (self.door, self.messages, self.application)[_SLOTS[number]]

    @property
    def packed(self) -> bytes:
        """Return the three keys as bytes."""
        return self.door + self.messages + self.application

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """Make a key set of the bytes of `packed`."""
        return cls(*(data[at : at + KEY_BYTES] for at in range(0, SET_BYTES, KEY_BYTES)))


@dataclass(frozen=True, slots=True)
class CardKeys:
    """The keys to write to a card, and the key sets that it may hold now."""

    new: KeySet
    old: tuple[KeySet, ...] = ()
