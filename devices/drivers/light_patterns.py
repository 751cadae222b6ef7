"""What each look and each flash is on an RGB LED and a buzzer, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Step:
    """A colour and a sound for a time; None: for ever."""

    colour: Colour
    for_s: float | None = None
    beeps: bool = False


LOOKS: Mapping[Look, tuple[Step, ...]] = {
    Look.STARTING: (Step(DIM_WHITE, 0.5), Step(DARK, 0.5)),
    Look.FREE: (Step(DIM_WHITE),),
    Look.ARMED: (Step(BLUE),),
    Look.RUNNING: (Step(GREEN),),
    Look.IDLE_WARNING: (Step(BLUE, 0.1, beeps=True), Step(BLUE, 0.9), Step(DARK, 1.0)),
    Look.COOLING: (Step(CYAN),),
    Look.OUT_OF_SERVICE: (Step(AMBER),),
    Look.FAULT: (Step(RED),),
    Look.RELEASED: (Step(GREEN),),
}
"""Repeated until the next look."""

FLASHES: Mapping[Flash, tuple[Step, ...]] = {
    Flash.GRANTED: (Step(GREEN, 0.1, beeps=True), Step(GREEN, 0.9)),
    Flash.DENIED: (
        Step(RED, 0.15, beeps=True),
        Step(RED, 0.1),
        Step(RED, 0.15, beeps=True),
        Step(RED, 0.6),
    ),
    Flash.NOTED: (
        Step(WHITE, 0.06, beeps=True),
        Step(WHITE, 0.06),
        Step(WHITE, 0.06, beeps=True),
        Step(WHITE, 0.5),
    ),
    Flash.IDENTIFY: (Step(WHITE, 0.2, beeps=True), Step(DARK, 0.2)) * 10,
}
"""Played once, over the look."""
