"""Translates what a machine's hardware reports into events for its state machine."""

from collections.abc import Iterator, Mapping
from math import isnan

from controller.domain.machine.events import (
    CurrentReading,
    InputChanged,
    JobReading,
    MachineEvent,
    SwitchFailed,
)
from controller.domain.machine.meter import Hysteresis, combine
from controller.domain.machine.state import MachineState
from controller.domain.states import Cuts, InputKind
from devices import ports
from devices.agent.hardware import PointWiring
from devices.ports import (
    DeviceEvent,
    Fault,
    FaultCleared,
    FaultKind,
    JobState,
    MeterReading,
    MeterSampled,
    PowerSwitch,
    SwitchReported,
    SwitchState,
)
from devices.wiring import Cuts as WiredCuts
from devices.wiring import JobSensorOptions, MeterOptions

# Whether a machine's job runs, and whether current flows.

FLOWS_W = 5.0
FLOWS_A = 0.05
"""From these values on, current counts as flowing; a filter or a display draws less."""


class MeterAnswers:
    """Remembers each source's last answer. Used on the loop's thread.

    If a meter and the machine itself both report, it is idle only if both say so. A source that has
    not reported yet is unknown.
    """

    def __init__(self, sources: Mapping[str, JobSensorOptions]) -> None:
        """`sources`: the options of the devices that report, by role (`meter`, `job`)."""
        self._thresholds = {
            role: Hysteresis(on=options.running_above_w, off=options.idle_below_w)
            for role, options in sources.items()
            if isinstance(options, MeterOptions)
        }
        self._by_watts: dict[str, bool | None] = dict.fromkeys(self._thresholds)
        self._running: dict[str, bool | None] = dict.fromkeys(sources)

    def on_reading(self, role: str, reading: MeterReading) -> bool | None:
        """Take a reading, and return whether a job runs; None: unknown, which counts as running."""
        self._running[role] = self._is_running(role, reading)
        return self.is_job_running()

    def is_job_running(self) -> bool | None:
        """Return whether a job runs, by the last answer of each source.

        False if there are no sources.
        """
        return combine(self._running.values())

    def _is_running(self, role: str, reading: MeterReading) -> bool | None:
        by_job = None if reading.job is None else reading.job is JobState.RUNNING
        thresholds = self._thresholds.get(role)
        if thresholds is None or (by_job is not None and reading.watts is None):
            return by_job
        by_watts = thresholds.judge(reading.watts, self._by_watts[role])
        self._by_watts[role] = by_watts
        return by_watts if by_job is None else combine((by_watts, by_job))

    def senses_current(self, role: str) -> bool:
        """Return whether the source is a meter; a print server does not measure current."""
        return role in self._thresholds

    @staticmethod
    def flows(reading: MeterReading) -> bool:
        """Return whether any current flows; False if it was not measured."""
        by_watts = reading.watts is not None and reading.watts >= FLOWS_W
        return by_watts or (reading.amps is not None and reading.amps >= FLOWS_A)


