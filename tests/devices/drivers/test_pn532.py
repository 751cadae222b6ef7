"""A PN532 on its serial line: frames of every size, spoilt ones asked for again, the same ids."""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.drivers.contactless.iso14443_card import Card, Unreadable
from devices.drivers.contactless.iso14443_frame import CardError
from devices.drivers.contactless.pn532_field import Pn532Field, _target
from devices.drivers.contactless.pn532_link import (
    NACK,
    BadFrame,
    ControlFrame,
    Pn532Link,
    Pn532Silent,
    decode,
    encode,
)
from devices.sim.iso14443_card import SimCard
from devices.sim.pn532_chip import Pn532Chip
from devices.sim.rf_field import RfField
from tests.devices.drivers.iso14443_dep import Counting

UIDS = (b"\x01\x02\x03\x04", bytes(range(4, 11)), bytes(range(0x10, 0x1A)))


class Line:
    """A serial line to a simulated chip, on which bytes can be spoilt."""

    def __init__(self, chip: Pn532Chip) -> None:
        self.timeout: float | None = None
        self.spoil: deque[int] = deque()
        """Which byte of the next answers is wrong; -1: none."""
        self.sent: list[bytes] = []
        self.cut = False
        self._chip, self._came = chip, b""

    def write(self, data: bytes, /) -> int:
        self.sent.append(bytes(data))
        answer = bytearray(b"" if self.cut else self._chip.hear(data))
        if answer and self.spoil and (at := self.spoil.popleft()) >= 0:
            answer[at % len(answer)] ^= 0x10
        self._came += bytes(answer)
        return len(data)

    def read(self, size: int = 1) -> bytes:
        if not self._came:
            raise TimeoutError("nothing came in time")
        data, self._came = self._came[:size], self._came[size:]
        return data

    def reset_input_buffer(self) -> None:
        self._came = b""


class Bench:
    """A field over a simulated PN532."""

    def __init__(self) -> None:
        self.air = RfField()
        self.chip = Pn532Chip(self.air)
        self.line = Line(self.chip)
        self.field = Pn532Field(lambda: (Pn532Link(self.line), lambda: None))
        self.field.open()


def _reader(data: bytes) -> Line:
    line = Line(Pn532Chip(RfField()))
    line._came = data
    return line


def test_a_frame_of_the_manual() -> None:
    # UM0701-02, 6.2.1.1: GetFirmwareVersion as every board's guide shows it.
    assert encode(b"\x02") == bytes.fromhex("0000FF02FED4022A00")


@given(st.binary(min_size=1, max_size=263), st.binary(max_size=8).map(lambda x: x + b"\x55"))
def test_frames_of_every_size_after_any_noise_are_read(data: bytes, noise: bytes) -> None:
    sent = encode(data).replace(b"\xd4", b"\xd5", 1) if data[0] != 0xD4 else None
    if sent is None or b"\x00\xff" in noise:
        return
    body = bytes((0xD5,)) + data
    right = sent[: -2 - len(body)] + body + bytes((-sum(body) & 0xFF, 0))
    assert decode(_reader(noise + right).read) == data


@given(st.binary(min_size=1, max_size=80), st.data())
def test_one_wrong_byte_never_gives_other_data(data: bytes, draw: st.DataObject) -> None:
    body = bytes((0xD5,)) + data
    head = bytes((0, 0, 0xFF, len(body), -len(body) & 0xFF))
    frame = bytearray(head + body + bytes((-sum(body) & 0xFF, 0)))
    frame[draw.draw(st.integers(0, len(frame) - 1))] ^= draw.draw(st.integers(1, 255))
    try:
        found = decode(_reader(bytes(frame)).read)
    except (BadFrame, TimeoutError, ValueError):
        return
    assert found == data or isinstance(found, ControlFrame)


@pytest.mark.parametrize("uid", UIDS)
def test_a_card_is_found_whole_and_found_again(uid: bytes) -> None:
    bench = Bench()
    assert bench.field.find(None) is None
    card = SimCard(uid, Counting())
    bench.air.put(card)
    found = bench.field.find(None)
    assert found is not None
    assert found.uid == uid
    for _ in range(3):
        assert bench.field.find(found) == found
    bench.air.take(card)
    assert bench.field.find(found) is None


def test_a_conversation_with_long_commands_and_answers() -> None:
    bench, application = Bench(), Counting()
    bench.air.put(SimCard(UIDS[1], application))
    card = bench.field.find(None)
    assert card is not None
    talk = bench.field.activate(card)
    for number, size in enumerate((1, 60, 252, 253, 900), 1):
        command = bytes(n % 251 for n in range(size))
        assert talk.apdu(command) == Counting.expected(number, command)
    bench.field.release(talk)
    assert bench.field.find(card) == card
    talk = bench.field.activate(card)
    bench.air.clear()
    with pytest.raises(CardError, match="error 01"):
        talk.apdu(b"\x00")


@settings(deadline=None)
@given(st.lists(st.integers(-1, 40), max_size=2))
def test_spoilt_answers_are_asked_for_again(spoilt: list[int]) -> None:
    bench = Bench()
    bench.air.put(SimCard(UIDS[1]))
    bench.line.spoil.extend(spoilt)
    found = bench.field.find(None)
    assert found is not None
    assert found.uid == UIDS[1]


def test_the_answer_alone_is_asked_for_when_the_acknowledgement_was_right() -> None:
    bench = Bench()
    bench.air.put(SimCard(UIDS[0]))
    bench.line.spoil.append(12)
    bench.line.sent.clear()
    assert bench.field.find(None) is not None
    assert bench.line.sent[1:] == [NACK]


def test_a_chip_that_is_silent_is_a_fault() -> None:
    bench = Bench()
    bench.line.cut = True
    with pytest.raises(Pn532Silent, match="the PN532 does not answer command 4A"):
        bench.field.find(None)
    bench.field.close()
    bench.field.close()


def test_two_cards_are_one_of_them() -> None:
    bench = Bench()
    for uid in UIDS:
        bench.air.put(SimCard(uid))
    found = bench.field.find(None)
    assert found is not None
    assert found.uid in UIDS
    assert bench.field.find(found) == found


def test_cascade_tags_that_some_firmware_leaves_in_the_uid_are_taken_out() -> None:
    tagged = bytes.fromhex("010103442008") + b"\x88" + UIDS[1]
    assert _target(tagged) == Card(UIDS[1], 0x20)
    tagged = bytes.fromhex("01010344200C") + b"\x88" + UIDS[2][:3] + b"\x88" + UIDS[2][3:]
    assert _target(tagged) == Card(UIDS[2], 0x20)


@pytest.mark.parametrize("answer", ["01", "0101034420", "010103442005AABBCCDDEE", "010103442007AA"])
def test_a_uid_that_is_not_whole_is_no_uid(answer: str) -> None:
    with pytest.raises(Unreadable, match="without a UID that can be read"):
        _target(bytes.fromhex(answer))
