"""Whether a machine's job runs and whether current flows, from its meter's readings."""

from controller.domain.meter import Hysteresis, combine
from devices.ports import JobState, MeterReading
from devices.wiring import MeterOptions

FLOWS_W = 5.0
FLOWS_A = 0.05
"""Less is what a filter or a display draws."""


class Metering:
    """Remembers the last answer, which the hysteresis needs. Used on the loop's thread."""

    def __init__(self, options: MeterOptions) -> None:
        self._watts = Hysteresis(on=options.running_above_w, off=options.idle_below_w)
        self._running: bool | None = None

    def running(self, reading: MeterReading) -> bool | None:
        """Whether a job runs; None: nothing says so, which counts as running.

        Where a meter and the machine itself both tell, idle is only what both say.
        """
        sources: list[bool | None] = []
        if reading.watts is not None or reading.job is None:
            self._running = self._watts.judge(reading.watts, self._running)
            sources.append(self._running)
        if reading.job is not None:
            sources.append(reading.job is JobState.RUNNING)
        return combine(sources)

    @staticmethod
    def flows(reading: MeterReading) -> bool:
        """Whether any current flows; unknown is not known to flow."""
        by_watts = reading.watts is not None and reading.watts >= FLOWS_W
        return by_watts or (reading.amps is not None and reading.amps >= FLOWS_A)
