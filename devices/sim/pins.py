"""The process with the simulated hardware: `python -m devices.sim.pins --socket PATH`.

Other processes come and go, while its pins keep their levels. The protocol is in `operations`.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import msgspec

from devices.sim.bench import Bench, BenchRefused
from devices.sim.levels import PinKey
from devices.sim.mfrc522_chip import Mfrc522Chip
from devices.sim.operations import decode
from devices.sim.specs import BenchSpec

# The bench's end of a simulated SPI bus; the board's end is in `spi_link`.


class SpiServer:
    """Handles transfers: a length byte and as many bytes, in both directions.

    Zeros without a chip.
    """

    def __init__(self, chip: Mfrc522Chip | None) -> None:
        self._chip = chip
        self._buffer = b""

    def clock(self, data: bytes) -> bytes:
        """Take bytes from the board; return the bytes to send back, for each complete transfer."""
        self._buffer += data
        reply = b""
        while self._buffer and len(self._buffer) > (size := self._buffer[0]):
            sent, self._buffer = self._buffer[1 : size + 1], self._buffer[size + 1 :]
            reply += bytes((size,)) + (self._chip.transfer(sent) if self._chip else bytes(size))
        return reply


MAX_LINE = 1 << 20
MAX_BACKLOG = 4 << 20
"""How many bytes a watcher may be behind before it is disconnected."""
METER_S = 1.0
"""How often every meter's reading is sent."""
_encode = msgspec.json.encode


class PinsServer:
    """Serves one bench on a Unix socket."""

    def __init__(self) -> None:
        self.bench = Bench(self.emit, self._listen)
        self.bench.levels.listen(self._on_drive)
        self.peers: set[_Connection] = set()
        self._timer: asyncio.TimerHandle | None = None

    def emit(self, kind: str, at: float, **fields: Any) -> None:
        """Send an event to the watchers of its kind."""
        watchers = [peer for peer in self.peers if kind in peer.kinds]
        if watchers:
            line = _encode({"event": kind, "at": at, **fields}) + b"\n"
            for peer in watchers:
                peer.send(line)

    def rearm(self) -> None:
        """Set a timer for the bench's next deadline."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if (due := self.bench.deadline()) is not None:
            delay = max(0.0, due - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    def _listen(self, fd: int, read: Callable[[], None] | None) -> None:
        """Call `read` when there are bytes, and set the timer again, since deadlines may have
        changed."""
        loop = asyncio.get_running_loop()
        if read is None:
            loop.remove_reader(fd)
            return

        def read_and_rearm() -> None:
            read()
            self.rearm()

        loop.add_reader(fd, read_and_rearm)

    def _tick(self) -> None:
        self.bench.tick(time.monotonic())
        self.rearm()

    def _on_drive(self, key: PinKey, level: float, at: float) -> None:
        board, pin = key
        event = {"event": "drive", "at": at, "board": board, "pin": pin, "level": level}
        for peer in self.peers:
            if peer.board == board:
                peer.send(_encode(event) + b"\n")

    async def read_meters(self) -> None:
        """Send every meter's reading each second, as if it were polled."""
        while True:
            await asyncio.sleep(METER_S)
            for machine in self.bench.machines.values():
                machine.tell_meter(time.monotonic())


class _Connection(asyncio.Protocol):
    """One client: a board's pin factory, a meter, a page, or a test."""

    def __init__(self, server: PinsServer) -> None:
        self.kinds: frozenset[str] = frozenset()
        self.board: str | None = None
        self._spi: SpiServer | None = None
        self._server = server
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._waiting: bytearray | None = None
        """What is sent once the peer reads again; None: it is reading."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.peers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.peers.discard(self)

    def watch(self, kinds: frozenset[str]) -> None:
        """See operations.Peer."""
        self.kinds = kinds

    def attach(self, board: str) -> None:
        """See operations.Peer."""
        self.board = board

    def clock(self, chip: Mfrc522Chip | None) -> None:
        """See operations.Peer."""
        self._spi = SpiServer(chip)

    def send(self, line: bytes) -> None:
        """Send a line, unless this peer has stopped reading."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._waiting is None:
            self._transport.write(line)
            return
        self._waiting += line
        if len(self._waiting) > MAX_BACKLOG:
            self._transport.abort()

    def pause_writing(self) -> None:
        """Buffer lines here, since a transport copies all that it holds for each new line."""
        if self._waiting is None:
            self._waiting = bytearray()

    def resume_writing(self) -> None:
        """Send what was buffered, because the peer is reading again."""
        if self._waiting is not None and self._transport is not None:
            late, self._waiting = bytes(self._waiting), None
            self._transport.write(late)

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        self._buffer += data
        while self._spi is None and b"\n" in self._buffer:
            line, self._buffer = self._buffer.split(b"\n", 1)
            self._handle(line, at)
        if self._spi is not None:
            data, self._buffer = self._buffer, b""
            self.send(self._spi.clock(data))
            return
        if len(self._buffer) > MAX_LINE and self._transport is not None:
            self._transport.abort()
        self._server.rearm()

    def _handle(self, line: bytes, at: float) -> None:
        try:
            operation = decode(line)
        except BenchRefused as error:
            self.send(_encode({"ok": False, "error": str(error)}) + b"\n")
            return
        try:
            answer = {"ok": True, **operation.run(self._server.bench, self, at)}
        except BenchRefused as error:
            answer = {"ok": False, "error": str(error)}
        if operation.id is not None:
            answer["id"] = operation.id
        elif operation.quiet:
            return
        self.send(_encode(answer) + b"\n")


def read_bench(path: str) -> BenchSpec:
    """Read a bench's TOML file. Raises ValueError with one line."""
    try:
        return msgspec.convert(tomllib.loads(Path(path).read_text(encoding="utf-8")), BenchSpec)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path}: {error}") from error


def listen(path: str) -> socket.socket:
    """Return the listening socket; its path appears once clients can connect.

    Raises ValueError if another process serves that path.
    """
    probe = socket.socket(socket.AF_UNIX)
    with probe, suppress(FileNotFoundError, ConnectionRefusedError):
        probe.connect(path)
        raise ValueError(f"{path}: another process serves this socket already")
    server = socket.socket(socket.AF_UNIX)
    new = Path(f"{path}.new")
    new.unlink(missing_ok=True)
    server.bind(str(new))
    os.chmod(new, 0o600)
    server.listen()
    new.replace(path)
    return server


async def serve(path: str, spec: BenchSpec) -> None:
    """Serve until SIGTERM or SIGINT; print `ready PATH` when clients can connect."""
    server = PinsServer()
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server.bench.set_up(spec, time.monotonic())
    listening = await loop.create_unix_server(lambda: _Connection(server), sock=listen(path))
    meters = asyncio.create_task(server.read_meters())
    print(f"ready {path}", flush=True)
    await stopping.wait()
    meters.cancel()
    listening.close()
    server.bench.close()
    Path(path).unlink(missing_ok=True)


def main(argv: list[str] | None = None) -> int:
    """Run the process. Exit 0 when stopped, 1 with one line when it can't start."""
    parser = argparse.ArgumentParser(prog="python -m devices.sim.pins", description=__doc__)
    parser.add_argument("--socket", required=True, help="path of the control socket")
    parser.add_argument("--bench", help="TOML file of specs.BenchSpec")
    args = parser.parse_args(argv)
    try:
        spec = read_bench(args.bench) if args.bench else BenchSpec()
        asyncio.run(serve(args.socket, spec))
    except (ValueError, OSError, BenchRefused) as error:
        print(f"pins: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
