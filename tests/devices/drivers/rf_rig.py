"""A simulated reader in a time of its own: chip, field and cards in this process, nothing waits."""

import random

from devices.drivers.contactless.mfrc522_chip import Mfrc522
from devices.drivers.contactless.rc522 import Rc522Field
from devices.sim.mfrc522_chip import Mfrc522Chip
from devices.sim.rf_field import Frame, RfField
from devices.sim.spi_modules import mfrc522_with

TRANSFER_S = 40e-6
"""What an SPI transfer of two bytes through Python takes on a Raspberry Pi 3."""


class OwnTime:
    """Seconds that pass only when something takes time."""

    def __init__(self) -> None:
        self.s = 0.0

    def now(self) -> float:
        return self.s

    def sleep(self, seconds: float) -> None:
        self.s += seconds


class SlowWire:
    """The bus: each transfer takes time."""

    def __init__(self, chip: Mfrc522Chip, time: OwnTime) -> None:
        self._chip, self._time = chip, time
        self.transfers = 0
        self.heard: list[bytes] = []
        self.dead: int | None = None
        """What a line reads that no chip drives any more."""

    def transfer(self, data: bytes) -> bytes:
        self.transfers += 1
        self.heard.append(bytes(data))
        self._time.sleep(TRANSFER_S)
        return (
            bytes((self.dead,)) * len(data) if self.dead is not None else self._chip.transfer(data)
        )

    def close(self) -> None:
        """Nothing to let go of."""


class Rig:
    """An rc522's field over the real package and a simulated chip."""

    def __init__(self, chip: type[Mfrc522Chip] = Mfrc522Chip) -> None:
        self.time = OwnTime()
        self.air = RfField()
        self.chip = chip(self.air, self.time.now)
        self.wire = SlowWire(self.chip, self.time)
        self.registers = mfrc522_with(lambda bus, device: self.wire)(pin_mode=11, pin_rst=25)
        self.channel = Mfrc522(self.registers, self.time.now, self.time.sleep)
        self.field = Rc522Field(lambda: (self.channel, lambda: None))
        self.field.open()


class Faults:
    """Spoils that share of the frames, each in one of the ways in which frames go wrong."""

    def __init__(self, share: float, seed: int) -> None:
        self._share, self._random = share, random.Random(seed)
        self.count = 0

    def __call__(self, frame: Frame) -> Frame | None:
        if self._random.random() >= self._share:
            return frame
        self.count += 1
        return self._random.choice((lost, cut, noticed, unnoticed))(frame, self._random)


def lost(frame: Frame, chance: random.Random) -> Frame | None:
    """Nothing arrives."""
    return None


def cut(frame: Frame, chance: random.Random) -> Frame | None:
    """The end is missing, and nothing tells."""
    bits = frame.bits[: chance.randrange(len(frame.bits))]
    return Frame(bits, frame.collision) if bits else None


def noticed(frame: Frame, chance: random.Random) -> Frame | None:
    """A bit is wrong, and so is its parity."""
    at = chance.randrange(len(frame.bits))
    return Frame(_flipped(frame, {at}), frame.collision, broken=True)


def unnoticed(frame: Frame, chance: random.Random) -> Frame | None:
    """Two bits of one byte are wrong: its parity is right."""
    start = chance.randrange(0, len(frame.bits), 8)
    places = range(start, min(start + 8, len(frame.bits)))
    return Frame(_flipped(frame, set(chance.sample(places, min(2, len(places))))), frame.collision)


def _flipped(frame: Frame, places: set[int]) -> tuple[int, ...]:
    return tuple(bit ^ (at in places) for at, bit in enumerate(frame.bits))
