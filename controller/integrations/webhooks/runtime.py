"""Webhooks at work: news are put down for them as they come, and sent."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from controller.domain.time import Utc
from controller.integrations.webhooks import queue
from controller.integrations.webhooks.sender import Sender
from controller.integrations.webhooks.webhooks import PURPOSE
from controller.kernel.crypto import Sealer
from controller.kernel.database import Database, wall_clock
from controller.kernel.news import News, PostedNews
from controller.kernel.outbox_follower import FollowerThread
from controller.kernel.outbox_reader import Reader, ReaderThread

NAME = "webhooks"


def sealer(secret: str) -> Sealer:
    """Keeps the keys unreadable in the database; `secret` is that of `[web]`."""
    return Sealer(secret.encode(), PURPOSE)


@contextmanager
def running_webhooks(
    database: Database,
    follower: FollowerThread,
    secret: str,
    *,
    allow_private: bool,
    clock: Callable[[], Utc] = wall_clock,
) -> Iterator[Sender]:
    """Read the outbox and send, on threads of their own, until the block ends."""
    sender = Sender(database, sealer(secret), allow_private=allow_private, clock=clock)

    def is_wanted(news: Sequence[PostedNews]) -> bool:
        """Most places have no webhook, and a thousand agents much news."""
        with database.read() as db:
            return queue.is_wanted(db, news)

    def put_down(news: Sequence[PostedNews]) -> None:
        with database.write() as db:
            queue.put_down(db, news, clock())
        sender.ring()

    holder = f"{socket.gethostname()}/{os.getpid()}"
    reader = Reader(NAME, (News,), put_down, is_wanted)
    reading = ReaderThread(database, follower, reader, holder, clock=clock)
    sender.start()
    reading.start()
    try:
        yield sender
    finally:
        reading.stop()
        sender.stop()
