"""Simulated NTAG 424 DNA and DESFire EV2: they really authenticate, encipher, count and sign.

They are written from NXP's data sheets, independently of the reader's side, so that both can't be
wrong in the same way.
"""

import secrets
from collections.abc import Callable
from zlib import crc32

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

BLANK_KEY = bytes(16)
DONE, AGAIN = b"\x91\x00", b"\x91\xaf"
NO_APPLICATION, NO_KEY, NOT_PROVEN, NOT_WHOLE, UNKNOWN, NOT_ALLOWED = (
    bytes((0x91, code)) for code in (0xA0, 0x40, 0xAE, 0x1E, 0x1C, 0x9D)
)
ISO_DONE, ISO_NOT_FOUND, ISO_CLOSED, ISO_UNKNOWN = (
    bytes.fromhex(status) for status in ("9000", "6A82", "6982", "6D00")
)


def _aes(key: bytes, data: bytes, iv: bytes = bytes(16), *, decrypt: bool = False) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
    step = cipher.decryptor() if decrypt else cipher.encryptor()
    return step.update(data) + step.finalize()


def _mac(key: bytes, data: bytes) -> bytes:
    """Return the CMAC, shortened to every second byte as these cards do."""
    whole = CMAC(algorithms.AES(key))
    whole.update(data)
    return bytes(byte for at, byte in enumerate(whole.finalize()) if at % 2)


def _long_mac(key: bytes, data: bytes) -> bytes:
    whole = CMAC(algorithms.AES(key))
    whole.update(data)
    return whole.finalize()


class _Session:
    """Session state after an authentication; `ti` is the transaction identifier."""

    def __init__(self, slot: int, key: bytes, reader: bytes, card: bytes, ti: bytes) -> None:
        middle = (int.from_bytes(reader[2:8], "big") ^ int.from_bytes(card[:6], "big")).to_bytes(
            6, "big"
        )
        context = b"\x00\x01\x00\x80" + reader[:2] + middle + card[6:16] + reader[8:16]
        self.slot, self.ti, self.count = slot, ti, 0
        self.enc, self.mac = (
            _long_mac(key, b"\xa5\x5a" + context),
            _long_mac(key, b"\x5a\xa5" + context),
        )

    def decrypt(self, code: int, head: bytes, body: bytes) -> bytes | None:
        """Decrypt the data of a command in full mode; None: its signature is wrong."""
        count = self.count.to_bytes(2, "little")
        hidden, signed = body[:-8], body[-8:]
        if _mac(self.mac, bytes((code,)) + count + self.ti + head + hidden) != signed:
            return None
        iv = _aes(self.enc, b"\xa5\x5a" + self.ti + count + bytes(8))
        return _aes(self.enc, hidden, iv, decrypt=True).rstrip(b"\x00")[:-1]

    def done(self) -> bytes:
        """Return the signed answer of a command that succeeded and returns no data."""
        self.count += 1
        return _mac(self.mac, b"\x00" + self.count.to_bytes(2, "little") + self.ti) + DONE


