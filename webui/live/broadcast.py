"""One listener on each source of changes for the whole process, and a queue for each stream."""

import logging
from collections.abc import Callable, Sequence
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from typing import Self

from controller.live import LIVE, Live

KEEP_ALIVE_S = 15.0
BACKLOG = 256
RETRY_S = 1.0

Tell = Callable[[str], None]
Source = Callable[[Tell, Event], None]
"""Tells changes as JSON until the event is set or something fails; it is then called again."""

_log = logging.getLogger(__name__)


class TooManyStreams(Exception):
    """Every place for an open stream is taken."""


class Stream:
    """What one open page is told. Iterate it; close it, whether or not it was iterated."""

    def __init__(self, owner: "Broadcast") -> None:
        self._owner = owner
        self._queue: Queue[str | None] = Queue(BACKLOG)
        self._ended = Event()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        """The next change as JSON; an empty text every 15 s keeps the connection alive."""
        try:
            text = self._queue.get(timeout=KEEP_ALIVE_S)
        except Empty:
            text = ""
        if text is None or self._ended.is_set():
            raise StopIteration
        return text

    def put(self, text: str) -> bool:
        """Hand over a change; False when this page does not read and is now ended."""
        try:
            self._queue.put_nowait(text)
        except Full:
            self.end()
            return False
        return True

    def end(self) -> None:
        """Stop the iteration, wherever it waits."""
        self._ended.set()
        try:
            self._queue.put_nowait(None)
        except Full:
            return  # it has something to read, and then finds the end

    def close(self) -> None:
        """Give the place back."""
        self._owner.leave(self)


class Broadcast:
    """Hands each change to every open stream; at most `most` of them, so that pages stay served."""

    def __init__(self, sources: Sequence[Source], most: int) -> None:
        self._sources = sources
        self._most = most
        self._streams: set[Stream] = set()
        self._lock = Lock()
        self._stopped = Event()
        self._started = False

    def listen(self) -> Stream:
        """A stream of changes from now on. Raises TooManyStreams when there is no place left.

        A reader that went away is only noticed when something is written to it, and holds its
        place until then: so all are written to at once, and who asks again soon finds a place.
        """
        stream = Stream(self)
        with self._lock:
            if self._stopped.is_set():
                raise TooManyStreams
            if len(self._streams) >= self._most:
                self._tell("")
                raise TooManyStreams
            self._streams.add(stream)
            if not self._started:
                self._started = True
                for source in self._sources:
                    Thread(target=self._run, args=(source,), name="web-source", daemon=True).start()
        return stream

    def leave(self, stream: Stream) -> None:
        """Forget a stream; harmless when it is already gone."""
        with self._lock:
            self._streams.discard(stream)

    def tell(self, text: str) -> None:
        """Hand a text to every open stream. One that does not read is ended: it will come back."""
        with self._lock:
            self._tell(text)

    def _tell(self, text: str) -> None:
        self._streams = {stream for stream in self._streams if stream.put(text)}

    def close(self) -> None:
        """End every stream, and listen no more."""
        self._stopped.set()
        with self._lock:
            for stream in self._streams:
                stream.end()

    def _run(self, source: Source) -> None:
        while not self._stopped.is_set():
            try:
                source(self.tell, self._stopped)
            except Exception as error:  # noqa: BLE001  the thread's edge: Redis may be away
                _log.warning("open pages are not told of changes: %s; trying again", error)
            self._stopped.wait(RETRY_S)


def from_redis(live: Live) -> Source:
    """What the services and the hub publish."""

    def relay(tell: Tell, stopped: Event) -> None:
        with live.subscribe(LIVE) as subscription:
            while not stopped.is_set():
                message = subscription.get(timeout_s=1.0)
                if message is not None:
                    tell(message.text)

    return relay
