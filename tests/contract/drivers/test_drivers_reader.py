"""Serial readers over a real pseudo-terminal."""

from collections.abc import Callable, Iterator

import pytest

from controller.domain.facts import Assurance
from devices.ports import (
    CredentialGone,
    CredentialRead,
    Fault,
    FaultCleared,
    FaultKind,
    FrameRejected,
    Reader,
)
from devices.registry import READER, wire
from devices.sim.client import BenchError, SimBench, tap
from devices.sim.serial_reader import frame
from devices.wiring import Context
from tests.contract.drivers.rig import Events
from tests.support.pins import Pins

CARD, OTHER = "em:0013530444", "em:0000000007"
UID = "uid:04A1B2C3D4E5F6"
Make = Callable[[str], Context]


@pytest.fixture(params=["rdm", "id12"])
def reader(
    request: pytest.FixtureRequest, pins: Pins, bench: SimBench, context: Make
) -> Iterator[str]:
    """The name of a reader on the bench that is read from."""
    name: str = request.param
    opened = _open(name, pins, context)
    yield name
    opened.close()


def _open(name: str, pins: Pins, context: Make) -> Reader:
    table = {
        "driver": "em4100_serial",
        "port": str(pins.folder / name),
        "reads": ["em", "uid"],
        "repeats": name == "rdm",
    }
    return wire(READER, table, "here").open(context(name))


def _ready(bench: SimBench, name: str, events: Events) -> None:
    """Wait until the driver listens: pyserial throws away what came before."""
    while events.queue.empty():
        bench.do("send", reader=name, hex="2a")
    events.next(FrameRejected)


def test_a_tap_is_read_with_its_id_and_assurance(
    reader: str, pins: Pins, bench: SimBench, events: Events
) -> None:
    _ready(bench, reader, events)
    sent_at = tap(pins.socket, reader, CARD)
    read = events.first(CredentialRead)
    assert (read.device, read.credential, read.assurance) == (reader, CARD, Assurance.UID)
    assert read.mono_s >= sent_at
    assert events.next(CredentialGone).credential == CARD


def test_a_whole_uid_is_read(reader: str, bench: SimBench, events: Events) -> None:
    _ready(bench, reader, events)
    bench.do("tap", reader=reader, credential=UID)
    assert events.first(CredentialRead).credential == UID


def test_malformed_frames_are_counted_and_the_next_card_is_read(
    reader: str, bench: SimBench, events: Events
) -> None:
    _ready(bench, reader, events)
    wrong_sum = frame(CARD).replace(b"CB\x03", b"CC\x03")
    bench.do("send", reader=reader, hex=wrong_sum.hex())
    rejected = events.first(FrameRejected, lambda one: "checksum" in one.detail)
    bench.do("send", reader=reader, hex="020303")
    assert events.next(FrameRejected).count == rejected.count + 1
    bench.do("send", reader=reader, hex=frame(CARD)[:9].hex())
    bench.do("send", reader=reader, hex=frame(OTHER)[:9].hex())
    bench.do("tap", reader=reader, credential=CARD)
    assert events.first(CredentialRead).credential == CARD


def test_a_card_that_rests_is_one_tap(reader: str, bench: SimBench, events: Events) -> None:
    if reader == "id12":
        return
    _ready(bench, reader, events)
    bench.do("place", reader=reader, credential=CARD)
    assert events.first(CredentialRead).credential == CARD
    bench.do("send", reader=reader, hex=frame(CARD).hex() * 20)
    bench.do("place", reader=reader, credential=OTHER)
    assert events.next(CredentialGone).credential == CARD
    assert events.next(CredentialRead).credential == OTHER
    bench.do("lift", reader=reader)
    assert events.next(CredentialGone).credential == OTHER


def test_a_pulled_cable_takes_the_card_away_and_taps_go_on_afterwards(
    reader: str, bench: SimBench, events: Events
) -> None:
    _ready(bench, reader, events)
    bench.do("place", reader=reader, credential=CARD)
    events.first(CredentialRead)
    bench.do("cable", reader=reader, plugged=False)
    assert events.next(CredentialGone).credential == CARD
    assert events.next(Fault).kind is FaultKind.READER_UNPLUGGED
    with pytest.raises(BenchError, match=f"reader {reader} is unplugged"):
        bench.do("tap", reader=reader, credential=CARD)
    bench.do("cable", reader=reader, plugged=True)
    assert events.next(FaultCleared).kind is FaultKind.READER_UNPLUGGED
    bench.do("tap", reader=reader, credential=CARD)
    assert events.next(CredentialRead).credential == CARD


def test_one_reader_has_one_process(
    pins: Pins, bench: SimBench, context: Make, events: Events
) -> None:
    first = _open("rdm", pins, context)
    _ready(bench, "rdm", events)
    second = _open("rdm", pins, context)
    assert "Could not exclusively lock" in events.first(Fault).detail
    first.close()
    events.first(FaultCleared)
    second.close()


@pytest.mark.parametrize(
    ("reader", "credential", "says"),
    [
        ("nobody", CARD, "no reader 'nobody' here; known: rdm, id12, rc522, pn532"),
        ("rdm", "em:12", "'em:12' is not a credential id"),
        ("rdm", "em:4294967296", "not on an EM4100 card: at most em:4294967295"),
    ],
)
def test_a_wrong_tap_is_one_clear_line(reader: str, credential: str, says: str, pins: Pins) -> None:
    with pytest.raises(BenchError, match=says):
        tap(pins.socket, reader, credential)


def test_a_tap_without_a_bench_says_what_to_do() -> None:
    with pytest.raises(BenchError, match=r"no simulated hardware at /nowhere .*is `loquet demo`"):
        tap("/nowhere", "rdm", CARD)
