"""kill -9 while writing: what was told to be durable is there, whole and in its chain."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from controller.wire.journal_bytes import decode_event
from devices.agent.journal.ledger import Ledger, Recorder

pytestmark = pytest.mark.system

ROUNDS = 12
CHILD = Path(__file__).with_name("journal_child.py")


def test_nothing_durable_is_lost(folder: Path, recorder: Recorder) -> None:
    path, stream, durable = folder / "journal.db", "", 0
    when = Random(3)
    for _ in range(ROUNDS):
        with subprocess.Popen(
            [sys.executable, str(CHILD), str(path)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            told = child.stdout.readline()
            for _ in range(when.randint(0, 60)):
                told = child.stdout.readline()
            child.kill()
            lines = [told, *child.stdout.readlines()]
        last = [line for line in lines if line.endswith("\n")][-1]
        named, number = last.split()
        stream = stream or named
        assert (named, int(number) > durable) == (stream, True)
        durable = int(number)
        ledger = Ledger(path, recorder, Random(1))
        assert (ledger.current.id, ledger.degraded) == (stream, False)
        read = [decode_event(data).seq for _, data in ledger.current.file.after(0, 10_000)]
        assert read[:durable] == list(range(1, durable + 1))
        assert read == list(range(1, len(read) + 1))
        ledger.close()
