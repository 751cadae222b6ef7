"""A power switch that is a plug on MQTT; what its maker's drivers share."""

import threading
import time
from typing import ClassVar

from devices.drivers.plug.broker import Watcher, plug_broker
from devices.drivers.plug.dialect import Command, PlugDialect
from devices.drivers.remote_switch import SILENT_S, RemoteSwitch
from devices.ports import DeviceError, SwitchCapabilities, SwitchState
from devices.wiring import Context, OnAgentLoss

ASK_S = 1.0
CLOSE_S = 2.0
"""How long closing waits until the plug reads off; its own limit does the rest."""
TAKE_UP_S = 3.0
"""How long opening waits for a plug that is to be taken up."""
RENEWALS = 4


def plug_capabilities(limit_s: float, on_agent_loss: OnAgentLoss) -> SwitchCapabilities:
    """With `hold` it keeps its state and has no limit; else it has one, and doesn't."""
    if on_agent_loss is OnAgentLoss.HOLD:
        return SwitchCapabilities(time_limit_s=None, latching=True)
    return SwitchCapabilities(time_limit_s=limit_s, latching=False, renew_s=limit_s / RENEWALS)


class PlugPower:
    """Speaks with one relay of a plug. Only the agent's own loop renews its limit."""

    detects_s: ClassVar[float | None] = SILENT_S + ASK_S

    def __init__(
        self, words: PlugDialect, capabilities: SwitchCapabilities, broker: str, context: Context
    ) -> None:
        """Ask for off, unless it is taken up. Raises DeviceError when the broker's file is bad."""
        self._context, self._words, self._capabilities = context, words, capabilities
        self._broker = plug_broker(context, broker)
        self._ready = False
        self._renewal_due = False
        self._renewed_s = 0.0
        self._boot: str | None = None
        self._why = f"no answer from the broker at {self._broker.where}"
        self._first = threading.Event()
        self._stopping = threading.Event()
        self.switch = RemoteSwitch(context, self._move, holds=capabilities.latching)
        self._watcher = Watcher(words.filters, self._hear, self._connection)
        self._broker.watch(self._watcher)
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()
        if context.take_up:
            self._first.wait(TAKE_UP_S)

    @property
    def capabilities(self) -> SwitchCapabilities:
        """See ports.PowerSwitch."""
        return self._capabilities

    @property
    def boot(self) -> str | None:
        """The plug's own mark; None until it has told it, and nothing is read of it before."""
        return self._boot

    def on(self) -> None:
        """Ask for on. Raises DeviceError when it can't be reached, or has no limit set yet."""
        if not self._ready or self._boot is None:
            raise DeviceError(f"{self._context.device}: the plug is not set up yet; {self._why}")
        self._renewed_s = time.monotonic()
        self.switch.ask(True)

    def off(self) -> None:
        """Ask for off, until it reads off. Raises DeviceError when it can't be reached now."""
        self.switch.ask(False)

    def state(self) -> SwitchState:
        """What the plug said last; unknown until it did."""
        return self.switch.state()

    def keep_alive(self) -> None:
        """Ask whether it is on: the answer is followed by the renewal, and nothing else is.

        A renewal may switch on (Shelly), so it goes only to a plug that has just said *on*.
        """
        self._renewed_s = time.monotonic()
        if self._capabilities.has_time_limit and self.switch.wanted_on:
            self._renewal_due = True
            self._tell(next(self._words.ask()))

    def close(self) -> None:
        """Switch off and let go."""
        if not self._stopping.is_set():
            self.switch.close(CLOSE_S)
            self._stopping.set()
            self._thread.join()
            self._broker.unwatch(self._watcher)

    def _run(self) -> None:
        while not self._stopping.wait(ASK_S):
            self._tell(*self._words.ask())
            self.switch.tick(self._why)
            limit_s = self._capabilities.time_limit_s
            if limit_s is not None and time.monotonic() - self._renewed_s > limit_s:
                self.switch.drop(f"the agent did not renew it for {limit_s:g} s")

    def _move(self, on: bool) -> None:
        self._tell(self._words.switch(on))

    def _tell(self, *commands: Command) -> None:
        for topic, payload in commands:
            self._broker.publish(topic, payload)

    def _renew(self) -> None:
        """It is on: renew its limit, if the agent's loop has asked for that since."""
        renewal = self._words.renew()
        if renewal is not None and self._renewal_due and self.switch.wanted_on:
            self._renewal_due = False
            self._tell(renewal)

    def _connection(self, up: bool) -> None:
        self._ready = False
        self._why = "no answer from the plug"
        if up:
            self._begin()
        else:
            self._why = f"no answer from the broker at {self._broker.where}"

    def _begin(self) -> None:
        """The plug may be new here: off first, unless it is to be on or taken up; then set up."""
        self.switch.reachable()
        self._tell(*self._words.set_up())

    def _hear(self, topic: str, payload: bytes, retained: bool) -> None:
        said, answers = self._words.read(topic, payload, retained)
        if said.online is False:
            self._ready = False
            self.switch.lost("the plug is offline")
        elif said.online and not retained:
            self._ready = False
            self._begin()
        if said.ready is not None:
            self._ready = said.ready
        if said.boot is not None:
            self._booted(said.boot)
        if said.output is not None and self._boot is not None:
            self.switch.heard(said.output)
            if said.output:
                self._renew()
        self._tell(*answers)
        if self.switch.state() is not SwitchState.UNKNOWN:
            self._first.set()

    def _booted(self, boot: str) -> None:
        """Another mark than before is a restart."""
        restarted = self._boot not in (None, boot)
        self._boot = boot
        if restarted:
            self.switch.drop("it restarted by itself")
