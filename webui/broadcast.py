"""One listener on Redis for the whole process, and a bounded queue for each open stream."""

import logging
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from typing import Self

from controller.live import LIVE, Live

KEEP_ALIVE_S = 15.0
BACKLOG = 256
RETRY_S = 1.0

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

    def __init__(self, live: Live, most: int) -> None:
        self._live = live
        self._most = most
        self._streams: set[Stream] = set()
        self._lock = Lock()
        self._stopped = Event()
        self._thread: Thread | None = None

    def listen(self) -> Stream:
        """A stream of changes from now on. Raises TooManyStreams when there is no place left."""
        stream = Stream(self)
        with self._lock:
            if self._stopped.is_set() or len(self._streams) >= self._most:
                raise TooManyStreams
            self._streams.add(stream)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="web-broadcast", daemon=True)
                self._thread.start()
        return stream

    def leave(self, stream: Stream) -> None:
        """Forget a stream; harmless when it is already gone."""
        with self._lock:
            self._streams.discard(stream)

    def tell(self, text: str) -> None:
        """Hand a text to every open stream. One that does not read is ended: it will come back."""
        with self._lock:
            self._streams = {stream for stream in self._streams if stream.put(text)}

    def close(self) -> None:
        """End every stream, and listen no more."""
        self._stopped.set()
        with self._lock:
            for stream in self._streams:
                stream.end()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._relay()
            except Exception as error:  # the thread's edge: Redis may be away for a while
                _log.warning("open pages are not told of changes: %s; trying again", error)
                self._stopped.wait(RETRY_S)

    def _relay(self) -> None:
        with self._live.subscribe(LIVE) as subscription:
            while not self._stopped.is_set():
                message = subscription.get(timeout_s=1.0)
                if message is not None:
                    self.tell(message.text)
