"""A broker that is told to read its files is told so once more."""

import subprocess
import sys
from pathlib import Path

from controller.capabilities.agents import broker

COUNTS = """
import os, signal
signal.signal(signal.SIGHUP, lambda *_: os.write(1, b"read\\n"))
os.write(1, b"up\\n")
while True:
    signal.pause()
"""


def test_a_signal_that_comes_while_it_reads_is_not_the_last(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", COUNTS], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        (tmp_path / "mosquitto.pid").write_text(str(process.pid))
        broker.install(tmp_path, "user hub\n", "crl\n")
        assert [process.stdout.readline() for _ in range(2)] == ["read\n", "read\n"]
        process.kill()


def test_where_no_broker_runs_nothing_waits(tmp_path: Path) -> None:
    broker.reload(tmp_path)
    (tmp_path / "mosquitto.pid").write_text("nonsense")
    broker.reload(tmp_path)
