"""The secure unique message of an NTAG 424 DNA: what it mirrors into its file at each reading.

NXP AN12196, 3: the session key comes from UID and counter, so that each message is another one.
"""

from dataclasses import dataclass
from hmac import compare_digest

from devices.cards.aes import cmac, short_mac

UID_DIGITS, COUNTER_DIGITS, MAC_DIGITS = 14, 6, 16
TYPE = b"loquet:sun"
"""An external NFC Forum type: a phone that reads it opens no page, and tells nobody."""
_SHAPE = UID_DIGITS + COUNTER_DIGITS + MAC_DIGITS
_RECORD = b"\xd4" + bytes((len(TYPE), _SHAPE)) + TYPE
HEAD = (len(_RECORD) + _SHAPE).to_bytes(2, "big") + _RECORD
"""What stands in the file before the mirrors: the NDEF message's length, and its record's head."""
TEMPLATE = HEAD + b"0" * _SHAPE
UID_AT = len(HEAD)
COUNTER_AT = UID_AT + UID_DIGITS
MAC_AT = COUNTER_AT + COUNTER_DIGITS


@dataclass(frozen=True, slots=True)
class Message:
    """The decoded message of a card."""

    uid: bytes
    counter: int
    """How often its message was read, ever."""
    mac: bytes

    @classmethod
    def parse(cls, file: bytes) -> "Message":
        """Of the file as it was read. Raises ValueError."""
        if len(file) < len(TEMPLATE) or not file.startswith(HEAD):
            raise ValueError("this card has no message of ours")
        text = file[UID_AT : len(TEMPLATE)].decode("ascii")
        uid, counter, mac = (
            bytes.fromhex(text[begin:end])
            for begin, end in (
                (0, UID_DIGITS),
                (UID_DIGITS, UID_DIGITS + COUNTER_DIGITS),
                (UID_DIGITS + COUNTER_DIGITS, _SHAPE),
            )
        )
        return cls(uid, int.from_bytes(counter, "big"), mac)

    def signed_with(self, key: bytes) -> bool:
        """Whether the holder of SDMFileReadKey said it."""
        return compare_digest(self.mac, signature(key, self.uid, self.counter))


def signature(key: bytes, uid: bytes, counter: int, data: bytes = b"") -> bytes:
    """SDMMAC: under a key made of UID and counter (SV2), over what the file's settings name."""
    vector = b"\x3c\xc3\x00\x01\x00\x80" + uid + counter.to_bytes(3, "little")
    return short_mac(cmac(key, vector), data)
