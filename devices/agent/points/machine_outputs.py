"""The two switches of a machine: the dangerous part, and fan, chiller or extraction."""

import logging
from collections.abc import Callable, Iterable

from controller.domain.facts import AccessPoint
from controller.domain.machine.events import MachineEffect, SetMain, SetSecond
from controller.domain.machine.state import MachineState
from devices.agent.link.outcome import DONE, Outcome, refusal
from devices.ports import DeviceError, PowerSwitch

log = logging.getLogger(__name__)


class MachineOutputs:
    """Moves switches as told, and renews those with a time limit. Used on the loop's thread."""

    def __init__(
        self, main: PowerSwitch | None, second: PowerSwitch | None, mono: Callable[[], float]
    ) -> None:
        self._main, self._second, self._mono = main, second, mono
        self._on: dict[int, PowerSwitch] = {}
        """Switches that are on and must be renewed."""
        self.renew_at: float | None = None
        self.on_at_s = float("-inf")
        """When a switch was last commanded on; earlier feedback does not count for that command."""

    def carry_out(self, effects: Iterable[MachineEffect]) -> DeviceError | None:
        """Move the switches; the error of the main one, if it did not obey. Never raises."""
        failed: DeviceError | None = None
        for effect in effects:
            if isinstance(effect, SetMain):
                failed = self.set(self._main, effect.on) or failed
            elif isinstance(effect, SetSecond):
                self.set(self._second, effect.on)
        return failed

    def set(self, switch: PowerSwitch | None, on: bool) -> DeviceError | None:
        """Move one switch; the error, if it did not obey."""
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

    def taken_up(self, *, second_on: bool) -> None:
        """The main switch was found on and stays on; from now on it is renewed."""
        if self._main is not None:
            self._keep_renewed(self._main)
        if self._second is not None:
            self.set(self._second, second_on)

    def renew(self, now_s: float) -> None:
        """The loop is alive: renew what is due."""
        if self.renew_at is None or now_s < self.renew_at:
            return
        for switch in self._on.values():
            switch.keep_alive()
        self._plan(now_s)

    def off(self) -> None:
        """Everything off. Never raises."""
        self.set(self._main, False)
        self.set(self._second, False)

    def _keep_renewed(self, switch: PowerSwitch) -> None:
        if switch.capabilities.renew_s is not None:
            self._on[id(switch)] = switch
            self._plan(self._mono())

    def _plan(self, now_s: float) -> None:
        every = [switch.capabilities.renew_s or 0.0 for switch in self._on.values()]
        self.renew_at = now_s + min(every) if every else None


# A machine's switch heard once before the machine is commissioned: on for a moment, then off.


def objection(facts: AccessPoint, state: MachineState, *, holds: bool, barred: bool) -> str | None:
    """Why the switch must not be tried now. `holds`: it outlasts its agent."""
    if facts.commissioned:
        return "commissioned"
    if holds:
        return "holds"
    if state.session is not None or state.main_on:
        return "in_use"
    return "barred" if barred else None


class SwitchPulse:
    """Used on the loop's thread. Every other way in which power goes off still does so."""

    def __init__(
        self, outputs: MachineOutputs, switch: PowerSwitch | None, mono: Callable[[], float]
    ) -> None:
        self._outputs, self._switch, self._mono = outputs, switch, mono
        self.ends_at: float | None = None
        """When it goes off again; None: it is not being tried."""

    def begin(self, pulse_s: float) -> Outcome:
        """On; the end comes with the timers."""
        if self._switch is None or self._outputs.set(self._switch, True) is not None:
            return refusal("switch_failed")
        self.ends_at = self._mono() + pulse_s
        return DONE

    def end(self, now_s: float, *, main_on: bool) -> None:
        """Off when it is time, unless somebody has been granted its power since."""
        if self.ends_at is None or now_s < self.ends_at:
            return
        self.ends_at = None
        if not main_on:
            self._outputs.set(self._switch, False)
