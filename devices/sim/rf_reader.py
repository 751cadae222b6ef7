"""Simulated contactless readers: a chip, its field, and the card that is held to the reader."""

from collections.abc import Callable, Mapping

from controller.domain.ids import parse_credential_id
from devices.sim.iso14443_card import SimCard
from devices.sim.iso14443_conversation import Application, Blank
from devices.sim.mfrc522_chip import Mfrc522Chip
from devices.sim.pn532_chip import Pn532Chip
from devices.sim.pty import Pty
from devices.sim.rf_field import RfField
from devices.sim.specs import ReaderSpec

TAP_S, PATIENCE_S = 0.4, 5.0
"""Seconds for which a card that is only held to a reader stays in its field.

At least the first, until it has been read, as people wait for the beep; at most the second.
"""
Listen = Callable[[int, Callable[[], None] | None], None]
"""Calls a function whenever a file descriptor has data; None as function stops that."""


def card_of(
    credential: str, iso_dep: bool | None = None, cards: Mapping[str, Application] | None = None
) -> SimCard:
    """Return the card with this id. Raises ValueError.

    `iso_dep` says whether it speaks ISO 14443-4; None: as the card in `cards` does, otherwise only
    with a long UID.
    """
    kind, _, number = parse_credential_id(credential).partition(":")
    if kind != "uid":
        raise ValueError(f"{credential} is not a card of 13 MHz: expected uid:")
    uid = bytes.fromhex(number)
    if iso_dep is None and cards is not None and credential in cards:
        return SimCard(uid, cards[credential])
    speaks = len(uid) > 4 if iso_dep is None else iso_dep
    return SimCard(uid, Blank() if speaks else None)


class RfReader:
    """What both kinds share: one card in the field, for a moment or until it is lifted."""

    def __init__(self, spec: ReaderSpec, cards: Mapping[str, Application]) -> None:
        self.spec, self._cards = spec, cards
        self.field = RfField()
        self.resting: str | None = None
        self.deadline: float | None = None
        """When a card that was held to the reader for a moment may leave; None: it rests, or none
        is there."""
        self._card: SimCard | None = None
        self._since = 0.0

    @property
    def plugged(self) -> bool:
        """Whether its cable is in."""
        raise NotImplementedError

    def place(self, credential: str, rests: bool, at: float, iso_dep: bool | None = None) -> None:
        """Put a card into the field in place of the one that is there. Raises ValueError."""
        card = card_of(credential, iso_dep, self._cards)
        if not self.plugged:
            raise ValueError(f"reader {self.spec.name} is unplugged")
        self.field.clear()
        self.field.put(card)
        self._card, self._since = card, at
        self.resting = credential if rests else None
        self.deadline = None if rests else at + TAP_S

    def lift(self) -> None:
        """Take the card away."""
        self.field.clear()
        self.resting = self.deadline = None

    def tick(self, at: float) -> None:
        """Remove the card that was held for a moment, once it has been read or waited long
        enough."""
        if self.deadline is None or at < self.deadline or self._card is None:
            return
        if self._card.was_read or at >= self._since + PATIENCE_S:
            self.lift()
        else:
            self.deadline = at + TAP_S

    def send(self, data: bytes) -> None:
        """Raise ValueError: this reader sends bytes only as answers to its host."""
        raise ValueError(f"reader {self.spec.name} answers its host only")


class SpiReader(RfReader):
    """An MFRC522 on a board's SPI bus."""

    def __init__(self, spec: ReaderSpec, cards: Mapping[str, Application]) -> None:
        """Create the reader. Raises ValueError if the spec names no board."""
        if not spec.board:
            raise ValueError(f"reader {spec.name}: an rc522 needs a board")
        super().__init__(spec, cards)
        self.chip = Mfrc522Chip(self.field)

    @property
    def plugged(self) -> bool:
        """Whether its cable is in."""
        return self.chip.plugged

    def is_at(self, board: str, bus: int, device: int) -> bool:
        """Return whether the reader is on this board's chip select."""
        return (self.spec.board, self.spec.bus, self.spec.device) == (board, bus, device)

    def plug(self) -> None:
        """Give the chip its power."""
        self.chip.plug(True)

    def unplug(self) -> None:
        """Pull the cable: the bus then reads zeros."""
        self.lift()
        self.chip.plug(False)


class PtyReader(RfReader):
    """A PN532 on a pseudo-terminal."""

    def __init__(self, spec: ReaderSpec, listen: Listen, cards: Mapping[str, Application]) -> None:
        super().__init__(spec, cards)
        self._pty = Pty(spec.link)
        self._listen = listen
        self._chip = Pn532Chip(self.field)

    @property
    def plugged(self) -> bool:
        """Whether its cable is in."""
        return self._pty.fd is not None

    def plug(self) -> None:
        """Plug the cable in; the chip restarts."""
        if self._pty.plug() and self._pty.fd is not None:
            self._chip.reset()
            self._listen(self._pty.fd, self._on_bytes)

    def unplug(self) -> None:
        """Pull the cable: the device hangs up and its path is gone."""
        self.lift()
        if self._pty.fd is not None:
            self._listen(self._pty.fd, None)
            self._pty.unplug()

    def _on_bytes(self) -> None:
        self._pty.send(self._chip.hear(self._pty.read()))
