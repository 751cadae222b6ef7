"""What the GPIO power switches share: an output pin, and an auxiliary contact as feedback."""

from contextlib import suppress
from typing import Annotated, Any

from msgspec import Meta

from devices.drivers.gpio.pins import gpio_errors, pin_factory
from devices.ports import DeviceError, SwitchState
from devices.wiring import BcmPin, Context, PowerOptions


class GpioSwitchOptions(PowerOptions, frozen=True, kw_only=True):
    pin: BcmPin
    active_high: Annotated[
        bool, Meta(description="true, or false for a relay board that switches on low")
    ] = True
    feedback_pin: Annotated[
        BcmPin | None,
        Meta(description="BCM pin of the contactor's auxiliary contact, closing to ground"),
    ] = None

    def problem(self) -> tuple[str, str] | None:
        """Check that the two pins differ."""
        if self.feedback_pin == self.pin:
            return "feedback_pin", "must be another pin than pin"
        return None


class GpioOutput:
    """An output pin that is off from the start, with feedback."""

    def __init__(self, options: GpioSwitchOptions, context: Context) -> None:
        """Claim the pins. Raises DeviceError."""
        from gpiozero import InputDevice, OutputDevice

        self.where = context.device
        factory = pin_factory(context)
        self._feedback: Any = None
        with gpio_errors(self.where):
            self._output = OutputDevice(
                options.pin, active_high=options.active_high, pin_factory=factory
            )
            if options.feedback_pin is not None:
                self._feedback = InputDevice(
                    options.feedback_pin, pull_up=True, pin_factory=factory
                )

    def set(self, value: bool) -> None:
        """Set the pin. Raises DeviceError."""
        with gpio_errors(self.where):
            self._output.value = value

    def read(self) -> SwitchState | None:
        """Return the state of the auxiliary contact; None without one; UNKNOWN if it can't be
        read."""
        return None if self._feedback is None else self._state_of(self._feedback)

    def read_pin(self) -> SwitchState:
        """Return the state by the level of the pin itself."""
        return self._state_of(self._output)

    def close(self) -> None:
        """Switch off and close."""
        if self._output.closed:
            return
        with suppress(DeviceError):
            self.set(False)
        with suppress(DeviceError), gpio_errors(self.where):
            self._output.close()
            if self._feedback is not None:
                self._feedback.close()

    def _state_of(self, device: Any) -> SwitchState:
        try:
            with gpio_errors(self.where):
                return SwitchState.ON if device.value else SwitchState.OFF
        except DeviceError:
            return SwitchState.UNKNOWN
