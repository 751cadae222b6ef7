"""Driver `bridge` for power switches: a relay of a microcontroller that opens without renewal.

The relay stays closed only while the agent's own loop renews it: each `keep_alive()` sends one
renewal, and nothing else does. The reported state comes from the relay's pin and, if wired, from
the contactor's auxiliary contact.
"""

import time
from typing import Annotated

from msgspec import Meta

from devices.drivers.bridge.device import BridgeDevice, BridgePort, RelayNumber
from devices.drivers.gpio.input import ActiveLevel
from devices.ports import FaultKind, SwitchCapabilities, SwitchReported, SwitchState
from devices.wiring import Context, PowerOptions
from firmware_bridge.messages import Hello, Status
from firmware_bridge.relay import AuxiliaryContact, Relay, restart_reason

RENEWALS = 4
"""How often the agent's loop renews within the time limit."""
OPENS_MS = 20
"""How many milliseconds after its time limit the relay is open at the latest."""


class BridgePowerOptions(PowerOptions, frozen=True, kw_only=True):
    port: BridgePort
    relay: RelayNumber
    ttl_ms: Annotated[
        int, Meta(ge=400, le=5000, description="milliseconds without renewal, 400 to 5000")
    ] = 800
    sense_input: Annotated[
        Annotated[int, Meta(ge=0, le=7)] | None,
        Meta(description="an input from 0 to 7; unset: no auxiliary contact is wired"),
    ] = None
    sense_closed: Annotated[
        ActiveLevel, Meta(description='"low" or "high": the input while the contactor is closed')
    ] = ActiveLevel.LOW
    sense_settle_ms: Annotated[
        int,
        Meta(ge=20, le=2000, description="milliseconds that the contactor may take, 20 to 2000"),
    ] = 200

    def sense(self) -> AuxiliaryContact | None:
        """Return the auxiliary contact, if one is wired."""
        if self.sense_input is None:
            return None
        high = self.sense_closed is ActiveLevel.HIGH
        return AuxiliaryContact(self.sense_input, high, self.sense_settle_ms / 1000)


class BridgePower(BridgeDevice):
    """A relay as a power switch. Once dropped, it stays off until `on()`."""

    Options = BridgePowerOptions
    unreachable = FaultKind.SWITCH_UNREACHABLE

    @classmethod
    def capabilities_of(cls, options: BridgePowerOptions) -> SwitchCapabilities:
        """The time limit is the microcontroller's own."""
        return SwitchCapabilities(
            time_limit_s=(options.ttl_ms + OPENS_MS) / 1000,
            latching=False,
            renew_s=options.ttl_ms / 1000 / RENEWALS,
        )

    def __init__(self, options: BridgePowerOptions, context: Context) -> None:
        """Open the relay. A missing microcontroller is a fault, not an error.

        Raises DeviceError if the relay is in use.
        """
        self.capabilities = self.capabilities_of(options)
        self._state = SwitchState.UNKNOWN
        self._is_out_of_reach = False
        self._output = Relay(options.relay, options.ttl_ms, options.sense(), self)
        super().__init__(options.port, context, relay=self._output)

    @property
    def boot(self) -> str | None:
        """The session's nonce, which the microcontroller draws again at each reset."""
        return None if (nonce := self._link.nonce) is None else f"{nonce:08x}"

    def on(self) -> None:
        """Close the relay, and return at once; the result is reported later.

        Raises DeviceError if the microcontroller does not answer.
        """
        self._need_link()
        asked_s = time.monotonic()
        self._link.do(lambda: self._output.turn_on(asked_s))

    def off(self) -> None:
        """Open the relay.

        If the microcontroller is unreachable, the relay opens by its time limit.
        """
        self._link.do(self._output.turn_off)

    def state(self) -> SwitchState:
        """Return the state that was last read back; unknown before."""
        return self._state

    def keep_alive(self) -> None:
        """Renew the relay once, because the agent's loop is alive."""
        alive_s = time.monotonic()
        self._link.do(lambda: self._output.renew(alive_s))

    def close(self) -> None:
        """Wait until the relay reads as open, half a second at most, and close."""
        self._leave()

    # Callbacks of the link and the relay, on the link's thread.

    def up(self, hello: Hello) -> None:
        """See link.Device."""
        self._is_out_of_reach = False
        super().up(hello)

    def restarted(self, hello: Hello) -> None:
        """See link.Device."""
        self._output.lost(restart_reason(hello))

    def down(self, why: str) -> None:
        """See link.Device. Only the unreachable fault is reported, not a dropped switch too."""
        self._is_out_of_reach = True
        super().down(why)
        self._output.lost(why)

    def status(self, status: Status, at_s: float) -> None:
        """See link.Device."""
        self._output.seen(status, at_s)

    def read_back(self, on: bool | None) -> None:
        """See relay.Watcher."""
        state = SwitchState.UNKNOWN
        if on is not None:
            state = SwitchState.ON if on else SwitchState.OFF
        self._state = state
        if on:
            self._clear(FaultKind.SWITCH_DROPPED)
        self._context.emit(SwitchReported(self._context.device, state, time.monotonic()))

    def dropped(self, why: str) -> None:
        """See relay.Watcher."""
        if not self._is_out_of_reach:
            self._raise_fault(FaultKind.SWITCH_DROPPED, why)

    def welded(self, welded: bool) -> None:
        """See relay.Watcher."""
        if welded:
            self._raise_fault(
                FaultKind.SWITCH_WELDED, "its relay is open, but the auxiliary contact is closed"
            )
        else:
            self._clear(FaultKind.SWITCH_WELDED)
