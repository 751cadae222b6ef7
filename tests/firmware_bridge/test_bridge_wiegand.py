"""Wiegand numbers: parity is judged, never guessed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.codes import Verdict
from firmware_bridge.wiegand import FORMATS, data_bits, frame_bits
from tests.support.tree import ROOT

VECTORS = json.loads((ROOT / "firmware_bridge" / "vectors.json").read_text())
FRAMES = st.sampled_from(sorted(FORMATS)).flatmap(
    lambda bits: st.tuples(st.just(bits), st.integers(0, 2 ** (bits - 2) - 1))
)


@pytest.mark.parametrize(
    ("data", "bits", "number"),
    [
        ("80800080000000", 26, 0x010001),  # facility 1, card 1: 1 000000010000 000000000001 0
        ("80000080", 26, None),
        ("ffffffffc0", 34, None),
    ],
)
def test_known_frames(data: str, bits: int, number: int | None) -> None:
    if number is None:
        with pytest.raises(ValueError, match="wrong parity"):
            data_bits(bytes.fromhex(data), bits)
    else:
        assert data_bits(bytes.fromhex(data), bits) == number


@given(FRAMES)
def test_every_number_comes_through(frame: tuple[int, int]) -> None:
    bits, number = frame
    assert data_bits(frame_bits(number, bits).ljust(7, b"\0"), bits) == number


@given(FRAMES, st.data())
def test_no_single_wrong_bit_passes(frame: tuple[int, int], data: st.DataObject) -> None:
    bits, number = frame
    sent = bytearray(frame_bits(number, bits))
    at = data.draw(st.integers(0, bits - 1))
    sent[at // 8] ^= 0x80 >> at % 8
    with pytest.raises(ValueError, match="wrong parity"):
        data_bits(bytes(sent), bits)


@pytest.mark.parametrize("bits", [0, 4, 25, 27, 56])
def test_other_lengths_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match=f"{bits} bits; known: 26, 34 and 37"):
        data_bits(bytes(7), bits)


def test_the_golden_frames_have_the_parity_that_their_verdict_tells() -> None:
    frames = [v["fields"] for v in VECTORS["mcu"] if v["type"] == "WIEGAND"]
    for frame in frames:
        if frame["verdict"] == Verdict.OK:
            data_bits(bytes.fromhex(frame["data"]), frame["bits"])
        elif frame["verdict"] == Verdict.PARITY:
            with pytest.raises(ValueError, match="wrong parity"):
                data_bits(bytes.fromhex(frame["data"]), frame["bits"])
    assert {frame["verdict"] for frame in frames} == set(Verdict)
