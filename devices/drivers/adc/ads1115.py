"""Driver `ads1115` for meters: a current clamp on an ADS1115 converter (I2C).

It measures the current only. Watts are volts times amps times a power factor, all from the wiring:
enough to tell idle from running, but not for billing energy.
"""

import math
import time
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Protocol

from msgspec import Meta

from devices.drivers.meter_thread import SILENT_S, MeterThread
from devices.needs import NOTHING, Needs
from devices.ports import MeterReading
from devices.wiring import Context, MeterOptions

# The ADS1115 by its registers (TI SBAS444E, 8.6), at 860 samples a second.

CONVERSION, CONFIG = 0x00, 0x01
MIXERS = {
    "0-1": 0b000,
    "0-3": 0b001,
    "1-3": 0b010,
    "2-3": 0b011,
    "0": 0b100,
    "1": 0b101,
    "2": 0b110,
    "3": 0b111,
}
"""Codes of the inputs: a pin against ground, or the difference of two pins."""
GAINS = {6.144: 0b000, 4.096: 0b001, 2.048: 0b010, 1.024: 0b011, 0.512: 0b100, 0.256: 0b101}
"""Codes of the full scale in volts."""
_CONTINUOUS_860 = 0b111 << 5 | 0b00011
"""Continuous mode, 860 samples a second, comparator off."""
_READY = 0x8000
"""Bit 15 is no setting: it reads as 1 while no conversion is running."""
SAMPLE_S = 1 / 860
MIN_SAMPLES = 20
"""Minimum number of samples for a reading."""


class I2cBus(Protocol):
    """The methods of `smbus2.SMBus` that are used."""

    def read_i2c_block_data(self, address: int, register: int, length: int) -> list[int]:
        """Read a register. Raises OSError if nothing answers."""

    def write_i2c_block_data(self, address: int, register: int, data: list[int]) -> None:
        """Write a register. Raises OSError if nothing answers."""

    def close(self) -> None:
        """Close the bus."""


class Ads1115:
    """One input of one chip."""

    def __init__(self, bus: I2cBus, address: int, channel: str, full_scale_v: float) -> None:
        """Prepare the configuration; nothing is sent yet."""
        self._bus, self._address = bus, address
        self._config = MIXERS[channel] << 12 | GAINS[full_scale_v] << 9 | _CONTINUOUS_860
        self._volts = full_scale_v / 32768

    def prepare(self) -> None:
        """Write the settings unless they are there; a chip that lost power has lost them.

        Raises OSError.
        """
        if self._read_config() == self._config:
            return
        self._bus.write_i2c_block_data(self._address, CONFIG, list(self._config.to_bytes(2, "big")))
        if (current := self._read_config()) != self._config:
            raise OSError(f"0x{self._address:02x} keeps no settings (0x{current:04x}): no ADS1115")
        time.sleep(2 * SAMPLE_S)  # the first conversion with these settings

    def rms(self, window_s: float) -> float:
        """Measure the alternating part of the voltage, in volts RMS. Raises OSError."""
        count, total, squares = 0, 0.0, 0.0
        for value in self._samples(window_s):
            count, total, squares = count + 1, total + value, squares + value * value
        mean = total / count
        return math.sqrt(max(0.0, squares / count - mean * mean))

    def _samples(self, window_s: float) -> Iterator[float]:
        """Yield voltages as fast as they are converted, and a minimum number of them on a slow
        computer."""
        end_s, count = time.monotonic() + window_s, 0
        while time.monotonic() < end_s or count < MIN_SAMPLES:
            high, low = self._bus.read_i2c_block_data(self._address, CONVERSION, 2)
            yield int.from_bytes((high, low), "big", signed=True) * self._volts
            count += 1
            time.sleep(SAMPLE_S)

    def _read_config(self) -> int:
        high, low = self._bus.read_i2c_block_data(self._address, CONFIG, 2)
        return int.from_bytes((high, low), "big") & ~_READY


