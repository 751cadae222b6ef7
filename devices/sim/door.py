"""A simulated door: a strike, a contact, and a door leaf that people open, hold and force."""

from typing import Any, Literal

from devices.sim.machine import Emit
from devices.sim.specs import DoorSpec

DoorAction = Literal["open", "force", "hang", "close"]


class Door:
    """Follows its strike's pin; it can only be opened if it is released or forced."""

    def __init__(self, spec: DoorSpec, emit: Emit) -> None:
        self.spec = spec
        self.released = spec.fail == "fail_safe"
        self.is_open = False
        self._closes_at: float | None = None
        self._emit = emit

    @property
    def deadline(self) -> float | None:
        """When the door falls shut."""
        return self._closes_at

    def edge(self, level: float, at: float) -> None:
        """Handle a change on the strike's pin."""
        current = (level >= 0.5) == self.spec.active_high
        released = current != (self.spec.fail == "fail_safe")
        if released != self.released:
            self.released = released
            self._emit_state(at)

    def do(self, action: DoorAction, at: float) -> str | None:
        """Open and walk through, force it, prop it open, or close it.

        Returns why that is impossible, or None.
        """
        if action == "close":
            self._set_open(False, at)
        elif not (self.released or self.is_open or action == "force"):
            return f"door {self.spec.name} is locked"
        else:
            self._closes_at = None if action == "hang" else at + self.spec.swing_s
            self._set_open(True, at)
        return None

    def tick(self, at: float) -> None:
        """Advance to that time."""
        if self._closes_at is not None and at >= self._closes_at:
            self._set_open(False, at)

    def state(self) -> dict[str, Any]:
        """Return the state."""
        return {
            "board": self.spec.board,
            "pin": self.spec.pin,
            "fail": self.spec.fail,
            "released": self.released,
            "open": self.is_open,
        }

    def _set_open(self, is_open: bool, at: float) -> None:
        if not is_open:
            self._closes_at = None
        if is_open != self.is_open:
            self.is_open = is_open
            self._emit_state(at)

    def _emit_state(self, at: float) -> None:
        self._emit("door", at, door=self.spec.name, released=self.released, open=self.is_open)
