"""Driver `gpio` for strikes: the coil of a strike or magnet on one pin."""

from contextlib import suppress
from typing import Annotated, ClassVar

from msgspec import Meta

from devices.drivers.gpio.pins import gpio_errors, pin_factory
from devices.drivers.timed_strike import TimedStrike
from devices.needs import GPIO, Needs
from devices.ports import DeviceError, FailMode, Fault, FaultKind
from devices.wiring import BcmPin, Context, StrikeOptions


class GpioStrikeOptions(StrikeOptions, frozen=True, kw_only=True):
    pin: BcmPin
    active_high: Annotated[
        bool, Meta(description="true, or false for a relay board that switches on low")
    ] = True


class GpioStrike(TimedStrike):
    """A strike whose coil is switched at once."""

    Options = GpioStrikeOptions
    detects_s: ClassVar[float | None] = None
    needs: ClassVar[Needs] = GPIO

    def __init__(self, options: GpioStrikeOptions, context: Context) -> None:
        """Claim the pin, without current. Raises DeviceError."""
        from gpiozero import OutputDevice

        super().__init__(options.fail)
        self._context = context
        with gpio_errors(context.device):
            self._coil = OutputDevice(
                options.pin, active_high=options.active_high, pin_factory=pin_factory(context)
            )

    def released(self) -> bool:
        """Return whether the door can be opened, by the level of the pin. Raises DeviceError."""
        with gpio_errors(self._context.device):
            return bool(self._coil.value) is not (self.fail_mode is FailMode.FAIL_SAFE)

    def set_current(self, *, current: bool) -> None:
        """See TimedStrike."""
        with gpio_errors(self._context.device):
            self._coil.value = current

    def lock_failed(self, error: DeviceError) -> None:
        """See TimedStrike."""
        self._context.emit(Fault(self._context.device, FaultKind.STRIKE_UNREACHABLE, str(error)))

    def shut_down(self) -> None:
        """See TimedStrike."""
        if not self._coil.closed:
            with suppress(DeviceError), gpio_errors(self._context.device):
                self._coil.off()
            with suppress(DeviceError), gpio_errors(self._context.device):
                self._coil.close()
