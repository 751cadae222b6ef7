"""A process that kills itself between a commit and the sending of what it committed.

`python -m tests.hub.dying reader DATABASE FILE WHEN` reads the outbox and writes what
it is told to a file, one line each; `… hub DATABASE` is a hub. WHEN: `never`, or `before` or
`after` the second delivery has been written.
"""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from controller.assembly import HOUSE
from controller.capabilities.machines.changes import PointNews
from controller.hub.runtime import Hub
from controller.kernel import outbox_reader
from controller.kernel.database import Database
from controller.kernel.news import PostedNews
from controller.kernel.outbox_follower import FollowerThread
from controller.kernel.outbox_reader import Reader, ReaderThread
from controller.live import Live
from controller.store.engine import open_database
from controller.wire.signatures import Signer
from tests.hub.memory_link import MemoryLink


def die() -> None:
    """No cleaning up, no last word."""
    os.kill(os.getpid(), signal.SIGKILL)


class ToFile:
    """What a receiver outside has: whatever was written is there, whoever dies."""

    def __init__(self, file: Path, when: str) -> None:
        self._file = file
        self._when = when
        self._count = 0

    def deliver(self, news: Sequence[PostedNews]) -> None:
        self._count += 1
        if self._count == 2 and self._when == "before":
            die()
        with self._file.open("a") as file:
            file.writelines(f"{news_item.position} {news_item.key}\n" for news_item in news)
            file.flush()
            os.fsync(file.fileno())
        if self._count == 2 and self._when == "after":
            die()


class DyingLink(MemoryLink):
    """Dies as soon as the hub is about to send something that follows from a change."""

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        sign: bool = True,
        expiry_s: int | None = None,
    ) -> bool:
        if topic.endswith(("/policy/delta", "/command")):
            die()
        return super().publish(topic, payload, qos=qos, retain=retain, sign=sign, expiry_s=expiry_s)


def _read(database: Database, file: Path, when: str) -> None:
    outbox_reader.BATCH_SIZE = 3  # several deliveries
    to_file = ToFile(file, when)
    reader = Reader("file", (PointNews,), to_file.deliver)
    ReaderThread(database, FollowerThread(database, Live("embedded")), reader, "hub-main").poll()


def _work(database: Database, live: Live) -> None:
    link = DyingLink(Signer.generate())
    hub = Hub(database, link, link.signer, live)
    hub.start()
    print("working", flush=True)
    sys.stdin.read()
    with suppress(Exception):
        hub.stop()


def main(what: str, url: str, *rest: str) -> None:
    """One of both."""
    live = Live("embedded")
    database = Database(open_database(url), live, house=HOUSE)
    if what == "reader":
        _read(database, Path(rest[0]), rest[1])
    else:
        _work(database, live)


if __name__ == "__main__":
    main(*sys.argv[1:])
