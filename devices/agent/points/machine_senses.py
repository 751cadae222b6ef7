"""What a machine's hardware says, in the words of the pure machine."""

from collections.abc import Iterator

from controller.domain.machine.events import (
    CurrentSeen,
    InputChanged,
    JobSeen,
    MachineEvent,
    SwitchFailed,
)
from controller.domain.machine.state import MachineState
from controller.domain.states import Cuts, InputKind
from devices import ports
from devices.agent.hardware import PointWiring
from devices.agent.points.meter_answers import MeterAnswers
from devices.agent.points.power_draw import PowerDraw
from devices.ports import (
    DeviceEvent,
    Fault,
    FaultCleared,
    FaultKind,
    MeterSampled,
    PowerSwitch,
    SwitchReported,
    SwitchState,
)
from devices.wiring import Cuts as WiredCuts


class MachineSenses:
    """Used on the loop's thread."""

    def __init__(self, wiring: PointWiring, power: PowerSwitch | None) -> None:
        self._wiring, self._power = wiring, power
        self._metering = MeterAnswers(wiring.sources)
        self.drawn = PowerDraw()
        self.unasked = False
        """The power switch cannot be asked now."""
        self._out_of_sight = False
        """So it is with a held machine that was on: whether it runs is unknown."""

    def events(self, event: DeviceEvent, state: MachineState) -> Iterator[MachineEvent]:
        """What happened to the machine, if anything."""
        match event:
            case MeterSampled():
                role = event.device.rpartition("/")[2]
                self._metering.running(role, event.reading)
                yield self._job()
                if self._metering.senses_current(role):
                    self.drawn.read(event.reading.watts, event.mono_s)
                    yield CurrentSeen(flows=self._metering.flows(event.reading))
            case Fault() | FaultCleared() | SwitchReported() if event.device.endswith("/power"):
                yield from self._switch(event, state)
            case ports.InputChanged():
                yield from self.input(event.device.partition("/inputs.")[2], event.active)

    def _switch(
        self, event: Fault | FaultCleared | SwitchReported, state: MachineState
    ) -> Iterator[MachineEvent]:
        """The power switch has moved by itself, or cannot be asked, or can be again.

        One that cannot be asked has not failed yet: a held machine goes on, whatever its meter
        says, and one that is off stays so. What is read back then decides.
        """
        read = SwitchState.UNKNOWN if self._power is None else self._power.state()
        match event:
            case Fault(kind=FaultKind.SWITCH_UNREACHABLE):
                self.unasked = read is SwitchState.UNKNOWN
                if state.main_on and self._wiring.holds and read is not SwitchState.OFF:
                    self._out_of_sight = True
                    yield self._job()
                elif state.main_on or read is SwitchState.ON:
                    yield from self._failed()
            case Fault(kind=FaultKind.SWITCH_DROPPED):
                yield from self._failed()
            case FaultCleared():
                self.unasked = False
                if read is SwitchState.ON or not state.main_on:
                    yield from self._in_sight()
            case SwitchReported(state=SwitchState.OFF) if state.main_on:
                yield from self._failed()

    def _failed(self) -> Iterator[MachineEvent]:
        yield SwitchFailed()
        yield from self._in_sight()

    def _in_sight(self) -> Iterator[MachineEvent]:
        """The meter's readings count again."""
        if self._out_of_sight:
            self._out_of_sight = False
            yield self._job()

    def _job(self) -> JobSeen:
        return JobSeen(running=None if self._out_of_sight else self._metering.known())

    def input(self, name: str, active: bool | None) -> Iterator[InputChanged]:
        """A safety input is open or closed; one that cannot be read any more counts as open."""
        kind = InputKind.of(name)
        if kind is not None:
            wired = self._wiring.inputs[name]
            cuts = Cuts.ALL if wired.options.cuts is WiredCuts.ALL else Cuts.MAIN
            yield InputChanged(name=name, kind=kind, open=active is not False, cuts=cuts)
