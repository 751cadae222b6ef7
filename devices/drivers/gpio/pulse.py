"""Driver `gpio_pulse` for power switches: a pin that must keep toggling to hold a contactor.

The pin's rising edges (falling, with `active_high = false`) feed a charge pump or a retriggerable
monostable, which holds the contactor. A dead agent makes no edges. A hung agent stops renewing, and
then the edges stop too. Switching off must not trigger the circuit, so opening, stopping and
closing leave the pin off.
"""

import threading
import time
from typing import Annotated, ClassVar

from msgspec import Meta

from devices.drivers.gpio.output import GpioOutput, GpioSwitchOptions
from devices.needs import GPIO, Needs
from devices.ports import (
    DeviceError,
    Fault,
    FaultCleared,
    FaultKind,
    SwitchCapabilities,
    SwitchState,
)
from devices.wiring import Context

LIMIT_MS = 500
"""Power is off at most this long after the agent has died or hung."""
RENEWALS = 4
"""How often the agent's loop renews within `stale_ms`."""


class GpioPulseOptions(GpioSwitchOptions, frozen=True, kw_only=True):
    half_period_ms: Annotated[
        int, Meta(ge=2, le=100, description="milliseconds between edges, 2 to 100")
    ] = 20
    stale_ms: Annotated[
        int, Meta(ge=50, le=400, description="milliseconds without renewal, 50 to 400")
    ] = 200
    hold_ms: Annotated[
        int, Meta(ge=20, le=400, description="milliseconds that the circuit holds, 20 to 400")
    ] = 200

    def problem(self) -> tuple[str, str] | None:
        """Check that edges come often enough, and that the sum of times is within LIMIT_MS."""
        if 2 * self.half_period_ms > self.hold_ms:
            return "half_period_ms", f"must be at most half of hold_ms ({self.hold_ms})"
        if self.half_period_ms + self.stale_ms + self.hold_ms > LIMIT_MS:
            return "stale_ms", f"with half_period_ms and hold_ms it must be at most {LIMIT_MS}"
        return super().problem()


class GpioPulse:
    """A pin that toggles while it is on and renewed. Once dropped, it stays off until `on()`."""

    Options = GpioPulseOptions
    detects_s: ClassVar[float | None] = None
    needs: ClassVar[Needs] = GPIO
    boot: str | None = None
    """Always None: a pin has no boot id."""

    @classmethod
    def capabilities_of(cls, options: GpioPulseOptions) -> SwitchCapabilities:
        """The time limit is the longest time until the circuit releases the contactor."""
        limit_ms = options.stale_ms + options.half_period_ms + options.hold_ms
        return SwitchCapabilities(
            time_limit_s=limit_ms / 1000, latching=False, renew_s=options.stale_ms / 1000 / RENEWALS
        )

    def __init__(self, options: GpioPulseOptions, context: Context) -> None:
        """Claim the pin, without pulses. Raises DeviceError."""
        self._context = context
        self.capabilities = self.capabilities_of(options)
        self._half_s = options.half_period_ms / 1000
        self._stale_s = options.stale_ms / 1000
        self._gap_s = (options.hold_ms - options.half_period_ms) / 1000
        self._output = GpioOutput(options, context)
        self._lock = threading.Lock()
        self._pulsing = threading.Event()
        self._stopping = threading.Event()
        self._level = False
        self._renewed_s = self._edge_s = 0.0
        self._fault: FaultKind | None = None
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()

    def on(self) -> None:
        """Make the first edge now, and continue. Raises DeviceError."""
        with self._lock:
            self._renewed_s = time.monotonic()
            if self._pulsing.is_set():
                return
            self._edge(self._renewed_s)
            self._pulsing.set()
            if self._fault is not None:
                self._context.emit(FaultCleared(self._context.device, self._fault))
                self._fault = None

    def off(self) -> None:
        """Stop, and leave the pin off. Raises DeviceError."""
        with self._lock:
            self._stop()

    def state(self) -> SwitchState:
        """Return the state of the auxiliary contact, else whether it pulses."""
        return self._output.read() or (
            SwitchState.ON if self._pulsing.is_set() else SwitchState.OFF
        )

    def keep_alive(self) -> None:
        """Renew, because the agent's loop is alive."""
        self._renewed_s = time.monotonic()

    def close(self) -> None:
        """Stop and close."""
        self._stopping.set()
        self._pulsing.set()
        self._thread.join()
        self._output.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._pulsing.wait()
            if self._stopping.wait(self._half_s):
                return
            with self._lock:
                if self._pulsing.is_set():
                    self._next_edge(time.monotonic())

    def _next_edge(self, now_s: float) -> None:
        unrenewed_s, still_s = now_s - self._renewed_s, now_s - self._edge_s
        if unrenewed_s > self._stale_s:
            self._drop(f"the agent did not renew it for {unrenewed_s * 1000:.0f} ms")
        elif still_s > self._gap_s:
            self._drop(f"it could not be pulsed for {still_s * 1000:.0f} ms")
        else:
            try:
                self._edge(now_s)
            except DeviceError as error:
                self._drop(str(error), FaultKind.SWITCH_UNREACHABLE)

    def _edge(self, now_s: float) -> None:
        self._level = not self._level
        self._output.set(self._level)
        self._edge_s = now_s

    def _drop(self, why: str, kind: FaultKind = FaultKind.SWITCH_DROPPED) -> None:
        """Stop pulsing, so that power does not come back by itself when a hung loop continues."""
        try:
            self._stop()
        except DeviceError as error:
            why, kind = f"{why}; {error}", FaultKind.SWITCH_UNREACHABLE
        self._fault = kind
        self._context.emit(Fault(self._context.device, kind, why))

    def _stop(self) -> None:
        self._pulsing.clear()
        self._level = False
        self._output.set(False)
