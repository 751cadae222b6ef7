"""What meters have in common whose driver reads them on a thread of its own."""

import threading
import time
from collections.abc import Callable

from devices.ports import Fault, FaultCleared, FaultKind, MeterReading, MeterSampled
from devices.wiring import Context

# The last reading, and when it is too old.

SILENT_S = 3.0
"""After this time without a reading the meter is lost; that must be noticed within 5 s."""


class MeterReports:
    """Reports readings. The driver's own thread uses it; any thread may use `reading`."""

    def __init__(self, context: Context, clock: Callable[[], float] = time.monotonic) -> None:
        self._context, self._clock = context, clock
        self._reported_s = clock()
        self._silent = False
        self.reading = MeterReading()

    def report(self, reading: MeterReading) -> None:
        """Emit the reading, and the end of a silence."""
        self._reported_s = self._clock()
        if self._silent:
            self._silent = False
            self._context.emit(FaultCleared(self._context.device, FaultKind.METER_SILENT))
        self._sample(reading)

    def tick(self, detail: str) -> None:
        """Check the time: report the meter as silent if it was for too long; `detail` is the likely
        reason."""
        if self._clock() - self._reported_s > SILENT_S:
            self.report_silent(detail)

    def report_silent(self, detail: str) -> None:
        """Report the meter as silent, once."""
        if not self._silent:
            self._silent = True
            self._context.emit(Fault(self._context.device, FaultKind.METER_SILENT, detail))
            self._sample(MeterReading())

    def _sample(self, reading: MeterReading) -> None:
        self.reading = reading
        self._context.emit(MeterSampled(self._context.device, reading, time.monotonic()))


class MeterThread:
    """A meter on its own thread. A subclass must set itself up before it calls this constructor."""

    def __init__(self, context: Context) -> None:
        """Start reading. A missing meter is a fault, not an error."""
        self._reports = MeterReports(context)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name=context.device, daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Read and report until `_stopping` is set."""
        raise NotImplementedError

    def reading(self) -> MeterReading:
        """Return the last reading; unknown once the meter is silent."""
        return self._reports.reading

    def close(self) -> None:
        """Stop reading."""
        self._stopping.set()
        self._thread.join()
