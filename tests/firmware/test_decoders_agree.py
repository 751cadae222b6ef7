"""The C decoder and the Python decoder make the same of the same bytes, whatever they are."""

import os
import random

import pytest

from firmware_bridge.frames import BadFrame, Decoder, Frame
from tests.firmware.damage import damaged, good_frame
from tests.firmware.decoder import decode_in_c
from tests.support.firmware import Firmware

STREAMS = int(os.environ.get("LOQUET_SOAK", "3000"))


def in_python(stream: bytes) -> str:
    """The Python decoder's outcome, in the words of tests/decode.c."""
    return "".join(f"{_word(found)} " for found in Decoder().feed(stream))


def _word(found: Frame | BadFrame) -> str:
    if isinstance(found, BadFrame):
        return f"!{found.kind.value.upper()}"
    numbers = found.seq.to_bytes(4, "little") + found.nonce.to_bytes(4, "little")
    return (bytes([found.version, found.type]) + numbers + found.body).hex()


def streams(count: int) -> list[bytes]:
    """Frames whole, damaged and of pure chance, run together."""
    chance = random.Random(2026)
    kinds = (
        lambda: good_frame(chance),
        lambda: damaged(chance, good_frame(chance)),
        lambda: bytes(chance.choices(range(256), k=chance.randrange(120))),
        lambda: bytes(chance.choices((0, 1, 2, 3, 255), k=chance.randrange(120))),
    )
    return [
        b"".join(chance.choice(kinds)() for _ in range(chance.randrange(1, 6)))
        for _ in range(count)
    ]


@pytest.mark.needs("avr-gcc")
def test_both_decoders_agree(firmware: Firmware) -> None:
    tried = streams(STREAMS)
    outcomes = decode_in_c(firmware, tried, "frames")
    assert outcomes == [in_python(stream) for stream in tried]
    words = {word if word[0] == "!" else "good" for line in outcomes for word in line.split()}
    assert words == {"good", "!CRC", "!COBS", "!SHORT", "!OVERLONG"}
