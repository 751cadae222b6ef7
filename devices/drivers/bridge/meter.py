"""Driver `bridge` for meters: a current transformer at a microcontroller's ADC, measured as true
RMS.

The transformer's output is biased to the middle of the ADC's range. If the bias is missing, or
there are no new windows, the meter is lost: its reading is unknown, not zero.
"""

import time
from typing import Annotated, ClassVar

from msgspec import Meta

from devices.drivers.bridge.device import BridgeDevice, BridgePort
from devices.ports import FaultKind, MeterReading, MeterSampled
from devices.wiring import Context, MeterOptions
from firmware_bridge.messages import Hello, Report
from firmware_bridge.silence import FIRST_SILENCE_LIMIT_S

ADC_VOLTS = 5.0
STEPS = 1024
FRACTION = 16
"""RMS and mean are in sixteenths of an ADC step (protocol.h)."""
MEAN_RANGE = (STEPS * FRACTION // 4, STEPS * FRACTION * 3 // 4)
"""The mean must be in this range, or the bias is missing."""
SAY_S = 1.0
"""An unchanged reading is repeated this often."""
STUCK_S = 2.0
"""A reading is out of date if no newer window has arrived within this time."""


class BridgeMeterOptions(MeterOptions, frozen=True, kw_only=True):
    port: BridgePort
    adc: Annotated[int, Meta(ge=0, le=1, description="an analogue channel, 0 or 1")]
    amps_per_volt: Annotated[
        float,
        Meta(gt=0, le=1000, description="amperes in the wire per volt at the ADC, up to 1000"),
    ]
    mains_v: Annotated[float, Meta(ge=50, le=500, description="volts from 50 to 500")] = 230.0


class BridgeMeter(BridgeDevice):
    """Reports amperes, and watts for a power factor of 1, so that real power is never higher."""

    Options = BridgeMeterOptions
    unreachable = FaultKind.METER_SILENT
    detects_s: ClassVar[float | None] = max(STUCK_S, FIRST_SILENCE_LIMIT_S)

    def __init__(self, options: BridgeMeterOptions, context: Context) -> None:
        """Start reading. A missing microcontroller is a fault, not an error."""
        self._options = options
        self._reading = MeterReading()
        self._said_s = 0.0
        self._windows: int | None = None
        self._window_s = 0.0
        super().__init__(options.port, context)

    def reading(self) -> MeterReading:
        """Return the last reading; unknown if there is none."""
        return self._reading

    def close(self) -> None:
        """Stop reading and close."""
        self._leave()

    # On the link's thread.

    def up(self, hello: Hello) -> None:
        """See link.Device. The fault is cleared by the first reading."""
        self._windows = None

    def down(self, why: str) -> None:
        """See link.Device."""
        super().down(why)
        self._report(MeterReading(), time.monotonic())

    def report(self, report: Report, at_s: float) -> None:
        """See link.Device."""
        if report.windows == self._windows:
            if at_s - self._window_s > STUCK_S:
                self._report_lost("the ADC is not read any more", at_s)
            return
        is_first, self._windows, self._window_s = self._windows is None, report.windows, at_s
        if is_first and report.windows == 0:
            return  # the first window is not complete yet
        adc = self._options.adc
        low, high = MEAN_RANGE
        if not low <= report.mean[adc] <= high:
            self._report_lost("no bias at the ADC: is the current transformer connected?", at_s)
            return
        self._clear(self.unreachable)
        volts = report.rms[adc] / FRACTION * ADC_VOLTS / STEPS
        amps = round(volts * self._options.amps_per_volt, 3)
        self._report(MeterReading(watts=round(amps * self._options.mains_v, 1), amps=amps), at_s)

    def _report_lost(self, why: str, at_s: float) -> None:
        self._raise_fault(self.unreachable, why)
        self._report(MeterReading(), at_s)

    def _report(self, reading: MeterReading, at_s: float) -> None:
        """Report a reading: at every change, and every second."""
        if reading == self._reading and at_s - self._said_s < SAY_S:
            return
        self._reading, self._said_s = reading, at_s
        self._context.emit(MeterSampled(self._context.device, reading, at_s))
