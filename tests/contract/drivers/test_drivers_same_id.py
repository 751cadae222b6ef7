"""The same card gives the same id on every reader that can read it, and presence is sensed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from controller.domain.facts import Assurance
from devices.ports import CredentialGone, CredentialRead, FrameRejected, Reader
from devices.registry import READER, reader_capabilities, wire
from devices.sim.client import BenchError, SimBench, tap
from devices.wiring import Context
from tests.contract.drivers.rig import Events, Pins

CARDS = ("uid:0A1B2C3D", "uid:04A1B2C3D4E5F6", "uid:04A1B2C3D4E5F6A7B8C9")
WAIT_S = 20.0
Make = Callable[[str], Context]
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
}
FIELDS = ("rc522", "pn532")


def _table(name: str, pins: Pins) -> dict[str, Any]:
    return {
        key: value.format(folder=pins.folder) if key == "port" else value
        for key, value in TABLES[name].items()
    }


@pytest.fixture
def opened(pins: Pins, context: Make) -> Iterator[Callable[[str], Reader]]:
    """Opens readers by their name on the bench, and closes them at the end."""
    readers: list[Reader] = []

    def open_one(name: str) -> Reader:
        readers.append(wire(READER, _table(name, pins), "here").open(context(name)))
        return readers[-1]

    yield open_one
    for reader in readers:
        reader.close()


@pytest.mark.parametrize("card", CARDS)
def test_a_card_has_one_id_on_all_readers(
    card: str, bench: SimBench, opened: Callable[[str], Reader], events: Events
) -> None:
    found = {}
    for name in TABLES:
        opened(name)
        if name not in FIELDS:
            _heard(name, bench, events)
        bench.do("place", reader=name, credential=card)
        read = events.first(CredentialRead, _of(name), WAIT_S)
        found[name] = read.credential
        assert read.assurance is Assurance.UID
    assert found == dict.fromkeys(TABLES, card)


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


def _of(device: str) -> Callable[[Any], bool]:
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
