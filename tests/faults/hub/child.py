"""A hub in a process of its own, which can be told where to die. Run by the tests beside it."""

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.hub.budget import EVENTS, Budget
from controller.hub.event_batches import Outcome
from controller.hub.intake import Batch
from controller.hub.runtime import Hub
from controller.kernel.database import Database
from controller.live import Live
from controller.settings import MqttSettings, Settings
from controller.store.engine import open_database
from controller.wire.link import PahoLink
from controller.wire.signatures import Signer


def die(*_: object) -> None:
    """As a power cut does: nothing is flushed, no handler runs."""
    os.kill(os.getpid(), signal.SIGKILL)


class Fate:
    """Kills the process in the n-th transaction that stores events, before or after its commit."""

    def __init__(self, hub: Hub, moment: str, number: int) -> None:
        self._commit = hub.ingest.commit
        self._left = number
        self._storing = threading.local()
        event.listen(Session, f"{moment}_commit", self._maybe)
        hub.ingest.commit = self.commit  # type: ignore[method-assign]

    def commit(self, batches: Sequence[Batch]) -> list[Outcome]:
        """What `Ingest.commit` does, watched."""
        self._storing.now = True
        try:
            return self._commit(batches)
        finally:
            self._storing.now = False

    def _maybe(self, session: Session) -> None:
        if getattr(self._storing, "now", False) and not session.in_nested_transaction():
            self._left -= 1
            if self._left == 0:
                die()


def main(config: dict[str, Any]) -> None:
    """Run until killed, or until standard input ends."""
    live = Live("embedded")
    signer = Signer.load(Path(config["key"]))
    link = PahoLink(
        host="127.0.0.1",
        port=config["port"],
        ca=Path(config["ca"]),
        cert=Path(config["cert"]),
        key=Path(config["key"]),
        client_id=config["name"],
        signer=signer,
    )
    database = Database(open_database(config["database"]), live, house=HOUSE)
    settings = Settings(mqtt=MqttSettings(lease_s=1))
    budget = Budget(**config["budget"]) if "budget" in config else EVENTS
    hub = Hub(database, link, signer, live, name=config["name"], settings=settings, events=budget)
    if config.get("moment"):
        Fate(hub, config["moment"], config["number"])
    hub.start()
    sys.stdin.read()
    hub.stop()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