class SecureCard:
    """What both kinds of card share: key slots and AuthenticateEV2First. An Application."""

    def __init__(self, slots: int, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self.keys = [BLANK_KEY] * slots
        self.failures = 0
        """How many authentications have failed since the card was made."""
        self._random = random
        self._chosen = False
        self._challenge: tuple[int, bytes] | None = None
        self._session: _Session | None = None
        self._handlers: dict[int, Callable[[bytes], bytes]] = {
            0x71: self._authenticate,  # AuthenticateEV2First
            0xAF: self._answer_challenge,  # its second part
            0xC4: self._change_key,  # ChangeKey
        }

    def answer(self, apdu: bytes) -> bytes:
        """Answer one command of the reader; see Application."""
        body = apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""
        if apdu[0] != 0x90:
            return self._iso(apdu, body)
        handle = self._handlers.get(apdu[1])
        return UNKNOWN if handle is None else handle(body)

    def choose(self, *, there: bool) -> None:
        """Select an application, or none if it was not found; any authentication ends."""
        self._chosen, self._challenge, self._session = there, None, None

    def _iso(self, apdu: bytes, body: bytes) -> bytes:
        return ISO_UNKNOWN

    def _authenticate(self, body: bytes) -> bytes:
        self._session = None
        if not self._chosen or len(body) < 2 or body[0] >= len(self.keys):
            return NO_KEY
        self._challenge = (body[0], self._random(16))
        return _aes(self.keys[body[0]], self._challenge[1]) + AGAIN

    def _answer_challenge(self, body: bytes) -> bytes:
        challenge, self._challenge = self._challenge, None
        if challenge is None or len(body) != 32:
            return NOT_PROVEN
        slot, own_nonce = challenge
        key = self.keys[slot]
        opened = _aes(key, body, decrypt=True)
        if opened[16:] != own_nonce[1:] + own_nonce[:1]:
            self.failures += 1
            return NOT_PROVEN
        ti, reader = self._random(4), opened[:16]
        self._session = _Session(slot, key, reader, own_nonce, ti)
        return _aes(key, ti + reader[1:] + reader[:1] + bytes(12)) + DONE

    def _change_key(self, body: bytes) -> bytes:
        session = self._session
        if session is None or session.slot != 0:
            return NOT_PROVEN
        slot = body[0]
        # A new key may itself end in zeros, so padding can't be stripped: the expected length is
        # used.
        size = 17 if slot == 0 else 21
        data = self._open_key(session, body, size)
        if data is None or slot >= len(self.keys):
            return self._answer_spoilt()
        if slot == 0:
            self.keys[0], self._session = data[:16], None
            return DONE
        new = bytes(a ^ b for a, b in zip(data[:16], self.keys[slot], strict=True))
        if (crc32(new) ^ 0xFFFFFFFF).to_bytes(4, "little") != data[17:21]:
            return self._answer_spoilt()
        self.keys[slot] = new
        return session.done()

    def _open_key(self, session: _Session, body: bytes, size: int) -> bytes | None:
        opened = session.decrypt(0xC4, body[:1], body[1:])
        return None if opened is None or len(opened) != size else opened

    def _answer_spoilt(self) -> bytes:
        self._session = None
        return NOT_WHOLE


class Ntag424(SecureCard):
    """An NTAG 424 DNA: five key slots, and a file whose UID, counter and MAC change at each
    reading."""

    NAME = bytes.fromhex("D2760000850101")

    def __init__(self, uid: bytes, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        super().__init__(5, random)
        self.uid, self.counter = uid, 0
        self.file = bytes(256)
        self.settings = b""
        """The bytes of ChangeFileSettings; empty: the factory state, in which anybody may write."""
        self._open_file = False
        self._handlers[0x5F] = self._change_settings  # ChangeFileSettings

    def _iso(self, apdu: bytes, body: bytes) -> bytes:
        if apdu[:3] == b"\x00\xa4\x04":  # SELECT the application by its name
            self.choose(there=body == self.NAME)
            self._open_file = False
            return ISO_DONE if self._chosen else ISO_NOT_FOUND
        if apdu[:3] == b"\x00\xa4\x00":  # SELECT the file
            self._open_file = self._chosen and body == b"\xe1\x04"
            return ISO_DONE if self._open_file else ISO_NOT_FOUND
        if apdu[1] == 0xB0 and self._open_file:  # READ BINARY
            return self._mirrored()[: apdu[4] or 256] + ISO_DONE
        if apdu[1] == 0xD6 and self._open_file:  # UPDATE BINARY
            if self.settings:
                return ISO_CLOSED
            self.file = body + self.file[len(body) :]
            return ISO_DONE
        return ISO_UNKNOWN

    def _mirrored(self) -> bytes:
        """Return the file with UID, counter and signature at the offsets that the settings give."""
        if not self.settings:
            return self.file
        self.counter += 1
        uid_at, counter_at, _, mac_at = (
            int.from_bytes(self.settings[at : at + 3], "little") for at in (6, 9, 12, 15)
        )
        session = _long_mac(
            self.keys[self.settings[5] & 0x0F],
            b"\x3c\xc3\x00\x01\x00\x80" + self.uid + self.counter.to_bytes(3, "little"),
        )
        file = bytearray(self.file)
        for at, value in (
            (uid_at, self.uid),
            (counter_at, self.counter.to_bytes(3, "big")),
            (mac_at, _mac(session, b"")),
        ):
            text = value.hex().upper().encode()
            file[at : at + len(text)] = text
        return bytes(file)

    def _change_settings(self, body: bytes) -> bytes:
        if self._session is None or self._session.slot != 0:
            return NOT_ALLOWED
        opened = self._session.decrypt(0x5F, body[:1], body[1:])
        if opened is None or body[:1] != b"\x02":
            return self._answer_spoilt()
        self.settings = opened.ljust(18, b"\x00")
        return self._session.done()


class Desfire(SecureCard):
    """A DESFire EV2 or EV3 without applications; as delivered, creating one needs no key."""

    def __init__(self, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        super().__init__(0, random)
        self.application = b""
        self._handlers |= {0x5A: self._select, 0xCA: self._create}  # Select-, CreateApplication

    def _iso(self, apdu: bytes, body: bytes) -> bytes:
        return ISO_NOT_FOUND if apdu[1] == 0xA4 else ISO_UNKNOWN

    def _select(self, body: bytes) -> bytes:
        self.choose(there=bool(body) and body == self.application)
        return DONE if self._chosen else NO_APPLICATION

    def _create(self, body: bytes) -> bytes:
        if self.application or len(body) != 5 or body[4] & 0xC0 != 0x80:
            return NOT_ALLOWED
        self.application, self.keys = body[:3], [BLANK_KEY] * (body[4] & 0x0F)
        return DONE
