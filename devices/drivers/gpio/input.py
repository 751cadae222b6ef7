"""Driver `gpio` for inputs: a contact on one pin, debounced by this driver in both directions.

`active` is what the access point reacts to: contact open, button pressed, E-stop pressed, interlock
open, fire. Every input except the exit button is expected to be closed at rest, so that a cut wire
counts as active (ISO 13850 requires that of an E-stop).
"""

import threading
import time
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from devices.drivers.gpio.pins import gpio_errors, pin_factory
from devices.needs import GPIO, Needs
from devices.ports import DeviceError, Fault, FaultCleared, FaultKind, InputChanged
from devices.wiring import BcmPin, Context, InputOptions

REREAD_S = 2.0
"""How often the level is read without an edge."""
CHATTER_S = 1.0
"""If a contact bounces for longer than this, and than ten debounce times, its state is unknown."""
CHATTERS = "the contact bounces without end"
"""Text of the fault for a contact that bounces for too long."""
OPEN_AT_REST = "/inputs.rex"
"""The end of the name of the only input that is a button to ground by default."""


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
        ActiveLevel | None,
        Meta(
            description='"low" or "high"; unset: the level that a cut wire gives (a contact'
            " closed at rest), and for inputs.rex the other one (a button)"
        ),
    ] = None
    debounce_ms: Annotated[
        int, Meta(ge=0, le=1000, description="milliseconds that a level must last, 0 to 1000")
    ] = 20

    def problem(self) -> tuple[str, str] | None:
        """Require `active` without a pull, since the level of a cut wire is unknown then."""
        if self.pull is Pull.NONE and self.active is None:
            return "active", 'must be "low" or "high" where pull is "none"'
        return None

    def active_high(self, device: str) -> bool:
        """Return whether a high level means active, for the device of that name."""
        if self.active is not None:
            return self.active is ActiveLevel.HIGH
        return (self.pull is Pull.UP) is not device.endswith(OPEN_AT_REST)


class GpioInput:
    """An input; a level is reported once it has lasted for the debounce time."""

    Options = GpioInputOptions
    detects_s: ClassVar[float | None] = REREAD_S
    needs: ClassVar[Needs] = GPIO

    def __init__(self, options: GpioInputOptions, context: Context) -> None:
        """Claim the pin; its state is unknown until it has lasted. Raises DeviceError."""
        from gpiozero import DigitalInputDevice

        self._context = context
        self._debounce_s = options.debounce_ms / 1000
        self._active_high = options.active_high(context.device)
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
        self._active: bool | None = None
        self._failed = False
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()

    def active(self) -> bool | None:
        """Return whether it is active, debounced; None: unknown."""
        return self._active

    def close(self) -> None:
        """Stop watching and close."""
        self._stopping.set()
        self._edge.set()
        self._thread.join()
        self._contact.close()

    def _run(self) -> None:
        self._edge.set()  # the initial level must last too
        while not self._stopping.is_set():
            lasted = self._wait_until_settled() if self._edge.wait(REREAD_S) else True
            if not self._stopping.is_set():
                self._report(self._read() if lasted else self._report_unknown(CHATTERS))

    def _wait_until_settled(self) -> bool:
        """Wait until there is no edge for the debounce time; False: the contact does not stop
        bouncing."""
        patience_s = time.monotonic() + max(CHATTER_S, 10 * self._debounce_s)
        while self._edge.is_set() and not self._stopping.is_set():
            if time.monotonic() > patience_s:
                return False
            self._edge.clear()
            self._edge.wait(self._debounce_s)
        return True

    def _read(self) -> bool | None:
        try:
            with gpio_errors(self._context.device):
                high = bool(self._contact.pin.state)
        except DeviceError as error:
            return self._report_unknown(str(error))
        if self._failed:
            self._failed = False
            cleared = FaultCleared(self._context.device, FaultKind.INPUT_UNREACHABLE)
            self._context.emit(cleared)
        return high is self._active_high

    def _report_unknown(self, detail: str) -> bool | None:
        """Report a fault; an unknown safety input counts as open."""
        if not self._failed:
            self._failed = True
            device = self._context.device
            self._context.emit(Fault(device, FaultKind.INPUT_UNREACHABLE, detail))
        return None

    def _report(self, active: bool | None) -> None:
        if active == self._active:
            return
        self._active = active
        self._context.emit(InputChanged(self._context.device, active, time.monotonic()))
