"""The state of one relay: what the agent wants, what must still be sent, what was read back. No
I/O.

Times are `time.monotonic()` in seconds. Everything here happens on the link's thread.
"""

import math
import struct
from dataclasses import dataclass
from typing import Protocol

from firmware_bridge.codes import TTL_MIN_MS, FaultCode, Flag, Reason, Type
from firmware_bridge.messages import Hello, Status

SET_BODY = struct.Struct("<BH")
"""The relay's bit and how long it may stay on, in ms."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command to send, and the relay for which it is sent."""

    type: Type
    body: bytes = b""
    relay: "Relay | None" = None
    alive_s: float = 0.0
    """The agent's sign of life that SET or RENEW passes on."""


@dataclass(frozen=True, slots=True)
class AuxiliaryContact:
    """A contactor's auxiliary contact on an input of the microcontroller."""

    input: int
    closed_high: bool
    settle_s: float
    """How long the contactor may take to follow its relay, in seconds."""


class RelayListener(Protocol):
    """Handles changes in a relay's state."""

    def read_back(self, on: bool | None) -> None:
        """The power was switched on (True) or off (False), or its state is unknown (None)."""

    def dropped(self, why: str) -> None:
        """The relay opened, or did not close, although it should be on; it stays off now."""

    def welded(self, welded: bool) -> None:
        """The contactor stayed closed although its relay is open (True), or has opened (False)."""


class Relay:
    """A relay, which only `turn_on` switches on; `renew` never switches an expired one on."""

    def __init__(
        self, number: int, ttl_ms: int, sense: AuxiliaryContact | None, watcher: RelayListener
    ) -> None:
        self.number, self._ttl_ms, self._sense, self._watcher = number, ttl_ms, sense, watcher
        self._is_requested = False
        self._due: Type | None = Type.OFF
        """The command to send until it is answered; None: nothing."""
        self._alive_s = 0.0
        self._on: bool | None = None
        self._driven: bool | None = None
        self._driven_since_s = 0.0
        self._welded = False

    @property
    def wants_on(self) -> bool:
        """Whether a command to switch on is still to be sent or answered."""
        return self._due is Type.SET

    @property
    def is_settled(self) -> bool:
        """Whether all commands have been answered."""
        return self._due is None

    def turn_on(self, at_s: float) -> None:
        """Switch on; `at_s` is when the agent asked for it."""
        self._alive_s = at_s
        if self._is_requested:
            self.renew(at_s)
            return
        self._is_requested, self._due = True, Type.SET
        self._report(None)

    def turn_off(self) -> None:
        """Switch off; the command is repeated until it is answered."""
        self._is_requested, self._due = False, Type.OFF

    def renew(self, at_s: float) -> None:
        """Send one renewal, because the agent's loop was alive at `at_s`."""
        if self._is_requested:
            self._alive_s = at_s
            if self._due is None:
                self._due = Type.RENEW

    def next(self, now_s: float) -> Command | None:
        """Return the command to send, None if there is none.

        The relay's time counts from the agent's last sign of life, so delays and repetitions never
        extend it.
        """
        if self._due is Type.OFF:
            return Command(Type.OFF, bytes((1 << self.number,)), self)
        left_ms = self._ttl_ms - math.ceil((now_s - self._alive_s) * 1000)
        if left_ms < TTL_MIN_MS:
            self._too_late()
            return self.next(now_s) if self._due is not None else None
        if self._due is None:
            return None
        return Command(self._due, SET_BODY.pack(1 << self.number, left_ms), self, self._alive_s)

    def answered(self, command: Command) -> None:
        """Record that the command was carried out; a renewal may follow."""
        if command.type is self._due:
            is_latest = command.type is Type.OFF or command.alive_s == self._alive_s
            self._due = None if is_latest else Type.RENEW

    def refused(self, command: Command, reason: Reason) -> None:
        """Give up after a refusal: the relay stays off until a person starts again."""
        if command.type in (self._due, Type.RESET_ESTOP) and command.type is not Type.OFF:
            self._drop(_REFUSED.get(reason, f"refused: {reason.name.lower()}"))

    def seen(self, status: Status, at_s: float) -> None:
        """Update the state with what the microcontroller read back at its pins."""
        driven = bool(status.pins >> self.number & 1)
        if driven is not self._driven:
            self._driven, self._driven_since_s = driven, at_s
        if self._due is Type.SET:
            return  # the status is older than the command
        if self._is_requested and not driven:
            self._drop(_why_open(status))
        self._check_contact(driven, status, at_s)

    def lost(self, why: str) -> None:
        """The microcontroller is unreachable or has restarted: the relay's state is unknown."""
        self._driven = None
        if self._is_requested:
            self._drop(why)
        self._due = Type.OFF
        self._report(None)

    def _check_contact(self, driven: bool, status: Status, at_s: float) -> None:
        sense = self._sense
        closed = driven
        if sense is not None:
            closed = bool(status.inputs >> sense.input & 1) is sense.closed_high
            if closed is not driven and at_s - self._driven_since_s < sense.settle_s:
                self._report(None)
                return
        if driven and not closed and self._is_requested:
            self._drop("its relay is closed, but the contactor's auxiliary contact is open")
        self._report(closed)
        if (welded := closed and not driven) is not self._welded:
            self._welded = welded
            self._watcher.welded(welded)

    def _too_late(self) -> None:
        if self._due is Type.SET:
            self._drop("the microcontroller did not answer in time")
        elif self._due is Type.RENEW:
            self._due = None

    def _drop(self, why: str) -> None:
        self._is_requested, self._due = False, Type.OFF
        self._watcher.dropped(why)

    def _report(self, on: bool | None) -> None:
        if on is not self._on:
            self._on = on
            self._watcher.read_back(on)


_REFUSED = {
    Reason.ESTOP: "the E-stop at the microcontroller is pressed or latched",
    Reason.ESTOP_PRESSED: "the E-stop at the microcontroller is pressed",
    Reason.EXPIRED: "its time had run out: the agent did not renew it",
}


def _why_open(status: Status) -> str:
    """Return why a relay probably opened by itself."""
    if status.flags & (Flag.ESTOP_PRESSED | Flag.ESTOP_LATCHED):
        return "the E-stop at the microcontroller was pressed"
    if status.faults >> FaultCode.OUTPUT & 1:
        return "the relay's pin did not follow its register: a short circuit?"
    return "its time ran out: the agent did not renew it"


def restart_reason(hello: Hello) -> str:
    """Return a text that says why a microcontroller restarted."""
    names = ", ".join(boot.name.lower().replace("_", " ") for boot in hello.boot if boot.name)
    return f"the microcontroller restarted ({names or 'unknown'})"
