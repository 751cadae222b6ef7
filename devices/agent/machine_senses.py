"""What a machine's hardware says, in the words of the pure machine."""

from collections.abc import Iterator

from controller.domain.machine_events import (
    CurrentSeen,
    InputChanged,
    JobSeen,
    MachineEvent,
    SwitchFailed,
)
from controller.domain.machine_state import MachineState
from controller.domain.states import Cuts, InputKind
from devices import ports
from devices.agent.hardware import PointWiring
from devices.agent.metering import Metering
from devices.ports import DeviceEvent, Fault, FaultKind, MeterSampled, SwitchReported, SwitchState
from devices.wiring import Cuts as WiredCuts

_SWITCH_FAULTS = frozenset({FaultKind.SWITCH_UNREACHABLE, FaultKind.SWITCH_DROPPED})


def safety_kind(name: str) -> InputKind | None:
    """What an input of that name observes (`estop`, `interlock-door`, `fire`); None: no safety."""
    return next((kind for kind in InputKind if name.startswith(kind.value)), None)


class MachineSenses:
    """Used on the loop's thread."""

    def __init__(self, wiring: PointWiring) -> None:
        self._wiring = wiring
        self._metering = Metering(wiring.sources)

    def events(self, event: DeviceEvent, state: MachineState) -> Iterator[MachineEvent]:
        """What happened to the machine, if anything."""
        match event:
            case MeterSampled():
                role = event.device.rpartition("/")[2]
                yield JobSeen(running=self._metering.running(role, event.reading))
                if self._metering.senses_current(role):
                    yield CurrentSeen(flows=self._metering.flows(event.reading))
            case Fault() if event.kind in _SWITCH_FAULTS and event.device.endswith("/power"):
                yield SwitchFailed()
            case SwitchReported() if event.device.endswith("/power"):
                if state.main_on and event.state is SwitchState.OFF:
                    yield SwitchFailed()
            case ports.InputChanged():
                yield from self.input(event.device.partition("/inputs.")[2], event.active)

    def input(self, name: str, active: bool | None) -> Iterator[InputChanged]:
        """A safety input is open or closed; one that cannot be read any more counts as open."""
        kind = safety_kind(name)
        if kind is not None:
            wired = self._wiring.inputs[name]
            cuts = Cuts.ALL if wired.options.cuts is WiredCuts.ALL else Cuts.MAIN
            yield InputChanged(name=name, kind=kind, open=active is not False, cuts=cuts)
