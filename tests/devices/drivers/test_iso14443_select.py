"""Cards in a field are told apart, whatever their UIDs, and only whole, right UIDs come out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.drivers.contactless import iso14443_select
from devices.drivers.contactless.iso14443_card import (
    Card,
    Unreadable,
    add_cascade_tags,
    cascade_levels,
)
from devices.drivers.contactless.iso14443_frame import crc_a
from devices.sim.iso14443_card import SimCard
from devices.sim.iso14443_card import crc_a as crc_of_the_simulator
from devices.sim.mfrc522_chip import Mfrc522Chip
from tests.devices.drivers.rf_rig import Faults, Rig
from tests.support.laws import examples

UIDS = st.sampled_from((4, 7, 10)).flatmap(
    lambda size: st.binary(min_size=size, max_size=size).filter(lambda uid: uid[0] != 0x88)
)
"""0x88 is the cascade tag, and begins no UID (ISO/IEC 14443-3, 6.5.4)."""


class FromAnswer(Mfrc522Chip):
    """A chip whose CollPos counts from the answer's first bit."""

    def collision_offset(self, align: int) -> int:
        return 0


class FromLevel(Mfrc522Chip):
    """A chip whose CollPos counts from the level's first bit."""

    def collision_offset(self, align: int) -> int:
        return max(0, len(self.sent) - 16)


CHIPS = (Mfrc522Chip, FromAnswer, FromLevel)


def test_the_check_of_the_standard() -> None:
    # ISO/IEC 14443-3, annex B.2, gives these two.
    assert crc_a(b"\x00\x00") == b"\xa0\x1e"
    assert crc_a(b"\x12\x34") == b"\x26\xcf"


@given(st.binary(max_size=64))
def test_both_sides_compute_the_check_alike(data: bytes) -> None:
    assert crc_a(data) == crc_of_the_simulator(data)


@pytest.mark.parametrize("size", [4, 7, 10])
def test_a_uid_is_whole_and_in_order(size: int) -> None:
    rig = Rig()
    uid = bytes(range(0xA0, 0xA0 + size))
    rig.air.put(SimCard(uid))
    found = rig.field.find(None)
    assert found is not None
    assert found.uid == uid
    assert found.credential == f"uid:{uid.hex().upper()}"


def test_levels_carry_the_cascade_tag() -> None:
    assert cascade_levels(bytes(range(10))) == [
        b"\x88\0\x01\x02",
        b"\x88\x03\x04\x05",
        b"\x06\x07\x08\x09",
    ]
    assert add_cascade_tags(bytes(range(7))) == b"\x88\0\x01\x02\x03\x04\x05\x06"
    with pytest.raises(ValueError, match="4, 7 or 10 bytes, not 5"):
        cascade_levels(bytes(5))


@pytest.mark.parametrize("chip", CHIPS)
@settings(deadline=None, max_examples=examples(60))
@given(uids=st.sets(UIDS, min_size=1, max_size=6))
def test_one_of_the_cards_is_found_whatever_the_chip_means_by_position(
    chip: type[Mfrc522Chip], uids: set[bytes]
) -> None:
    rig = Rig(chip)
    for uid in uids:
        rig.air.put(SimCard(uid))
    found = rig.field.find(None)
    assert found is not None
    assert found.uid in uids
    assert rig.field.find(found) == found, "and it is found again, though others are there"


@settings(deadline=None, max_examples=examples(60))
@given(one=UIDS, flip=st.integers(0, 79))
def test_cards_that_differ_in_one_bit_are_told_apart(one: bytes, flip: int) -> None:
    at = flip % (8 * len(one))
    other = bytes(byte ^ (1 << at % 8 if n == at // 8 else 0) for n, byte in enumerate(one))
    if other[0] == 0x88:
        return
    rig = Rig()
    for uid in (one, other):
        rig.air.put(SimCard(uid))
    found = rig.field.find(None)
    assert found is not None
    assert found.uid in (one, other)


@settings(deadline=None, max_examples=examples(80), derandomize=True)
@given(uids=st.sets(UIDS, min_size=1, max_size=3), seed=st.integers(0, 2**32))
def test_frames_that_go_wrong_give_a_right_uid_or_none(uids: set[bytes], seed: int) -> None:
    rig = Rig()
    rig.air.fault = Faults(0.4, seed)
    for uid in uids:
        rig.air.put(SimCard(uid))
    known: Card | None = None
    for _ in range(4):
        try:
            known = rig.field.find(known)
        except Unreadable:
            known = None
        assert known is None or known.uid in uids


def test_an_empty_field_is_empty() -> None:
    assert Rig().field.find(None) is None


def test_a_card_that_left_is_not_found_again_but_another_is() -> None:
    rig = Rig()
    first, second = SimCard(b"\x01\x02\x03\x04"), SimCard(bytes(range(1, 8)))
    rig.air.put(first)
    known = rig.field.find(None)
    assert known is not None
    rig.air.take(first)
    assert rig.field.find(known) is None
    rig.air.put(second)
    found = rig.field.find(known)
    assert found is not None
    assert found.uid == second.uid


def test_a_card_that_answers_a_promise_it_does_not_keep_is_unreadable() -> None:
    rig = Rig()
    card = SimCard(b"\x88\x02\x03\x04")
    rig.air.put(card)
    with pytest.raises(Unreadable, match="marked as complete, but has a cascade tag"):
        iso14443_select.find(rig.channel)
