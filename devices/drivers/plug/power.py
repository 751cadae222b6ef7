"""A plug on MQTT as a power switch: what the drivers `tasmota` and `shelly` share."""

import threading
import time
from typing import ClassVar

from devices.drivers.plug.broker import Watcher, plug_broker
from devices.drivers.plug.dialect import Command, PlugDialect
from devices.drivers.remote_switch import SILENT_S, RemoteSwitch
from devices.ports import DeviceError, SwitchCapabilities, SwitchState
from devices.wiring import Context, OnAgentLoss

ASK_S = 1.0
"""How often the plug is asked."""
CLOSE_S = 2.0
"""How long closing waits for the plug to read as off; otherwise its own time limit switches it
off."""
TAKE_UP_S = 3.0
"""How long opening waits for a plug whose session is taken up."""
RENEWALS = 4
"""How often the agent's loop renews within the time limit."""


def plug_capabilities(limit_s: float, on_agent_loss: OnAgentLoss) -> SwitchCapabilities:
    """Return what a plug does without the agent: with `hold` it latches, else it has a time
    limit."""
    if on_agent_loss is OnAgentLoss.HOLD:
        return SwitchCapabilities(time_limit_s=None, latching=True)
    return SwitchCapabilities(time_limit_s=limit_s, latching=False, renew_s=limit_s / RENEWALS)


class PlugPower:
    """One relay of a plug. Only the agent's own loop renews its time limit."""

    detects_s: ClassVar[float | None] = SILENT_S + ASK_S

    def __init__(
        self, dialect: PlugDialect, capabilities: SwitchCapabilities, broker: str, context: Context
    ) -> None:
        """Request off, unless a running session is taken up.

        Raises DeviceError if the broker's settings file is invalid.
        """
        self._context, self._dialect, self.capabilities = context, dialect, capabilities
        self._broker = plug_broker(context, broker)
        self._ready = False
        self._renewal_due = False
        self._renewed_s = 0.0
        self._boot: str | None = None
        self._why = f"no answer from the broker at {self._broker.where}"
        self._state_known = threading.Event()
        self._stopping = threading.Event()
        self.switch = RemoteSwitch(context, self._move, holds=capabilities.latching)
        self._watcher = Watcher(dialect.filters, self._on_message, self._on_connection)
        self._broker.watch(self._watcher)
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()
        if context.take_up:
            self._state_known.wait(TAKE_UP_S)

    @property
    def boot(self) -> str | None:
        """The plug's boot mark; None until it has sent one. Its relay is not read before."""
        return self._boot

    def on(self) -> None:
        """Request on.

        Raises DeviceError if the plug can't be reached, or has no time limit set yet.
        """
        if not self._ready or self._boot is None:
            raise DeviceError(f"{self._context.device}: the plug is not set up yet; {self._why}")
        self._renewed_s = time.monotonic()
        self.switch.request(True)

    def off(self) -> None:
        """Request off, until it reads as off.

        Raises DeviceError if the plug can't be reached now.
        """
        self.switch.request(False)

    def state(self) -> SwitchState:
        """Return the state that the plug last reported; unknown before."""
        return self.switch.state()

    def keep_alive(self) -> None:
        """Ask whether it is on; if it is, the response triggers the renewal. Nothing else does.

        A renewal may switch a plug on (Shelly), so it is only sent to one that has just reported
        *on*.
        """
        self._renewed_s = time.monotonic()
        if self.capabilities.has_time_limit and self.switch.wanted_on:
            self._renewal_due = True
            self._publish(next(self._dialect.ask()))

    def close(self) -> None:
        """Switch off and close."""
        if not self._stopping.is_set():
            self.switch.close(CLOSE_S)
            self._stopping.set()
            self._thread.join()
            self._broker.unwatch(self._watcher)

    def _run(self) -> None:
        while not self._stopping.wait(ASK_S):
            self._publish(*self._dialect.ask())
            self.switch.tick(self._why)
            limit_s = self.capabilities.time_limit_s
            if limit_s is not None and time.monotonic() - self._renewed_s > limit_s:
                self.switch.drop(f"the agent did not renew it for {limit_s:g} s")

    def _move(self, on: bool) -> None:
        self._publish(self._dialect.switch(on))

    def _publish(self, *commands: Command) -> None:
        for topic, payload in commands:
            self._broker.publish(topic, payload)

    def _renew(self) -> None:
        """Renew the time limit of a plug that is on, if the agent's loop has asked for it since."""
        renewal = self._dialect.renew()
        if renewal is not None and self._renewal_due and self.switch.wanted_on:
            self._renewal_due = False
            self._publish(renewal)

    def _on_connection(self, up: bool) -> None:
        self._ready = False
        self._why = "no answer from the plug"
        if up:
            self._set_up()
        else:
            self._why = f"no answer from the broker at {self._broker.where}"

    def _set_up(self) -> None:
        """Set up the plug, which may be new: off first, unless it must be on or is taken up."""
        self.switch.reachable()
        self._publish(*self._dialect.set_up())

    def _on_message(self, topic: str, payload: bytes, retained: bool) -> None:
        content, answers = self._dialect.read(topic, payload, retained)
        if content.online is False:
            self._ready = False
            self.switch.set_unreachable("the plug is offline")
        elif content.online and not retained:
            self._ready = False
            self._set_up()
        if content.ready is not None:
            self._ready = content.ready
        if content.boot is not None:
            self._note_boot(content.boot)
        if content.output is not None and self._is_readable(content.output):
            self.switch.read_back(content.output)
            if content.output:
                self._renew()
        self._publish(*answers)
        if self.switch.state() is not SwitchState.UNKNOWN:
            self._state_known.set()

    def _is_readable(self, output: bool) -> bool:
        """Whether its relay is read: one found off stays unknown until the plug is set up, because
        it can't be switched on before."""
        is_off_until_now = not output and self.switch.state() is SwitchState.UNKNOWN
        return self._boot is not None and (self._ready or not is_off_until_now)

    def _note_boot(self, boot: str) -> None:
        """Note the plug's boot mark; a new one means that it has restarted."""
        restarted = self._boot not in (None, boot)
        self._boot = boot
        if restarted:
            self.switch.drop("it restarted by itself")
