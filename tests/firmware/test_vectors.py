"""The golden frames are what protocol.h says; the C decoder takes and refuses them rightly."""

import json
import re
from typing import Any

import pytest
from cobs import cobs

from tests.firmware.decoder import decode_in_c
from tests.firmware.make_vectors import CODES, FILE, NONCE, frame, text, wire
from tests.support.firmware import SOURCES, Firmware

pytestmark = pytest.mark.needs("avr-gcc")
VECTORS: dict[str, Any] = json.loads(FILE.read_text())
HEADER = (SOURCES / "protocol.h").read_text()


def constants(prefix: str) -> dict[str, int]:
    """The numbers that protocol.h gives names that begin so."""
    found = re.findall(rf"#define {prefix}(\w+) (0x[0-9A-F]+|\d+)", HEADER)
    return {name: int(value, 0) for name, value in found}


def test_the_file_is_what_its_maker_writes() -> None:
    assert FILE.read_text() == text()


def test_the_header_and_the_maker_agree_on_the_codes() -> None:
    header = constants("LQ_")
    assert {name: header[name] for name in CODES} == CODES


@pytest.mark.parametrize("side", ["host", "mcu"])
def test_good_frames_are_taken(firmware: Firmware, side: str) -> None:
    entries = VECTORS[side]
    outcomes = decode_in_c(firmware, [bytes.fromhex(e["wire"]) for e in entries], "frames")
    assert outcomes == [entry["plain"][:-8] + " " for entry in entries]


def test_there_is_a_good_frame_of_every_type() -> None:
    assert {entry["type"] for side in ("host", "mcu") for entry in VECTORS[side]} == set(CODES)


def test_bad_frames_are_told_by_their_kind(firmware: Firmware) -> None:
    entries = VECTORS["bad"]
    outcomes = decode_in_c(firmware, [bytes.fromhex(e["wire"]) for e in entries], "frames")
    assert outcomes == [f"!{entry['error']} " for entry in entries]


def test_streams_come_apart_into_their_frames(firmware: Firmware) -> None:
    plain = {entry["name"]: entry["plain"][:-8] for entry in VECTORS["host"]}
    entries = VECTORS["streams"]
    outcomes = decode_in_c(firmware, [bytes.fromhex(e["wire"]) for e in entries], "frames")
    assert [outcome.split() for outcome in outcomes] == [
        [plain.get(part, part) for part in entry["outcome"]] for entry in entries
    ]


def test_refused_frames_are_refused_for_their_reason(firmware: Firmware) -> None:
    before = wire(frame(CODES["READ"], 100, b""))
    entries = VECTORS["refused"]
    streams = [before + bytes.fromhex(entry["wire"]) for entry in entries]
    reasons = constants("LQ_NAK_")
    answers = decode_in_c(firmware, streams, "session", str(NONCE))
    for entry, answer in zip(entries, answers, strict=True):
        report, nak = (cobs.decode(part) for part in bytes.fromhex(answer).split(b"\0")[:-1])
        assert (report[1], nak[1]) == (CODES["REPORT"], CODES["NAK"])
        assert nak[10] == reasons[entry["reason"]], entry["name"]
