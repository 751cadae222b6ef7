"""A reader that types, down to the kernel's events, in a process of its own."""

from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from controller.settings import SettingsError
from devices.drivers.keyboard.keyboard_wedge import KeyboardWedge, KeyDecoder
from devices.drivers.serial_line.line_decoder import LineKind
from devices.ports import (
    CredentialGone,
    CredentialRead,
    Fault,
    FaultCleared,
    FaultKind,
    FrameRejected,
)
from devices.registry import READER, reader_capabilities, wire
from devices.sim.keyboard import events as key_events
from devices.wiring import Context
from tests.contract.drivers.field.field_rig import Sim
from tests.contract.drivers.rig import Events

WAIT_S = 180.0
NUMBER, OTHER = "em:0013530444", "em:0000000007"


@pytest.fixture
def keyboard(tmp_path: Path) -> Iterator[Sim]:
    sim = Sim("devices.sim.keyboard", "--link", str(tmp_path / "kbd"))
    sim.event("ready")
    yield sim
    sim.end()


@pytest.fixture
def reader(keyboard: Sim, tmp_path: Path, events: Events) -> Iterator[Sim]:
    """The keyboard, with the driver that reads it."""
    table = {"driver": "keyboard_wedge", "device": f"sim:{tmp_path}/kbd", "kind": "em"}
    opened = wire(READER, table, "here").open(Context("d", events.queue.put))
    yield keyboard
    opened.close()
    opened.close()


def test_a_number_and_enter_are_a_tap(reader: Sim, events: Events) -> None:
    reader.do("type", text="0013530444\n")
    assert events.next(CredentialRead, WAIT_S).credential == NUMBER
    assert events.next(CredentialGone, WAIT_S).credential == NUMBER


def test_a_card_that_rests_is_one_tap(reader: Sim, events: Events) -> None:
    reader.do("type", text="0013530444\n0013530444\n7\n")
    seen = [events.next(kind, WAIT_S) for kind in (CredentialRead, CredentialGone, CredentialRead)]
    assert [one.credential for one in seen] == [NUMBER, NUMBER, OTHER]  # type: ignore[attr-defined]


def test_what_the_pattern_does_not_match_is_counted_and_gives_no_id(
    reader: Sim, events: Events
) -> None:
    spoilers: tuple[tuple[str, dict[str, int]], ...] = (("key", {"code": 59}), ("drop", {}))
    for spoiler, fields in spoilers:
        reader.do("type", text="001353")
        reader.do(spoiler, **fields)
        reader.do("type", text="0444\n")
        assert "does not match" in events.next(FrameRejected, WAIT_S).detail
    reader.do("type", text="hello\n7\n")
    assert events.next(FrameRejected, WAIT_S).count == 3
    assert events.next(CredentialRead, WAIT_S).credential == OTHER


def test_a_number_left_unfinished_is_forgotten(
    keyboard: Sim, tmp_path: Path, events: Events
) -> None:
    silences: SimpleQueue[None] = SimpleQueue()

    class Heard(KeyboardWedge):
        """Says when it has heard nothing for a while, which no event tells."""

        def on_silence(self) -> None:
            """See ByteReader."""
            super().on_silence()
            silences.put(None)

    options = Heard.Options(device=f"sim:{tmp_path}/kbd", kind=LineKind.EM)
    opened = Heard(options, Context("d", events.queue.put))
    keyboard.do("type", text="99")
    while not silences.empty():
        silences.get()
    for _ in range(2):  # the first may have begun before
        silences.get(timeout=WAIT_S)
    keyboard.do("type", text="7\n")
    assert events.next(CredentialRead, WAIT_S).credential == OTHER
    opened.close()


def test_unplugged_is_the_named_fault_and_recovers(reader: Sim, events: Events) -> None:
    reader.do("type", text="99")
    reader.do("cable", plugged=False)
    fault = events.next(Fault)
    assert (fault.device, fault.kind) == ("d", FaultKind.READER_UNPLUGGED)
    reader.do("cable", plugged=True)
    assert events.next(FaultCleared) == FaultCleared("d", FaultKind.READER_UNPLUGGED)
    reader.do("type", text="7\n")
    assert events.next(CredentialRead, WAIT_S).credential == OTHER


def test_a_device_that_cannot_be_grabbed_is_not_read(events: Events) -> None:
    """A terminal is no input device: the kernel refuses the grab, and so do we."""
    options = KeyboardWedge.Options(device="/dev/ptmx", kind=LineKind.EM)
    opened = KeyboardWedge(options, Context("d", events.queue.put))
    fault = events.next(Fault)
    assert (fault.kind, fault.detail) == (
        FaultKind.READER_UNPLUGGED,
        "/dev/ptmx: Inappropriate ioctl for device",
    )
    opened.close()


@pytest.mark.parametrize(
    ("key", "value"),
    [("device", "kbd"), ("kind", "wiegand"), ("pattern", "("), ("pattern", "x"), ("grab", False)],
)
def test_options_are_checked_before_the_device_is_touched(key: str, value: Any) -> None:
    good = {"driver": "keyboard_wedge", "device": "/dev/input/by-id/none", "kind": "uid"}
    assert not reader_capabilities(wire(READER, good, "here")).senses_removal
    with pytest.raises(SettingsError, match=rf"^here(\.{key}: |: unknown key '{key}')"):
        wire(READER, {**good, key: value}, "here")


@pytest.mark.parametrize("size", [1, 7, 24, 1000])
def test_keys_are_found_in_pieces_of_any_size(size: int) -> None:
    codes = (2, 11, 30, 42, 33, 79, 82, 39, 12, 57, 59, 28, 96)
    data = b"".join(map(key_events, codes))
    decoder = KeyDecoder()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    typed = "".join(character for piece in pieces for character in decoder.feed(piece))
    assert typed == "10AF10:- ?\n\n"
