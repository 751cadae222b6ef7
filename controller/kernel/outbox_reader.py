"""Readers of the outbox with a stored position, so that they miss nothing between two starts.

News are delivered at least once, and in order per site: if a process stops after a delivery and
before storing the position, the same news are delivered again. Recipients recognise them by site
and position.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from controller.domain.time import Utc
from controller.kernel import outbox, outbox_places
from controller.kernel.database import Database, database_time, wall_clock
from controller.kernel.news import News, PostedNews
from controller.kernel.outbox_follower import FollowerThread, FollowResult
from controller.kernel.outbox_places import TERM_S, ReaderPosition
from controller.store.engine import first_line

POLL_S = 5.0
"""Seconds between reads without a notification."""
REST_S = 0.1
"""Pause between two reads, so that one read answers many notifications."""
BATCH_SIZE = 100
"""Most news that are read at once."""
SAVE_S = 60.0
"""Seconds between saving positions past irrelevant news, which is not worth a commit each time."""
AGAIN_S, AGAIN_AT_MOST_S = 1.0, 60.0
"""First and longest pause after a failed delivery; it doubles each time."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """Receives some types of news, for example for another system."""

    name: str
    wants: tuple[type[News], ...]
    deliver: Callable[[Sequence[PostedNews]], None]
    """Called outside any transaction with news of one site.

    If it raises, the same news are delivered again later, and later news wait.
    """
    is_wanted: Callable[[Sequence[PostedNews]], bool] = lambda _news: True
    """Called before; False skips the news like those of other types, which saves a commit."""


@dataclass(slots=True)
class _SiteState:
    """This process's state for one site."""

    passed: int = 0
    """Position up to which there is nothing to deliver."""
    reserved_until_s: float = 0.0
    """Monotonic time until which no other process reads this site."""
    failures: int = 0
    again_s: float = 0.0


class ReaderThread:
    """A thread that reads for one reader; of several processes, only one reads at each site."""

    def __init__(
        self,
        database: Database,
        follower: FollowerThread,
        reader: Reader,
        holder: str,
        *,
        clock: Callable[[], Utc] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
        poll_s: float = POLL_S,
    ) -> None:
        """`follower`: wakes this thread when there are news that the reader wants."""
        self._database = database
        self._follower = follower
        self._kinds = database.house.kinds
        self._reader = reader
        self._holder = holder
        self._clock = clock
        self._monotonic = monotonic
        self._poll_s = poll_s
        self._sites: dict[str, _SiteState] = {}
        self._stopped = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"read-{reader.name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._follower.add_listener(self._on_news)
        self._thread.start()

    def stop(self) -> None:
        """Finish the current delivery and stop."""
        self._stopped.set()
        self._wake.set()
        self._thread.join()
        self._follower.remove_listener(self._on_news)

    def retry(self) -> None:
        """Retry failed deliveries now."""
        for state in self._sites.values():
            state.again_s = 0.0
        self._wake.set()

    def poll(self) -> None:
        """Deliver all new news. Raises DBAPIError."""
        while not self._stopped.is_set():
            with self._database.read() as db:
                places = [*outbox_places.places_behind(db, self._reader.name)]
            more = [self._deliver_batch(place) for place in places]
            if not any(more):
                return

    def _on_news(self, result: FollowResult) -> None:
        if result.lost or any(
            isinstance(news_item.news, self._reader.wants) for news_item in result.news
        ):
            self._wake.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                self._follower.start()
                self.poll()
            except DBAPIError as problem:
                _log.warning("%s: %s; trying again", self._reader.name, first_line(problem))
            except Exception:  # noqa: BLE001  the outermost loop: the next round may succeed
                _log.exception("%s: trying again", self._reader.name)
            if not self._stopped.wait(min(REST_S, self._poll_s)):
                self._wake.wait(self._poll_s)

    def _deliver_batch(self, at: ReaderPosition) -> bool:
        """Read and deliver a batch at a site; return whether there is more to read."""
        state = self._sites.setdefault(at.site, _SiteState())
        if self._monotonic() < state.again_s:
            return False
        start = max(at.position, state.passed)
        with self._database.read() as db:
            batch = outbox.news_since(db, self._kinds, at.site, start, BATCH_SIZE)
        is_all = len(batch) < BATCH_SIZE
        last = batch[-1].position if batch else start
        end = max(last, at.head) if is_all else last
        selected = [
            news_item for news_item in batch if isinstance(news_item.news, self._reader.wants)
        ]
        if selected and not self._reader.is_wanted(selected):
            selected = []
        if not selected and not self._is_time_to_save(at):
            state.passed = end
            return not is_all
        if not at.is_whole:
            _log.error("%s read too late: news of %s are lost", self._reader.name, at.site)
        return self._reserve(at, state) and self._deliver(at, state, selected, end) and not is_all

    def _is_time_to_save(self, at: ReaderPosition) -> bool:
        oldest = Utc.of(self._clock() - timedelta(seconds=SAVE_S))
        return at.moved_at is None or at.moved_at < oldest

    def _reserve(self, at: ReaderPosition, state: _SiteState) -> bool:
        """Return whether this process may deliver from that position."""
        if self._monotonic() < state.reserved_until_s:
            return True
        started = self._monotonic()
        with self._database.write() as db:
            now = database_time(db, self._clock)
            position = outbox_places.take(db, self._reader.name, at, self._holder, now)
        if position != at.position:
            return False
        state.reserved_until_s = started + TERM_S / 2
        return True

    def _deliver(
        self, at: ReaderPosition, state: _SiteState, news: Sequence[PostedNews], end: int
    ) -> bool:
        """Deliver and save the position; returns whether both succeeded."""
        try:
            if news:
                self._reader.deliver(news)
        except Exception:  # noqa: BLE001  deliveries may fail in any way
            wait_s = min(AGAIN_S * 2**state.failures, AGAIN_AT_MOST_S)
            state.failures, state.again_s = state.failures + 1, self._monotonic() + wait_s
            _log.exception(
                "%s: delivering news of %s failed; trying again in %.0f s",
                self._reader.name,
                at.site,
                wait_s,
            )
            return False
        state.failures = 0
        started = self._monotonic()
        with self._database.write() as db:
            now = database_time(db, self._clock)
            is_moved = outbox_places.move(
                db, self._reader.name, at.site, self._holder, start=at.position, end=end, now=now
            )
        state.passed, state.reserved_until_s = (end, started + TERM_S / 2) if is_moved else (0, 0.0)
        return is_moved
