"""A simulated serial badge reader: a pseudo-terminal that sends an RDM6300's or ID-12's frames."""

import os
import tty
from contextlib import suppress
from functools import reduce
from operator import xor
from pathlib import Path

from controller.domain.ids import parse_credential_id
from devices.sim.specs import ReaderSpec

EM_CUSTOMER = 0x3C
"""The first of an EM4100's five bytes, which the number printed on the card leaves out."""


def card_bytes(credential: str) -> bytes:
    """What a card with this id sends: 5 bytes (EM4100), or a UID of 4, 7 or 10. ValueError."""
    kind, _, number = parse_credential_id(credential).partition(":")
    if kind == "uid":
        return bytes.fromhex(number)
    if int(number) > 0xFFFF_FFFF:
        raise ValueError(f"{credential} is not on an EM4100 card: at most em:4294967295")
    return bytes((EM_CUSTOMER,)) + int(number).to_bytes(4, "big")


def frame(credential: str, model: str = "rdm6300") -> bytes:
    """The frame: STX, hex digits, XOR checksum in hex, CR LF (ID-12 only), ETX."""
    data = card_bytes(credential)
    text = data.hex().upper() + f"{reduce(xor, data):02X}"
    end = b"\r\n\x03" if model == "id12" else b"\x03"
    return b"\x02" + text.encode("ascii") + end


class SerialReader:
    """A reader on a pseudo-terminal whose path is stable: a symbolic link, while plugged."""

    def __init__(self, spec: ReaderSpec) -> None:
        self.spec = spec
        self.resting: str | None = None
        self._fds: tuple[int, int] | None = None

    @property
    def plugged(self) -> bool:
        """Whether its cable is in."""
        return self._fds is not None

    def plug(self) -> None:
        """Put the cable in: a new device at the same path."""
        if self._fds is not None:
            return
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self._fds = master, slave
        link = Path(self.spec.link)
        link.parent.mkdir(parents=True, exist_ok=True)
        new = link.with_name(f".{link.name}.new")
        new.unlink(missing_ok=True)
        new.symlink_to(os.ttyname(slave))
        new.replace(link)

    def unplug(self) -> None:
        """Pull the cable: the device hangs up and its path is gone."""
        if self._fds is None:
            return
        Path(self.spec.link).unlink(missing_ok=True)
        for fd in self._fds:
            os.close(fd)
        self._fds = None

    def send(self, data: bytes) -> None:
        """Send bytes; what nobody reads is lost, as on a wire. Raises ValueError if unplugged."""
        if self._fds is None:
            raise ValueError(f"reader {self.spec.name} is unplugged")
        with suppress(BlockingIOError):
            os.write(self._fds[0], data)
