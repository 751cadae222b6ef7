"""The ADS1115 converter at register level (TI SBAS444E, 8.6): mixer, gain, 860 samples a second."""

import math
import time
from collections.abc import Iterator
from typing import Protocol

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
"""Pin against ground, or the difference of two pins."""
GAINS = {6.144: 0b000, 4.096: 0b001, 2.048: 0b010, 1.024: 0b011, 0.512: 0b100, 0.256: 0b101}
"""Full scale in volts."""
_CONTINUOUS_860 = 0b111 << 5 | 0b00011
"""Mode 0 (continuous), 860 samples a second, comparator off."""
_READY = 0x8000
"""Bit 15 reads as *no conversion under way*, which is no setting."""
SAMPLE_S = 1 / 860
FEWEST = 20


class I2cBus(Protocol):
    """What is used of `smbus2.SMBus`."""

    def read_i2c_block_data(self, address: int, register: int, length: int) -> list[int]:
        """Raises OSError when nothing answers."""

    def write_i2c_block_data(self, address: int, register: int, data: list[int]) -> None:
        """Raises OSError when nothing answers."""

    def close(self) -> None:
        """Let go."""


class Ads1115:
    """One input of one chip."""

    def __init__(self, bus: I2cBus, address: int, channel: str, full_scale_v: float) -> None:
        """Prepare the configuration; nothing is sent yet."""
        self._bus, self._address = bus, address
        self._config = MIXERS[channel] << 12 | GAINS[full_scale_v] << 9 | _CONTINUOUS_860
        self._volts = full_scale_v / 32768

    def prepare(self) -> None:
        """Set it up unless it is: one that lost its supply for a moment forgot. Raises OSError."""
        if self._read_config() == self._config:
            return
        self._bus.write_i2c_block_data(self._address, CONFIG, list(self._config.to_bytes(2, "big")))
        if (found := self._read_config()) != self._config:
            raise OSError(f"0x{self._address:02x} keeps no settings (0x{found:04x}): no ADS1115")
        time.sleep(2 * SAMPLE_S)  # the first conversion with these

    def rms(self, window_s: float) -> float:
        """The alternating part of the voltage, in volts RMS. Raises OSError."""
        count, total, squares = 0, 0.0, 0.0
        for value in self._samples(window_s):
            count, total, squares = count + 1, total + value, squares + value * value
        mean = total / count
        return math.sqrt(max(0.0, squares / count - mean * mean))

    def _samples(self, window_s: float) -> Iterator[float]:
        """Voltages, as fast as they are converted; at least a few where the machine is slow."""
        end_s, count = time.monotonic() + window_s, 0
        while time.monotonic() < end_s or count < FEWEST:
            high, low = self._bus.read_i2c_block_data(self._address, CONVERSION, 2)
            yield int.from_bytes((high, low), "big", signed=True) * self._volts
            count += 1
            time.sleep(SAMPLE_S)

    def _read_config(self) -> int:
        high, low = self._bus.read_i2c_block_data(self._address, CONFIG, 2)
        return int.from_bytes((high, low), "big") & ~_READY
