"""Measure the time to set a relay through the firmware bridge and read it back.

It uses the firmware on a simulated ATmega328P if `./run test` has built it, otherwise the
microcontroller of the simulated bench; the note says which. The floor is a process that writes the
same bytes to the same pty and waits for the same answer, without thread, queue or driver.
"""

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from controller.cli.bench import BenchFailed
from controller.cli.bench.figure import Figure, percentile_figure
from devices.ports import DeviceEvent, SwitchReported, SwitchState
from devices.registry import POWER, wire
from devices.wiring import Context
from firmware_bridge.channel import Channel
from firmware_bridge.codes import Type
from firmware_bridge.frames import DELIMITER, Decoder, Frame, encode
from firmware_bridge.messages import Hello, parse
from firmware_bridge.relay import SET_BODY

CYCLES = 100
"""Number of measured round trips."""
TTL_MS = 2000
"""Milliseconds after which the microcontroller switches off unless a command is repeated."""
_TIMEOUT_S = 20.0
_GREETING_S = 0.1
_BYTES = 19 + 34
"""Bytes of a SET and its STATUS on the line."""
_LINE_MS = _BYTES * 10 / 115.2
"""Milliseconds for these bytes, of 10 bits each, at 115200 baud."""


def measure(folder: Path) -> list[Figure]:
    """Measure the driver's round trip and that of the bare line, on the same microcontroller."""
    with _microcontroller(folder) as (link, device):
        floor = _floor_samples_ms(link)
        samples = _driver_samples_ms(link)
    note = f"of {len(samples)}; {device}; {_LINE_MS:.1f} ms are the line's 53 bytes"
    return [percentile_figure("bridge_set_read_back", "ms", samples, floor, note)]


def _driver_samples_ms(link: str) -> list[float]:
    """Return the milliseconds from `on()` until the state is read back as on."""
    events: SimpleQueue[DeviceEvent] = SimpleQueue()
    table = {"driver": "bridge", "port": link, "relay": 0, "ttl_ms": TTL_MS}
    context = Context("power", events.put)
    switch = wire(POWER, table, "bench").open(context)
    samples = []
    try:
        _wait_for_report(events, SwitchState.OFF)
        for _ in range(CYCLES):
            began = time.monotonic()
            switch.on()
            samples.append((_wait_for_report(events, SwitchState.ON) - began) * 1000)
            switch.off()
            _wait_for_report(events, SwitchState.OFF)
    finally:
        switch.close()
        context.shared.close()
    return samples


def _wait_for_report(events: "SimpleQueue[DeviceEvent]", state: SwitchState) -> float:
    while True:
        event = events.get(timeout=_TIMEOUT_S)
        if isinstance(event, SwitchReported) and event.state is state:
            return event.mono_s


def _floor_samples_ms(link: str) -> list[float]:
    """Exchange SET and OFF with their STATUS over the bare line.

    Return the milliseconds of each SET.
    """
    samples = []
    with closing(Channel(link)) as channel:
        decoder = Decoder()
        hello = _greet(channel, decoder)
        answer = parse(hello)
        assert isinstance(answer, Hello)  # noqa: S101  it has answered the greeting
        seq = answer.last_seq
        for _ in range(CYCLES):
            for kind, body in ((Type.SET, SET_BODY.pack(1, TTL_MS)), (Type.OFF, b"\x01")):
                seq += 1
                began = time.monotonic()
                if _ask(channel, decoder, Frame(kind, seq, hello.nonce, body)) is None:
                    raise BenchFailed("the microcontroller does not answer any more")
                if kind is Type.SET:
                    samples.append((time.monotonic() - began) * 1000)
    return samples


def _greet(channel: Channel, decoder: Decoder) -> Frame:
    """Greet until it answers: a microcontroller that has just started misses the first frames."""
    for attempt in range(round(_TIMEOUT_S / _GREETING_S)):
        channel.write(DELIMITER)
        hello = _ask(channel, decoder, Frame(Type.HELLO, attempt, 0), _GREETING_S)
        if hello is not None:
            return hello
    raise BenchFailed("the microcontroller does not answer")


def _ask(
    channel: Channel, decoder: Decoder, frame: Frame, timeout_s: float = _TIMEOUT_S
) -> Frame | None:
    channel.write(encode(frame))
    while select.select((channel.fileno(),), (), (), timeout_s)[0]:
        for event in decoder.feed(channel.read()):
            # Types from BOOT on are reports, not answers.
            if isinstance(event, Frame) and event.seq == frame.seq and event.type < Type.BOOT:
                return event
    return None


@contextmanager
def _microcontroller(folder: Path) -> Iterator[tuple[str, str]]:
    folder.mkdir(parents=True, exist_ok=True)
    short = tempfile.mkdtemp(prefix="loquet-")
    link = str(folder / "mcu")
    if (built := _built_firmware()) is not None:
        command = [str(built / "bench"), str(built / "loquet-bridge-nano.elf"), "--link", link]
        device = "firmware on a simulated ATmega328P"
    else:
        (folder / "bench.toml").write_text(f'[[bridge]]\nname = "mcu"\nlink = "{link}"\n')
        command = [sys.executable, "-m", "devices.sim.pins", "--socket", f"{short}/s"]
        command += ["--bench", str(folder / "bench.toml")]
        device = "simulated microcontroller, without the line's time"
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None  # noqa: S101  asked for above
    assert process.stdout is not None  # noqa: S101
    try:
        _wait_ready(process.stdout)
        yield link, device
    finally:
        process.terminate()
        process.wait()
        process.stdin.close()
        process.stdout.close()
        for left in Path(short).iterdir():
            left.unlink()
        Path(short).rmdir()


def _wait_ready(lines: IO[str]) -> None:
    for line in lines:
        if "ready" in line:
            return
    raise BenchFailed("the simulated microcontroller did not start")


def _built_firmware() -> Path | None:
    """Return the folder of the newest firmware that the tests have built, in a source tree."""
    cache = Path(__file__).parents[3] / ".cache" / "firmware"
    folders = [
        path.parent
        for path in cache.glob("*/size.txt")
        if os.access(path.parent / "bench", os.X_OK)
    ]
    return max(folders, key=lambda path: path.stat().st_mtime, default=None)
