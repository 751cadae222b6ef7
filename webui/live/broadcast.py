"""Send changes to open pages: one reader of the outbox per process, a queue for each open
stream."""

import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue, SimpleQueue
from threading import Event, Lock, Thread
from typing import Protocol, Self

from controller.capabilities.accounts import sign_ins, tokens
from controller.capabilities.live.hub_contact import served_sites
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Database, Session, wall_clock
from controller.kernel.news import PostedNews
from controller.kernel.outbox_follower import FollowerThread, FollowResult
from webui import sessions
from webui.api import bearer
from webui.context import context
from webui.guard import account

KEEP_ALIVE_S = 15.0
"""After this time without a change, a stream sends a sign of life."""
BACKLOG = 256
"""Changes that wait for one stream; a stream that falls further behind is ended."""
RETRY_S = 1.0
STOP_S = 0.5
STREAMS_EACH = 16
"""Most streams of one account, over all its browsers and tokens."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChange:
    """A change at a site, for open pages."""

    site: str
    text: str
    """One JSON object; empty: changes were missed, so the streams end and readers reconnect."""
    position: int | None = None
    """Position in the outbox; None: the change does not come from there."""

    @classmethod
    def of(cls, news: PostedNews) -> Self:
        """Return the change without the new state of the changed thing."""
        text = change_text(news.site, news.what, news.key, news.at)
        return cls(site=news.site, text=text, position=news.position)


def change_text(site: str, what: str, key: str, at: Utc | None = None) -> str:
    """Return a change as a JSON object, with the time at which it was written if that is known."""
    when = {} if at is None else {"at": at.text()}
    return json.dumps({"site": site, "what": what, "key": key, **when})


PublishChange = Callable[[SiteChange], None]


class Source(Protocol):
    """The interface of a source of changes."""

    def begin(self) -> None:
        """Begin: no change from now on is missed."""

    def run(self, publish: PublishChange, stopped: Event) -> None:
        """Pass on changes until the event is set; after a failure it is called again."""


class TooManyStreams(Exception):
    """All streams that the process allows are open."""


class TooManyOfAccount(Exception):
    """The account has as many open streams as it may have."""


@dataclass(frozen=True, slots=True)
class Right:
    """The right by which a stream is open: its owner, and whether it still holds."""

    holder: str
    holds: Callable[[Session], bool]


class Stream:
    """The changes that one open page receives.

    Iterate over it, and close it whether or not it was iterated.
    """

    def __init__(self, owner: "Broadcast", right: Right | None = None) -> None:
        self.right = right
        """None: the stream belongs to nobody, and its right is not checked."""
        self._owner = owner
        self._queue: Queue[SiteChange | None] = Queue(BACKLOG)
        self._ended = Event()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> SiteChange | None:
        """Return the next change; None as a sign of life if there was none for 15 s."""
        try:
            change = self._queue.get(timeout=KEEP_ALIVE_S)
        except Empty:
            change = None
        if self._ended.is_set():
            raise StopIteration
        return change

    def put(self, change: SiteChange | None) -> bool:
        """Queue a change; return False if the page does not read and is therefore ended."""
        try:
            self._queue.put_nowait(change)
        except Full:
            self.end()
            return False
        return True

    def end(self) -> None:
        """Stop the iteration, even while it waits."""
        self._ended.set()
        try:
            self._queue.put_nowait(None)
        except Full:
            return  # it has something to read, and then finds the end

    def close(self) -> None:
        """Remove the stream from the broadcast."""
        self._owner.leave(self)


class Broadcast:
    """Passes each change to every open stream; at most `most`, so that threads remain for pages."""

    def __init__(self, sources: Sequence[Source], most: int) -> None:
        self._sources = sources
        self._most = most
        self._streams: set[Stream] = set()
        self._lock = Lock()
        self._stopped = Event()
        self._threads: list[Thread] = []

    def follow(self, source: Source) -> None:
        """Add a source; only before the first stream is opened."""
        self._sources = (*self._sources, source)

    def streams(self) -> list[Stream]:
        """Return the open streams."""
        with self._lock:
            return list(self._streams)

    def listen(self, right: Right | None = None) -> Stream:
        """Return a stream of changes from now on.

        Raises DBAPIError, TooManyStreams if the process has too many, TooManyOfAccount if this
        account has. A disconnected reader is only noticed on writing. In these cases something is
        therefore written to all streams, so that a retry may find a free place.
        """
        stream = Stream(self, right)
        with self._lock:
            if self._stopped.is_set():
                raise TooManyStreams
            if right is not None and self._number_of(right.holder) >= STREAMS_EACH:
                self._put(None)
                raise TooManyOfAccount
            if len(self._streams) >= self._most:
                self._put(None)
                raise TooManyStreams
            if not self._threads:
                self._start()
            self._streams.add(stream)
        return stream

    def leave(self, stream: Stream) -> None:
        """Remove a stream; does nothing if it is gone already."""
        with self._lock:
            self._streams.discard(stream)

    def publish(self, change: SiteChange) -> None:
        """Pass a change to every open stream.

        One that does not read is ended; its page reconnects.
        """
        with self._lock:
            self._put(change)

    def close(self) -> None:
        """End every stream and stop."""
        self._stopped.set()
        with self._lock:
            for stream in self._streams:
                stream.end()
        for thread in self._threads:
            thread.join(STOP_S)

    def _number_of(self, holder: str) -> int:
        return sum(
            stream.right is not None and stream.right.holder == holder for stream in self._streams
        )

    def _put(self, change: SiteChange | None) -> None:
        self._streams = {stream for stream in self._streams if stream.put(change)}

    def _start(self) -> None:
        for source in self._sources:
            source.begin()
        for source in self._sources:
            thread = Thread(target=self._run, args=(source,), name="web-source", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, source: Source) -> None:
        while not self._stopped.is_set():
            try:
                source.run(self.publish, self._stopped)
            except Exception as error:  # noqa: BLE001  the thread's edge: a database may be away
                _log.warning("open pages are not told of changes: %s; trying again", error)
            self._stopped.wait(RETRY_S)


class OutboxSource:
    """The source of all changes that are committed, by any process."""

    def __init__(self, follower: FollowerThread, *, is_own: bool = False) -> None:
        """`is_own`: only this source uses the follower, so that it stops with it."""
        self._follower = follower
        self._is_own = is_own
        self._results: SimpleQueue[FollowResult] = SimpleQueue()

    def begin(self) -> None:
        """Start following; a failed read loses nothing. Raises DBAPIError."""
        self._follower.start()
        self._follower.add_listener(self._results.put)

    def run(self, publish: PublishChange, stopped: Event) -> None:
        """Pass on changes until stopped."""
        while not stopped.is_set():
            with suppress(Empty):
                self._publish_news(self._results.get(timeout=STOP_S / 2), publish)
        if self._is_own:
            self._follower.stop()

    def _publish_news(self, result: FollowResult, publish: PublishChange) -> None:
        for site in result.lost:
            publish(SiteChange(site=site, text=""))
        for news in result.news:
            publish(SiteChange.of(news))


# A stream ends when the right to it does: token or sign-in, account, or role.

RIGHTS_CHECK_S = 2.0
"""How often rights are checked; a stream ends within 5 s after its right."""


def right(asker: Actor, sites: frozenset[str]) -> Right:
    """Return the right of the present request to follow these sites."""
    clock, token = context().clock, bearer.secret() or ""
    signed_in = sessions.sign_in_secret() if account() else None

    def current_actor(db: Session) -> Actor | None:
        if signed_in is None:
            return tokens.authenticate(db, token, clock())
        signed_in_account = sign_ins.current_account(db, signed_in, now=clock())
        return (
            None
            if signed_in_account is None or sites & signed_in_account.lacks_factor_at
            else signed_in_account.actor
        )

    def holds(db: Session) -> bool:
        actor = current_actor(db)
        return actor is not None and sites <= (actor.sites(Permission.LIVE_READ) or frozenset())

    return Right(asker.account_id or asker.ref, holds)


class RightsCheck:
    """Ends streams whose right has ended; reconnecting is then refused."""

    def __init__(self, database: Database, broadcast: Broadcast) -> None:
        self._database = database
        self._broadcast = broadcast

    def begin(self) -> None:
        """Do nothing: a stream that has just been opened has the right."""

    def run(self, _publish: PublishChange, stopped: Event) -> None:
        """Check every few seconds. Raises DBAPIError."""
        while not stopped.wait(RIGHTS_CHECK_S):
            self._check_rights()

    def _check_rights(self) -> None:
        checks = [
            (stream, stream.right)
            for stream in self._broadcast.streams()
            if stream.right is not None
        ]
        if not checks:
            return
        with self._database.read() as db:
            for stream, right in checks:
                if not right.holds(db):
                    stream.end()


# Tell open pages when their site's hub stops working, and when it works again.

HUBS_EVERY_S = 2.0


class HubCheck:
    """Checks whether a hub serves each site, as nothing is written when one dies."""

    def __init__(self, database: Database, clock: Callable[[], Utc] = wall_clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, bool] = {}
        self.first = Event()
        """Set after the first check."""

    def begin(self) -> None:
        """Do nothing: a page that opens shows the present state."""

    def run(self, publish: PublishChange, stopped: Event) -> None:
        """Check every few seconds. Raises DBAPIError."""
        while not stopped.wait(HUBS_EVERY_S):
            with self._database.read() as db:
                served = served_sites(db, self._clock())
            for site, is_served in served.items():
                if self._known.get(site, is_served) != is_served:
                    publish(SiteChange(site=site, text=change_text(site, "hub", "")))
            self._known = served
            self.first.set()
