"""What is wished of one relay, what is still to be said for it, and what was read back. Pure.

Times are `time.monotonic()` in seconds. Everything here happens on the link's thread.
"""

import math
import struct
from dataclasses import dataclass
from typing import Protocol

from firmware_bridge.codes import TTL_MIN_MS, FaultCode, Flag, Reason, Type
from firmware_bridge.messages import Hello, Status

SET_BODY = struct.Struct("<BH")


@dataclass(frozen=True, slots=True)
class Order:
    """A frame to send, and whose it is."""

    type: Type
    body: bytes = b""
    relay: "Relay | None" = None
    alive_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Sense:
    """An auxiliary contact of the contactor, on an input of the microcontroller."""

    input: int
    closed_high: bool
    settle_s: float
    """How long a contactor may take to follow its relay."""


class Watcher(Protocol):
    """Is told what becomes of a relay."""

    def read_back(self, on: bool | None) -> None:
        """Whether there is power, at every change; None: not known."""

    def dropped(self, why: str) -> None:
        """It opened, or would not close, though it was wished on; it stays off now."""

    def welded(self, welded: bool) -> None:
        """The contactor stayed closed after its relay had opened; or it is open at last."""


class Relay:
    """Power is wished by `turn_on` alone; `renew` never brings back what ran out."""

    def __init__(self, number: int, ttl_ms: int, sense: Sense | None, watcher: Watcher) -> None:
        self.number, self._ttl_ms, self._sense, self._watcher = number, ttl_ms, sense, watcher
        self._wished = False
        self._due: Type | None = Type.OFF
        self._alive_s = 0.0
        self._on: bool | None = None
        self._driven: bool | None = None
        self._driven_since_s = 0.0
        self._welded = False

    @property
    def wants_on(self) -> bool:
        """Whether a SET is still to be sent or answered."""
        return self._due is Type.SET

    @property
    def is_settled(self) -> bool:
        """Whether all that was wished has been answered."""
        return self._due is None

    def turn_on(self, at_s: float) -> None:
        """Wish power; `at_s` is when the agent did."""
        self._alive_s = at_s
        if self._wished:
            self.renew(at_s)
            return
        self._wished, self._due = True, Type.SET
        self._tell(None)

    def turn_off(self) -> None:
        """Wish no power, until it is read back."""
        self._wished, self._due = False, Type.OFF

    def renew(self, at_s: float) -> None:
        """The agent's loop was alive at `at_s`: one renewal, and no more."""
        if self._wished:
            self._alive_s = at_s
            if self._due is None:
                self._due = Type.RENEW

    def next(self, now_s: float) -> Order | None:
        """What is to be sent. The time that it asks for counts from the agent's sign of life, so
        that neither a queue nor a repetition makes power last longer.
        """
        if self._due is Type.OFF:
            return Order(Type.OFF, bytes((1 << self.number,)), self)
        left_ms = self._ttl_ms - math.ceil((now_s - self._alive_s) * 1000)
        if left_ms < TTL_MIN_MS:
            self._too_late()
            return self.next(now_s) if self._due is not None else None
        if self._due is None:
            return None
        return Order(self._due, SET_BODY.pack(1 << self.number, left_ms), self, self._alive_s)

    def answered(self, order: Order) -> None:
        """The order was taken; a sign of life that came meanwhile is still to be passed on."""
        if order.type is self._due:
            is_latest = order.type is Type.OFF or order.alive_s == self._alive_s
            self._due = None if is_latest else Type.RENEW

    def refused(self, order: Order, reason: Reason) -> None:
        """The order was refused: without power, for a person to begin anew."""
        if order.type in (self._due, Type.RESET_ESTOP) and order.type is not Type.OFF:
            self._drop(_REFUSED.get(reason, f"refused: {reason.name.lower()}"))

    def seen(self, status: Status, at_s: float) -> None:
        """What the microcontroller has read back at its pins."""
        driven = bool(status.pins >> self.number & 1)
        if driven is not self._driven:
            self._driven, self._driven_since_s = driven, at_s
        if self._due is Type.SET:
            return  # it speaks of the time before
        if self._wished and not driven:
            self._drop(_why_open(status))
        self._judge(driven, status, at_s)

    def lost(self, why: str) -> None:
        """The microcontroller is out of reach, or has restarted: nothing is known."""
        self._driven = None
        if self._wished:
            self._drop(why)
        self._due = Type.OFF
        self._tell(None)

    def _judge(self, driven: bool, status: Status, at_s: float) -> None:
        sense = self._sense
        closed = driven
        if sense is not None:
            closed = bool(status.inputs >> sense.input & 1) is sense.closed_high
            if closed is not driven and at_s - self._driven_since_s < sense.settle_s:
                self._tell(None)
                return
        if driven and not closed and self._wished:
            self._drop("its relay is closed, but the contactor's auxiliary contact is open")
        if (welded := closed and not driven) is not self._welded:
            self._welded = welded
            self._watcher.welded(welded)
        self._tell(closed)

    def _too_late(self) -> None:
        if self._due is Type.SET:
            self._drop("the microcontroller did not answer in time")
        elif self._due is Type.RENEW:
            self._due = None

    def _drop(self, why: str) -> None:
        self._wished, self._due = False, Type.OFF
        self._watcher.dropped(why)

    def _tell(self, on: bool | None) -> None:
        if on is not self._on:
            self._on = on
            self._watcher.read_back(on)


_REFUSED = {
    Reason.ESTOP: "the E-stop at the microcontroller is pressed or latched",
    Reason.ESTOP_PRESSED: "the E-stop at the microcontroller is pressed",
    Reason.EXPIRED: "its time had run out: the agent did not renew it",
}


def _why_open(status: Status) -> str:
    """Why a relay may have opened by itself."""
    if status.flags & (Flag.ESTOP_PRESSED | Flag.ESTOP_LATCHED):
        return "the E-stop at the microcontroller was pressed"
    if status.faults >> FaultCode.OUTPUT & 1:
        return "the relay's pin did not follow its register: a short circuit?"
    return "its time ran out: the agent did not renew it"


def restart_reason(hello: Hello) -> str:
    """Why a microcontroller restarted, in words."""
    names = ", ".join(boot.name.lower().replace("_", " ") for boot in hello.boot if boot.name)
    return f"the microcontroller restarted ({names or 'unknown'})"
