"""The secure unique NFC message (SUN) that an NTAG 424 DNA makes each time it is read.

NXP AN12196, 3: the session key is derived from UID and counter, so that each message differs.
"""

from dataclasses import dataclass
from hmac import compare_digest

from devices.cards.aes import cmac, short_mac

UID_DIGITS, COUNTER_DIGITS, MAC_DIGITS = 14, 6, 16
TYPE = b"loquet:sun"
"""An NFC Forum external type, so that a phone that reads the card opens no page."""
_ALL_DIGITS = UID_DIGITS + COUNTER_DIGITS + MAC_DIGITS
_RECORD = b"\xd4" + bytes((len(TYPE), _ALL_DIGITS)) + TYPE
HEAD = (len(_RECORD) + _ALL_DIGITS).to_bytes(2, "big") + _RECORD
"""The file's content before the card's own data: the NDEF message's length and its record's
head."""
TEMPLATE = HEAD + b"0" * _ALL_DIGITS
"""The whole file as it is written to a new card; zeros are where the card inserts its data."""
UID_AT = len(HEAD)
COUNTER_AT = UID_AT + UID_DIGITS
MAC_AT = COUNTER_AT + COUNTER_DIGITS


@dataclass(frozen=True, slots=True)
class SunMessage:
    """A card's message."""

    uid: bytes
    counter: int
    """How often the message has ever been read."""
    mac: bytes

    @classmethod
    def parse(cls, file: bytes) -> "SunMessage":
        """Parse the file's content. Raises ValueError."""
        if len(file) < len(TEMPLATE) or not file.startswith(HEAD):
            raise ValueError("this card has no message of ours")
        text = file[UID_AT : len(TEMPLATE)].decode("ascii")
        uid, counter, mac = (
            bytes.fromhex(text[begin:end])
            for begin, end in (
                (0, UID_DIGITS),
                (UID_DIGITS, UID_DIGITS + COUNTER_DIGITS),
                (UID_DIGITS + COUNTER_DIGITS, _ALL_DIGITS),
            )
        )
        return cls(uid, int.from_bytes(counter, "big"), mac)

    def signed_with(self, key: bytes) -> bool:
        """Return whether the message was signed with this key (SDMFileReadKey)."""
        return compare_digest(self.mac, signature(key, self.uid, self.counter))


def signature(key: bytes, uid: bytes, counter: int, data: bytes = b"") -> bytes:
    """Return SDMMAC over the data, with a key that is derived from UID and counter (SV2)."""
    vector = b"\x3c\xc3\x00\x01\x00\x80" + uid + counter.to_bytes(3, "little")
    return short_mac(cmac(key, vector), data)
