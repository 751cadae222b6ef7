"""Driver `gpio` for inputs: a contact on one pin, debounced here.

`active` means what the access point reacts to: contact open, button pressed, E-stop pressed,
interlock open, fire. A contact that is closed at rest (E-stop, door, interlock) has
`active = "high"`: a broken wire then counts as active.
"""

import threading
import time
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from devices.drivers.gpio_pins import gpio_errors, pin_factory
from devices.ports import DeviceError, Fault, FaultCleared, FaultKind, InputChanged
from devices.wiring import BcmPin, Context, InputOptions

REREAD_S = 2.0
"""How often the level is read although no edge was told."""


class Pull(StrEnum):
    UP = "up"
    DOWN = "down"
    NONE = "none"


class ActiveLevel(StrEnum):
    LOW = "low"
    HIGH = "high"


class GpioInputOptions(InputOptions, frozen=True, kw_only=True):
    pin: BcmPin
    pull: Annotated[Pull, Meta(description='"up", "down" or "none"')] = Pull.UP
    active: Annotated[
        ActiveLevel,
        Meta(description='"low" (a button to ground) or "high" (a contact closed at rest)'),
    ] = ActiveLevel.LOW
    debounce_ms: Annotated[
        int, Meta(ge=0, le=1000, description="milliseconds that a level must last, 0 to 1000")
    ] = 20


class GpioInput:
    """Reports a level once it has lasted; a thread of its own waits for it."""

    Options = GpioInputOptions

    def __init__(self, options: GpioInputOptions, context: Context) -> None:
        """Claim the pin and read it. Raises DeviceError."""
        from gpiozero import DigitalInputDevice

        self._context = context
        self._debounce_s = options.debounce_ms / 1000
        self._active_high = options.active is ActiveLevel.HIGH
        self._edge = threading.Event()
        self._stopping = threading.Event()
        with gpio_errors(context.device):
            self._contact = DigitalInputDevice(
                options.pin,
                pull_up=None if options.pull is Pull.NONE else options.pull is Pull.UP,
                active_state=True if options.pull is Pull.NONE else None,
                pin_factory=pin_factory(context),
            )
            self._contact.when_activated = self._contact.when_deactivated = self._edge.set
        self._active: bool | None = self._read()
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()

    def active(self) -> bool | None:
        """Whether it is active, debounced; None: it can't be read."""
        return self._active

    def close(self) -> None:
        """Stop watching and let go."""
        self._stopping.set()
        self._edge.set()
        self._thread.join()
        self._contact.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._edge.wait(REREAD_S):
                self._settle()
            if not self._stopping.is_set():
                self._report(self._try_to_read())

    def _settle(self) -> None:
        """Wait until no edge has come for the debounce time."""
        while self._edge.is_set() and not self._stopping.is_set():
            self._edge.clear()
            self._edge.wait(self._debounce_s)

    def _read(self) -> bool:
        with gpio_errors(self._context.device):
            high = bool(self._contact.pin.state)
            return high is self._active_high

    def _try_to_read(self) -> bool | None:
        try:
            return self._read()
        except DeviceError as error:
            if self._active is not None:
                device = self._context.device
                self._context.emit(Fault(device, FaultKind.INPUT_UNREACHABLE, str(error)))
            return None

    def _report(self, active: bool | None) -> None:
        if active == self._active:
            return
        device = self._context.device
        if self._active is None:
            self._context.emit(FaultCleared(device, FaultKind.INPUT_UNREACHABLE))
        self._active = active
        self._context.emit(InputChanged(device, active, time.monotonic()))
