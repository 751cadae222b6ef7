"""The light and sound of each look and flash, for an RGB LED and a buzzer.

Colours have their meaning of IEC 60073 (EN 60073): red danger, amber abnormal, green running or
allowed, blue waiting for a person, white none of these. For people who can't tell red from green,
every look of a machine and every look of a door has its own rhythm. Slow blinking (0.5 Hz) asks for
something, fast blinking (2 Hz) is danger; nothing flashes more than three times a second (WCAG 2.2,
2.3.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from devices.ports import Flash, Look

Colour = tuple[float, float, float]
"""Red, green, blue, each from 0 to 1."""
DARK: Colour = (0, 0, 0)
DIM_WHITE: Colour = (0.12, 0.12, 0.12)
WHITE: Colour = (1, 1, 1)
RED: Colour = (1, 0, 0)
GREEN: Colour = (0, 1, 0)
BLUE: Colour = (0, 0, 1)
CYAN: Colour = (0, 1, 1)
AMBER: Colour = (1, 0.45, 0)


class Beep(StrEnum):
    """A sound; an active buzzer makes the same for both."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Step:
    """A colour and a sound for some seconds; `for_s` None: for ever."""

    colour: Colour
    for_s: float | None = None
    beep: Beep | None = None


LOOKS: Mapping[Look, tuple[Step, ...]] = {
    Look.STARTING: (Step(DIM_WHITE, 0.5), Step(DARK, 0.5)),
    Look.FREE: (Step(DIM_WHITE),),
    Look.ARMED: (Step(BLUE),),
    Look.RUNNING: (Step(GREEN, 1.8), Step(DARK, 0.2)),
    Look.IDLE_WARNING: (Step(BLUE, 0.1, Beep.HIGH), Step(BLUE, 0.9), Step(DARK, 1.0)),
    Look.COOLING: (Step(CYAN, 1.4), Step(DARK, 0.2), Step(CYAN, 0.2), Step(DARK, 0.2)),
    Look.OUT_OF_SERVICE: (Step(AMBER, 0.5), Step(DARK, 2.5)),
    Look.FAULT: (Step(RED, 0.25), Step(DARK, 0.25)),
    Look.RELEASED: (Step(GREEN),),
}
"""Patterns that are repeated until the next look."""

MACHINE_LOOKS = tuple(look for look in Look if look is not Look.RELEASED)
"""The looks that a machine can have."""
DOOR_LOOKS = (Look.STARTING, Look.FREE, Look.RELEASED, Look.OUT_OF_SERVICE, Look.FAULT)
"""The looks that a door can have."""

FLASHES: Mapping[Flash, tuple[Step, ...]] = {
    Flash.GRANTED: (Step(GREEN, 0.12, Beep.HIGH), Step(GREEN, 0.88)),
    Flash.DENIED: (
        Step(RED, 0.2, Beep.LOW),
        Step(DARK, 0.15),
        Step(RED, 0.2, Beep.LOW),
        Step(DARK, 0.15),
        Step(RED, 0.6),
    ),
    Flash.NOTED: (Step(WHITE, 0.05, Beep.HIGH), Step(DARK, 0.3), Step(WHITE, 0.5)),
    Flash.IDENTIFY: (Step(WHITE, 0.25, Beep.HIGH), Step(DARK, 0.25)) * 10,
}
"""Patterns that are played once; then the look continues."""
