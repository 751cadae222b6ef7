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
POLL_S = 1.0
"""How often to check whether this process serves the site."""
PUBLISH_S = 15.0
"""How often everything is compared even without news, since energy increases steadily."""
STORE_S = 60.0
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
        self._published: RetainedMessages = {}
        self._pending = PendingRequests()
        self._status: tuple[bool, str | None] | None = None
        """Whether the broker is connected, else the error; None: stored already."""
        self._lock, self._publishing = threading.Lock(), threading.Lock()
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._broker: Broker | None = None
        self._reading: ReaderThread | None = None
        self._energy: Energy | None = None
        self._next_publish_s = self._next_store_s = self._next_doors_s = 0.0
        self._thread = threading.Thread(target=self._run, name=ITSELF, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                self._step()
            except DBAPIError as problem:
                _log.warning("home assistant: %s; trying again", first_line(problem))
            except Exception:  # noqa: BLE001  the outermost loop: the next round may succeed
                _log.exception("home assistant; trying again")
            self._wake.wait(POLL_S)
        with suppress(DBAPIError):
            self._disconnect()

    def _step(self) -> None:
        if not self._serves(self._site):
            self._disconnect()
            return
        if self._broker is None:
            self._connect()
        self._handle_requests()
        if self._monotonic() >= self._next_publish_s:
            with suppress(NotReached):
                self._publish_changes()
        if self._monotonic() >= self._next_store_s:
            self._store_energy()

    def _connect(self) -> None:
        with self._database.read() as db:
            self._energy = Energy.of(db, self._site)
        self._next_store_s = self._monotonic() + STORE_S
        self._broker = Broker(
            self._settings,
            name=f"loquet-{self._site}",
            will=(self._topics.status, OFFLINE.encode()),
            topics=(self._topics.birth, self._topics.open_commands, self._topics.configs),
            on_connection=self._on_connection,
            on_message=self._on_message,
        )
        self._broker.start()
        reader = Reader(ITSELF, WANTS, self._deliver)
        self._reading = ReaderThread(
            self._database, self._follower, reader, self._site, clock=self._clock
        )
        self._reading.start()

    def _disconnect(self) -> None:
        if self._reading is not None:
            self._reading.stop()
        if self._broker is not None:
            self._broker.stop()
            self._store_energy()
        self._reading = self._broker = None

    def _on_connection(self, is_up: bool, error: str | None) -> None:
        """Store the connection's state, and publish everything again; runs on the broker's thread.

        The broker may have lost its retained messages.
        """
        with self._lock:
            self._status = is_up, error
        if is_up:
            self._publish_all()

    def _on_message(self, topic: str, payload: bytes, retained: bool) -> None:
        """Handle a message; runs on the broker's thread."""
        if topic == self._topics.birth:
            if payload == ONLINE.encode():
                self._publish_all()
            return
        *_, key, what = topic.split("/")
        if what == "config" and payload and self._topics.is_ours(key):
            self._pending.add_device(key)
        elif what == "open" and payload == OPEN.encode() and not retained:
            self._pending.add_door(key, self._clock())
            if self._monotonic() >= self._next_doors_s:
                self._wake.set()

    def _publish_all(self) -> None:
        with self._lock:
            self._published, self._next_publish_s = {}, 0.0
        self._wake.set()

    def _handle_requests(self) -> None:
        with self._lock:
            status, self._status = self._status, None
        if status is not None:
            self._store_status(*status)
        if self._monotonic() >= self._next_doors_s:
            doors = self._pending.take_doors()
            if doors:
                self._next_doors_s = self._monotonic() + DOORS_S
            for door, at in doors.items():
                self._open(door, at)

    def _store_status(self, is_up: bool, error: str | None) -> None:
        with self._database.write() as db:
            row = db.get(HomeLinkRow, self._site) or HomeLinkRow(site_id=self._site)
            if row.connected is not is_up:
                row.connected, row.since = is_up, self._clock()
            row.error = error and error[:400]
            db.add(row)
        if is_up and self._reading is not None:
            self._reading.retry()

    def _open(self, door: str, asked_at: Utc) -> None:
        try:
            with self._database.edit() as db:
                open_once(db, self._site, door, asked_at=asked_at, now=self._clock())
        except ServiceError as problem:
            _log.warning("home assistant: door %s was not opened: %s", door, problem)

    def _deliver(self, _news: Sequence[PostedNews]) -> None:
        """Publish the current state; news are not handled one by one."""
        self._publish_changes()
        self._stopped.wait(PAUSE_S)

    def _publish_changes(self) -> None:
        """Publish what differs from what was published last. Raises NotReached, DBAPIError."""
        with self._publishing:
            broker, energy = self._broker, self._energy
            if broker is None or energy is None or not broker.is_reached:
                raise NotReached("the broker is not connected")
            with self._lock:
                before = self._published
            current = self._current_messages(energy)
            changed = [
                (topic, payload)
                for topic, payload in current.items()
                if before.get(topic) != payload
            ]
            broker.send([*self._cleared(current, before), *changed])
            with self._lock:
                if self._published is before:
                    self._published, self._next_publish_s = current, self._monotonic() + PUBLISH_S

    def _current_messages(self, energy: Energy) -> RetainedMessages:
        with self._database.read() as db:
            state = snapshot(db, self._site, self._clock())
            site_translator = translator(db, state.language)
        used = energy.update(state.points, self._monotonic())
        return {
            **retained_messages(state, used, self._topics, site_translator),
            self._topics.status: ONLINE.encode(),
        }

    def _cleared(
        self, current: RetainedMessages, before: RetainedMessages
    ) -> list[tuple[str, bytes]]:
        """Return empty messages that clear the topics of things that no longer exist."""
        known_topics = {*map(self._topics.config, self._pending.take_devices()), *before}
        return [(topic, b"") for topic in sorted(known_topics - current.keys())]

    def _store_energy(self) -> None:
        self._next_store_s = self._monotonic() + STORE_S
        if self._energy is not None:
            with self._database.write() as db:
                self._energy.store(db, self._site)
