"""A machine's switch heard once before the machine is commissioned: on for a moment, then off."""

from collections.abc import Callable

from controller.domain.facts import AccessPoint
from controller.domain.machine.state import MachineState
from devices.agent.link.outcome import DONE, Outcome, refusal
from devices.agent.points.machine_outputs import MachineOutputs
from devices.ports import PowerSwitch


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
