"""Driver `sim` for meters: a machine's meter on the simulated bench."""

import socket
import time
from contextlib import suppress
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from devices.drivers.meter_thread import MeterThread
from devices.ports import MeterReading
from devices.wiring import Context, MeterOptions

RETRY_S = 0.5
POLL_S = 0.25
SILENT_S = 4.0


class SimMeterOptions(MeterOptions, frozen=True, kw_only=True):
    machine: Annotated[str, Meta(min_length=1, description="the machine's name on the bench")]
    socket: Annotated[str, Meta(description="the bench's socket; empty: that of [agent] pins")] = ""
    silent_after_s: Annotated[
        float, Meta(ge=0.5, le=60, description="seconds without an answer, 0.5 to 60")
    ] = SILENT_S


class SimMeter(MeterThread):
    """Reads one machine's meter, and reconnects by itself."""

    Options = SimMeterOptions
    detects_s: ClassVar[float | None] = SILENT_S + POLL_S

    def __init__(self, options: SimMeterOptions, context: Context) -> None:
        """Start reading. A missing bench is a fault, not an error."""
        self._options = options
        self._context = context
        self._path = options.socket or context.pins.removeprefix("sim:")
        super().__init__(context)

    def run(self) -> None:
        """See MeterThread."""
        while not self._stopping.is_set():
            with suppress(OSError):
                self._watch()
            if self._stopping.wait(RETRY_S):
                return
            self._connection_lost()

    def _watch(self) -> None:
        """Read samples until the bench goes away (OSError) or this meter is closed."""
        with socket.socket(socket.AF_UNIX) as bench:
            bench.connect(self._path)
            bench.sendall(b'{"op":"watch","kinds":["meter"]}\n')
            bench.settimeout(POLL_S)
            heard_s = time.monotonic()
            buffer = b""
            while not self._stopping.is_set():
                with suppress(TimeoutError):
                    data = bench.recv(65536)
                    if not data:
                        return
                    *lines, buffer = (buffer + data).split(b"\n")
                    for line in lines:
                        heard_s = time.monotonic() if self._take(line) else heard_s
                if time.monotonic() - heard_s > self._options.silent_after_s:
                    self._connection_lost()

    def _take(self, line: bytes) -> bool:
        """Handle a line; return whether it had a reading of this meter."""
        message = msgspec.json.decode(line)
        if "event" not in message:
            watts = message["machines"].get(self._options.machine, {}).get("meter")
        elif message["machine"] == self._options.machine:
            watts = message["watts"]
        else:
            return False
        if watts is None:
            return False
        self._reports.report(MeterReading(watts=float(watts)))
        return True

    def _connection_lost(self) -> None:
        self._reports.report_silent(f"nothing from the meter of {self._options.machine}")
