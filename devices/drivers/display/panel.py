"""The supported panels, and how each is opened: with luma's drivers over I2C or SPI."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from devices.drivers.display.layout import Screen
from devices.drivers.gpio.pins import pin_factory
from devices.wiring import Context

SPI_HZ = 20_000_000
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


@dataclass(frozen=True, slots=True)
class Wires:
    """How a panel is connected; pins are BCM numbers."""

    panel: Panel
    bus: str
    """`i2c:1`, `spi:0.0`, or `sim:FOLDER`."""
    address: int
    dc: int
    reset: int | None
    backlight: int | None
    rotate: int


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


def open_panel(wires: Wires, context: Context) -> OpenPanel:
    """Open the panel and set it up. Raises OSError or luma's DeviceNotFoundError."""
    return _open_oled(wires) if not SCREENS[wires.panel].colour else _open_lcd(wires, context)


def _open_oled(wires: Wires) -> OpenPanel:
    from luma.core.interface.serial import i2c
    from luma.oled import device

    kind, _, where = wires.bus.partition(":")
    if kind == "sim":
        from devices.sim.panel import SimOled

        serial = i2c(bus=SimOled(where, wires.panel.value), address=wires.address)
    else:
        serial = i2c(port=int(where), address=wires.address)
    try:
        # luma keeps every device object until the program exits, so check for a panel before making
        # one.
        serial.command(_NOP)
        panel = getattr(device, wires.panel.value)(serial, rotate=wires.rotate)
    except BaseException:
        serial.cleanup()
        raise
    return OpenPanel(panel, lambda: None)


def _open_lcd(wires: Wires, context: Context) -> OpenPanel:
    from luma.core.interface.serial import spi
    from luma.lcd.device import st7789

    pins = PanelPins(context)
    kind, _, where = wires.bus.partition(":")
    bus: Any = None
    port, device = 0, 0
    if kind == "sim":
        from devices.sim.panel import SimLcd

        bus = SimLcd(where, lambda: pins.level(wires.dc))
    else:
        port, device = (int(part) for part in where.split("."))
    try:
        serial = spi(
            spi=bus,
            gpio=pins,
            port=port,
            device=device,
            bus_speed_hz=SPI_HZ,
            gpio_DC=wires.dc,
            gpio_RST=wires.reset,
            reset_hold_time=0.01,
            reset_release_time=0.15,
        )
        screen = SCREENS[wires.panel]
        panel = st7789(
            serial,
            width=screen.wide,
            height=screen.high,
            rotate=wires.rotate,
            backlight=_backlight(wires.backlight, pins),
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
