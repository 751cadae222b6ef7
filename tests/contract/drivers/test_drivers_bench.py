"""The pins process: how it starts, what it refuses, and that a bad client hurts nobody."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from devices.sim.client import BenchError, SimBench
from tests.contract.drivers.rig import BOARD
from tests.support.pins import Pins


def _start(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "devices.sim.pins", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_second_process_on_the_same_socket_is_refused(pins: Pins) -> None:
    second = _start("--socket", pins.socket)
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == f"pins: {pins.socket}: another process serves this socket already\n"


def test_a_socket_left_by_a_killed_process_is_taken_over(pins: Pins) -> None:
    pins.end(signal.SIGKILL)
    assert os.path.exists(pins.socket)
    pins.start()
    with SimBench(pins.socket) as bench:
        assert set(bench.state()["machines"]) == {"laser", "saw", "active-low"}


def test_a_clean_end_takes_its_paths_away(pins: Pins) -> None:
    assert pins.end() == 0
    assert not os.path.exists(pins.socket)
    assert not os.path.lexists(pins.folder / "rdm")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[machine]]\nname = "x"\nboard = "b"\npin = 99\n', "Expected `int` <= 27"),
        ('[[machin]]\nname = "x"\n', "unknown field `machin`"),
        ("[[machine\n", "Expected"),
    ],
)
def test_a_bad_bench_file_is_one_line(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "bench.toml"
    file.write_text(text)
    done = _start("--socket", str(tmp_path / "s"), "--bench", str(file))
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.startswith(f"pins: {file}: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"nonsense", "not understood: JSON is malformed"),
        (b'{"op": "fly"}', "not understood: Invalid value 'fly'"),
        (b'{"op": "tap", "reader": "rdm"}', "missing required field `credential`"),
        (b'{"op": "state", "more": 1}', "unknown field `more`"),
        (b'{"op": "drive", "board": "b", "pin": 28, "level": 1}', "Expected `int` <= 27"),
    ],
)
def test_a_request_that_is_not_understood_is_answered_in_one_line(
    line: bytes, says: str, pins: Pins, bench: SimBench
) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(pins.socket)
        client.sendall(line + b'\n{"op":"state","id":"x"}\n')
        answers = client.makefile("rb")
        refused = msgspec.json.decode(answers.readline())
        assert refused["ok"] is False
        assert says in refused["error"]
        assert msgspec.json.decode(answers.readline())["id"] == "x"
        answers.close()
    bench.do("state")


@pytest.mark.parametrize("operation", ["lift", "press", "door", "job", "weld", "meter", "cable"])
def test_unknown_names_are_refused(operation: str, bench: SimBench) -> None:
    every: dict[str, dict[str, Any]] = {
        "lift": {"reader": "x"},
        "press": {"contact": "x", "active": True},
        "door": {"door": "x", "do": "open"},
        "job": {"machine": "x", "running": True},
        "weld": {"machine": "x", "welded": True},
        "meter": {"machine": "x", "mode": "true"},
        "cable": {"reader": "x", "plugged": True},
    }
    with pytest.raises(BenchError, match=r"no (reader|contact|door|machine) 'x' here; known: "):
        bench.do(operation, **every[operation])


def test_more_can_be_put_on_the_bench(bench: SimBench, tmp_path: Path) -> None:
    lathe = {"name": "lathe", "board": BOARD, "pin": 4}
    bench.do("setup", machine=[lathe], reader=[{"name": "new", "link": str(tmp_path / "new")}])
    assert bench.state()["machines"]["lathe"]["closed"] is False
    assert bench.state()["readers"]["new"]["plugged"]
    with pytest.raises(BenchError, match="lathe is on the bench already"):
        bench.do("setup", machine=[lathe])


def test_a_watcher_that_does_not_read_is_cut_off_and_hurts_nobody(
    pins: Pins, bench: SimBench
) -> None:
    with SimBench(pins.socket) as sleeper:
        sleeper.watch("edge")
        toggles = b"".join(
            b'{"op":"write","board":"z","pin":1,"level":%d}\n' % (n % 2) for n in range(2000)
        )
        bench.do("configure", board="z", pin=1, mode="out")
        with socket.socket(socket.AF_UNIX) as board:
            board.connect(pins.socket)
            for _ in range(60):
                board.sendall(toggles)
        bench.do("state")
        with pytest.raises(BenchError, match="the simulated hardware is gone"):
            sleeper.wait_for(lambda event: False, timeout_s=30)
