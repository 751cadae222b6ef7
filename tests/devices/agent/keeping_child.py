"""Keeps a count and tells of each in the journal, for ever, through the journal's own thread."""

import sys
from pathlib import Path
from random import Random

from controller.domain.ids import AccessPointId
from controller.wire.events import InputChanged
from devices.agent.clock import Clock, ClockMode
from devices.agent.journal.ledger import Ledger, Recorder, kernel_boot
from devices.agent.journal.thread import Journal
from devices.agent.state_store import StateStore


def main(folder: Path) -> None:
    """Count until killed."""
    clock = Clock(ClockMode.TRUSTED, None)
    recorder = Recorder(kernel_boot(), clock)
    state_store = StateStore.open(folder / "state.db", "mark")
    ledger = Ledger(folder / "journal.db", recorder, Random(1))
    count = int(state_store.get("count") or b"0")
    journal = Journal(ledger, state_store, lambda _stream, _events: None, mono=clock.mono)
    journal.start()
    while True:
        count += 1
        event = recorder.event(InputChanged, AccessPointId("laser"), input=f"n{count}", active=True)
        journal.write(event, saved={"count": str(count).encode()})
        print(count, flush=True)


main(Path(sys.argv[1]))
