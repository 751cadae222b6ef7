"""libosdp's control panel, with its line, the readers' keys, and its random numbers."""

import ctypes
import os
import secrets
import select
import time
from typing import Any

from controller.settings import SettingsError
from controller.settings.reading import read_secret

KEY_BYTES = 16
_START, _REPLY = 0x53, 0x80


class Wire:
    """The line as libosdp uses it for one reader; it notes when that reader answered.

    libosdp calls this from C, so nothing may be raised: an error is stored in `error`.
    """

    id = 0
    """The same for all readers, so that libosdp lets one reader send at a time (multi-drop)."""

    def __init__(self, fd: int, address: int) -> None:
        self._fd = fd
        self._answer = bytes((_START, address | _REPLY))
        self.heard_s = 0.0
        self.error: OSError | None = None

    def read(self, at_most: int) -> bytes:
        """Return the bytes that have arrived; may be empty."""
        try:
            if not select.select((self._fd,), (), (), 0)[0]:
                return b""
            if not (data := os.read(self._fd, at_most)):
                raise OSError("the line hung up")
        except OSError as error:
            self.error = error
            return b""
        if self._answer in data:
            self.heard_s = time.monotonic()
        return data

    def write(self, data: bytes) -> int:
        """Send bytes; return how many were sent."""
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            self.error = error
            return 0

    def flush(self) -> None:
        """Discard what has arrived."""
        while self.read(4096):
            pass


def reader_settings(
    address: int, key: bytes, wire: Wire, *, may_use_public_key: bool = False
) -> dict[str, Any]:
    """Return a reader's settings for libosdp; they require the secure channel (`EnforceSecure`).

    With `may_use_public_key`, the reader may use the public key SCBK-D, in order to get its own.
    """
    import osdp_sys

    unused = dict.fromkeys(
        ("version", "model", "vendor_code", "serial_number", "firmware_version"), 0
    )
    flags = 0 if may_use_public_key else osdp_sys.FLAG_ENFORCE_SECURE
    name = f"reader-{address}"
    return {
        "name": name,
        "address": address,
        "flags": flags,
        "scbk": key,
        "channel": wire,
        **unused,
    }


def control_panel(readers: list[dict[str, Any]]) -> Any:
    """Return libosdp's control panel. Its log is off, since it could contain a key."""
    import osdp_sys

    osdp_sys.set_loglevel(osdp_sys.LOG_EMERG)
    seed_random()
    return osdp_sys.ControlPanel(readers)


def read_key(path: str) -> bytes:
    """Read a reader's base key (SCBK), 16 bytes in hex.

    Raises SettingsError, without the key in it.
    """
    text = read_secret(path)
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{path}: not a key of 16 bytes, 32 hex digits")
    return key


def seed_random() -> None:
    """Seed the C library's `rand` with randomness from the OS, since libosdp uses it for its
    nonces.

    This is done before each handshake, so that a challenge can't be predicted from earlier ones.
    """
    ctypes.CDLL(None).srand(ctypes.c_uint(secrets.randbits(32)))
