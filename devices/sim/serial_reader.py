"""A simulated serial badge reader: a pseudo-terminal that sends an RDM6300's or ID-12's frames."""

from functools import reduce
from operator import xor

from controller.domain.ids import parse_credential_id
from devices.sim.pty import Pty
from devices.sim.specs import ReaderSpec

REPEAT_S = 0.065
"""How often an RDM6300 repeats its frame while a card rests on it, in seconds."""
EM_CUSTOMER = 0x3C
"""The first of an EM4100's five bytes, the customer code, which is not printed on the card."""


def card_bytes(credential: str) -> bytes:
    """Return the bytes that a card with this credential id sends.

    5 bytes for an EM4100, otherwise a UID of 4, 7 or 10. Raises ValueError.
    """
    kind, _, number = parse_credential_id(credential).partition(":")
    if kind == "uid":
        return bytes.fromhex(number)
    if int(number) > 0xFFFF_FFFF:
        raise ValueError(f"{credential} is not on an EM4100 card: at most em:4294967295")
    return bytes((EM_CUSTOMER,)) + int(number).to_bytes(4, "big")


def frame(credential: str, model: str = "rdm6300") -> bytes:
    """Return the reader's frame: STX, hex digits, XOR checksum in hex, CR LF (ID-12 only), ETX."""
    data = card_bytes(credential)
    text = data.hex().upper() + f"{reduce(xor, data):02X}"
    end = b"\r\n\x03" if model == "id12" else b"\x03"
    return b"\x02" + text.encode("ascii") + end


class SerialReader:
    """A reader on a pseudo-terminal."""

    def __init__(self, spec: ReaderSpec) -> None:
        self.spec = spec
        self.resting: str | None = None
        self.deadline: float | None = None
        """When the reader repeats its frame; None: never."""
        self._pty = Pty(spec.link)

    @property
    def plugged(self) -> bool:
        """Whether its cable is in."""
        return self._pty.fd is not None

    def plug(self) -> None:
        """Put the cable in: a new device at the same path."""
        self._pty.plug()

    def unplug(self) -> None:
        """Pull the cable: the device hangs up and its path is gone."""
        self.deadline = None
        self._pty.unplug()

    def place(self, credential: str, rests: bool, at: float, iso_dep: bool | None = None) -> None:
        """Send one frame for this card, and repeat it as long as the card rests. Raises ValueError.

        `iso_dep` is ignored: a serial reader reports every card in the same way.
        """
        self.send(frame(credential, self.spec.model))
        self.resting = credential if rests else None
        self.deadline = at + REPEAT_S if rests and self.spec.model == "rdm6300" else None

    def lift(self) -> None:
        """Take the resting card away."""
        self.resting = self.deadline = None

    def tick(self, at: float) -> None:
        """Repeat the frame if it is time."""
        if self.deadline is not None and at >= self.deadline and self.resting is not None:
            self.place(self.resting, True, at)

    def send(self, data: bytes) -> None:
        """Send bytes; bytes that nobody reads are lost, as on a wire.

        Raises ValueError if unplugged.
        """
        if not self.plugged:
            raise ValueError(f"reader {self.spec.name} is unplugged")
        self._pty.send(data)
