"""The simulated microcontroller keeps the firmware's protocol, by the same golden vectors."""

import json
import select
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.sim.bench import Bench
from devices.sim.specs import BenchSpec, BridgeSpec, MachineSpec
from firmware_bridge.channel import Channel
from firmware_bridge.codes import Reason, Type
from firmware_bridge.frames import Decoder, Frame, encode
from firmware_bridge.messages import Hello, Nak, Status, parse
from firmware_bridge.relay import SET_BODY
from tests.support.tree import ROOT

VECTORS = json.loads((ROOT / "firmware_bridge" / "vectors.json").read_text())
ESTOP_PIN = 12


class Line:
    """A bench with one microcontroller, and the port to it; time stands still but for `tick`."""

    def __init__(self, link: str) -> None:
        self._fd = -1
        self._come: Callable[[], None] = lambda: None
        self.bench = Bench(lambda kind, at, **fields: None, self._listen)
        saw = MachineSpec(name="saw", board="mcu", pin=0, feedback_pin=4)
        self.bench.set_up(
            BenchSpec(bridge=(BridgeSpec(name="mcu", link=link),), machine=(saw,)), 0.0
        )
        self.channel = Channel(link)
        self._decoder = Decoder()
        reply = self.ask(Type.HELLO, nonce=0)
        self.nonce = reply.nonce

    def ask(self, kind: int, body: bytes = b"", seq: int = 1, nonce: int | None = None) -> Frame:
        """Send a frame; its answer."""
        nonce = self.nonce if nonce is None else nonce
        return self.exchange(encode(Frame(kind, seq, nonce, body)))

    def exchange(self, data: bytes) -> Frame:
        """Send bytes; the answer, passing over what is told by itself."""
        self.channel.write(data)
        while True:
            ready, _, _ = select.select((self._fd, self.channel.fileno()), (), (), 20)
            assert ready, "no answer"
            if self._fd in ready:
                self._come()
            if self.channel.fileno() in ready:
                for frame in self._decoder.feed(self.channel.read()):
                    assert isinstance(frame, Frame)
                    if frame.type < Type.BOOT:
                        return frame

    def _listen(self, fd: int, read: Callable[[], None] | None) -> None:
        self._fd, self._come = fd, read or self._come


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(str(tmp_path / "mcu"))
    yield line
    line.channel.close()
    line.bench.close()


def closed(line: Line) -> bool:
    return line.bench.machine("saw").closed


def is_refused(answer: Frame) -> Reason:
    message = parse(answer)
    assert isinstance(message, Nak)
    return message.reason


def test_it_says_what_it_is(line: Line) -> None:
    hello = parse(line.ask(Type.HELLO, nonce=0, seq=9))
    assert isinstance(hello, Hello)
    assert (hello.relays, hello.inputs, hello.adcs, hello.readers) == (4, 255, 2, 2)


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda item: item["name"])
def test_it_refuses_what_the_firmware_refuses(vector: dict[str, Any], line: Line) -> None:
    line.ask(Type.READ, seq=100)
    frame = Decoder().feed(bytes.fromhex(vector["wire"]))[0]
    assert isinstance(frame, Frame)
    nonce = line.nonce if frame.nonce == VECTORS["nonce"] else frame.nonce
    same = Frame(frame.type, frame.seq, nonce, frame.body, frame.version)
    assert is_refused(line.exchange(encode(same))).name == vector["reason"]
    assert not closed(line)


def test_power_lasts_as_long_as_it_is_renewed(line: Line) -> None:
    status = parse(line.ask(Type.SET, SET_BODY.pack(1, 500), seq=1))
    assert isinstance(status, Status)
    assert (status.pins, status.inputs & 1, closed(line)) == (1, 0, True)
    due = line.bench.deadline()
    assert due is not None
    line.bench.tick(due)
    assert not closed(line)
    assert is_refused(line.ask(Type.RENEW, SET_BODY.pack(1, 500), seq=2)) is Reason.EXPIRED


def test_the_estop_opens_all_and_latches(line: Line) -> None:
    line.ask(Type.SET, SET_BODY.pack(1, 5000), seq=1)
    line.bench.levels.drive(("mcu", ESTOP_PIN), 1.0, 1.0)
    assert not closed(line)
    assert is_refused(line.ask(Type.SET, SET_BODY.pack(1, 500), seq=2)) is Reason.ESTOP
    assert is_refused(line.ask(Type.RESET_ESTOP, seq=3)) is Reason.ESTOP_PRESSED
    line.bench.levels.drive(("mcu", ESTOP_PIN), 0.0, 2.0)
    assert is_refused(line.ask(Type.SET, SET_BODY.pack(1, 500), seq=4)) is Reason.ESTOP
    line.ask(Type.RESET_ESTOP, seq=5)
    line.ask(Type.SET, SET_BODY.pack(1, 500), seq=6)
    assert closed(line)


def test_a_reset_opens_all_and_ends_the_session(line: Line) -> None:
    line.ask(Type.SET, SET_BODY.pack(1, 5000), seq=1)
    line.bench.bridge("mcu").reset(1.0)
    assert not closed(line)
    assert is_refused(line.ask(Type.READ, seq=2)) is Reason.NONCE
