"""OSDP readers on one line, each libosdp's own peripheral device, in a process of its own."""

import ctypes
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import pytest

from controller.settings import SettingsError
from devices.drivers.osdp import panel as osdp_panel
from devices.drivers.osdp.light import flash_commands, look_command
from devices.drivers.osdp.reader import credential_of
from devices.ports import (
    CredentialGone,
    CredentialRead,
    DeviceError,
    Fault,
    FaultCleared,
    FaultKind,
    Flash,
    FrameRejected,
    Indicator,
    Look,
    Reader,
)
from devices.registry import INDICATOR, READER, reader_capabilities, wire
from devices.sim.osdp import card_data
from devices.wiring import Context, SharedResources
from tests.contract.drivers.field.field_rig import Sim
from tests.contract.drivers.rig import Events

WAIT_S = 180.0
CARDS = (
    "uid:04A1B2C3D4E5F6",
    "uid:04A1B2C3",
    "uid:04A1B2C3D4E5F6070809",
    "uid:00000001",
    "em:0013530444",
    "wg26:123456",
    "wg34:12345678",
    "wg37:712345678",
)


@dataclass
class Line:
    """The simulated line, and the keys of its two readers."""

    sim: Sim
    port: str
    keys: dict[int, Path]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("o")
    keys = {address: folder / f"{address}.key" for address in (1, 2)}
    for path in keys.values():
        path.write_text(f"{secrets.token_hex(16)}\n")
    link = folder / "line"
    readers = [word for address, path in keys.items() for word in ("--reader", f"{address}:{path}")]
    sim = Sim("devices.sim.osdp", "--link", str(link), *readers)
    sim.event("ready")
    yield Line(sim, str(link), keys)
    sim.end()


@pytest.fixture
def line(started: Line) -> Line:
    """As it was at the start: plugged, covers closed."""
    started.sim.do("cable", plugged=True)
    for address, path in started.keys.items():
        started.sim.do("tamper", address=address, open=False)
        started.sim.do("rekey", address=address, key=path.read_text().strip())
    return started


@pytest.fixture
def opened(line: Line, events: Events) -> Iterator[Callable[..., Reader]]:
    """Opens readers of the line; closes them, and the line, at the end."""
    shared = SharedResources()
    readers: list[Reader] = []

    def open_one(address: int = 1, **more: Any) -> Reader:
        table = table_of(line, address) | more
        context = Context(f"r{address}", events.queue.put, shared=shared)
        readers.append(wire(READER, table, "here").open(context))
        return readers[-1]

    yield open_one
    for reader in readers:
        reader.close()
        reader.close()
    shared.close()


def table_of(line: Line, address: int) -> dict[str, Any]:
    return {
        "driver": "osdp",
        "port": line.port,
        "address": address,
        "baud": 115200,
        "key_file": str(line.keys[address]),
    }


def tap(line: Line, events: Events, credential: str, address: int = 1) -> CredentialRead:
    """Hold a card to a reader until it is read: one that is not in its channel takes none."""
    line.sim.do("tap", address=address, credential=credential)
    return events.first(CredentialRead, lambda read: read.device == f"r{address}", timeout_s=WAIT_S)


def test_every_kind_of_card_gives_the_id_that_every_other_reader_gives(
    line: Line, opened: Callable[..., Reader], events: Events
) -> None:
    opened()
    for card in CARDS:
        assert tap(line, events, card).credential == card


def test_two_readers_on_one_line_are_told_apart(
    line: Line, opened: Callable[..., Reader], events: Events
) -> None:
    opened(1)
    opened(2)
    assert tap(line, events, CARDS[0], 1).device == "r1"
    assert tap(line, events, CARDS[0], 2).device == "r2"
    line.sim.do("reader", address=2, plugged=False)
    assert events.first(Fault, timeout_s=WAIT_S).device == "r2"
    assert tap(line, events, CARDS[1], 1).credential == CARDS[1], "the other goes on"


def test_a_card_that_is_told_again_at_once_has_rested(
    line: Line, opened: Callable[..., Reader], events: Events
) -> None:
    opened()
    tap(line, events, CARDS[0])
    line.sim.do("tap", address=1, credential=CARDS[0])
    line.sim.do("tap", address=1, credential=CARDS[1])
    assert events.next(CredentialGone, timeout_s=WAIT_S).credential == CARDS[0]
    assert events.next(CredentialRead, timeout_s=WAIT_S).credential == CARDS[1]


