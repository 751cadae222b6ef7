"""Whether a machine's job runs and whether current flows, from what its sources say."""

from collections.abc import Mapping

from controller.domain.machine.meter import Hysteresis, combine
from devices.ports import JobState, MeterReading
from devices.wiring import MeterOptions, SourceOptions

FLOWS_W = 5.0
FLOWS_A = 0.05
"""Less is what a filter or a display draws."""


class MeterAnswers:
    """Remembers each source's last answer. Used on the loop's thread.

    Where a meter and the machine itself both tell, idle is only what both say (domain.md); a
    source that has said nothing yet is unknown.
    """

    def __init__(self, sources: Mapping[str, SourceOptions]) -> None:
        """`sources`: the options of the devices that tell, by role (`meter`, `job`)."""
        self._thresholds = {
            role: Hysteresis(on=options.running_above_w, off=options.idle_below_w)
            for role, options in sources.items()
            if isinstance(options, MeterOptions)
        }
        self._by_watts: dict[str, bool | None] = dict.fromkeys(self._thresholds)
        self._running: dict[str, bool | None] = dict.fromkeys(sources)

    def running(self, role: str, reading: MeterReading) -> bool | None:
        """Whether a job runs, after this reading; None, unknown, counts as running."""
        self._running[role] = self._judge(role, reading)
        return self.known()

    def known(self) -> bool | None:
        """Whether a job runs, as its sources said last; without any, none does."""
        return combine(self._running.values())

    def _judge(self, role: str, reading: MeterReading) -> bool | None:
        by_job = None if reading.job is None else reading.job is JobState.RUNNING
        thresholds = self._thresholds.get(role)
        if thresholds is None or (by_job is not None and reading.watts is None):
            return by_job
        by_watts = thresholds.judge(reading.watts, self._by_watts[role])
        self._by_watts[role] = by_watts
        return by_watts if by_job is None else combine((by_watts, by_job))

    def senses_current(self, role: str) -> bool:
        """Whether that source measures; a print server knows nothing of current."""
        return role in self._thresholds

    @staticmethod
    def flows(reading: MeterReading) -> bool:
        """Whether any current flows; unknown is not known to flow."""
        by_watts = reading.watts is not None and reading.watts >= FLOWS_W
        return by_watts or (reading.amps is not None and reading.amps >= FLOWS_A)
