"""A simulated I2C bus with an ADS1115 at 0x48, whose current clamp is on a machine of the bench.

The clamp gives 1 V RMS for 30 A (an SCT-013-030) between inputs 0 and 1, biased to half the supply.
"""

import errno
import math
import time

from devices.sim.client import BenchError, SimBench

ADDRESS = 0x48
AMPS_PER_VOLT = 30.0
MAINS_V, MAINS_HZ = 230.0, 50.0
BIAS_V = 1.65
_CONVERSION, _CONFIG = 0, 1
_AT_POWER_ON = 0x8583
_FULL_SCALE_V = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)


class SimI2cBus:
    """Behaves like `smbus2.SMBus`.

    If the machine's meter is silent on the bench, the chip is missing.
    """

    def __init__(self, control_socket: str, machine: str) -> None:
        """Connect to the bench. Raises OSError if there is none."""
        self._machine = machine
        self._config = _AT_POWER_ON
        self._amps = 0.0
        try:
            self._bench = SimBench(control_socket)
        except BenchError as error:
            raise OSError(errno.ENODEV, str(error)) from error

    def read_i2c_block_data(self, address: int, register: int, length: int) -> list[int]:
        """Return a register's two bytes, high byte first. Raises OSError."""
        if register == _CONFIG:
            self._amps = self._measure(address)
            return list(self._config.to_bytes(2, "big"))[:length]
        return list(self._convert().to_bytes(2, "big", signed=True))[:length]

    def write_i2c_block_data(self, address: int, register: int, data: list[int]) -> None:
        """Write the settings; other registers can't be written. Raises OSError."""
        self._measure(address)
        if register == _CONFIG:
            self._config = int.from_bytes(bytes(data[:2]), "big")

    def close(self) -> None:
        """Close the bus."""
        self._bench.close()

    def _measure(self, address: int) -> float:
        """Return the current in the clamp, from the bench; read at each access to the settings."""
        try:
            machine = self._bench.state()["machines"].get(self._machine, {})
        except BenchError as error:
            raise OSError(errno.ENODEV, str(error)) from error
        watts = machine.get("meter")
        if watts is None or address != ADDRESS:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        return float(watts) / MAINS_V

    def _convert(self) -> int:
        """Return a sample of the sine wave in steps of the gain, clipped as the chip does."""
        peak_v = self._amps / AMPS_PER_VOLT * math.sqrt(2)
        clamp_v = peak_v * math.sin(2 * math.pi * MAINS_HZ * time.monotonic())
        pins_v = (BIAS_V + clamp_v, BIAS_V, 0.0, 0.0)
        plus, minus = _INPUTS[self._config >> 12 & 0b111]
        volts = pins_v[plus] - (0.0 if minus is None else pins_v[minus])
        full_scale_v = _FULL_SCALE_V[self._config >> 9 & 0b111]
        return max(-32768, min(32767, round(volts / full_scale_v * 32768)))


_INPUTS: tuple[tuple[int, int | None], ...] = (
    (0, 1),
    (0, 3),
    (1, 3),
    (2, 3),
    (0, None),
    (1, None),
    (2, None),
    (3, None),
)
