"""Answers FabOMatic's boards, each message after its effects are committed."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from controller.capabilities.agents.changes import AgentNews
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.domain.time import Utc
from controller.hub.budget import MIN_BYTES, Budget, Budgets
from controller.integrations.fabomatic import protocol
from controller.integrations.fabomatic.access import install
from controller.integrations.fabomatic.answers import answer
from controller.integrations.fabomatic.boards import gateway, passwords
from controller.integrations.fabomatic.broker import Broker
from controller.integrations.fabomatic.journal import Journal
from controller.integrations.fabomatic.models import FabomaticLinkRow
from controller.kernel.database import Database, wall_clock
from controller.kernel.errors import ServiceError
from controller.kernel.health import DatabaseUnavailable
from controller.kernel.outbox import post_news
from controller.settings import FabomaticSettings, SettingsError
from controller.store.engine import first_line

ITSELF = "fabomatic"
POLL_S = 1.0
"""How often to check whether this process serves the site."""
HEARD_S = 30.0
"""How often the gateway is recorded as online."""
LATE_S = 1.5
"""A board waits two seconds; it would take a later answer for that to its next question."""
MAX_WAITING = 1_000
"""How many messages may wait; more are dropped, as if the boards could not reach the broker."""
BOARDS_S = 2.0
"""How often the linked boards are read."""
BOARD = Budget(60 * MIN_BYTES, 2 * MIN_BYTES)
"""For each board: sixty messages at once, as after an outage, and two a second in the long run."""
_UNLINKED = "that nobody has linked"

_log = logging.getLogger(__name__)


@contextmanager
def running_fabomatic(
    database: Database,
    settings: FabomaticSettings,
    site: str,
    credential_key: bytes,
    serves: Callable[[str], bool],
    *,
    clock: Callable[[], Utc] = wall_clock,
) -> Iterator[None]:
    """Answer the boards of `site` until the block ends, while this process `serves` it.

    Does nothing if no broker is configured.
    """
    if settings.host is None:
        yield
        return
    listener = _Listener(database, settings, site, credential_key, serves, clock)
    listener.start()
    try:
        yield
    finally:
        listener.stop()


@dataclass(frozen=True, slots=True)
class _Received:
    """A board's message, and its monotonic time of arrival."""

    number: int
    message: protocol.BoardMessage
    at_s: float

    @property
    def is_late(self) -> bool:
        """Return whether the board no longer waits for an answer."""
        return time.monotonic() - self.at_s > LATE_S