def test_bits_that_are_no_card_are_counted_and_give_no_id(
    line: Line, opened: Callable[..., Reader], events: Events
) -> None:
    opened()
    tap(line, events, CARDS[0])
    line.sim.do("raw", address=1, bits=26, data="ffffffff")
    assert "parity" in events.first(FrameRejected, timeout_s=WAIT_S).detail
    line.sim.do("raw", address=1, bits=12, data="ffff")
    rejected = events.first(FrameRejected, timeout_s=WAIT_S)
    assert (rejected.count, rejected.detail[:17]) == (2, "a card of 12 bits")


@pytest.mark.parametrize("whole_line", [True, False])
def test_unplugged_is_the_named_fault_and_recovers(
    line: Line, opened: Callable[..., Reader], events: Events, whole_line: bool
) -> None:
    opened()
    tap(line, events, CARDS[0])
    if whole_line:
        line.sim.do("cable", plugged=False)
    else:
        line.sim.do("reader", address=1, plugged=False)
    fault = events.first(Fault)
    assert (fault.device, fault.kind) == ("r1", FaultKind.READER_UNPLUGGED)
    if whole_line:
        line.sim.do("cable", plugged=True)
    else:
        line.sim.do("reader", address=1, plugged=True)
    cleared = events.first(FaultCleared, timeout_s=WAIT_S)
    assert cleared == FaultCleared("r1", FaultKind.READER_UNPLUGGED)
    assert tap(line, events, CARDS[1]).credential == CARDS[1]


def test_noise_on_the_line_costs_no_wrong_id_and_the_reader_comes_back(
    line: Line, opened: Callable[..., Reader], events: Events
) -> None:
    opened()
    tap(line, events, CARDS[0])
    line.sim.do("noise", chunks=4)
    read: object = None
    end = time.monotonic() + WAIT_S
    while not isinstance(read, CredentialRead):
        assert time.monotonic() < end, "the reader did not come back"
        line.sim.do("tap", address=1, credential=CARDS[2])
        with suppress(Empty):
            read = events.queue.get(timeout=0.3)
    assert read.credential == CARDS[2]


def test_a_reader_with_another_key_is_never_read(
    line: Line, opened: Callable[..., Reader], events: Events
) -> None:
    line.sim.do("rekey", address=1, key=secrets.token_hex(16))
    opened()
    line.sim.do("tap", address=1, credential=CARDS[0])
    fault = events.next(Fault, timeout_s=WAIT_S)
    assert "no answer in the secure channel" in fault.detail
    key = line.keys[1].read_text().strip()
    assert key not in fault.detail
    line.sim.do("rekey", address=1, key=key)
    events.next(FaultCleared, timeout_s=WAIT_S)


def test_an_open_cover_is_a_fault_until_it_is_closed(
    line: Line, opened: Callable[..., Reader], events: Events
) -> None:
    opened()
    tap(line, events, CARDS[0])
    line.sim.do("tamper", address=1, open=True)
    assert events.first(Fault, timeout_s=WAIT_S).kind is FaultKind.READER_TAMPERED
    line.sim.do("tamper", address=1, open=False)
    cleared = events.first(FaultCleared, timeout_s=WAIT_S)
    assert cleared == FaultCleared("r1", FaultKind.READER_TAMPERED)


def test_a_cover_opened_while_the_reader_was_off_is_seen_when_it_is_back(
    line: Line, opened: Callable[..., Reader], events: Events
) -> None:
    opened()
    tap(line, events, CARDS[0])
    line.sim.do("reader", address=1, plugged=False)
    events.first(Fault, timeout_s=WAIT_S)
    line.sim.do("tamper", address=1, open=True)
    line.sim.do("reader", address=1, plugged=True)
    fault = events.first(Fault, timeout_s=WAIT_S)
    assert fault.kind is FaultKind.READER_TAMPERED


