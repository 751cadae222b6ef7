"""The pins of simulated boards; levels stay when the process that set them dies."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Mode = Literal["in", "out"]
Pull = Literal["up", "down", "floating"]
PinKey = tuple[str, int]
"""Board and BCM number."""
OnEdge = Callable[[PinKey, float, float], None]
"""Called with the pin, its new level (0 to 1; between: PWM) and the time."""


@dataclass(slots=True)
class _Pin:
    mode: Mode = "in"
    pull: Pull = "floating"
    written: float = 0.0
    driven: float | None = None

    def level(self) -> float:
        if self.mode == "out":
            return self.written
        if self.driven is not None:
            return self.driven
        return 1.0 if self.pull == "up" else 0.0


class Levels:
    """Every pin of every board. Only a new write changes a pin, since no process owns it."""

    def __init__(self, on_edge: OnEdge) -> None:
        self._pins: dict[PinKey, _Pin] = {}
        self._on_edge = on_edge
        self._on_drive: OnEdge | None = None

    def listen(self, on_drive: OnEdge) -> None:
        """Call `on_drive` too, for every change on an input."""
        self._on_drive = on_drive

    def level(self, key: PinKey) -> float:
        """Return the level that a voltmeter would measure at the pin, from 0 to 1."""
        return self._pin(key).level()

    def write(self, key: PinKey, level: float, at: float) -> None:
        """Set the board's output; if the pin is an input now, the level is stored without
        effect."""
        pin = self._pin(key)
        before = pin.level()
        pin.written = level
        self._report_change(key, before, at)

    def configure(self, key: PinKey, mode: Mode, pull: Pull, level: float, at: float) -> None:
        """Make the pin an input with that pull, or an output with that level."""
        pin = self._pin(key)
        before = pin.level()
        pin.mode, pin.pull, pin.written = mode, pull, level
        self._report_change(key, before, at)

    def drive(self, key: PinKey, level: float | None, at: float) -> None:
        """Drive an input from outside; None stops driving it, and the pull decides."""
        pin = self._pin(key)
        before = pin.level()
        pin.driven = level
        self._report_change(key, before, at)

    def all(self) -> dict[str, dict[str, float]]:
        """Return levels by board and pin, for all pins ever used."""
        boards: dict[str, dict[str, float]] = {}
        for (board, number), pin in sorted(self._pins.items()):
            boards.setdefault(board, {})[str(number)] = pin.level()
        return boards

    def _pin(self, key: PinKey) -> _Pin:
        return self._pins.setdefault(key, _Pin())

    def _report_change(self, key: PinKey, before: float, at: float) -> None:
        level = self._pins[key].level()
        if level == before:
            return
        self._on_edge(key, level, at)
        if self._on_drive is not None and self._pins[key].mode == "in":
            self._on_drive(key, level, at)
