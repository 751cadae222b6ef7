"""Frames and their contents, against the golden vectors that the firmware's tests read too."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.codes import Type
from firmware_bridge.frames import (
    BODY_MAX,
    ENCODED_MAX,
    BadFrame,
    Decoder,
    Frame,
    FrameError,
    decode,
    encode,
)
from firmware_bridge.messages import MalformedMessage, parse
from tests.support.tree import ROOT

VECTORS = json.loads((ROOT / "firmware_bridge" / "vectors.json").read_text())
GOOD = VECTORS["host"] + VECTORS["mcu"]
NUMBERS = st.integers(0, 2**32 - 1)
FRAMES = st.builds(
    Frame, st.integers(0, 255), NUMBERS, NUMBERS, st.binary(max_size=BODY_MAX), st.integers(0, 255)
)


def _named(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def frame_of(vector: dict[str, Any]) -> Frame:
    """The frame that a vector is."""
    body = bytes.fromhex(vector["body"])
    return Frame(vector["code"], vector["seq"], vector["nonce"], body)


@pytest.mark.parametrize("vector", GOOD, ids=_named)
def test_a_good_frame_is_read_and_written_byte_for_byte(vector: dict[str, Any]) -> None:
    wire = bytes.fromhex(vector["wire"])
    assert Decoder().feed(wire) == [frame_of(vector)]
    assert encode(frame_of(vector)) == wire
    assert Type(vector["code"]).name == vector["type"]


@pytest.mark.parametrize("vector", VECTORS["mcu"], ids=_named)
def test_what_the_microcontroller_says_is_read_field_for_field(vector: dict[str, Any]) -> None:
    message = parse(frame_of(vector))
    assert message.pack() == bytes.fromhex(vector["body"])
    for name, expected in vector["fields"].items():
        value = getattr(message, name, None)
        if value is None:
            value = getattr(getattr(message, "status"), name)  # noqa: B009  of a Report only
        if isinstance(value, bytes):
            value = value.hex()
        assert (list(value) if isinstance(value, tuple) else value) == expected, name


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=_named)
def test_a_bad_frame_is_named(vector: dict[str, Any]) -> None:
    found = Decoder().feed(bytes.fromhex(vector["wire"]))
    assert found == [BadFrame(FrameError(vector["error"].lower()))]


@pytest.mark.parametrize("vector", VECTORS["streams"], ids=_named)
def test_a_stream_gives_its_frames_whatever_its_pieces(vector: dict[str, Any]) -> None:
    by_name = {item["name"]: frame_of(item) for item in VECTORS["host"]}
    expected = [
        BadFrame(FrameError(name[1:].lower())) if name.startswith("!") else by_name[name]
        for name in vector["outcome"]
    ]
    wire = bytes.fromhex(vector["wire"])
    assert Decoder().feed(wire) == expected
    one_by_one = Decoder()
    assert [item for byte in wire for item in one_by_one.feed(bytes((byte,)))] == expected


@given(FRAMES)
def test_every_frame_comes_through(frame: Frame) -> None:
    wire = encode(frame)
    assert wire.count(0) == 1
    assert len(wire) <= ENCODED_MAX + 1
    assert decode(wire[:-1]) == frame


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_are_judged_alike_whatever_their_pieces(data: bytes, size: int) -> None:
    pieces = Decoder()
    found = [item for at in range(0, len(data), size) for item in pieces.feed(data[at : at + size])]
    assert found == Decoder().feed(data)


@given(FRAMES, st.data())
def test_no_changed_byte_passes(frame: Frame, data: st.DataObject) -> None:
    wire = bytearray(encode(frame))
    at = data.draw(st.integers(0, len(wire) - 2))
    wire[at] ^= data.draw(st.integers(1, 255))
    assert frame not in Decoder().feed(bytes(wire))
    assert all(isinstance(item, BadFrame) for item in Decoder().feed(bytes(wire)))


@given(FRAMES)
def test_contents_are_understood_or_refused_in_one_line(frame: Frame) -> None:
    said = ""
    try:
        parse(frame)
    except MalformedMessage as error:
        said = str(error)
    assert "\n" not in said


def test_a_body_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(ValueError, match="73 bytes; at most 72"):
        encode(Frame(1, 0, 0, bytes(BODY_MAX + 1)))