EVERY_S = 1.0
"""Interval between two readings."""
WINDOW_S = 0.1
"""Length of a reading: five periods of 50 Hz, or six of 60 Hz."""
SMBUS = Needs(modules=("smbus2",), extra="adc")


class Ads1115Options(MeterOptions, frozen=True, kw_only=True):
    bus: Annotated[
        str,
        Meta(
            pattern=r"^(/dev/i2c-[0-9]+|sim:.+)$",
            description='"/dev/i2c-1", or "sim:MACHINE" for a machine of the simulated bench',
        ),
    ] = "/dev/i2c-1"
    address: Annotated[int, Meta(ge=0x48, le=0x4B, description="I2C address, 0x48 to 0x4b")] = 0x48
    channel: Annotated[str, Meta(description=", ".join(f'"{name}"' for name in MIXERS))] = "0-1"
    full_scale_v: Annotated[
        float, Meta(description=f"volts: {', '.join(str(gain) for gain in GAINS)}")
    ] = 2.048
    amps_per_volt: Annotated[
        float, Meta(gt=0, le=10_000, description="amperes in the clamp for 1 V RMS at the input")
    ]
    mains_v: Annotated[float, Meta(ge=10, le=1000, description="mains volts, 10 to 1000")] = 230.0
    power_factor: Annotated[
        float, Meta(gt=0, le=1, description="power factor of the machine, above 0 up to 1")
    ] = 1.0
    zero_below_a: Annotated[
        float, Meta(ge=0, le=100, description="amperes below which the current is noise, 0 to 100")
    ] = 0.05

    def problem(self) -> tuple[str, str] | None:
        """Check that the chip has that input and that gain; return the option and the error, or
        None."""
        if self.channel not in MIXERS:
            return "channel", f"{self.channel!r} is not allowed; allowed: {', '.join(MIXERS)}"
        if self.full_scale_v not in GAINS:
            gains = ", ".join(str(gain) for gain in GAINS)
            return "full_scale_v", f"{self.full_scale_v} is not allowed; allowed: {gains}"
        return super().problem()


class Ads1115Meter(MeterThread):
    """Reads samples for a tenth of every second, on a thread of its own."""

    Options = Ads1115Options
    detects_s: ClassVar[float | None] = SILENT_S + EVERY_S

    @classmethod
    def needs_of(cls, options: Ads1115Options, *, simulated: bool) -> Needs:
        """See registry.Driver."""
        return NOTHING if options.bus.startswith("sim:") else SMBUS

    def __init__(self, options: Ads1115Options, context: Context) -> None:
        """Start reading. A missing chip is a fault, not an error."""
        self._options, self._context = options, context
        super().__init__(context)

    def run(self) -> None:
        """See MeterThread."""
        while not self._stopping.is_set():
            try:
                self._watch(_open(self._options.bus, self._context))
            except OSError as error:
                self._reports.tick(f"{self._options.bus}: {error}")
                self._stopping.wait(EVERY_S)

    def _watch(self, bus: I2cBus) -> None:
        """Take readings until the bus fails (OSError) or the meter is closed."""
        options = self._options
        chip = Ads1115(bus, options.address, options.channel, options.full_scale_v)
        try:
            while not self._stopping.is_set():
                chip.prepare()
                self._reports.report(self._meter_reading(chip.rms(WINDOW_S)))
                self._stopping.wait(EVERY_S - WINDOW_S)
        finally:
            bus.close()

    def _meter_reading(self, volts: float) -> MeterReading:
        amps = volts * self._options.amps_per_volt
        if amps < self._options.zero_below_a:
            amps = 0.0
        return MeterReading(
            watts=amps * self._options.mains_v * self._options.power_factor, amps=amps
        )


def _open(name: str, context: Context) -> I2cBus:
    """Open the I2C bus. Raises OSError if there is none."""
    if name.startswith("sim:"):
        from devices.sim.i2c import SimI2cBus

        return SimI2cBus(context.pins.removeprefix("sim:"), name.removeprefix("sim:"))
    from smbus2 import SMBus

    bus: Any = SMBus(name)
    i2c_bus: I2cBus = bus
    return i2c_bus
