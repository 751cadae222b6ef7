"""Wait for what the outbox brings, as an open page or a hub does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from controller.kernel.database import Database
from controller.kernel.news import News, PostedNews
from controller.kernel.outbox_follower import Bell, OutboxFollower, bell
from controller.live import Live

WAIT_S = 180.0


class Heard:
    """What is new since it was made."""

    def __init__(self, tail: OutboxFollower, rings: Bell) -> None:
        self._follower = tail
        self._rings = rings
        self.news: list[PostedNews] = []
        self._seen = 0

    def next(self) -> PostedNews:
        """The next one, as soon as it is there. AssertionError when none comes."""
        end = time.monotonic() + WAIT_S
        while self._seen == len(self.news):
            self.look()
            if self._seen == len(self.news):
                assert time.monotonic() < end, f"nothing more after {self.news}"
                self._rings.wait(Event())
        self._seen += 1
        return self.news[self._seen - 1]

    def wait_for(self, news: News) -> None:
        """Until this is told; others before it are passed over."""
        while self.next().news != news:
            pass

    def look(self) -> list[News | None]:
        """All that has been told so far."""
        self.news += self._follower.poll().news
        return [news_item.news for news_item in self.news]


@contextmanager
def following(database: Database, live: Live) -> Iterator[Heard]:
    """What is told from now on."""
    tail = OutboxFollower(database)
    tail.begin()
    with bell(live) as rings:
        yield Heard(tail, rings)