class MachineSensors:
    """Turns the device events of one machine into machine events.

    Used on the event loop's thread only.
    """

    def __init__(self, wiring: PointWiring, power: PowerSwitch | None) -> None:
        self._wiring, self._power = wiring, power
        self._metering = MeterAnswers(wiring.sources)
        self.drawn = PowerDraw()
        self.switch_unknown = power is not None and power.state() is SwitchState.UNKNOWN
        """Whether the power switch's state is unknown: it can't be reached, or was not read yet."""
        self._job_unknown = False
        """Whether that happened while the machine was on and its wiring holds power.

        Whatever the meter says then, it is unknown whether a job runs.
        """

    def events(self, event: DeviceEvent, state: MachineState) -> Iterator[MachineEvent]:
        """Yield the machine events that this device event means; often none."""
        match event:
            case MeterSampled():
                role = event.device.rpartition("/")[2]
                self._metering.on_reading(role, event.reading)
                yield self._job()
                if self._metering.senses_current(role):
                    self.drawn.read(event.reading.watts, event.mono_s)
                    yield CurrentReading(flows=self._metering.flows(event.reading))
            case Fault() | FaultCleared() | SwitchReported() if event.device.endswith("/power"):
                yield from self._switch(event, state)
            case ports.InputChanged():
                yield from self.input(event.device.partition("/inputs.")[2], event.active)

    def _switch(
        self, event: Fault | FaultCleared | SwitchReported, state: MachineState
    ) -> Iterator[MachineEvent]:
        """Handle that the power switch has switched by itself, is unreachable, or is reachable
        again.

        An unreachable switch has not failed yet: a machine whose wiring holds power continues,
        whatever its meter measures, and one that is off stays off. The state that is read later
        decides.
        """
        read = SwitchState.UNKNOWN if self._power is None else self._power.state()
        if isinstance(event, SwitchReported) and event.state is not SwitchState.UNKNOWN:
            self.switch_unknown = False
        match event:
            case Fault(kind=FaultKind.SWITCH_UNREACHABLE):
                self.switch_unknown = read is SwitchState.UNKNOWN
                if state.main_on and self._wiring.holds and read is not SwitchState.OFF:
                    self._job_unknown = True
                    yield self._job()
                elif state.main_on or read is SwitchState.ON:
                    yield from self._switch_failure()
            case Fault(kind=FaultKind.SWITCH_DROPPED):
                yield from self._switch_failure()
            case FaultCleared():
                self.switch_unknown = False
                if read is SwitchState.ON or not state.main_on:
                    yield from self._job_known_again()
            case SwitchReported(state=SwitchState.OFF) if state.main_on:
                yield from self._switch_failure()

    def _switch_failure(self) -> Iterator[MachineEvent]:
        yield SwitchFailed()
        yield from self._job_known_again()

    def _job_known_again(self) -> Iterator[MachineEvent]:
        """Use the meter's readings again."""
        if self._job_unknown:
            self._job_unknown = False
            yield self._job()

    def _job(self) -> JobReading:
        return JobReading(running=None if self._job_unknown else self._metering.is_job_running())

    def input(self, name: str, active: bool | None) -> Iterator[InputChanged]:
        """Yield the event of a safety input; one that can't be read any more counts as open."""
        kind = InputKind.of(name)
        if kind is not None:
            wired = self._wiring.inputs[name]
            cuts = Cuts.ALL if wired.options.cuts is WiredCuts.ALL else Cuts.MAIN
            yield InputChanged(name=name, kind=kind, open=active is not False, cuts=cuts)


# A machine's power draw, reported in steps so that a fluctuating load causes no messages.

STEP_W = 10.0
STEP = 0.2
"""Smallest change to report: `STEP_W`, or this share of the last value if that is more."""
EVERY_S = 10.0
"""Shortest time between two reports: each one is a message to every open page."""
LEAST_W = 10.0
"""Anything less is reported as no draw: a display or a charger at rest."""


class PowerDraw:
    """A machine's power draw as it is reported; only the loop's thread uses it."""

    def __init__(self) -> None:
        self.watts: int | None = None
        """The last reported value; None: no draw, or unknown."""
        self._next_s = float("-inf")

    def read(self, watts: float | None, mono_s: float) -> None:
        """Take a meter's new reading."""
        new = None if watts is None or isnan(watts) or watts < LEAST_W else round_watts(watts)
        if mono_s < self._next_s or not self._has_changed(new):
            return
        self.watts, self._next_s = new, mono_s + EVERY_S

    def _has_changed(self, new: int | None) -> bool:
        if new is None or self.watts is None:
            return new != self.watts
        return abs(new - self.watts) >= max(STEP_W, STEP * self.watts)


def round_watts(watts: float) -> int:
    """Round to two digits: 1387 gives 1400."""
    whole = round(watts)
    return round(whole, 2 - len(str(whole)))
