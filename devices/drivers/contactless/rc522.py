"""Driver `rc522` for readers: an MFRC522 on SPI, above the `mfrc522` package's registers."""

import logging
from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta

from devices.drivers.contactless.field_reader import FieldOptions, FieldReader
from devices.drivers.contactless.mfrc522_chip import Mfrc522
from devices.drivers.contactless.rc522_field import Rc522Field
from devices.needs import Needs
from devices.ports import DeviceError, ReaderCapabilities
from devices.wiring import BcmPin, Context

BCM_NUMBERS = 11
"""RPi.GPIO's name for BCM pin numbers."""
SIMULATED = Needs(modules=("mfrc522",), extra="rc522")
WITH_CHIP = Needs(
    modules=("mfrc522",),
    extra="rc522",
    system=("spidev", "RPi.GPIO"),
    packages=("python3-spidev", "python3-rpi-lgpio"),
)


class Rc522Options(FieldOptions, frozen=True, kw_only=True):
    bus: Annotated[int, Meta(ge=0, le=6, description="the SPI bus, 0 to 6")] = 0
    device: Annotated[
        int, Meta(ge=0, le=2, description="the chip select: 0 (CE0), 1 (CE1) or 2 (CE2)")
    ] = 0
    reset_pin: BcmPin = 25


class Rc522(FieldReader):
    """Polls one MFRC522; `[agent] pins = "sim:SOCKET"` puts the simulated bench's in its place."""

    Options = Rc522Options

    @classmethod
    def needs_of(cls, options: Rc522Options, *, simulated: bool) -> Needs:
        """See registry.Driver."""
        return SIMULATED if simulated else WITH_CHIP

    @classmethod
    def capabilities_of(cls, options: Rc522Options) -> ReaderCapabilities:
        """A field that is polled knows when its card leaves."""
        return ReaderCapabilities(senses_removal=True)

    def __init__(self, options: Rc522Options, context: Context) -> None:
        """Start reading. Raises DeviceError if the package or what it needs isn't installed."""
        package = _package(context)
        super().__init__(Rc522Field(lambda: _connect(package, options)), options, context)


def field_here() -> Rc522Field:
    """The field of an MFRC522 at the usual pins of this board. Raises DeviceError."""
    package = _package(Context(device="rc522", emit=lambda _event: None))
    return Rc522Field(lambda: _connect(package, Rc522Options()))


def _connect(package: Any, options: Rc522Options) -> tuple[Mfrc522, Callable[[], None]]:
    """Open the bus with the package, whose log handler nobody asked for. Raises OSError."""
    try:
        registers = package(
            bus=options.bus, device=options.device, pin_mode=BCM_NUMBERS, pin_rst=options.reset_pin
        )
    except (RuntimeError, ValueError) as error:
        raise OSError(f"pin {options.reset_pin}: {error}") from error
    logging.getLogger("mfrc522Logger").handlers.clear()
    return Mfrc522(registers), registers.spi.close


def _package(context: Context) -> Any:
    """The package's class, over real pins or those of `[agent] pins = "sim:SOCKET"`."""
    try:
        if context.pins.startswith("sim:"):
            from devices.sim.spi_modules import simulated_package

            return simulated_package(context.pins.removeprefix("sim:"), context.agent)
        from mfrc522 import MFRC522
    except (ImportError, RuntimeError) as error:
        raise DeviceError(
            f"{context.device}: {error}; rc522 needs loquet[rc522], and python3-spidev and"
            " python3-rpi-lgpio from the system's packages"
        ) from error
    return MFRC522
