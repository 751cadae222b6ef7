"""Runs the connection to Home Assistant: publishes changes, and opens doors on request."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from sqlalchemy.exc import DBAPIError

from controller.capabilities.agents.changes import AgentNews
from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.machines.changes import PointNews
from controller.capabilities.presence.changes import PresenceNews
from controller.domain.time import Utc
from controller.integrations.home_assistant.broker import Broker, NotReached
from controller.integrations.home_assistant.devices import (
    OFFLINE,
    ONLINE,
    OPEN,
    RetainedMessages,
    Topics,
    retained_messages,
)
from controller.integrations.home_assistant.doors import ITSELF, open_once
from controller.integrations.home_assistant.energy import Energy
from controller.integrations.home_assistant.models import HomeLinkRow
from controller.integrations.home_assistant.pending_requests import PendingRequests
from controller.integrations.home_assistant.snapshot import snapshot
from controller.kernel.database import Database, wall_clock
from controller.kernel.errors import ServiceError
from controller.kernel.news import PostedNews
from controller.kernel.outbox_follower import FollowerThread
from controller.kernel.outbox_reader import Reader, ReaderThread
from controller.kernel.translation import translator
from controller.policy.flush import PolicyNews
from controller.settings import HomeAssistantSettings
from controller.store.engine import first_line

WANTS = (PointNews, AgentNews, AlarmNews, PresenceNews, PolicyNews)
LOOK_S = 1.0
"""How often to check whether this process serves the site."""
TELL_S = 15.0
"""How often everything is compared even without news, since energy increases steadily."""
KEEP_S = 60.0
"""How often the energy counters are stored."""
DOORS_S = 1.0
"""The shortest time between two rounds of opening doors, however often the broker asks."""
PAUSE_S = 0.05
"""Pause between two comparisons, so that other work gets its turn."""

_log = logging.getLogger(__name__)


@contextmanager
def running_home_assistant(
    database: Database,
    follower: FollowerThread,
    settings: HomeAssistantSettings,
    site: str,
    serves: Callable[[str], bool],
    *,
    clock: Callable[[], Utc] = wall_clock,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Publish the site's state until the block ends, while this process `serves` it.

    Does nothing if no broker is configured.
    """
    if settings.host is None:
        yield
        return
    home = _Home(database, follower, settings, site, serves, clock, monotonic)
    home.start()
    try:
        yield
    finally:
        home.stop()


