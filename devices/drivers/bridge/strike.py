"""Driver `bridge` for strikes: a relay of a microcontroller, renewed by the agent's process.

The relay's own time limit removes the current when the process dies or the cable is pulled. It is
renewed as long as the process answers the microcontroller, so that a door stays locked even if the
agent's loop is stalled.
"""

import threading
import time

from devices.drivers.bridge.device import BridgeDevice, BridgePort, RelayNumber
from devices.ports import FailMode, FaultKind
from devices.wiring import Context, StrikeOptions
from firmware_bridge.messages import Hello, Status
from firmware_bridge.relay import Relay, restart_reason

TTL_MS = 2000
"""The relay's time limit in milliseconds."""


class BridgeStrikeOptions(StrikeOptions, frozen=True, kw_only=True):
    port: BridgePort
    relay: RelayNumber


class BridgeStrike(BridgeDevice):
    """A strike at a relay; after a lost link, the strike gets its current again."""

    Options = BridgeStrikeOptions
    unreachable = FaultKind.STRIKE_UNREACHABLE

    def __init__(self, options: BridgeStrikeOptions, context: Context) -> None:
        """Switch the current off. Raises DeviceError if the relay is in use."""
        self.fail_mode = options.fail
        self._coil = Relay(options.relay, TTL_MS, None, self)
        self._requested = False
        self._has_current = False
        self._timer: threading.Timer | None = None
        super().__init__(options.port, context, relay=self._coil)

    def release(self, for_s: float | None = None) -> None:
        """Release, and lock again after `for_s` seconds; None: at `lock()`. Raises DeviceError."""
        self._need_link()
        self._forget_timer()
        self._set_released(released=True)
        if for_s is not None:
            self._timer = threading.Timer(for_s, self._set_released, kwargs={"released": False})
            self._timer.daemon = True
            self._timer.start()

    def lock(self) -> None:
        """Lock now. Raises DeviceError if that needs current and the link is down."""
        self._forget_timer()
        self._set_released(released=False)
        if self.fail_mode is FailMode.FAIL_SAFE:
            self._need_link()

    def released(self) -> bool:
        """Return whether the door can be opened, by the last state that was read back."""
        return self._has_current is (self.fail_mode is FailMode.FAIL_SECURE)

    def close(self) -> None:
        """Switch the current off and close."""
        self._forget_timer()
        self._leave()

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_released(self, *, released: bool) -> None:
        current = released is (self.fail_mode is FailMode.FAIL_SECURE)
        self._link.do(lambda: self._apply(current))

    # On the link's thread.

    def _apply(self, current: bool) -> None:
        self._requested = current
        if current:
            self._coil.turn_on(time.monotonic())
        else:
            self._coil.turn_off()

    def up(self, hello: Hello) -> None:
        """See link.Device."""
        super().up(hello)
        self._apply(self._requested)

    def restarted(self, hello: Hello) -> None:
        """See link.Device."""
        self._coil.lost(restart_reason(hello))
        self._apply(self._requested)

    def down(self, why: str) -> None:
        """See link.Device."""
        super().down(why)
        self._coil.lost(why)

    def status(self, status: Status, at_s: float) -> None:
        """See link.Device. Renew the relay, or switch it on again if it went off."""
        self._coil.seen(status, at_s)
        if self._requested:
            self._coil.turn_on(at_s)

    def read_back(self, on: bool | None) -> None:
        """See relay.Watcher."""
        self._has_current = bool(on)

    def dropped(self, why: str) -> None:
        """See link.Device. The next status switches the relay on again."""

    def welded(self, welded: bool) -> None:
        """See relay.Watcher. This can't happen, since no auxiliary contact is wired."""