def test_a_reader_without_its_key_is_a_fault_until_the_key_is_there(
    line: Line, opened: Callable[..., Reader], events: Events, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    opened(key_file=str(key))
    assert "No such file" in events.next(Fault, timeout_s=WAIT_S).detail
    key.write_text("not a key")
    key.write_text(line.keys[1].read_text())
    events.next(FaultCleared, timeout_s=WAIT_S)


def test_addresses_and_speeds_that_clash_are_one_clear_line(
    line: Line, opened: Callable[..., Reader]
) -> None:
    opened(1)
    with pytest.raises(DeviceError, match="address 1 is another reader's already"):
        opened(1)
    with pytest.raises(DeviceError, match="runs at 115200 baud already"):
        opened(2, baud=9600)


@pytest.mark.parametrize(
    ("key", "value"),
    [("port", "ttyUSB0"), ("address", 127), ("baud", 1), ("key_file", "key"), ("key", "00" * 16)],
)
def test_options_are_checked_before_the_line_is_touched(key: str, value: Any) -> None:
    good = {"driver": "osdp", "port": "/nowhere", "address": 1, "key_file": "/nowhere/key"}
    assert not reader_capabilities(wire(READER, good, "here")).senses_removal
    with pytest.raises(SettingsError, match=rf"^here(\.{key}: |: unknown key '{key}')"):
        wire(READER, {**good, key: value}, "here")


@pytest.mark.parametrize("card", CARDS)
def test_card_data_there_and_back(card: str) -> None:
    bits, data = card_data(card)
    assert credential_of(bits, data) == card
    if card.startswith("uid:"):
        assert credential_of(bits, data[::-1], uid_reversed=True) == card
    with pytest.raises(ValueError, match="bytes for"):
        credential_of(bits, data[:-1])


def test_a_key_that_is_none_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("0123456789abcdef")
    with pytest.raises(SettingsError, match="not a key of 16 bytes") as told:
        osdp_panel.read_key(str(path))
    assert "0123" not in str(told.value)


def test_the_random_source_of_libosdp_never_repeats() -> None:
    libc = ctypes.CDLL(None)
    drawn = set()
    for _ in range(50):
        osdp_panel.seed_random()
        drawn.add((libc.rand(), libc.rand()))
    assert len(drawn) == 50


def test_a_reader_in_install_mode_is_given_a_key_of_its_own(
    line: Line, opened: Callable[..., Reader], events: Events, tmp_path: Path
) -> None:
    line.sim.do("install", address=1)
    file = tmp_path / "new.key"
    words = [sys.executable, "-m", "devices.drivers.osdp.key", line.port, "1", str(file)]
    said = subprocess.run(
        [*words, "--baud", "115200"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().strip() not in said
    opened(key_file=str(file))
    assert tap(line, events, CARDS[0]).credential == CARDS[0]
    again = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (again.returncode, again.stderr[-13:]) == (1, f"{file}'\n"[-13:])


def test_a_readers_light_shows_looks_and_flashes_and_comes_back_with_it(
    line: Line, opened: Callable[..., Reader], events: Events
) -> None:
    shared = SharedResources()
    table = {key: table_of(line, 1)[key] for key in ("driver", "port", "address", "baud")}
    light: Indicator = wire(INDICATOR, table, "here").open(
        Context("light", events.queue.put, shared=shared)
    )
    light.show(Look.FAULT)
    reader = wire(READER, table_of(line, 1), "here").open(
        Context("r1", events.queue.put, shared=shared)
    )
    line.sim.event("led", colour=1, flash=False)
    light.flash(Flash.GRANTED)
    line.sim.event("led", colour=2, flash=True)
    line.sim.event("buzzer", beeps=1)
    line.sim.do("reader", address=1, plugged=False)
    events.first(Fault, timeout_s=WAIT_S)
    light.flash(Flash.DENIED)
    light.show(Look.ARMED)
    line.sim.do("reader", address=1, plugged=True)
    line.sim.event("led", colour=4, flash=False)
    light.close()
    light.close()
    line.sim.event("led", colour=0, flash=False)
    reader.close()
    shared.close()


@pytest.mark.parametrize("look", Look)
def test_every_look_is_a_command_that_osdp_can_carry(look: Look) -> None:
    command = look_command(look)
    assert 0 < command["on_count"] < 256
    assert 0 <= command["off_count"] < 256
    assert command["on_color"] in range(1, 8)


@pytest.mark.parametrize(("flash", "beeps"), [(Flash.GRANTED, 1), (Flash.DENIED, 2)])
def test_every_flash_has_its_beeps(flash: Flash, beeps: int) -> None:
    led, buzzer = flash_commands(flash)
    assert buzzer["rep_count"] == beeps
    assert led["timer_count"] == pytest.approx(10, abs=4)