class _Home:
    """A thread that is connected to the broker while this process serves the site."""

    def __init__(
        self,
        database: Database,
        follower: FollowerThread,
        settings: HomeAssistantSettings,
        site: str,
        serves: Callable[[str], bool],
        clock: Callable[[], Utc],
        monotonic: Callable[[], float],
    ) -> None:
        self._database, self._follower, self._settings = database, follower, settings
        self._site, self._serves = site, serves
        self._clock, self._monotonic = clock, monotonic
        self._topics = Topics(site, settings.prefix)
        self._told: RetainedMessages = {}
        self._pending = PendingRequests()
        self._status: tuple[bool, str | None] | None = None
        self._lock, self._telling = threading.Lock(), threading.Lock()
        self._rung, self._stopped = threading.Event(), threading.Event()
        self._broker: Broker | None = None
        self._reading: ReaderThread | None = None
        self._energy: Energy | None = None
        self._next_s = self._keep_s = self._doors_s = 0.0
        self._thread = threading.Thread(target=self._run, name=ITSELF, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._rung.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._rung.clear()
            try:
                self._turn()
            except DBAPIError as problem:
                _log.warning("home assistant: %s; trying again", first_line(problem))
            except Exception:  # noqa: BLE001  the outermost loop: the next round may succeed
                _log.exception("home assistant; trying again")
            self._rung.wait(LOOK_S)
        with suppress(DBAPIError):
            self._leave()

    def _turn(self) -> None:
        if not self._serves(self._site):
            self._leave()
            return
        if self._broker is None:
            self._come()
        self._see_to_what_was_asked()
        if self._monotonic() >= self._next_s:
            with suppress(NotReached):
                self._tell()
        if self._monotonic() >= self._keep_s:
            self._keep()

    def _come(self) -> None:
        with self._database.read() as db:
            self._energy = Energy.of(db, self._site)
        self._keep_s = self._monotonic() + KEEP_S
        self._broker = Broker(
            self._settings,
            name=f"loquet-{self._site}",
            will=(self._topics.status, OFFLINE.encode()),
            topics=(self._topics.birth, self._topics.opens, self._topics.configs),
            up=self._up,
            came=self._came,
        )
        self._broker.start()
        reader = Reader(ITSELF, WANTS, self._deliver)
        self._reading = ReaderThread(
            self._database, self._follower, reader, self._site, clock=self._clock
        )
        self._reading.start()

    def _leave(self) -> None:
        if self._reading is not None:
            self._reading.stop()
        if self._broker is not None:
            self._broker.stop()
            self._keep()
        self._reading = self._broker = None

    def _up(self, is_up: bool, said: str | None) -> None:
        """Note the connection's state, and publish everything again; runs on the broker's thread.

        The broker may have lost its retained messages.
        """
        with self._lock:
            self._status = is_up, said
        if is_up:
            self._anew()

    def _came(self, topic: str, payload: bytes, retained: bool) -> None:
        """Handle a message; runs on the broker's thread."""
        if topic == self._topics.birth:
            if payload == ONLINE.encode():
                self._anew()
            return
        *_, key, what = topic.split("/")
        if what == "config" and payload and self._topics.is_ours(key):
            self._pending.add_device(key)
        elif what == "open" and payload == OPEN.encode() and not retained:
            self._pending.add_door(key, self._clock())
            if self._monotonic() >= self._doors_s:
                self._rung.set()

    def _anew(self) -> None:
        with self._lock:
            self._told, self._next_s = {}, 0.0
        self._rung.set()

    def _see_to_what_was_asked(self) -> None:
        with self._lock:
            status, self._status = self._status, None
        if status is not None:
            self._note(*status)
        if self._monotonic() >= self._doors_s:
            doors = self._pending.take_doors()
            if doors:
                self._doors_s = self._monotonic() + DOORS_S
            for door, at in doors.items():
                self._open(door, at)

    def _note(self, is_up: bool, said: str | None) -> None:
        with self._database.write() as db:
            row = db.get(HomeLinkRow, self._site) or HomeLinkRow(site_id=self._site)
            if row.connected is not is_up:
                row.connected, row.since = is_up, self._clock()
            row.said = said and said[:400]
            db.add(row)
        if is_up and self._reading is not None:
            self._reading.again()

    def _open(self, door: str, asked_at: Utc) -> None:
        try:
            with self._database.edit() as db:
                open_once(db, self._site, door, asked_at=asked_at, now=self._clock())
        except ServiceError as problem:
            _log.warning("home assistant asked for door %s: %s", door, problem)

    def _deliver(self, _news: Sequence[PostedNews]) -> None:
        """Publish the current state; news are not handled one by one."""
        self._tell()
        self._stopped.wait(PAUSE_S)

    def _tell(self) -> None:
        """Publish what differs from what was published last. Raises NotReached, DBAPIError."""
        with self._telling:
            broker, energy = self._broker, self._energy
            if broker is None or energy is None or not broker.is_reached:
                raise NotReached("nobody is connected")
            with self._lock:
                before = self._told
            now_told = self._now(energy)
            wanted = [(topic, it) for topic, it in now_told.items() if before.get(topic) != it]
            broker.send([*self._gone(now_told, before), *wanted])
            with self._lock:
                if self._told is before:
                    self._told, self._next_s = now_told, self._monotonic() + TELL_S

    def _now(self, energy: Energy) -> RetainedMessages:
        with self._database.read() as db:
            at = snapshot(db, self._site, self._clock())
            said = translator(db, at.language)
        used = energy.see(at.points, self._monotonic())
        return {
            **retained_messages(at, used, self._topics, said),
            self._topics.status: ONLINE.encode(),
        }

    def _gone(
        self, now_told: RetainedMessages, before: RetainedMessages
    ) -> list[tuple[str, bytes]]:
        """Return empty messages that clear the topics of things that no longer exist."""
        had = {*map(self._topics.config, self._pending.take_devices()), *before}
        return [(topic, b"") for topic in sorted(had - now_told.keys())]

    def _keep(self) -> None:
        self._keep_s = self._monotonic() + KEEP_S
        if self._energy is not None:
            with self._database.write() as db:
                self._energy.keep(db, self._site)
