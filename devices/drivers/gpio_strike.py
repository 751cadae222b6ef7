"""Driver `gpio` for strikes: the coil of a strike or a magnet on one pin."""

import threading
from contextlib import suppress
from typing import Annotated

from msgspec import Meta

from devices.drivers.gpio_pins import gpio_errors, pin_factory
from devices.ports import DeviceError, FailMode, Fault, FaultKind
from devices.wiring import BcmPin, Context, StrikeOptions


class GpioStrikeOptions(StrikeOptions, frozen=True, kw_only=True):
    pin: BcmPin
    active_high: Annotated[
        bool, Meta(description="true, or false for a relay board that switches on low")
    ] = True


class GpioStrike:
    """Releases for a time and locks again by itself, even if the agent's loop hangs meanwhile."""

    Options = GpioStrikeOptions

    def __init__(self, options: GpioStrikeOptions, context: Context) -> None:
        """Claim the pin, without current. Raises DeviceError."""
        from gpiozero import OutputDevice

        self._context = context
        self._fail_mode = options.fail
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        with gpio_errors(context.device):
            self._coil = OutputDevice(
                options.pin, active_high=options.active_high, pin_factory=pin_factory(context)
            )

    @property
    def fail_mode(self) -> FailMode:
        """See ports.Strike."""
        return self._fail_mode

    def release(self, for_s: float | None = None) -> None:
        """Release, and lock again after `for_s`; None: until `lock()`. Raises DeviceError."""
        with self._lock:
            self._forget_timer()
            self._set(released=True)
            if for_s is not None:
                self._timer = timer = threading.Timer(for_s, self._time_is_up)
                timer.args = [timer]
                timer.daemon = True
                timer.start()

    def lock(self) -> None:
        """Lock now. Raises DeviceError."""
        with self._lock:
            self._forget_timer()
            self._set(released=False)

    def released(self) -> bool:
        """Whether the door can be pulled open, from the level of the pin. Raises DeviceError."""
        with gpio_errors(self._context.device):
            return bool(self._coil.value) != self._current_locks()

    def close(self) -> None:
        """Take its current away and let go."""
        with self._lock:
            self._forget_timer()
            if not self._coil.closed:
                with suppress(DeviceError), gpio_errors(self._context.device):
                    self._coil.off()
                with suppress(DeviceError), gpio_errors(self._context.device):
                    self._coil.close()

    def _current_locks(self) -> bool:
        return self._fail_mode is FailMode.FAIL_SAFE

    def _set(self, *, released: bool) -> None:
        with gpio_errors(self._context.device):
            self._coil.value = released != self._current_locks()

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_is_up(self, timer: threading.Timer) -> None:
        with self._lock:
            if self._timer is not timer:
                return
            self._timer = None
            try:
                self._set(released=False)
            except DeviceError as error:
                device = self._context.device
                self._context.emit(Fault(device, FaultKind.STRIKE_UNREACHABLE, str(error)))
