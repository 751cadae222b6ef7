"""Driver `gpio` for power switches: a relay or contactor on one pin, without a time limit."""

from typing import ClassVar

from devices.drivers.gpio.output import GpioOutput, GpioSwitchOptions
from devices.needs import GPIO, Needs
from devices.ports import SwitchCapabilities, SwitchState
from devices.wiring import Context


class GpioPower:
    """On while the pin is on. A dead agent leaves it as it was: never for dangerous machines."""

    Options = GpioSwitchOptions
    detects_s: ClassVar[float | None] = None

    @classmethod
    def needs_of(cls, options: GpioSwitchOptions, *, simulated: bool) -> Needs:
        """See registry.Driver."""
        return GPIO

    @classmethod
    def capabilities_of(cls, options: GpioSwitchOptions) -> SwitchCapabilities:
        """No time limit of its own; systemd switches it off after the agent."""
        return SwitchCapabilities(time_limit_s=None, latching=False)

    def __init__(self, options: GpioSwitchOptions, context: Context) -> None:
        """Claim the pin, off. Raises DeviceError."""
        self._output = GpioOutput(options, context)
        self._capabilities = self.capabilities_of(options)

    @property
    def capabilities(self) -> SwitchCapabilities:
        """See ports.PowerSwitch."""
        return self._capabilities

    @property
    def boot(self) -> str | None:
        """A pin has no memory of its own."""
        return None

    def on(self) -> None:
        """Switch on. Raises DeviceError."""
        self._output.set(True)

    def off(self) -> None:
        """Switch off. Raises DeviceError."""
        self._output.set(False)

    def state(self) -> SwitchState:
        """What the auxiliary contact says, else the level of the pin."""
        return self._output.read() or self._output.read_pin()

    def keep_alive(self) -> None:
        """Does nothing: a GPIO output needs no renewal."""

    def close(self) -> None:
        """Switch off and let go."""
        self._output.close()
