"""Driver `gpio` for power switches: a relay or contactor on one pin, without a time limit."""

from typing import ClassVar

from devices.drivers.gpio.output import GpioOutput, GpioSwitchOptions
from devices.needs import GPIO, Needs
from devices.ports import SwitchCapabilities, SwitchState
from devices.wiring import Context


class GpioPower:
    """On while the pin is on.

    The pin keeps its state after the agent has died, until systemd switches it off; if the agent
    hangs, until systemd restarts it. So this is not for dangerous machines.
    """

    Options = GpioSwitchOptions
    detects_s: ClassVar[float | None] = None
    needs: ClassVar[Needs] = GPIO
    boot: str | None = None
    """Always None: a pin has no boot id."""

    @classmethod
    def capabilities_of(cls, options: GpioSwitchOptions) -> SwitchCapabilities:
        """Return no time limit; not latching, since systemd switches it off after the agent has
        died."""
        return SwitchCapabilities(time_limit_s=None, latching=False)

    def __init__(self, options: GpioSwitchOptions, context: Context) -> None:
        """Claim the pin, switched off. Raises DeviceError."""
        self._output = GpioOutput(options, context)
        self.capabilities = self.capabilities_of(options)

    def on(self) -> None:
        """Switch on. Raises DeviceError."""
        self._output.set(True)

    def off(self) -> None:
        """Switch off. Raises DeviceError."""
        self._output.set(False)

    def state(self) -> SwitchState:
        """Return the state of the auxiliary contact, else of the pin."""
        return self._output.read() or self._output.read_pin()

    def keep_alive(self) -> None:
        """Does nothing: a GPIO output needs no renewal."""

    def close(self) -> None:
        """Switch off and close."""
        self._output.close()
