"""Appends events to a journal for ever, and says after each commit how many are durable."""

import sys
from pathlib import Path
from random import Random

from controller.domain.ids import AccessPointId
from controller.wire.events import Rex
from devices.agent.clock import Clock, ClockMode
from devices.agent.journal.ledger import Ledger, Recorder, kernel_boot


def main(path: str) -> None:
    """Append in groups of 1 to 20 until killed."""
    recorder = Recorder(kernel_boot(), Clock(ClockMode.TRUSTED, None))
    ledger = Ledger(Path(path), recorder, Random(1))
    sizes = Random(int.from_bytes(Path(path).parent.name.encode()[-4:]))
    while True:
        count = sizes.randint(1, 20)
        ledger.append([recorder.event(Rex, AccessPointId("door-1")) for _ in range(count)])
        print(ledger.current.id, ledger.current.file.last_seq, flush=True)


main(sys.argv[1])
