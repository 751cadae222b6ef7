"""A meter that is read on a thread of its own: what such drivers share."""

import threading
import time
from collections.abc import Callable

from devices.ports import Fault, FaultCleared, FaultKind, MeterReading, MeterSampled
from devices.wiring import Context

# What meters with a thread of their own share: the last reading, and when it is too old.

SILENT_S = 3.0
"""A reading older than this is none; the promise is 5 s."""


class MeterReports:
    """Used on the driver's own thread; `reading` from any."""

    def __init__(self, context: Context, clock: Callable[[], float] = time.monotonic) -> None:
        self._context, self._clock = context, clock
        self._heard_s = clock()
        self._silent = False
        self.reading = MeterReading()

    def heard(self, reading: MeterReading) -> None:
        """The meter said something."""
        self._heard_s = self._clock()
        if self._silent:
            self._silent = False
            self._context.emit(FaultCleared(self._context.device, FaultKind.METER_SILENT))
        self._sample(reading)

    def tick(self, detail: str) -> None:
        """Time passed; `detail` is why nothing may have come."""
        if self._clock() - self._heard_s > SILENT_S:
            self.lost(detail)

    def lost(self, detail: str) -> None:
        """Report the meter as silent, once."""
        if not self._silent:
            self._silent = True
            self._context.emit(Fault(self._context.device, FaultKind.METER_SILENT, detail))
            self._sample(MeterReading())

    def _sample(self, reading: MeterReading) -> None:
        self.reading = reading
        self._context.emit(MeterSampled(self._context.device, reading, time.monotonic()))


class MeterThread:
    """Reads until closed; a subclass has set itself up before it calls this constructor."""

    def __init__(self, context: Context) -> None:
        """Start reading; a meter that isn't there is a fault, not an error."""
        self._reports = MeterReports(context)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name=context.device, daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Read and report, until `_stopping` is set."""
        raise NotImplementedError

    def reading(self) -> MeterReading:
        """The last reading; unknown once silent."""
        return self._reports.reading

    def close(self) -> None:
        """Stop reading."""
        self._stopping.set()
        self._thread.join()
