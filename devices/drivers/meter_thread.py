"""A meter that is read on a thread of its own: what such drivers share."""

import threading

from devices.drivers.meter_reports import MeterReports
from devices.ports import MeterReading
from devices.wiring import Context


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
