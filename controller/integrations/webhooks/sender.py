"""Sends each webhook its signed messages, and stores how the receiver responded."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException

from controller.domain.time import Utc
from controller.integrations.webhooks import answers, queue
from controller.integrations.webhooks.queue import DueDelivery
from controller.integrations.webhooks.signature import body_of, headers_of
from controller.integrations.webhooks.target import resolve
from controller.integrations.webhooks.webhooks import PURPOSE
from controller.kernel import fair_dispatch
from controller.kernel.crypto import Sealer
from controller.kernel.database import Database, wall_clock
from controller.kernel.fair_dispatch import FairDispatcher
from controller.kernel.news import News, PostedNews
from controller.kernel.open_internet import NotAllowed, NotFound
from controller.kernel.outbox_follower import FollowerThread
from controller.kernel.outbox_reader import Reader, ReaderThread

USER_AGENT = "loquet-webhooks/1"


class Sender(FairDispatcher[DueDelivery]):
    """Sends messages, one at a time per webhook."""

    def __init__(
        self,
        database: Database,
        seal: Sealer,
        *,
        allow_private: bool,
        clock: Callable[[], Utc] = wall_clock,
    ) -> None:
        self._database = database
        self._allow_private = allow_private
        self._clock = clock
        due = fair_dispatch.DueWork(
            is_due=queue.is_due,
            take=lambda db, busy, now: queue.take_due(db, seal, busy, now),
            recipient_of=lambda due: due.webhook,
            deliver=self._send,
        )
        super().__init__("webhooks", database, due, clock=clock)

    def _send(self, due: DueDelivery) -> bool:
        status, error = self._post(due)
        with self._database.write() as db:
            answers.record_answer(db, due, status, error, self._clock())
        return answers.is_success(status)

    def _post(self, due: DueDelivery) -> tuple[int | None, str | None]:
        """Send the message; return the response's status, or None and the error."""
        body = body_of(due.type, due.at, due.site, due.key)
        headers = headers_of(due.id, self._clock(), body, due.keys)
        headers |= {"content-type": "application/json", "user-agent": USER_AGENT}
        try:
            status = resolve(due.url, allow_private=self._allow_private).post(body, headers)
        except (NotAllowed, NotFound, ValueError) as problem:
            return None, str(problem)
        except (OSError, HTTPException) as problem:
            return None, (str(problem) or type(problem).__name__)[:400]
        return status, None if status < 300 else f"answered {status}"


# Runs webhooks: queues each news item for the webhooks that want it, and sends the messages.

NAME = "webhooks"


def sealer(secret: str) -> Sealer:
    """Return the encryption for keys in the database; `secret` is that of `[web]`."""
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
    """Read the outbox and send messages, on threads of their own, until the block ends."""
    sender = Sender(database, sealer(secret), allow_private=allow_private, clock=clock)

    def is_wanted(news: Sequence[PostedNews]) -> bool:
        """Return whether any webhook wants the news, to avoid useless writes."""
        with database.read() as db:
            return queue.is_wanted(db, news)

    def enqueue(news: Sequence[PostedNews]) -> None:
        with database.write() as db:
            queue.enqueue(db, news, clock())
        sender.wake()

    holder = f"{socket.gethostname()}/{os.getpid()}"
    reader = Reader(NAME, (News,), enqueue, is_wanted)
    reading = ReaderThread(database, follower, reader, holder, clock=clock)
    sender.start()
    reading.start()
    try:
        yield sender
    finally:
        reading.stop()
        sender.stop()
