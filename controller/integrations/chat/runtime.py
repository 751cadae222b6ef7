"""Chat at work: alarms are put down for its targets as they come, and told."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from controller.capabilities.alarms.news import AlarmNews
from controller.domain.time import Utc
from controller.integrations.chat import queue
from controller.integrations.chat.sender import Sender
from controller.integrations.chat.targets import sealer
from controller.kernel.database import Database, wall_clock
from controller.kernel.news import PostedNews
from controller.kernel.outbox_follower import FollowerThread
from controller.kernel.outbox_reader import Reader, ReaderThread
from controller.settings import Settings

NAME = "chat"


@contextmanager
def running_chat(
    database: Database,
    follower: FollowerThread,
    settings: Settings,
    secret: str,
    *,
    clock: Callable[[], Utc] = wall_clock,
) -> Iterator[Sender]:
    """Read the outbox and tell, on threads of their own, until the block ends."""
    sender = Sender(
        database,
        sealer(secret),
        settings.web.public_url,
        allow_private=settings.chat.allow_private,
        clock=clock,
    )

    def put_down(news: Sequence[PostedNews]) -> None:
        with database.write() as db:
            queue.put_down(db, news, clock())
        sender.ring()

    holder = f"{socket.gethostname()}/{os.getpid()}"
    reading = ReaderThread(
        database, follower, Reader(NAME, (AlarmNews,), put_down), holder, clock=clock
    )
    sender.start()
    reading.start()
    try:
        yield sender
    finally:
        reading.stop()
        sender.stop()
