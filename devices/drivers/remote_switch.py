"""Shared logic of remote switches: the wanted state, the state read back, and what is reported.

Only the state read back counts, not the answer to a command. Power never comes back by itself: a
switch that went off while it should be on is not switched on again, and one that is on while it
should be off gets the command until it is off.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from devices.ports import DeviceError, Fault, FaultCleared, FaultKind, SwitchReported, SwitchState
from devices.wiring import Context

OBEY_S = 2.0
"""How long an output may read as before, after a command."""
AGAIN_S = 0.5
"""How often the command is repeated meanwhile."""
SILENT_S = 3.0
"""After this time without a state the switch is unreachable; that must be noticed within 5 s."""


class RemoteSwitch:
    """The state of one switch; the agent's loop and the driver's thread use it, and neither
    waits."""

    def __init__(
        self,
        context: Context,
        move: Callable[[bool], None],
        *,
        holds: bool,
        strike: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`move` sends a command and returns at once. Off is requested, unless a session is taken
        up.

        `holds`: an unreachable switch keeps its wanted state (`on_agent_loss = "hold"`). `strike`:
        the output is a strike's current, which is restored if it went off, unlike power.
        """
        self._context, self._move, self._holds, self._clock = context, move, holds, clock
        self._strike = strike
        self._unreachable = FaultKind.STRIKE_UNREACHABLE if strike else FaultKind.SWITCH_UNREACHABLE
        self._lock = threading.RLock()
        self._state = SwitchState.UNKNOWN
        self._wanted: bool | None = None if context.take_up else False
        self._fault: FaultKind | None = None
        self._detail = ""
        self._requested_s: float | None = None if context.take_up else clock()
        """When the wanted state was requested; None: it has been confirmed."""
        self._sent_s = self._read_s = clock()
        self.settled = threading.Event()
        """Set while the output reads as wanted."""

    @property
    def wanted_on(self) -> bool:
        """Whether it should be on."""
        return self._wanted is True

    def state(self) -> SwitchState:
        """Return the state that was last read back; unknown before, and while unreachable."""
        return self._state

    def request(self, on: bool) -> None:
        """Request on or off. Raises DeviceError if the switch can't be reached.

        A requested off still counts then: the switch, or a strike's current, is switched off as
        soon as it can be reached.
        """
        with self._lock:
            unreachable = self._fault is self._unreachable
            self._wanted = on and (self._strike or not unreachable)
            self._requested_s = self._clock()
            self.settled.clear()
            if unreachable:
                raise DeviceError(f"{self._context.device}: {self._detail}")
            self._send(self._wanted)

    def read_back(self, on: bool) -> None:
        """Handle the state that was read back."""
        with self._lock:
            self._read_s = self._clock()
            state = SwitchState.ON if on else SwitchState.OFF
            changed, self._state = state is not self._state, state
            if self._wanted is None:
                self._wanted = on  # taken up in the state in which it was found
            if on is self._wanted:
                self._on_confirmation(changed)
            elif self._requested_s is not None:
                self._still_moving(on)
            else:
                self._moved_unasked(on)

    def reachable(self) -> None:
        """Note that the switch may be reachable again: off is requested at once if wanted, on
        never."""
        with self._lock:
            if self._wanted is False:
                self._send(False)

    def drop(self, why: str) -> None:
        """Request off if it was on, because its earlier state does not count any more."""
        with self._lock:
            if self._wanted:
                self._drop(why)

    def set_unreachable(self, detail: str) -> None:
        """Handle that the switch can't be reached or read."""
        with self._lock:
            changed, self._state = self._state is not SwitchState.UNKNOWN, SwitchState.UNKNOWN
            if self._wanted and not self._holds:
                self._want_off()
            self._raise_fault(self._unreachable, detail)
            if changed:
                self._report()

    def tick(self, why: str = "no answer") -> None:
        """Check the time: after a long silence the switch is unreachable, for this reason."""
        if self._clock() - self._read_s > SILENT_S:
            self.set_unreachable(why)

    def close(self, wait_s: float) -> None:
        """Request off, and wait until it reads as off, unless it can't be reached."""
        with suppress(DeviceError):
            self.request(False)
            self.settled.wait(wait_s)

    def _on_confirmation(self, changed: bool) -> None:
        dropped = self._fault is FaultKind.SWITCH_DROPPED and not self._wanted
        if self._fault is not None and not dropped:
            self._context.emit(FaultCleared(self._context.device, self._fault))
            self._fault = None
        self._requested_s = None
        self.settled.set()
        if changed:
            self._report()

    def _still_moving(self, on: bool) -> None:
        """Handle a state that is not yet the requested one."""
        now_s = self._clock()
        if self._requested_s is not None and now_s - self._requested_s > OBEY_S:
            target, actual = ("off", "on") if on else ("on", "off")
            self._raise_fault(self._unreachable, f"switched {target}, it reads {actual}")
            if not self._strike:
                self._want_off()
        if now_s - self._sent_s > AGAIN_S:
            self._send(bool(self._wanted))

    def _moved_unasked(self, on: bool) -> None:
        self.settled.clear()
        if on or self._strike:
            self._requested_s = self._clock()
            self._send(not on)
        else:
            self._drop("it went off by itself")
        self._report()

    def _drop(self, why: str) -> None:
        self._want_off()
        self._send(False)
        self._raise_fault(FaultKind.SWITCH_DROPPED, why)

    def _want_off(self) -> None:
        if self._wanted or self._requested_s is None:
            self._wanted, self._requested_s = False, self._clock()
            self.settled.clear()

    def _send(self, on: bool) -> None:
        self._sent_s = self._clock()
        self._move(on)

    def _raise_fault(self, kind: FaultKind, detail: str) -> None:
        if self._fault is not kind:
            if self._fault is not None:
                self._context.emit(FaultCleared(self._context.device, self._fault))
            self._fault, self._detail = kind, detail
            self._context.emit(Fault(self._context.device, kind, detail))

    def _report(self) -> None:
        now_s = time.monotonic()
        self._context.emit(SwitchReported(self._context.device, self._state, now_s))
