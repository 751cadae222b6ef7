"""A card as ISO/IEC 14443-3 type A defines it: its complete UID, its SAK, and its credential id."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from controller.domain.ids import CredentialId
from devices.cards.apdu import CardChannel

CASCADE_TAG = 0x88
SAK_CASCADE, SAK_ISO_DEP = 0x04, 0x20
"""Bits of the SAK: the UID is not complete; the card supports ISO/IEC 14443-4."""


class Unreadable(Exception):
    """Raised if there is something in the field whose UID can't be read."""


@dataclass(frozen=True, slots=True)
class Card:
    """A selected card; its UID has 4, 7 or 10 bytes, in anticollision order."""

    uid: bytes
    sak: int

    @property
    def credential(self) -> CredentialId:
        """The credential id, the same on every reader."""
        return CredentialId(f"uid:{self.uid.hex().upper()}")

    @property
    def speaks_apdu(self) -> bool:
        """Whether the card supports ISO/IEC 14443-4."""
        return bool(self.sak & SAK_ISO_DEP)


class CardField(Protocol):
    """A chip that reads cards; only one thread may use it."""

    def open(self) -> None:
        """Open the chip and switch its field on. Raises OSError if there is none."""

    def find(self, known: Card | None) -> Card | None:
        """Return the known card if it is still there, else another one, else None.

        Raises Unreadable, and OSError if the chip is gone.
        """

    def conversation(self, card: Card) -> AbstractContextManager[CardChannel]:
        """Return a context manager for sending APDUs to a card; afterwards it can be found again.

        Raises CardError, and OSError if the chip is gone.
        """

    def close(self) -> None:
        """Switch the field off and close the chip; does nothing if it isn't open."""


def cascade_levels(uid: bytes) -> list[bytes]:
    """Return the four bytes of each cascade level (ISO/IEC 14443-3, 6.5.4): 1, 2 or 3 of them."""
    if len(uid) not in (4, 7, 10):
        raise ValueError(f"a UID has 4, 7 or 10 bytes, not {len(uid)}")
    cut = len(uid) - 4
    tagged = [bytes((CASCADE_TAG,)) + uid[at : at + 3] for at in range(0, cut, 3)]
    return [*tagged, uid[cut:]]


def add_cascade_tags(uid: bytes) -> bytes:
    """Return the UID with its cascade tags: 4, 8 or 12 bytes."""
    return bytes(chain.from_iterable(cascade_levels(uid)))
