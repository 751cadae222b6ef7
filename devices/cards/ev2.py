"""EV2 authentication and secure messaging (NXP AN12196, 5.6 and 5.16; AN12343 for DESFire).

Card and reader prove to each other that they have the key; further commands are encrypted and
counted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from secrets import token_bytes

from devices.cards.aes import BLOCK, cmac, decrypt, encrypt, pad, short_mac
from devices.cards.apdu import MORE, CardChannel, CardRefused, native

AUTHENTICATE_FIRST, CONTINUE, CHANGE_KEY = 0x71, 0xAF, 0xC4
_MAC = 8


class NotProven(Exception):
    """Raised if the card does not have this key, or its messages were altered; one line."""


@dataclass(slots=True)
class CardSession:
    """A session with an authenticated card; it ends when a command fails."""

    card: CardChannel
    number: int
    """Number of the key that was proven."""
    ti: bytes
    """Transaction identifier, which the card draws."""
    enc: bytes = field(repr=False)
    """The session's key for encryption."""
    mac: bytes = field(repr=False)
    """The session's key for MACs."""
    counter: int = 0

    def full(self, code: int, head: bytes, data: bytes) -> None:
        """Send a command with encrypted data, whose response has no data.

        Raises CardRefused, NotProven.
        """
        self._check_mac(native(self.card, code, self.secured(code, head, data)))

    def secured(self, code: int, head: bytes, data: bytes) -> bytes:
        """Return the header, the encrypted data, and the MAC over both."""
        counter_bytes = self.counter.to_bytes(2, "little")
        iv = encrypt(self.enc, b"\xa5\x5a" + self.ti + counter_bytes + bytes(8))
        hidden = encrypt(self.enc, pad(data), iv)
        signed = bytes((code,)) + counter_bytes + self.ti + head + hidden
        return head + hidden + short_mac(self.mac, signed)

    def change_key(self, number: int, new: bytes, old: bytes, version: int = 1) -> None:
        """Change the key of a slot. Changing the proven key ends the session."""
        data = new_key(new, None if number == self.number else old, version)
        if number != self.number:
            self.full(CHANGE_KEY, bytes((number,)), data)
            return
        native(self.card, CHANGE_KEY, self.secured(CHANGE_KEY, bytes((number,)), data))

    def _check_mac(self, answer: bytes) -> None:
        """Count the command, and check that its response is a valid MAC. Raises NotProven."""
        self.counter += 1
        signed = b"\x00" + self.counter.to_bytes(2, "little") + self.ti + answer[:-_MAC]
        if not compare_digest(short_mac(self.mac, signed), answer[-_MAC:]):
            raise NotProven("the answer is not signed with the session's key")


def authenticate(
    card: CardChannel, number: int, key: bytes, random: Callable[[int], bytes] = token_bytes
) -> CardSession:
    """Authenticate with a slot's key, both ways.

    Raises NotProven, and CardRefused for an unknown slot.
    """
    challenge = native(card, AUTHENTICATE_FIRST, bytes((number, 0)), MORE)
    if len(challenge) != BLOCK:
        raise NotProven(f"a challenge of {len(challenge)} bytes")
    card_nonce, own_nonce = decrypt(key, challenge), random(BLOCK)
    try:
        answer = native(card, CONTINUE, encrypt(key, own_nonce + card_nonce[1:] + card_nonce[:1]))
    except CardRefused as refused:
        raise NotProven("the card does not accept our key") from refused
    if len(answer) != 2 * BLOCK:
        raise NotProven(f"an answer of {len(answer)} bytes")
    reply = decrypt(key, answer)
    if not compare_digest(reply[4:20], own_nonce[1:] + own_nonce[:1]):
        raise NotProven("the card does not have this key")
    enc, mac = session_keys(key, own_nonce, card_nonce)
    return CardSession(card, number, reply[:4], enc, mac)


def session_keys(key: bytes, own_nonce: bytes, card_nonce: bytes) -> tuple[bytes, bytes]:
    """Return KSesAuthENC and KSesAuthMAC for RndA and RndB (AN12196, 5.6)."""
    mixed = bytes(a ^ b for a, b in zip(own_nonce[2:8], card_nonce[:6], strict=True))
    context = own_nonce[:2] + mixed + card_nonce[6:] + own_nonce[8:]
    return (
        cmac(key, b"\xa5\x5a\x00\x01\x00\x80" + context),
        cmac(key, b"\x5a\xa5\x00\x01\x00\x80" + context),
    )


def new_key(new: bytes, old: bytes | None, version: int) -> bytes:
    """Return ChangeKey's data; `old` is needed for any slot but the authenticated one (AN12196,
    5.16)."""
    if old is None:
        return new + bytes((version,))
    mixed = bytes(a ^ b for a, b in zip(new, old, strict=True))
    return mixed + bytes((version,)) + _crc(new)


def _crc(data: bytes) -> bytes:
    """Return the CRC-32 of IEEE 802.3 without its final inversion, as DESFire uses it."""
    from zlib import crc32

    return (crc32(data) ^ 0xFFFFFFFF).to_bytes(4, "little")
