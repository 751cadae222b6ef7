"""Driver `osdp` for indicators: an OSDP reader's LED and buzzer (osdp_LED, osdp_BUZ)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from devices.drivers.light_patterns import (
    AMBER,
    BLUE,
    CYAN,
    DARK,
    DIM_WHITE,
    FLASHES,
    GREEN,
    LOOKS,
    RED,
    WHITE,
    Colour,
    Step,
)
from devices.drivers.osdp.bus import OSDP, OsdpLine, shared_line
from devices.needs import Needs
from devices.ports import Flash, Look, Message
from devices.wiring import Context, IndicatorOptions

_LED, _BUZZER, _TONE = 2, 3, 2
"""libosdp's commands, and the code of the reader's default tone."""
_COLOURS: Mapping[Colour, int] = {
    DARK: 0,
    RED: 1,
    GREEN: 2,
    AMBER: 3,
    BLUE: 4,
    CYAN: 6,
    WHITE: 7,
    DIM_WHITE: 7,
}
"""OSDP's codes of colours."""
_MAX_UNITS = 255
"""The largest time that fits in a command."""
_UNIT_S = 0.1
"""Unit of OSDP's times."""


class OsdpLightOptions(IndicatorOptions, OsdpLine, frozen=True, kw_only=True):
    pass


def _units(steps: Sequence[Step]) -> int:
    """Return how long these steps last, in OSDP's tenths of a second."""
    return min(_MAX_UNITS, max(1, round(sum(step.for_s or 0 for step in steps) / _UNIT_S)))


def look_command(look: Look) -> dict[str, Any]:
    """Return the LED's permanent state: a look's colour, and how long it is on and off in turn."""
    steps = LOOKS[look]
    dark = [step for step in steps if step.colour == DARK]
    lit = [step for step in steps if step.colour != DARK]
    return _led(lit[0].colour, lit, dark, for_units=0)


def flash_commands(flash: Flash) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the LED's temporary state, which overrides the permanent one, and the buzzer's
    command."""
    steps = FLASHES[flash]
    dark = [step for step in steps if step.colour == DARK]
    lit = [step for step in steps if step.colour != DARK]
    beeps = [step for step in steps if step.beep is not None]
    led = _led(lit[0].colour, lit[:1], dark[:1], for_units=_units(steps))
    buzzer = {
        "command": _BUZZER,
        "reader": 0,
        "control_code": _TONE,
        "on_count": _units(beeps[:1]),
        "off_count": 2,
        "rep_count": len(beeps),
    }
    return led, buzzer


def _led(
    colour: Colour, lit: Sequence[Step], dark: Sequence[Step], *, for_units: int
) -> dict[str, Any]:
    temporary = for_units > 0
    return {
        "command": _LED,
        "reader": 0,
        "led_number": 0,
        "temporary": temporary,
        "control_code": 2 if temporary else 1,
        "on_color": _COLOURS[colour],
        "off_color": 0,
        "on_count": _units(lit),
        "off_count": _units(dark) if dark else 0,
        "timer_count": for_units,
    }


class OsdpLight:
    """A reader's light.

    The look is sent again when the reader is back; the reader reports its loss.
    """

    Options = OsdpLightOptions
    detects_s: ClassVar[float | None] = None
    needs: ClassVar[Needs] = OSDP

    def __init__(self, options: OsdpLightOptions, context: Context) -> None:
        """Use the line of its reader. Raises DeviceError."""
        self._address = options.address
        self._bus = shared_line(options, context)

    def show(self, look: Look, message: Message | None = None) -> None:
        """Show this look; an LED can't show the message."""
        self._bus.show(self._address, look_command(look))

    def flash(self, flash: Flash, message: Message | None = None) -> None:
        """Show this for a moment, then the look again."""
        for command in flash_commands(flash):
            self._bus.command(self._address, command)

    def close(self) -> None:
        """Switch the LED off."""
        self._bus.show(self._address, None)
