"""A simulated machine: charge pump, contactor that may weld, load, and a meter that may be
wrong."""

from collections.abc import Callable
from typing import Any, Literal

from devices.sim.specs import MachineSpec

Emit = Callable[..., None]
"""`emit(kind, at, **fields)` sends an event to the watchers of the bench."""
MeterMode = Literal["true", "stuck", "silent"]


class Machine:
    """A machine that follows its pin.

    Times are monotonic seconds of the bench's process, from the caller.
    """

    def __init__(self, spec: MachineSpec, emit: Emit) -> None:
        self.spec = spec
        self.closed = False
        self.welded = False
        self.job = False
        self.job_w = spec.job_w
        self.meter_mode: MeterMode = "true"
        self._stuck_w = 0.0
        self._pump_until: float | None = None
        self._level = False
        self._closed_at = 0.0
        self._powered_s = 0.0
        self._emit = emit

    @property
    def deadline(self) -> float | None:
        """When the charge pump discharges without another edge."""
        return self._pump_until

    def edge(self, level: float, at: float) -> None:
        """Handle a change on the pin."""
        self._level = (level >= 0.5) == self.spec.active_high
        if self.spec.drive == "pump" and self._level:
            if self._pump_until is None:
                self._emit("pump", at, machine=self.spec.name, high=True)
            self._pump_until = at + self.spec.hold_ms / 1000
        self._settle(at)

    def tick(self, at: float) -> None:
        """Advance to that time."""
        if self._pump_until is not None and at >= self._pump_until:
            self._pump_until = None
            self._emit("pump", at, machine=self.spec.name, high=False)
            self._settle(at)

    def weld(self, welded: bool, at: float) -> None:
        """Weld the contacts, so that they stay closed once they are, or free them."""
        self.welded = welded
        self._settle(at)

    def work(self, running: bool, watts: float | None, at: float) -> None:
        """Start or end a job, which draws that power while the contactor is closed."""
        self.job = running
        self.job_w = self.spec.job_w if watts is None else watts
        self.tell_meter(at)

    def set_meter(self, mode: MeterMode, watts: float, at: float) -> None:
        """Set the meter to true, stuck or silent."""
        self.meter_mode, self._stuck_w = mode, watts
        self.tell_meter(at)

    def watts(self) -> float | None:
        """The meter's reading; None if it is silent."""
        if self.meter_mode == "silent":
            return None
        return self._stuck_w if self.meter_mode == "stuck" else self._drawn_w()

    def tell_meter(self, at: float) -> None:
        """Send the meter's reading to watchers, unless it is silent."""
        if (watts := self.watts()) is not None:
            self._emit("meter", at, machine=self.spec.name, watts=watts)

    def state(self, at: float) -> dict[str, Any]:
        """Return the state."""
        running_on = at - self._closed_at if self.closed else 0.0
        return {
            "board": self.spec.board,
            "pin": self.spec.pin,
            "drive": self.spec.drive,
            "pump": self._pump_until is not None if self.spec.drive == "pump" else None,
            "closed": self.closed,
            "welded": self.welded,
            "job": self.job,
            "watts": self._drawn_w(),
            "meter": self.watts(),
            "powered_s": round(self._powered_s + running_on, 6),
        }

    def _drawn_w(self) -> float:
        if not self.closed:
            return 0.0
        return self.job_w if self.job else self.spec.standby_w

    def _settle(self, at: float) -> None:
        pump = self.spec.drive == "pump"
        is_driven = self._pump_until is not None if pump else self._level
        closed = is_driven or (self.welded and self.closed)
        if closed == self.closed:
            return
        self.closed = closed
        if closed:
            self._closed_at = at
        else:
            self._powered_s += at - self._closed_at
        self._emit("power", at, machine=self.spec.name, closed=closed)
        self.tell_meter(at)
