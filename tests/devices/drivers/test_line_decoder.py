"""Lines of ids: every kind gives the card's own id, and a line that doesn't match gives none."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.settings import SettingsError
from devices.drivers.serial_line.em4100_frame import MalformedFrame
from devices.drivers.serial_line.line import Line
from devices.drivers.serial_line.line_decoder import MAX_LINE_BYTES, LineDecoder, LineKind
from devices.registry import READER, wire

HEX = r"([0-9A-Fa-f :.-]+)"
UID = "uid:04A1B2C3D4E5F6"


@pytest.mark.parametrize(
    ("kind", "pattern", "line", "credential"),
    [
        (LineKind.UID, HEX, "04A1B2C3D4E5F6", UID),
        (LineKind.UID, HEX, "04:a1:b2:c3:d4:e5:f6", UID),
        (
            LineKind.UID,
            r"UID: ([0-9A-F ]+) \(7 bytes\)",
            "UID: 04 A1 B2 C3 D4 E5 F6 (7 bytes)",
            UID,
        ),
        (LineKind.UID_REVERSED, HEX, "F6E5D4C3B2A104", UID),
        (LineKind.EM, r"No\.(\d+)", "No.13530444", "em:0013530444"),
        (LineKind.EM_HEX, HEX, "3C00CE754C", "em:0013530444"),
        (LineKind.EM_HEX, HEX, "00CE754C", "em:0013530444"),
    ],
)
def test_each_kind_of_line(kind: LineKind, pattern: str, line: str, credential: str) -> None:
    for end in ("\n", "\r", "\r\n"):
        assert list(LineDecoder(pattern, kind).feed((line + end).encode())) == [credential]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (LineKind.UID, "04A1B2C3D4E5F6 granted"),
        (LineKind.UID, "04A1B2C3D4E5"),
        (LineKind.UID, "04A1B2C3D4E5F"),
        (LineKind.UID, "é"),
        (LineKind.UID_REVERSED, "04A1B"),
        (LineKind.EM, "12345678901"),
        (LineKind.EM, "3C00CE754C"),
        (LineKind.EM_HEX, "CE754C"),
    ],
)
def test_a_line_that_is_not_one_gives_no_id(kind: LineKind, line: str) -> None:
    (found,) = LineDecoder(HEX, kind).feed(line.encode() + b"\n")
    assert isinstance(found, MalformedFrame)


@given(st.binary(max_size=400))
def test_noise_costs_itself_only(noise: bytes) -> None:
    found = list(LineDecoder(HEX, LineKind.UID).feed(noise + b"\n04A1B2C3D4E5F6\n"))
    assert found[-1] == UID


def test_a_line_without_end_is_said_once() -> None:
    decoder = LineDecoder(HEX, LineKind.UID)
    found = list(decoder.feed(b"A" * (3 * MAX_LINE_BYTES)))
    assert [type(one) for one in found] == [MalformedFrame]
    assert list(decoder.feed(b"A\n04A1B2C3\n")) == ["uid:04A1B2C3"]


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("(", "is no regular expression"), ("abc", "must have one group, not 0"), ("(a)(b)", "not 2")],
)
def test_a_pattern_is_checked_before_the_line_is_opened(pattern: str, says: str) -> None:
    table = {"driver": "line", "port": "/dev/none", "kind": "uid", "pattern": pattern}
    with pytest.raises(SettingsError, match=rf"^here\.pattern: .*{says}"):
        wire(READER, table, "here")


@pytest.mark.parametrize("rest", [b"C3D4E5F6\r\n", b"C3D4E5F6"])
def test_a_port_opened_in_the_middle_of_a_line_passes_over_its_rest(rest: bytes) -> None:
    device, host = socket.socketpair()
    with device, host:
        device.sendall(rest)
        Line.__new__(Line).begin(host.fileno())
        host.setblocking(False)
        with pytest.raises(BlockingIOError):
            host.recv(1)


def test_a_port_that_hangs_up_at_once_is_an_error() -> None:
    device, host = socket.socketpair()
    with host:
        device.close()
        with pytest.raises(OSError, match="hung up"):
            Line.__new__(Line).begin(host.fileno())
