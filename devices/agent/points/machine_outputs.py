"""A machine's two switches: the main one, and one for a fan, chiller or extraction."""

import logging
from collections.abc import Callable, Iterable

from controller.domain.facts import AccessPoint
from controller.domain.machine.events import MachineEffect, SetMain, SetSecond
from controller.domain.machine.state import MachineState
from devices.agent.link.outcome import DONE, Outcome, refusal
from devices.ports import DeviceError, PowerSwitch

log = logging.getLogger(__name__)


class MachineOutputs:
    """Switches as the effects say, and renews switches with a time limit.

    Only the loop's thread uses it.
    """

    def __init__(
        self, main: PowerSwitch | None, second: PowerSwitch | None, mono: Callable[[], float]
    ) -> None:
        self._main, self._second, self._mono = main, second, mono
        self._on: dict[int, PowerSwitch] = {}
        """Switches that are on and must be renewed, by `id()`."""
        self.renew_at: float | None = None
        self.on_at_s = float("-inf")
        """When a switch was last commanded on; earlier feedback does not count for that command."""

    def carry_out(self, effects: Iterable[MachineEffect]) -> DeviceError | None:
        """Carry out the effects; return the main switch's error, or None. Never raises."""
        failed: DeviceError | None = None
        for effect in effects:
            if isinstance(effect, SetMain):
                failed = self.set(self._main, effect.on) or failed
            elif isinstance(effect, SetSecond):
                self.set(self._second, effect.on)
        return failed

    def set(self, switch: PowerSwitch | None, on: bool) -> DeviceError | None:
        """Switch one output; return its error, or None."""
        if switch is None:
            return None
        try:
            if on:
                switch.on()
                self.on_at_s = self._mono()
                self._keep_renewed(switch)
            else:
                self._on.pop(id(switch), None)
                switch.off()
        except DeviceError as error:
            log.error("a switch does not obey: %s", error)
            self._on.pop(id(switch), None)
            return error
        return None

    def take_up(self, *, second_on: bool) -> None:
        """Renew the main switch, which was found on and stays on; set the second one."""
        if self._main is not None:
            self._keep_renewed(self._main)
        if self._second is not None:
            self.set(self._second, second_on)

    def renew(self, now_s: float) -> None:
        """Renew the switches if it is time."""
        if self.renew_at is None or now_s < self.renew_at:
            return
        for switch in self._on.values():
            switch.keep_alive()
        self._plan(now_s)

    def off(self) -> None:
        """Switch everything off. Never raises."""
        self.set(self._main, False)
        self.set(self._second, False)

    def _keep_renewed(self, switch: PowerSwitch) -> None:
        if switch.capabilities.renew_s is not None:
            self._on[id(switch)] = switch
            self._plan(self._mono())

    def _plan(self, now_s: float) -> None:
        every = [switch.capabilities.renew_s or 0.0 for switch in self._on.values()]
        self.renew_at = now_s + min(every) if every else None


# A short test of the switch before commissioning: on for a moment, then off.


def pulse_objection(
    facts: AccessPoint, state: MachineState, *, holds: bool, barred: bool
) -> str | None:
    """Return why the switch must not be tested now, or None.

    `holds`: it stays on without its agent.
    """
    if facts.commissioned:
        return "commissioned"
    if holds:
        return "holds"
    if state.session is not None or state.main_on:
        return "in_use"
    return "barred" if barred else None


class SwitchPulse:
    """The test of a machine's switch; only the loop's thread uses it.

    Anything that switches power off works during a test too.
    """

    def __init__(
        self, outputs: MachineOutputs, switch: PowerSwitch | None, mono: Callable[[], float]
    ) -> None:
        self._outputs, self._switch, self._mono = outputs, switch, mono
        self.ends_at: float | None = None
        """When it is switched off again; None: no test is running."""

    def begin(self, pulse_s: float) -> Outcome:
        """Switch on; `end` switches off later."""
        if self._switch is None or self._outputs.set(self._switch, True) is not None:
            return refusal("switch_failed")
        self.ends_at = self._mono() + pulse_s
        return DONE

    def end(self, now_s: float, *, main_on: bool) -> None:
        """Switch off if it is time, unless a session has started since."""
        if self.ends_at is None or now_s < self.ends_at:
            return
        self.ends_at = None
        if not main_on:
            self._outputs.set(self._switch, False)
