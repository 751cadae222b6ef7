"""Taps on a simulated MFRC522, in a time of its own: read, right, once, and fast enough."""

import random

import pytest

from devices.drivers.contactless.field_watch import ALONE_POLLS, FieldWatch
from devices.drivers.contactless.mfrc522_chip import ChipGone
from devices.ports import CredentialGone, CredentialRead
from devices.sim.iso14443_card import SimCard
from devices.sim.iso14443_conversation import Blank
from tests.devices.drivers.rf_rig import Faults, Rig

POLL_S = 0.05
TAPS = 1000


class Watched:
    """A rig that is polled as often as the driver's thread does it."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.watch = FieldWatch("desk/reader", 0.4)
        self.events: list[object] = []

    def poll(self) -> None:
        """Wait for the next look, and look."""
        self.rig.time.sleep(POLL_S)
        self.events += self.watch.poll(self.rig.field, self.rig.time.now)

    def read(self) -> list[str]:
        return [event.credential for event in self.events if isinstance(event, CredentialRead)]


def _mixed_card(chance: random.Random) -> SimCard:
    uid = chance.randrange(0x88).to_bytes(1, "big") + chance.randbytes(chance.choice((3, 6, 9)))
    return SimCard(uid, Blank() if chance.random() < 0.5 else None)


def test_a_twentieth_of_the_frames_wrong_costs_no_tap_its_id() -> None:
    watched, chance = Watched(), random.Random(522)
    rig = watched.rig
    rig.air.fault = faults = Faults(0.05, 14443)
    late = 0
    for _ in range(TAPS):
        rig.time.sleep(chance.random() * POLL_S)
        card, began_s = _mixed_card(chance), rig.time.s
        rig.air.put(card)
        while rig.time.s < began_s + 0.5 and not watched.read():
            watched.poll()
        late += not watched.read() or rig.time.s > began_s + 0.5
        rig.air.take(card)
        for _ in range(12):
            watched.poll()
        assert set(watched.read()) <= {f"uid:{card.uid.hex().upper()}"}, "no wrong id, ever"
        assert len(watched.read()) <= 1, "and each card once"
        watched.events.clear()
    assert faults.count > TAPS
    assert late <= TAPS // 100


def test_two_cards_in_the_field_are_one_right_tap() -> None:
    chance = random.Random(2)
    for seed in range(100):
        watched = Watched()
        watched.rig.air.fault = Faults(0.05, seed)
        cards = _mixed_card(chance), _mixed_card(chance)
        for card in cards:
            watched.rig.air.put(card)
        for _ in range(10):
            watched.poll()
        for card in cards:
            watched.rig.air.take(card)
            watched.poll()
        ids = {f"uid:{card.uid.hex().upper()}" for card in cards}
        assert len(watched.read()) <= 1
        assert set(watched.read()) <= ids


def test_a_card_that_rests_for_minutes_is_one_tap() -> None:
    watched, card = Watched(), SimCard(bytes(range(1, 8)), Blank())
    watched.rig.air.fault = Faults(0.02, 7)
    watched.rig.air.put(card)
    for _ in range(3000):
        watched.poll()
    assert [type(event) for event in watched.events] == [CredentialRead]
    watched.rig.air.take(card)
    for _ in range(12):
        watched.poll()
    assert [type(event) for event in watched.events] == [CredentialRead, CredentialGone]


def test_a_card_put_in_place_of_another_is_a_tap_of_its_own() -> None:
    watched, first, second = Watched(), SimCard(b"\x01\x02\x03\x04"), SimCard(b"\x05\x06\x07\x08")
    watched.rig.air.put(first)
    watched.poll()
    watched.rig.air.take(first)
    watched.rig.air.put(second)
    for _ in range(ALONE_POLLS - 1):
        watched.poll()
    assert watched.read() == ["uid:01020304"], "it could be the second card of a purse"
    watched.poll()
    assert watched.read() == ["uid:01020304", "uid:05060708"]


def test_an_idle_look_costs_few_transfers() -> None:
    watched = Watched()
    watched.poll()
    before = watched.rig.wire.transfers
    for _ in range(10):
        watched.poll()
    assert watched.rig.wire.transfers - before <= 150


@pytest.mark.parametrize("line", [0x00, 0xFF])
def test_a_line_that_nothing_drives_is_a_chip_that_is_gone(line: int) -> None:
    watched = Watched()
    watched.rig.wire.dead = line
    with pytest.raises(ChipGone, match=f"its version reads 0x{line:02X}"):
        watched.poll()


def test_a_chip_that_lost_its_power_for_a_moment_is_set_up_again() -> None:
    watched = Watched()
    watched.rig.chip.plug(False)
    watched.rig.chip.plug(True)
    watched.rig.air.put(SimCard(b"\x01\x02\x03\x04"))
    watched.poll()
    assert watched.read() == ["uid:01020304"]


def test_closing_switches_the_field_off() -> None:
    rig = Rig()
    rig.air.put(SimCard(b"\x01\x02\x03\x04"))
    rig.field.close()
    rig.field.close()
    assert rig.chip.registers[0x14] & 3 == 0
