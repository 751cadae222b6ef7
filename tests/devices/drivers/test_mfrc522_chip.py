"""The simulated MFRC522 under functions that are not ours: those of the `mfrc522` package."""

import sys
from types import ModuleType

import pytest

from devices.drivers.contactless.spi_registers import SpiBus, SpiRegisters
from devices.ports import DeviceError
from devices.registry import READER, wire
from devices.sim import spi_modules
from devices.sim.iso14443_card import SimCard
from devices.wiring import Context
from tests.devices.drivers.rf_rig import Rig


def test_the_package_itself_reads_a_short_uid() -> None:
    rig = Rig()
    rig.air.put(SimCard(b"\x01\x02\x03\x04"))
    assert rig.registers.MFRC522_Request(rig.registers.PICC_REQIDL) == (0, 16)
    status, uid = rig.registers.MFRC522_Anticoll()
    assert (status, uid) == (0, [1, 2, 3, 4, 4])
    assert rig.registers.MFRC522_SelectTag(uid) == 0x08


@pytest.mark.filterwarnings("ignore:Bitwise inversion:DeprecationWarning")  # theirs, since 3.12
def test_the_package_itself_finds_nobody() -> None:
    assert Rig().registers.MFRC522_Request(0x26)[0] != 0


def test_the_coprocessor_computes_the_check() -> None:
    assert Rig().registers.CalulateCRC([0x12, 0x34]) == [0x26, 0xCF]


def test_registers_of_a_chip_after_reset() -> None:
    rig = Rig()
    rig.registers.Write_MFRC522(0x01, 0x0F)
    assert [rig.registers.Read_MFRC522(number) for number in (0x01, 0x14, 0x37)] == [
        0x20,
        0x80,
        0x92,
    ]


def test_a_frame_longer_than_the_fifo_is_an_overflow() -> None:
    rig = Rig()
    for _ in range(65):
        rig.registers.Write_MFRC522(0x09, 1)
    assert rig.registers.Read_MFRC522(0x0A) == 64
    assert rig.registers.Read_MFRC522(0x06) & 0x10
    rig.registers.Write_MFRC522(0x0A, 0x80)
    assert rig.registers.Read_MFRC522(0x0A) == 0


def test_our_registers_are_those_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """What both write and read on the bus, by spidev, is the same, byte for byte."""
    theirs, ours = Rig(), Rig()
    spidev = ModuleType("spidev")
    monkeypatch.setattr(spidev, "SpiDev", spi_modules.SpiDev, raising=False)
    monkeypatch.setitem(sys.modules, "spidev", spidev)
    monkeypatch.setattr(spi_modules._opening, "connect", lambda *_: ours.wire, raising=False)
    mine = SpiRegisters(SpiBus(0, 0))
    for registers, rig in ((theirs.registers, theirs), (mine, ours)):
        rig.wire.heard.clear()
        registers.Write_MFRC522(0x0D, 0x07)
        assert registers.Read_MFRC522(0x0D) == 0x07
        assert registers.Read_MFRC522(0x37) == 0x92
    assert ours.wire.heard == theirs.wire.heard


def test_without_the_systems_spidev_the_driver_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "spidev", None)
    wired = wire(READER, {"driver": "rc522"}, "here")
    with pytest.raises(DeviceError, match=r"^desk/reader: rc522 needs spidev.*python3-spidev"):
        wired.open(Context("desk/reader", lambda event: None))


def test_the_simulated_package_is_not_left_where_the_real_one_belongs() -> None:
    Rig()
    assert not {"mfrc522", "spidev", "RPi"} & set(sys.modules)
