"""The supported panels, and how each is opened: with luma's drivers over I2C or SPI."""

import re
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any, Protocol

from msgspec import Meta

from devices.drivers.display.layout import Screen
from devices.drivers.gpio.pins import pin_factory
from devices.wiring import BcmPin, Context, IndicatorOptions

SPI_HZ = 20_000_000
_BUS = re.compile(r"i2c:\d+|spi:\d+\.\d+|sim:/.+")
_NOP = 0xE3
"""A command without effect on an SSD1306 and an SH1106, which they must acknowledge."""


class Panel(StrEnum):
    """A panel's controller, with its resolution if there are several."""

    SSD1306 = "ssd1306"
    SH1106 = "sh1106"
    ST7789_240X240 = "st7789_240x240"
    ST7789_320X240 = "st7789_320x240"


SCREENS = {
    Panel.SSD1306: Screen(128, 64, colour=False),
    Panel.SH1106: Screen(128, 64, colour=False),
    Panel.ST7789_240X240: Screen(240, 240, colour=True),
    Panel.ST7789_320X240: Screen(320, 240, colour=True),
}


class DisplayOptions(IndicatorOptions, frozen=True, kw_only=True):
    panel: Annotated[
        Panel, Meta(description='"ssd1306", "sh1106", "st7789_240x240" or "st7789_320x240"')
    ]
    bus: Annotated[
        str | None,
        Meta(description='"i2c:1", "spi:0.0" or "sim:/FOLDER"; unset: the first of its kind'),
    ] = None
    address: Annotated[
        int, Meta(ge=0x08, le=0x77, description="I2C address, usually 60 (0x3C) or 61 (0x3D)")
    ] = 0x3C
    dc: Annotated[BcmPin, Meta(description="BCM pin (0 to 27) of D/C, on SPI only")] = 24
    reset: Annotated[BcmPin | None, Meta(description="BCM pin (0 to 27) of RESET, on SPI only")] = (
        None
    )
    backlight: Annotated[
        BcmPin | None, Meta(description="BCM pin (0 to 27) of the backlight, on SPI only")
    ] = None
    rotate: Annotated[
        int, Meta(ge=0, le=3, description="quarter turns clockwise, 0 to 3 (0 or 2 if not square)")
    ] = 0

    def problem(self) -> tuple[str, str] | None:
        """Check that the bus fits the panel, and that the text is upright; return option and error,
        or None."""
        screen, bus = SCREENS[self.panel], self.bus
        if bus is not None and not _BUS.fullmatch(bus):
            return "bus", 'must be "i2c:1", "spi:0.0" or "sim:/FOLDER"'
        if bus is not None and bus.startswith("i2c" if screen.colour else "spi"):
            return "bus", f"{self.panel} is driven over {'spi' if screen.colour else 'i2c'}"
        if self.rotate % 2 and screen.wide != screen.high:
            return "rotate", "must be 0 or 2 for a panel that is not square"
        return None

    @property
    def bus_in_use(self) -> str:
        """Return the bus that was chosen, else the first one of the panel's kind."""
        return self.bus or ("spi:0.0" if SCREENS[self.panel].colour else "i2c:1")


class Drawable(Protocol):
    """The methods of luma's devices that are used."""

    def display(self, image: Any) -> None:
        """Send a whole picture. Raises OSError or luma's own errors."""

    def show(self) -> None:
        """Switch the panel on."""

    def cleanup(self) -> None:
        """Switch the panel off and close the bus."""


class PanelPins:
    """The extra pins of an SPI panel, with RPi.GPIO's methods, on the agent's gpiozero pins.

    luma would use RPi.GPIO, which does not support a Raspberry Pi 5.
    """

    OUT, HIGH, LOW = "out", True, False

    def __init__(self, context: Context) -> None:
        self._factory = pin_factory(context)
        self._outputs: dict[int, Any] = {}

    def setup(self, pin: int, mode: str) -> None:
        """Claim an output, at low level."""
        from gpiozero import OutputDevice

        if pin not in self._outputs:
            self._outputs[pin] = OutputDevice(pin, pin_factory=self._factory)

    def output(self, pin: int, level: bool) -> None:
        """Set an output's level."""
        self._outputs[pin].value = bool(level)

    def level(self, pin: int) -> bool:
        """Return the level to which an output was set."""
        return bool(self._outputs[pin].value)

    def cleanup(self, pins: object = None) -> None:
        """Release all outputs."""
        for output in self._outputs.values():
            output.close()
        self._outputs.clear()


class OpenPanel:
    """A display that is connected and ready for pictures."""

    def __init__(self, device: Drawable, close: Callable[[], None]) -> None:
        self._device, self._close = device, close

    def send(self, image: Any) -> None:
        """Show a picture; the panel is switched on first, in case it has lost power."""
        self._device.show()
        self._device.display(image)

    def close(self) -> None:
        """Clear the panel and close it; errors of a missing panel are ignored."""
        errors = panel_errors()
        with suppress(*errors):
            self._device.cleanup()
        with suppress(*errors):
            self._close()


def panel_errors() -> tuple[type[Exception], ...]:
    """Return the errors that a missing panel causes: those of its bus, of luma and of gpiozero."""
    from gpiozero.exc import GPIOZeroError
    from luma.core.error import Error

    return OSError, Error, GPIOZeroError


def open_panel(options: DisplayOptions, context: Context) -> OpenPanel:
    """Open the panel and set it up. Raises OSError or luma's DeviceNotFoundError."""
    return _open_oled(options) if not SCREENS[options.panel].colour else _open_lcd(options, context)


def _open_oled(options: DisplayOptions) -> OpenPanel:
    from luma.core.interface.serial import i2c
    from luma.oled import device

    kind, _, where = options.bus_in_use.partition(":")
    if kind == "sim":
        from devices.sim.panel import SimOled

        serial = i2c(bus=SimOled(where, options.panel.value), address=options.address)
    else:
        serial = i2c(port=int(where), address=options.address)
    try:
        # luma keeps every device object until the program exits, so check for a panel before making
        # one.
        serial.command(_NOP)
        panel = getattr(device, options.panel.value)(serial, rotate=options.rotate)
    except BaseException:
        serial.cleanup()
        raise
    return OpenPanel(panel, lambda: None)


def _open_lcd(options: DisplayOptions, context: Context) -> OpenPanel:
    from luma.core.interface.serial import spi
    from luma.lcd.device import st7789

    pins = PanelPins(context)
    kind, _, where = options.bus_in_use.partition(":")
    bus: Any = None
    port, device = 0, 0
    if kind == "sim":
        from devices.sim.panel import SimLcd

        bus = SimLcd(where, lambda: pins.level(options.dc))
    else:
        port, device = (int(part) for part in where.split("."))
    try:
        serial = spi(
            spi=bus,
            gpio=pins,
            port=port,
            device=device,
            bus_speed_hz=SPI_HZ,
            gpio_DC=options.dc,
            gpio_RST=options.reset,
            reset_hold_time=0.01,
            reset_release_time=0.15,
        )
        screen = SCREENS[options.panel]
        panel = st7789(
            serial,
            width=screen.wide,
            height=screen.high,
            rotate=options.rotate,
            backlight=_backlight(options.backlight, pins),
        )
    except BaseException:
        pins.cleanup()
        raise
    return OpenPanel(panel, pins.cleanup)


def _backlight(pin: int | None, pins: PanelPins) -> Callable[[bool], None]:
    if pin is None:
        return lambda on: None
    pins.setup(pin, pins.OUT)
    return lambda on: pins.output(pin, on)
