"""Sends alarms to their targets, in the language of the site."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.orm import Session

from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.messages import write
from controller.capabilities.places.models import SiteRow
from controller.domain.time import Utc
from controller.integrations.chat import notifiers, queue
from controller.integrations.chat.queue import DueDelivery
from controller.integrations.chat.targets import MAIL, sealer
from controller.kernel import fair_dispatch
from controller.kernel.crypto import Sealer
from controller.kernel.database import Database, wall_clock
from controller.kernel.fair_dispatch import FairDispatcher
from controller.kernel.message import Letter, MessageContext
from controller.kernel.news import PostedNews
from controller.kernel.outbox_follower import FollowerThread
from controller.kernel.outbox_reader import Reader, ReaderThread
from controller.kernel.translation import translator
from controller.settings import Settings


class Sender(FairDispatcher[DueDelivery]):
    """Sends alarms, one at a time per target."""

    def __init__(
        self,
        database: Database,
        seals: Sealer,
        public_url: str,
        *,
        allow_private: bool,
        clock: Callable[[], Utc] = wall_clock,
    ) -> None:
        self._database = database
        self._public_url = public_url.rstrip("/")
        self._allow_private = allow_private
        self._clock = clock
        due = fair_dispatch.DueWork(
            is_due=queue.is_due,
            take=lambda db, busy, now: queue.take_due(db, seals, busy, now),
            recipient_of=lambda due: due.target,
            deliver=self._send,
        )
        super().__init__("chat", database, due, clock=clock)

    def _send(self, due: DueDelivery) -> bool:
        error = self._try_send(due)
        with self._database.write() as db:
            queue.record_answer(db, due, error, now=self._clock())
        return error is None

    def _try_send(self, due: DueDelivery) -> str | None:
        """Send the message; return the error, None if it was accepted."""
        if due.service == MAIL:
            with self._database.write() as db:
                self._write(db, due)
            return None
        with self._database.read() as db:
            letter = self._letter(db, due)
        link = f"{letter.link.text}\n{self._public_url}{letter.link.path}" if letter.link else ""
        try:
            text = "\n".join((*letter.lines, link))
            notifiers.send(due.url, letter.subject, text, allow_private=self._allow_private)
        except notifiers.NotSent as problem:
            return str(problem)
        return None

    def _write(self, db: Session, due: DueDelivery) -> None:
        site = db.get_one(SiteRow, due.site)
        write.to_address(
            db,
            due.url.removeprefix("mailto:"),
            due.message,
            language=site.language,
            site_id=site.id,
            key=f"{due.target}/{due.alarm}",
            now=self._clock(),
        )

    def _letter(self, db: Session, due: DueDelivery) -> Letter:
        """Return the message in the site's language, since a chat room has many readers."""
        site = db.get_one(SiteRow, due.site)
        place = site.name.get(site.language.value) or next(iter(site.name.values()))
        return due.message.letter(
            MessageContext(
                translator=translator(db, site.language),
                place=place,
                zone=site.time_zone,
                now=self._clock(),
                secret="",
                db=db,
            )
        )


# Runs chat: queues alarms for the targets as they are raised, and sends them.

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
    """Read the outbox and send alarms, on threads of their own, until the block ends."""
    sender = Sender(
        database,
        sealer(secret),
        settings.web.public_url,
        allow_private=settings.chat.allow_private,
        clock=clock,
    )

    def enqueue(news: Sequence[PostedNews]) -> None:
        with database.write() as db:
            queue.enqueue(db, news, clock())
        sender.wake()

    holder = f"{socket.gethostname()}/{os.getpid()}"
    reading = ReaderThread(
        database, follower, Reader(NAME, (AlarmNews,), enqueue), holder, clock=clock
    )
    sender.start()
    reading.start()
    try:
        yield sender
    finally:
        reading.stop()
        sender.stop()
