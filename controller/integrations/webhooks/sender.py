"""Send what is due: each webhook one message at a time, so that a slow one delays no other."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

from sqlalchemy.exc import DBAPIError

from controller.domain.time import Utc
from controller.integrations.webhooks import queue
from controller.integrations.webhooks.queue import Due
from controller.integrations.webhooks.signature import body_of, headers_of
from controller.integrations.webhooks.target import NotAllowed, NotFound, resolve
from controller.kernel.crypto import Sealer
from controller.kernel.database import Database, wall_clock
from controller.store.engine import first_line

LOOK_S = 1.0
MOST = 8
"""Messages on their way at once, of as many webhooks."""
AGENT = "loquet-webhooks/1"

_log = logging.getLogger(__name__)


class Sender:
    """A thread that looks for what is due, and a few that wait for answers."""

    def __init__(
        self,
        database: Database,
        seal: Sealer,
        *,
        allow_private: bool,
        clock: Callable[[], Utc] = wall_clock,
        look_s: float = LOOK_S,
    ) -> None:
        self._database = database
        self._seal = seal
        self._allow_private = allow_private
        self._clock = clock
        self._look_s = look_s
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._ring = threading.Event()
        self._stopped = False
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; what is on its way is tried again by whoever comes next."""
        self._stopped = True
        self._ring.set()
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def ring(self) -> None:
        """There may be something due."""
        self._ring.set()

    def _run(self) -> None:
        while not self._stopped:
            self._ring.clear()
            try:
                self._begin()
            except DBAPIError as problem:
                _log.warning("webhooks: %s; trying again", first_line(problem))
            self._ring.wait(self._look_s)

    def _begin(self) -> None:
        with self._lock:
            busy = frozenset(self._busy)
        if len(busy) >= MOST:
            return
        with self._database.read() as db:
            if not queue.is_due(db, busy, self._clock()):
                return
        with self._database.write() as db:
            found = queue.take_due(db, self._seal, busy, self._clock())
        for due in found:
            with self._lock:
                self._busy.add(due.webhook)
            self._pool.submit(self._send, due)

    def _send(self, due: Due) -> None:
        try:
            status, error = self._ask(due)
            with self._database.write() as db:
                queue.answered(db, due, status, error, self._clock())
        except DBAPIError as problem:
            _log.warning("webhooks: %s; it is told again", first_line(problem))
        finally:
            with self._lock:
                self._busy.discard(due.webhook)
            self._ring.set()

    def _ask(self, due: Due) -> tuple[int | None, str | None]:
        """The status of the answer, or why there was none."""
        body = body_of(due.type, due.at, due.site, due.key)
        headers = headers_of(due.id, self._clock(), body, due.keys)
        headers |= {"content-type": "application/json", "user-agent": AGENT}
        try:
            status = resolve(due.url, allow_private=self._allow_private).post(body, headers)
        except (NotAllowed, NotFound, ValueError) as problem:
            return None, str(problem)
        except (OSError, HTTPException) as problem:
            return None, (str(problem) or type(problem).__name__)[:400]
        return status, None if status < 300 else f"answered {status}"
