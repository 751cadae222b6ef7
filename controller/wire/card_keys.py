"""The keys of one card, slot by slot; how they travel is in card_wrapping."""

from dataclasses import dataclass, field
from typing import Self

KEY_BYTES = 16
_SLOTS = {1: 0, 3: 1, 0: 2}
SET_BYTES = KEY_BYTES * len(_SLOTS)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of one card under one master: doors (1), messages (3), and the one over both (0)."""

    door: bytes = field(repr=False)
    signs: bytes = field(repr=False)
    application: bytes = field(repr=False)

    def slot(self, number: int) -> bytes:
        """The key of a slot."""
        return (self.door, self.signs, self.application)[_SLOTS[number]]

    @property
    def packed(self) -> bytes:
        """All three."""
        return self.door + self.signs + self.application

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """The key set in bytes that `packed` made."""
        return cls(*(data[at : at + KEY_BYTES] for at in range(0, SET_BYTES, KEY_BYTES)))


@dataclass(frozen=True, slots=True)
class CardKeys:
    """What a card is to hold, and what it may hold now."""

    new: KeySet
    old: tuple[KeySet, ...] = ()
