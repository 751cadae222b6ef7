"""Driver `rc522` for readers: an MFRC522 on SPI."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from msgspec import Meta

from devices.drivers.contactless import iso14443_dep, iso14443_select
from devices.drivers.contactless.field_reader import FieldOptions, FieldReader
from devices.drivers.contactless.iso14443_card import Card
from devices.drivers.contactless.iso14443_dep import IsoDep
from devices.drivers.contactless.iso14443_frame import CardError, NoAnswer
from devices.drivers.contactless.mfrc522_chip import Mfrc522
from devices.drivers.contactless.spi_registers import SpiBus, SpiRegisters, Wire
from devices.drivers.gpio.pins import hold_pin_high
from devices.needs import NOTHING, Needs
from devices.ports import DeviceError, ReaderCapabilities
from devices.wiring import BcmPin, Context

ACTIVATION_TRIES = 6
"""Maximum number of tries to begin a conversation."""


class Rc522Field:
    """An MFRC522 as a CardField: finds cards, and exchanges APDUs with them.

    `connect` opens the chip's bus, and returns the chip with a function that closes it.
    """

    def __init__(self, connect: Callable[[], tuple[Mfrc522, Callable[[], None]]]) -> None:
        self._connect = connect
        self._open: tuple[Mfrc522, Callable[[], None]] | None = None

    def open(self) -> None:
        """See CardField."""
        self._open = self._connect()
        self._chip.set_up()

    def find(self, known: Card | None) -> Card | None:
        """See CardField. Halts the card that it finds."""
        chip = self._chip
        chip.check()
        card = None if known is None else iso14443_select.select_again(chip, known.uid)
        if card is None:
            card = iso14443_select.find(chip)
        if card is not None:
            iso14443_select.halt(chip)
        return card

    def activate(self, card: Card) -> IsoDep:
        """Begin a conversation with a card that was found. Raises CardError, OSError.

        A card whose answer (ATS) was lost ignores further requests (RATS) until the field was off.
        """
        for _ in range(ACTIVATION_TRIES):
            if iso14443_select.select_again(self._chip, card.uid):
                try:
                    return iso14443_dep.activate(self._chip)
                except CardError:
                    pass
            self._chip.reset_field()
        raise NoAnswer(f"{card.credential} does not begin a conversation")

    def release(self, conversation: IsoDep) -> None:
        """End a conversation, so that the card can be found again. Raises OSError."""
        if not conversation.deselect():
            self._chip.reset_field()

    @contextmanager
    def conversation(self, card: Card) -> Iterator[IsoDep]:
        """See CardField."""
        conversation = self.activate(card)
        try:
            yield conversation
        finally:
            self.release(conversation)

    def close(self) -> None:
        """See CardField."""
        if self._open is not None:
            (chip, close_bus), self._open = self._open, None
            try:
                chip.shut()
            except OSError:
                pass
            finally:
                close_bus()

    @property
    def _chip(self) -> Mfrc522:
        if self._open is None:
            raise OSError("the chip is not open")
        return self._open[0]


WITH_CHIP = Needs(modules=("gpiozero",), system=("spidev",), packages=("python3-spidev",))
"""What the driver needs on a real board."""


class Rc522Options(FieldOptions, frozen=True, kw_only=True):
    bus: Annotated[int, Meta(ge=0, le=6, description="the SPI bus, 0 to 6")] = 0
    device: Annotated[
        int, Meta(ge=0, le=2, description="the chip select: 0 (CE0), 1 (CE1) or 2 (CE2)")
    ] = 0
    reset_pin: BcmPin = 25


class Rc522(FieldReader):
    """A reader with one MFRC522, or a simulated one if `[agent] pins = "sim:SOCKET"`."""

    Options = Rc522Options

    @classmethod
    def needs_of(cls, options: Rc522Options, *, simulated: bool) -> Needs:
        """See registry.Driver."""
        return NOTHING if simulated else WITH_CHIP

    @classmethod
    def capabilities_of(cls, options: Rc522Options) -> ReaderCapabilities:
        """The field is polled, so the reader notices when a card leaves."""
        return ReaderCapabilities(senses_removal=True)

    def __init__(self, options: Rc522Options, context: Context) -> None:
        """Start reading. Raises DeviceError if what the driver needs is not installed."""
        is_simulated = context.pins.startswith("sim:")
        needs = self.needs_of(options, simulated=is_simulated)
        if (why := needs.missing_text()) is not None:
            raise DeviceError(f"{context.device}: rc522 {why}")
        if not is_simulated:
            # Release the reset; two chips may share the pin.
            hold_pin_high(options.reset_pin, context)
        super().__init__(Rc522Field(lambda: _connect(options, context)), options, context)


def default_field() -> Rc522Field:
    """Return the field of an MFRC522 at the default pins of this board. Raises DeviceError."""
    options, context = Rc522Options(), Context(device="rc522", emit=lambda _event: None)
    hold_pin_high(options.reset_pin, context)
    return Rc522Field(lambda: _connect(options, context))


def _connect(options: Rc522Options, context: Context) -> tuple[Mfrc522, Callable[[], None]]:
    """Open the bus. Raises OSError."""
    wire: Wire
    if context.pins.startswith("sim:"):
        from devices.sim.spi_link import SpiLink

        path = context.pins.removeprefix("sim:")
        wire = SpiLink(path, context.agent, options.bus, options.device)
    else:
        wire = SpiBus(options.bus, options.device)
    return Mfrc522(SpiRegisters(wire)), wire.close
