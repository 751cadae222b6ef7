"""Driver `gpio` for indicators: an RGB LED and a buzzer, both optional, with one pin per colour."""

import threading
import time
from contextlib import suppress
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from devices.drivers.gpio.pins import gpio_errors, pin_factory
from devices.drivers.light_patterns import DARK, FLASHES, LOOKS, Beep, Step
from devices.needs import GPIO, Needs
from devices.ports import DeviceError, Fault, FaultCleared, FaultKind, Flash, Look, Message
from devices.wiring import BcmPin, Context, IndicatorOptions

TONES_HZ = {Beep.HIGH: 2400, Beep.LOW: 600}
"""Frequencies for a passive buzzer."""
_LED = Meta(description="BCM pin (0 to 27) of that colour of the LED")


class GpioIndicatorOptions(IndicatorOptions, frozen=True, kw_only=True):
    red: Annotated[BcmPin | None, _LED] = None
    green: Annotated[BcmPin | None, _LED] = None
    blue: Annotated[BcmPin | None, _LED] = None
    common_anode: Annotated[
        bool, Meta(description="true if the LED's common leg is at 3.3 V, else false")
    ] = False
    buzzer: Annotated[
        BcmPin | None, Meta(description="BCM pin (0 to 27) of a buzzer, through a transistor")
    ] = None
    tones: Annotated[
        bool, Meta(description="true for a passive buzzer (piezo), false for one with its own tone")
    ] = False

    def problem(self) -> tuple[str, str] | None:
        """Check that there is a pin at all, and no pin twice."""
        pin_by_key = {key: getattr(self, key) for key in ("red", "green", "blue", "buzzer")}
        pins = [pin for pin in pin_by_key.values() if pin is not None]
        if not pins:
            return "red", "an indicator needs at least one of red, green, blue, buzzer"
        for key, pin in pin_by_key.items():
            if pin is not None and pins.count(pin) > 1:
                return key, f"pin {pin} stands twice"
        return None


class GpioIndicator:
    """An LED and buzzer; patterns play on a thread of its own, so that `show` and `flash` never
    wait."""

    Options = GpioIndicatorOptions
    detects_s: ClassVar[float | None] = None
    needs: ClassVar[Needs] = GPIO

    def __init__(self, options: GpioIndicatorOptions, context: Context) -> None:
        """Claim the pins, with everything off. Raises DeviceError."""
        self._context = context
        with gpio_errors(context.device):
            self._leds, self._buzzer = _claim(options, pin_factory(context))
        self._tones = options.tones
        self._changed = threading.Condition()
        self._look: tuple[Step, ...] = (Step(DARK),)
        self._flash: tuple[Step, ...] = ()
        self._is_changed = False
        self._open = True
        self._failed = False
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()

    def show(self, look: Look, message: Message | None = None) -> None:
        """Show this look; an LED can't show the message."""
        self._play(look=LOOKS[look])

    def flash(self, flash: Flash, message: Message | None = None) -> None:
        """Show this for a moment, then the look again."""
        self._play(flash=FLASHES[flash])

    def close(self) -> None:
        """Switch everything off and close."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()
        for output in (*self._leds, self._buzzer):
            if output is not None:
                with suppress(DeviceError), gpio_errors(self._context.device):
                    output.close()

    def _play(
        self, look: tuple[Step, ...] | None = None, flash: tuple[Step, ...] | None = None
    ) -> None:
        with self._changed:
            if look == self._look:
                return
            self._look = look or self._look
            self._flash = self._flash if flash is None else flash
            self._is_changed = self._is_changed or flash is not None or not self._flash
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._open:
                    break
                self._is_changed = False
                steps = self._flash or self._look
                flashing = bool(self._flash)
            if self._play_through(steps) and flashing:
                with self._changed:
                    self._flash = self._flash if self._is_changed else ()
        self._output_step(Step(DARK))

    def _play_through(self, steps: tuple[Step, ...]) -> bool:
        """Play each step; False: it was interrupted by something else to show."""
        for step in steps:
            self._output_step(step)
            end_s = None if step.for_s is None else time.monotonic() + step.for_s
            with self._changed:
                left_s = None if end_s is None else end_s - time.monotonic()
                if self._changed.wait_for(lambda: self._is_changed or not self._open, left_s):
                    return False
        return True

    def _output_step(self, step: Step) -> None:
        try:
            with gpio_errors(self._context.device):
                for led, level in zip(self._leds, step.colour, strict=True):
                    if led is not None:
                        led.value = level
                self._sound(step.beep)
        except DeviceError as error:
            self._report(Fault(self._context.device, FaultKind.INDICATOR_UNREACHABLE, str(error)))
        else:
            self._report(FaultCleared(self._context.device, FaultKind.INDICATOR_UNREACHABLE))

    def _sound(self, beep: Beep | None) -> None:
        if self._buzzer is None:
            return
        if self._tones and beep is not None:
            self._buzzer.frequency = TONES_HZ[beep]
        self._buzzer.value = (0.5 if self._tones else 1) if beep is not None else 0

    def _report(self, event: Fault | FaultCleared) -> None:
        failed = isinstance(event, Fault)
        if failed != self._failed:
            self._failed = failed
            self._context.emit(event)


def _claim(options: GpioIndicatorOptions, factory: Any) -> tuple[list[Any], Any]:
    from gpiozero import OutputDevice, PWMOutputDevice

    leds = [
        None
        if pin is None
        else PWMOutputDevice(pin, active_high=not options.common_anode, pin_factory=factory)
        for pin in (options.red, options.green, options.blue)
    ]
    if options.buzzer is None:
        return leds, None
    kind = PWMOutputDevice if options.tones else OutputDevice
    return leds, kind(options.buzzer, pin_factory=factory)
