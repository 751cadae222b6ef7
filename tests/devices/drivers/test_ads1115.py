"""The ADS1115 at register level: a chip that forgets, clips, or is another one."""

import pytest

from devices.drivers.adc.ads1115 import CONFIG, GAINS, MIXERS, Ads1115


class Registers:
    """A chip on a bus that is not the bench's, with a square wave at its input."""

    def __init__(self, *, keeps: bool = True, step: int = 1000, offset: int = 500) -> None:
        self.config = 0x8583
        self.written: list[int] = []
        self._keeps, self._step, self._offset, self._reads = keeps, step, offset, 0

    def read_i2c_block_data(self, address: int, register: int, length: int) -> list[int]:
        if register == CONFIG:
            return list(self.config.to_bytes(2, "big"))
        self._reads += 1
        value = self._offset + (self._step if self._reads % 2 else -self._step)
        return list(max(-32768, min(32767, value)).to_bytes(2, "big", signed=True))

    def write_i2c_block_data(self, address: int, register: int, data: list[int]) -> None:
        self.written.append(int.from_bytes(bytes(data), "big"))
        if self._keeps:
            self.config = self.written[-1] | 0x8000

    def close(self) -> None:
        return


def test_it_is_set_up_once_and_again_when_it_forgot() -> None:
    bus = Registers()
    chip = Ads1115(bus, 0x48, "0-1", 2.048)
    chip.prepare()
    chip.prepare()
    assert bus.written == [0b0_000_010_0_111_00011], "continuous, 860 a second, +-2.048 V, 0 to 1"
    bus.config = 0x8583
    chip.prepare()
    assert len(bus.written) == 2


def test_what_keeps_no_settings_is_no_ads1115() -> None:
    with pytest.raises(OSError, match="0x48 keeps no settings"):
        Ads1115(Registers(keeps=False), 0x48, "0", 2.048).prepare()


def test_the_alternating_part_counts_and_the_bias_does_not() -> None:
    chip = Ads1115(Registers(), 0x48, "0", 4.096)
    assert chip.rms(0.05) == pytest.approx(1000 * 4.096 / 32768, rel=0.01)


def test_each_input_and_gain_has_its_own_bits() -> None:
    assert sorted(MIXERS.values()) == list(range(8))
    assert sorted(GAINS.values()) == list(range(6))