class _Listener:
    """A thread that is connected to the boards' broker while this process serves the site."""

    def __init__(
        self,
        database: Database,
        settings: FabomaticSettings,
        site: str,
        credential_key: bytes,
        serves: Callable[[str], bool],
        clock: Callable[[], Utc],
    ) -> None:
        self._database, self._settings, self._site = database, settings, site
        self._key, self._serves, self._clock = credential_key, serves, clock
        self._received: queue.Queue[_Received | None] = queue.Queue(MAX_WAITING)
        self._stopped = threading.Event()
        self._status: tuple[bool, str | None] | None = None
        """Whether the broker is connected, else the error; None: stored already."""
        self._broker: Broker | None = None
        self._journal = Journal(site)
        self._next_store_s = self._next_boards_s = 0.0
        self._logged_error = ""
        """Why the access list could not be written the last time; logged once."""
        self._linked: frozenset[int] = frozenset()
        self._budgets = Budgets(BOARD)
        self._too_much: set[str] = set()
        """The boards for which an exceeded budget has been logged."""
        self._thread = threading.Thread(target=self._run, name=ITSELF, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._wake()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._step()
            except (DBAPIError, DatabaseUnavailable) as problem:
                _log.warning("fabomatic: %s; not answered", _error_line(problem))
            except Exception:  # noqa: BLE001  the outermost loop: the next round may succeed
                _log.exception("fabomatic; trying again")
        if self._broker is not None:
            self._broker.stop()

    def _step(self) -> None:
        if not self._serves(self._site):
            if self._broker is not None:
                self._broker.stop()
                self._broker = None
            self._stopped.wait(POLL_S)
            return
        if self._broker is None:
            self._broker = Broker(
                self._settings,
                name=f"loquet-{self._site}",
                on_connection=self._on_connection,
                on_message=self._on_message,
            )
            self._broker.start()
        self._store_status()
        self._update_boards()
        try:
            received = self._received.get(timeout=POLL_S)
        except queue.Empty:
            return
        if received is not None:
            self._answer(received, self._broker)

    def _on_connection(self, is_up: bool, why_not: str | None) -> None:
        """Store the connection's state; runs on the broker's thread."""
        self._status = is_up, why_not
        self._wake()

    def _on_message(self, topic: str, payload: bytes) -> None:
        """Queue a message; runs on the broker's thread."""
        number = protocol.number_in(topic, self._settings.topic)
        if number is None or not self._is_within_budget(number):
            return
        try:
            self._received.put_nowait(_Received(number, protocol.decode(payload), time.monotonic()))
        except ValueError as problem:
            _log.warning("fabomatic: invalid message from board %d: %s", number, problem)
        except queue.Full:
            _log.warning("fabomatic: too many messages; one of board %d was dropped", number)

    def _is_within_budget(self, number: int) -> bool:
        """Return whether the board is within its budget; boards that are not linked share one."""
        sender = str(number) if number in self._linked else _UNLINKED
        if self._budgets.spend(sender, MIN_BYTES):
            self._too_much.discard(sender)
            return True
        if sender not in self._too_much:
            self._too_much.add(sender)
            _log.warning("fabomatic: too many messages of board %s; the rest are dropped", sender)
        return False

    def _update_boards(self) -> None:
        """Read the linked boards, and update the broker's access list."""
        if time.monotonic() < self._next_boards_s:
            return
        self._next_boards_s = time.monotonic() + BOARDS_S
        with self._database.read() as db:
            hashes = passwords(db, self._site)
        self._linked = frozenset(hashes)
        try:
            install(self._settings, {key: line for key, line in hashes.items() if line})
            self._logged_error = ""
        except (OSError, SettingsError) as problem:
            if str(problem) != self._logged_error:
                _log.warning("fabomatic: the broker's access list can't be written: %s", problem)
            self._logged_error = str(problem)

    def _wake(self) -> None:
        try:
            self._received.put_nowait(None)
        except queue.Full:
            return

    def _answer(self, received: _Received, broker: Broker) -> None:
        asks = isinstance(received.message, protocol.CheckUser | protocol.CheckMachine)
        if asks and received.is_late:
            return
        try:
            with self._database.write() as db:
                result = answer(
                    db,
                    self._site,
                    received.number,
                    received.message,
                    credential_key=self._key,
                    journal=self._journal,
                    now=self._clock(),
                )
        except ServiceError as problem:
            _log.warning("fabomatic: board %d: %s", received.number, problem)
            return
        topic = f"{self._settings.topic}/{received.number}"
        if result.reply is not None and not received.is_late:
            broker.publish(f"{topic}/reply", msgspec.json.encode(result.reply))
        if result.stop is not None:
            broker.publish(f"{topic}/request", msgspec.json.encode(result.stop))

    def _store_status(self) -> None:
        """Store the state of the connection, and that the gateway is online, as for an agent."""
        status, self._status = self._status, None
        if status is None and time.monotonic() < self._next_store_s:
            return
        self._next_store_s = time.monotonic() + HEARD_S
        now = self._clock()
        with self._database.write() as db:
            row = db.get(FabomaticLinkRow, self._site) or FabomaticLinkRow(
                site_id=self._site, connected=False, since=now
            )
            if status is not None and row.connected is not status[0]:
                row.connected, row.since = status[0], now
            if status is not None:
                row.error = status[1] and status[1][:400]
            db.add(row)
            if db.get(AgentRow, gateway(self._site)) is not None:
                state = _state_of(db, gateway(self._site))
                if state.online is not row.connected:
                    post_news(db, AgentNews(site=self._site, key=state.agent_id))
                state.online, state.seen_at = row.connected, now


def _state_of(db: Session, agent: str) -> AgentState:
    state = db.get(AgentState, agent)
    if state is None:
        state = AgentState(agent_id=agent, online=False, connection=0, protocols=[], epoch=0)
        state.policy_version = 0
        db.add(state)
    return state


def _error_line(problem: DBAPIError | DatabaseUnavailable) -> str:
    return first_line(problem) if isinstance(problem, DBAPIError) else str(problem)
