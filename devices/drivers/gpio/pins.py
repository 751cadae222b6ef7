"""The gpiozero pin factory that all GPIO drivers of an agent share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from devices.ports import DeviceError
from devices.wiring import Context


def pin_factory(context: Context) -> Any:
    """Return the agent's gpiozero pin factory; it is made at the first call. Raises DeviceError."""
    return context.shared.get(("gpio", context.pins), lambda: _make(context))


@contextmanager
def gpio_errors(where: str) -> Iterator[None]:
    """A block in which errors of gpiozero and the pins become a DeviceError of one line."""
    from gpiozero.exc import GPIOZeroError

    try:
        yield
    except (GPIOZeroError, OSError) as error:
        raise DeviceError(f"{where}: {error}") from error


def hold_pin_high(pin: int, context: Context) -> None:
    """Keep a pin high until the agent ends; several devices may share it. Raises DeviceError."""

    def made() -> Any:
        from gpiozero import DigitalOutputDevice

        factory = pin_factory(context)
        with gpio_errors(f"pin {pin}"):
            return DigitalOutputDevice(pin, initial_value=True, pin_factory=factory)

    context.shared.get(("high", pin), made)


def _make(context: Context) -> Any:
    if context.pins.startswith("sim:"):
        from devices.sim.pin_factory import SimFactory

        path = context.pins.removeprefix("sim:")
        with gpio_errors(f"simulated pins at {path}"):
            return SimFactory(path, context.agent)
    if context.pins != "auto":
        raise DeviceError(f"agent.pins: '{context.pins}' is unknown; allowed: auto, sim:SOCKET")
    from gpiozero import Device
    from gpiozero.exc import BadPinFactory

    try:
        Device.ensure_pin_factory()
    except BadPinFactory as error:
        raise DeviceError(
            'no GPIO pins here: run on a Raspberry Pi, or set pins = "sim:SOCKET" in [agent]'
        ) from error
    return Device.pin_factory
