"""The same card gives the same id on every reader that can read it, and presence is sensed."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import pytest

from controller.domain.facts import Assurance
from devices.ports import CredentialGone, CredentialRead, FrameRejected, Reader
from devices.registry import READER, reader_capabilities, wire
from devices.sim.client import BenchError, SimBench, tap
from devices.wiring import Context
from firmware_bridge.wiegand import frame_bits
from tests.contract.drivers.field.field_rig import Sim
from tests.contract.drivers.rig import Events
from tests.support.pins import Pins

CARDS = ("uid:0A1B2C3D", "uid:04A1B2C3D4E5F6", "uid:04A1B2C3D4E5F6A7B8C9")
WAIT_S = 180.0
Make = Callable[[str], Context]
Wanted = Callable[[Any], bool]
TABLES: dict[str, dict[str, Any]] = {
    "rc522": {"driver": "rc522"},
    "pn532": {"driver": "pn532", "port": "{folder}/pn532"},
    "rdm": {"driver": "em4100_serial", "port": "{folder}/rdm", "reads": ["uid"]},
    "id12": {
        "driver": "line",
        "port": "{folder}/id12",
        "kind": "uid",
        "pattern": "\x02?\x03?\x02?([0-9A-F]+)[0-9A-F]{2}",
    },
    "wiegand": {"driver": "bridge", "port": "{folder}/mcu", "reader": 0, "number": "uid"},
}
FIELDS = ("rc522", "pn532")


def _table(name: str, pins: Pins) -> dict[str, Any]:
    return {
        key: value.format(folder=pins.folder) if key == "port" else value
        for key, value in TABLES[name].items()
    }


@pytest.fixture
def opened(pins: Pins, context: Make) -> Iterator[Callable[..., Reader]]:
    """Opens readers by their name on the bench, and closes them at the end."""
    readers: list[Reader] = []

    def open_one(name: str, table: dict[str, Any] | None = None) -> Reader:
        wired = wire(READER, table or _table(name, pins), "here")
        readers.append(wired.open(context(name)))
        return readers[-1]

    yield open_one
    for reader in readers:
        reader.close()


@dataclass(frozen=True)
class Cards:
    """The readers of this module that the bench does not have: OSDP, and one that types."""

    osdp: Sim
    keyboard: Sim
    tables: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cards]:
    folder = tmp_path_factory.mktemp("o")
    key = folder / "key"
    key.write_text(f"{secrets.token_hex(16)}\n")
    line, keys = str(folder / "line"), str(folder / "keys")
    osdp = Sim("devices.sim.osdp", "--link", line, "--reader", f"1:{key}")
    keyboard = Sim("devices.sim.keyboard", "--link", keys)
    osdp.event("ready")
    keyboard.event("ready")
    tables: dict[str, dict[str, Any]] = {
        "osdp": {
            "driver": "osdp",
            "port": line,
            "address": 1,
            "baud": 115200,
            "key_file": str(key),
        },
        "wedge": {"driver": "keyboard_wedge", "device": f"sim:{keys}", "kind": "uid"},
    }
    yield Cards(osdp, keyboard, tables)
    osdp.end()
    keyboard.end()


def test_a_card_has_one_id_on_all_readers_that_can_read_it(
    pins: Pins, bench: SimBench, beside: Cards, opened: Callable[..., Reader], events: Events
) -> None:
    """The same simulated card, held to each in turn: UIDs of 4, 7 and 10 bytes, with and without
    ISO 14443-4. `wiegand` (34 bits, of which 32 are data) can read those of 4 bytes alone; its
    reader sends what fits of a longer one, which is never taken for a UID.
    """
    for name in TABLES:
        opened(name)
        if name not in (*FIELDS, "wiegand"):
            _heard(name, bench, events)
    for name, table in beside.tables.items():
        opened(name, table)
    before: dict[str, str] = {}
    for iso_dep, card in product((False, True), CARDS):
        found = {}
        for name in (*TABLES, *beside.tables):
            hold = partial(_hold, name, card, iso_dep, bench, beside)
            read = _read(hold, events, _another(name, before.get(name)))
            found[name] = before[name] = read.credential
            assert read.assurance is Assurance.UID
        if len(card) > len(CARDS[0]):
            assert found.pop("wiegand").startswith("wg26:")
        assert found == dict.fromkeys(found, card), f"ISO-DEP: {iso_dep}"


def _read(hold: Callable[[], None], events: Events, wanted: Wanted) -> CredentialRead:
    """Held again, as a person does, where a reader was not up yet."""
    for _ in range(36):
        hold()
        try:
            return events.first(CredentialRead, wanted, 5.0)
        except pytest.fail.Exception:
            continue
    pytest.fail("it is not read")


def _another(device: str, before: str | None) -> Wanted:
    return lambda event: bool(event.device == device and event.credential != before)


def _hold(name: str, card: str, iso_dep: bool, bench: SimBench, beside: Cards) -> None:
    number = card.removeprefix("uid:")
    match name:
        case "osdp":
            beside.osdp.do("tap", address=1, credential=card)
        case "wedge":
            beside.keyboard.do("type", text=f"{number}\n")
        case "wiegand":
            bits = 34 if len(number) == 8 else 26
            frame = frame_bits(int(number[-(bits - 2) // 4 :], 16), bits)
            text = "".join(f"{byte:08b}" for byte in frame)[:bits]
            bench.do("wiegand", bridge="mcu", reader=0, bits=text)
        case _:
            bench.do("place", reader=name, credential=card, iso_dep=iso_dep)


@pytest.mark.parametrize("name", FIELDS)
def test_presence_is_sensed_and_a_resting_card_is_one_tap(
    name: str, pins: Pins, bench: SimBench, opened: Callable[[str], Reader], events: Events
) -> None:
    assert reader_capabilities(wire(READER, _table(name, pins), "here")).senses_removal
    opened(name)
    bench.do("place", reader=name, credential=CARDS[1])
    assert events.next(CredentialRead, WAIT_S).credential == CARDS[1]
    bench.do("place", reader=name, credential=CARDS[0])
    assert events.next(CredentialGone, WAIT_S).credential == CARDS[1]
    assert events.next(CredentialRead, WAIT_S).credential == CARDS[0]
    bench.do("lift", reader=name)
    assert events.next(CredentialGone, WAIT_S).credential == CARDS[0]


@pytest.mark.parametrize("name", FIELDS)
def test_a_tap_is_read_and_passes(
    name: str, pins: Pins, bench: SimBench, opened: Callable[[str], Reader], events: Events
) -> None:
    opened(name)
    bench.do("place", reader=name, credential=CARDS[0])
    events.next(CredentialRead, WAIT_S)
    bench.do("lift", reader=name)
    events.next(CredentialGone, WAIT_S)
    sent_at = tap(pins.socket, name, CARDS[2])
    assert bench.state()["readers"][name]["resting"] is None
    read = events.first(CredentialRead, timeout_s=WAIT_S)
    assert (read.credential, read.device) == (CARDS[2], name)
    assert read.mono_s > sent_at


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_takes_only_cards_of_its_kind(name: str, bench: SimBench) -> None:
    with pytest.raises(BenchError, match="is not a card of 13 MHz"):
        bench.do("tap", reader=name, credential="em:0000000007")
    with pytest.raises(BenchError, match="answers its host only"):
        bench.do("send", reader=name, hex="00")
    bench.do("cable", reader=name, plugged=False)
    with pytest.raises(BenchError, match="is unplugged"):
        bench.do("tap", reader=name, credential=CARDS[0])


def test_a_reader_on_the_bench_says_what_it_lacks(bench: SimBench) -> None:
    with pytest.raises(BenchError, match="an rc522 needs a board"):
        bench.do("setup", reader=[{"name": "new", "model": "rc522"}])
    with pytest.raises(BenchError, match="a pn532 needs a link"):
        bench.do("setup", reader=[{"name": "new", "model": "pn532"}])


def _of(device: str) -> Wanted:
    return lambda event: bool(event.device == device)


def _heard(name: str, bench: SimBench, events: Events) -> None:
    """Wait until the driver listens: pyserial throws away what came before."""
    for _ in range(200):
        bench.do("send", reader=name, hex="2a0a")
        try:
            events.first(FrameRejected, _of(name), 0.1)
        except pytest.fail.Exception:
            continue
        return
    pytest.fail(f"{name} hears nothing")
