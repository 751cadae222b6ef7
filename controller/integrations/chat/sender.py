"""Tell what is due: each target one alarm at a time, so that a slow one delays no other."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from controller.capabilities.messages import write
from controller.capabilities.places.models import SiteRow
from controller.domain.time import Utc
from controller.integrations.chat import notifiers, queue
from controller.integrations.chat.queue import Due
from controller.integrations.chat.targets import MAIL
from controller.kernel.crypto import Sealer
from controller.kernel.database import Database, wall_clock
from controller.kernel.message import Letter, Telling
from controller.kernel.words import words
from controller.store.engine import first_line

LOOK_S = 1.0
MOST = 8
"""Targets that are told something at once."""

_log = logging.getLogger(__name__)


class Sender:
    """A thread that looks for what is due, and a few that wait for answers."""

    def __init__(
        self,
        database: Database,
        seals: Sealer,
        public_url: str,
        *,
        allow_private: bool,
        clock: Callable[[], Utc] = wall_clock,
        look_s: float = LOOK_S,
    ) -> None:
        self._database = database
        self._seals = seals
        self._public_url = public_url.rstrip("/")
        self._allow_private = allow_private
        self._clock = clock
        self._look_s = look_s
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._ring = threading.Event()
        self._stopped = False
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="chat")
        self._thread = threading.Thread(target=self._run, name="chat", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; what is on its way is told again by whoever comes next."""
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
                _log.warning("chat: %s; trying again", first_line(problem))
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
            found = queue.take_due(db, self._seals, busy, self._clock())
        for due in found:
            with self._lock:
                self._busy.add(due.target)
            self._pool.submit(self._send, due)

    def _send(self, due: Due) -> None:
        try:
            said = self._tell(due)
            with self._database.write() as db:
                queue.answered(db, due, said, now=self._clock())
        except DBAPIError as problem:
            _log.warning("chat: %s; it is told again", first_line(problem))
        finally:
            with self._lock:
                self._busy.discard(due.target)
            self._ring.set()

    def _tell(self, due: Due) -> str | None:
        """Why it was not taken; None: it was."""
        if due.service == MAIL:
            with self._database.write() as db:
                self._write(db, due)
            return None
        with self._database.read() as db:
            letter = self._letter(db, due)
        link = f"{letter.link.text} : {self._public_url}{letter.link.path}" if letter.link else ""
        try:
            text = "\n".join((*letter.lines, link))
            notifiers.tell(due.url, letter.subject, text, allow_private=self._allow_private)
        except notifiers.NotTold as problem:
            return str(problem)
        return None

    def _write(self, db: Session, due: Due) -> None:
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

    def _letter(self, db: Session, due: Due) -> Letter:
        """In the language of the place: a room has many readers."""
        site = db.get_one(SiteRow, due.site)
        said = words(db, site.language)
        place = site.name.get(site.language.value) or next(iter(site.name.values()))
        return due.message.letter(
            Telling(
                words=said, place=place, zone=site.time_zone, now=self._clock(), secret="", db=db
            )
        )
