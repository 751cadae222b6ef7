"""The hardware inside a simulated plug: a relay that may stick, a load, and the uptime."""

import time

from devices.sim.console import print_event

VOLTS = 230.0
"""The mains voltage that the plug reports."""


class PlugBody:
    """A relay with a load behind it; each movement of the relay is reported as an event."""

    def __init__(self, load_w: float) -> None:
        self.on = False
        self.load_w = load_w
        self.stuck = False
        self.booted_s = time.monotonic()

    @property
    def watts(self) -> float:
        """Power in watts."""
        return self.load_w if self.on else 0.0

    @property
    def amps(self) -> float:
        """Current in amperes."""
        return self.watts / VOLTS

    @property
    def uptime_s(self) -> int:
        """Whole seconds since the plug started, as its firmware counts them."""
        return int(time.monotonic() - self.booted_s)

    def move(self, on: bool) -> None:
        """Move the relay, unless it is stuck or in that position already."""
        if on is not self.on and not self.stuck:
            self.on = on
            print_event("relay", on=on)
