"""A simulated chip that moves only when a test says so: time is CPU cycles, and no test waits."""

import json
import struct
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cobs import cobs

from tests.firmware.make_vectors import ANSWERS, CODES, EVENTS, frame, wire
from tests.support.firmware import Firmware

CYCLES_PER_MS = 16_000
ESTOP = "D6"
INPUT_PINS = ("D7", "B0", "B1", "B2", "B3", "B4", "C4", "C5")
BOOT_MS = 60  # until a chip that starts has counted its start in EEPROM and answers
NAMES = {code: name for name, code in CODES.items()}


@dataclass(frozen=True)
class Sent:
    """A frame that the chip has sent; `at` is in CPU cycles."""

    at: int
    type: str
    seq: int
    nonce: int
    body: bytes


@dataclass(frozen=True)
class Edge:
    """An output pin that has changed; `at` is in CPU cycles."""

    at: int
    pin: str
    level: int


class Board:
    """The bench in stepped time, and a host that is as honest as a test lets it be."""

    def __init__(self, firmware: Firmware, *arguments: str, elf: Path | None = None) -> None:
        command = [
            str(firmware.bench),
            str(elf or firmware.elf),
            "--pace",
            "step",
            "--frames",
            *arguments,
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.lines: list[dict[str, Any]] = []
        self.now = 0
        self.relays = 0
        self.nonce = 0
        self.seq = 0

    def __enter__(self) -> Self:
        self.run_ms(BOOT_MS)
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.communicate("quit\n", timeout=60)

    def command(self, line: str) -> None:
        """Gives the bench a command: see sim/README.md."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")

    def run_ms(self, milliseconds: float) -> list[dict[str, Any]]:
        """Lets time go by. Gives what the bench has said in it."""
        self.command(f"run {milliseconds * 1000:.3f}")
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.flush()
        said: list[dict[str, Any]] = []
        while not said or "ran" not in said[-1]:
            line = self._process.stdout.readline()
            assert line, f"the bench has ended, exit code {self._process.wait(timeout=60)}"
            said.append(json.loads(line))
            assert "error" not in said[-1], said[-1]
        self.now = said[-1]["cycle"]
        self.relays = said[-1]["relays"]
        self.lines += said
        return said

    def send(self, kind: str, layout: str = "<", *values: int, seq: int | None = None) -> None:
        """Puts a frame of this session on the line, with the next seq unless another is given."""
        self.command(f"send {self.frame(kind, layout, *values, seq=seq).hex()}")

    def frame(self, kind: str, layout: str = "<", *values: int, seq: int | None = None) -> bytes:
        """The bytes of such a frame."""
        if seq is None:
            self.seq += 1
            seq = self.seq
        return wire(frame(CODES[kind], seq, struct.pack(layout, *values), self.nonce))

    def ask(self, kind: str, layout: str = "<", *values: int, within_ms: int = 20) -> Sent:
        """Sends a frame, gives its one answer, which must come within that time."""
        before = len(self.lines)
        self.send(kind, layout, *values)
        answers: list[Sent] = []
        for _ in range(within_ms // 20):
            self.run_ms(20)
            answers = [
                sent
                for sent in self.sent(before)
                if CODES[sent.type] in ANSWERS.values() and sent.seq == self.seq
            ]
            if answers:
                break
        assert len(answers) == 1, answers
        return answers[0]

    def hello(self) -> Sent:
        """Says hello: from here on frames carry the session's nonce."""
        before = len(self.lines)
        self.command(f"send 00{wire(frame(CODES['HELLO'], 0x5EED, b'', 0)).hex()}")
        self.run_ms(20)
        reply = next(sent for sent in self.sent(before) if sent.type == "HELLO_REPLY")
        self.nonce = reply.nonce
        self.seq = struct.unpack_from("<I", reply.body, 12)[0]
        return reply

    def close(self, relays: int = 1, ttl_ms: int = 500) -> Sent:
        """Closes relays, which must be done. Gives the STATUS."""
        status = self.ask("SET", "<BH", relays, ttl_ms)
        assert (status.type, self.relays & relays) == ("STATUS", relays)
        return status

    def sent(self, since: int = 0) -> list[Sent]:
        """Whole frames that the chip has sent since that line."""
        return [
            decoded
            for line in self.lines[since:]
            if "frame" in line and (decoded := _decoded(line["cycle"], line["frame"])) is not None
        ]

    def events(self, kind: str, since: int = 0) -> list[Sent]:
        """Events of this kind that the chip has sent by itself."""
        assert kind in EVENTS
        return [sent for sent in self.sent(since) if sent.type == kind]

    def edges(self, since: int = 0) -> list[Edge]:
        """Changes of relay pins."""
        return [
            Edge(line["cycle"], line["pin"], line["level"])
            for line in self.lines[since:]
            if line.get("pin", "").startswith("C")
        ]

    def opened_at(self, since: int = 0) -> int:
        """The cycle in which the last relay opened; all must be open."""
        assert self.relays == 0
        return max(edge.at for edge in self.edges(since) if edge.level == 0)


def nak_reason(answer: Sent) -> int:
    """Why a frame was refused, 0 if it was not."""
    return answer.body[0] if answer.type == "NAK" else 0


def _decoded(at: int, text: str) -> Sent | None:
    """A frame that a reset has cut short is none."""
    try:
        plain = cobs.decode(bytes.fromhex(text)[:-1])
    except cobs.DecodeError:
        return None
    if len(plain) < 14 or zlib.crc32(plain[:-4]) != int.from_bytes(plain[-4:], "little"):
        return None
    _, code, seq, nonce = struct.unpack_from("<BBII", plain)
    return Sent(at, NAMES[code], seq, nonce, plain[10:-4])
