"""gpiozero pins whose levels are in the bench's process: `[agent] pins = "sim:SOCKET"`."""

import time
from typing import Any

from gpiozero.exc import PinFixedPull, PinInvalidFunction, PinInvalidPull, PinSetInput
from gpiozero.pins.pi import PiFactory, PiPin

from devices.sim.board_link import BoardLink

PI_4B = 0xC03111


class SimPin(PiPin):  # type: ignore[misc]
    """One pin. Writing does not wait; reading asks the bench's process."""

    def __init__(self, factory: "SimFactory", info: Any) -> None:
        super().__init__(factory, info)
        self.bcm: int = self._number
        self._function = "input"
        self._pull = info.pull or "floating"
        self._edges = "both"
        self._frequency: float | None = None
        prefix = f'{{"op":"write","board":"{factory.board}","pin":{self.bcm},"level":'
        self._low = (prefix + "0}\n").encode()
        self._high = (prefix + "1}\n").encode()
        self._prefix = prefix
        self._link = factory.link
        self.declare(0.0)

    def declare(self, level: float) -> None:
        """Send this pin's mode and pull to the bench's process."""
        mode = "out" if self._function == "output" else "in"
        self._link.configure(self.bcm, mode, self._pull, level)

    def close(self) -> None:
        """Become an input again, as gpiozero's own pins do."""
        self.when_changed = None
        self._frequency = None
        if self._function != "input":
            self.input_with_pull(self.info.pull or "floating")

    def output_with_state(self, state: float) -> None:
        """Become an output with that level at once, without a glitch."""
        self._function, self._pull = "output", "floating"
        self.declare(float(state))

    def input_with_pull(self, pull: str) -> None:
        """Become an input with that pull."""
        if pull not in ("floating", "up", "down"):
            raise PinInvalidPull("pull must be floating, up, or down")
        if self.info.pull and pull != self.info.pull:
            raise PinFixedPull(f"{self!r} has a fixed pull resistor")
        self._function, self._pull = "input", pull
        self.declare(0.0)

    def driven(self, level: float, ticks: float) -> None:
        """React to a change of this input from outside."""
        is_watched = {"both": True, "rising": level >= 0.5, "falling": level < 0.5}
        if self._when_changed is not None and is_watched.get(self._edges, False):
            self._call_when_changed(ticks, int(level >= 0.5))

    def _get_function(self) -> str:
        return self._function

    def _set_function(self, value: str) -> None:
        if value == "output":
            self.output_with_state(0)
        elif value == "input":
            self.input_with_pull(self.info.pull or "floating")
        else:
            raise PinInvalidFunction("function must be input or output")

    def _get_state(self) -> float:
        level = self._link.read(self.bcm)
        return level if self._frequency is not None else float(level >= 0.5)

    def _set_state(self, value: float) -> None:
        if self._function != "output":
            raise PinSetInput(f"cannot set state of pin {self!r}")
        if self._frequency is not None:
            self._link.send(f"{self._prefix}{min(1.0, max(0.0, float(value)))}}}\n".encode())
        else:
            self._link.send(self._high if value else self._low)

    def _get_pull(self) -> str:
        return str(self._pull)

    def _set_pull(self, value: str) -> None:
        if self._function != "input":
            raise PinFixedPull(f"cannot set pull on non-input pin {self!r}")
        self.input_with_pull(value)

    def _get_frequency(self) -> float | None:
        return self._frequency

    def _set_frequency(self, value: float | None) -> None:
        self._frequency = value
        if value is None and self._function == "output":
            self._link.send(self._low)

    def _get_bounce(self) -> None:
        return None

    def _set_bounce(self, value: float | None) -> None:
        """Ignored: simulated contacts only bounce if a test makes them, and drivers debounce."""

    def _get_edges(self) -> str:
        return self._edges

    def _set_edges(self, value: str) -> None:
        self._edges = value

    def _enable_event_detect(self) -> None:
        """Nothing to do: changes are always sent."""

    def _disable_event_detect(self) -> None:
        """See _enable_event_detect."""


class SimFactory(PiFactory):  # type: ignore[misc]
    """The pins of one board, a Raspberry Pi 4B, in the bench's process at that socket."""

    def __init__(self, path: str, board: str) -> None:
        """Connect to the socket `path` as that board. Raises OSError."""
        super().__init__()
        self.board = board
        self._by_number: dict[int, SimPin] = {}
        self.link = BoardLink(path, board, self._on_drive, self._on_reconnected)
        self.pin_class = self._make_pin

    def close(self) -> None:
        """Make every pin an input, then disconnect."""
        super().close()
        self._by_number.clear()
        self.link.close()

    @staticmethod
    def ticks() -> float:
        """Return monotonic seconds, the same as in the bench's process."""
        return time.monotonic()

    @staticmethod
    def ticks_diff(later: float, earlier: float) -> float:
        """Return the seconds between two ticks."""
        return later - earlier

    def _get_revision(self) -> int:
        return PI_4B

    def _make_pin(self, factory: "SimFactory", info: Any) -> SimPin:
        pin = SimPin(factory, info)
        self._by_number[pin.bcm] = pin
        return pin

    def _on_drive(self, number: int, level: float, at: float) -> None:
        if pin := self._by_number.get(number):
            pin.driven(level, at)

    def _on_reconnected(self) -> None:
        """Declare every pin again, since the bench's process was restarted: outputs start low, as
        after a reset."""
        for pin in list(self._by_number.values()):
            pin.declare(0.0)
