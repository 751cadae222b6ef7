"""Driver `bridge` for inputs: contacts debounced and counted by a microcontroller.

By the count, changes between two messages are noticed too, such as a short press of a button; each
is reported, in order. `active` has the same meaning as in driver `gpio`.
"""

import threading
import time
from typing import Annotated

from msgspec import Meta

from devices.drivers.bridge.device import BridgeDevice, BridgePort
from devices.drivers.gpio.input import OPEN_AT_REST, ActiveLevel
from devices.ports import FaultKind, InputChanged
from devices.wiring import Context, InputOptions
from firmware_bridge.codes import ESTOP_INPUT, Flag
from firmware_bridge.exchange import BridgeEvent
from firmware_bridge.messages import Hello, InputEvent, Report, Status

_COUNT_RANGE = 1 << 16
"""The counter of changes wraps around here."""
OPENING_S = 0.5
"""How long opening all inputs of a port may take.

A safety input without a value denies everybody; a running microcontroller answers within some 20
ms.
"""
MAX_REPORTED_CHANGES = 6
"""Limit for changes reported one by one; the level after them is always right."""


class BridgeInputOptions(InputOptions, frozen=True, kw_only=True):
    port: BridgePort
    input: Annotated[
        int, Meta(ge=0, le=8, description="an input from 0 to 7, or 8 for the E-stop input")
    ]
    active: Annotated[
        ActiveLevel | None,
        Meta(
            description='"low" or "high"; unset: high, which a cut wire gives (a contact closed at'
            " rest), and low for inputs.rex (a button to ground)"
        ),
    ] = None

    def problem(self) -> tuple[str, str] | None:
        """The firmware treats a high E-stop input as pressed, so `active` can't be "low" there."""
        if self.input == ESTOP_INPUT and self.active is ActiveLevel.LOW:
            return "active", 'must be "high" for input 8: the firmware cuts when it is high'
        return None

    def active_high(self, device: str) -> bool:
        """Return whether a high level means active, for the device of that name."""
        if self.active is not None or self.input == ESTOP_INPUT:
            return self.active is not ActiveLevel.LOW
        return not device.endswith(OPEN_AT_REST)


class BridgeInput(BridgeDevice):
    """An input; opening it waits a moment for its first value."""

    Options = BridgeInputOptions
    unreachable = FaultKind.INPUT_UNREACHABLE

    def __init__(self, options: BridgeInputOptions, context: Context) -> None:
        """Start watching. A missing microcontroller is a fault, not an error."""
        self._number = options.input
        self._active_high = options.active_high(context.device)
        self._high: bool | None = None
        self._count: int | None = None
        self._settled = threading.Event()
        super().__init__(options.port, context, input=options.input)
        self._settled.wait(max(0.0, self._link.created_s + OPENING_S - time.monotonic()))

    def active(self) -> bool | None:
        """Return whether it is active now; None: unknown."""
        return None if (high := self._high) is None else high is self._active_high

    def close(self) -> None:
        """Stop watching and close."""
        self._leave()

    # On the link's thread.

    def restarted(self, hello: Hello) -> None:
        """See link.Device. The counters start again."""
        self._count = None

    def down(self, why: str) -> None:
        """See link.Device."""
        self._count = None
        if self._high is not None:
            self._set_level(None, time.monotonic())
        self._settled.set()
        super().down(why)

    def report(self, report: Report, at_s: float) -> None:
        """See link.Device."""
        status = report.status
        if self._count is None and self._was_pressed(status):
            self._set_level(True, at_s)
        self._count_changes(self._level(status), report.edges[self._number], at_s)
        self._settled.set()

    def event(self, event: BridgeEvent, at_s: float) -> None:
        """See link.Device.

        Changes before the first report are ignored, since that includes them.
        """
        if (
            isinstance(event, InputEvent)
            and event.input == self._number
            and self._count is not None
        ):
            self._count_changes(event.high, event.count, at_s)

    def _was_pressed(self, status: Status) -> bool:
        """Return whether the E-stop has cut power, perhaps while no agent was running.

        The agent must latch it too. Otherwise its next grant would end the microcontroller's latch,
        with nobody on the spot.
        """
        return self._number == ESTOP_INPUT and bool(status.flags & Flag.ESTOP_LATCHED)

    def _level(self, status: Status) -> bool:
        if self._number == ESTOP_INPUT:
            return bool(status.flags & Flag.ESTOP_PRESSED)
        return bool(status.inputs >> self._number & 1)

    def _count_changes(self, high: bool, count: int, at_s: float) -> None:
        missed_changes = 0 if self._count is None else (count - self._count) % _COUNT_RANGE
        if missed_changes >= _COUNT_RANGE // 2:
            return  # an old report, overtaken by an event
        self._count = count
        changes = int(high is not self._high)
        if self._high is not None and missed_changes > changes:
            for _ in range(min(missed_changes - changes, MAX_REPORTED_CHANGES) // 2 * 2):
                self._set_level(not self._high, at_s)
        if high is not self._high:
            self._set_level(high, at_s)

    def _set_level(self, high: bool | None, at_s: float) -> None:
        self._high = high
        self._context.emit(InputChanged(self._context.device, self.active(), at_s))
