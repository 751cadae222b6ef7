"""The journal's thread: commits the loop's events, and sends them until they are acknowledged."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from queue import Empty, SimpleQueue

import msgspec

from controller.wire.errors import WireError
from controller.wire.events import Event
from controller.wire.journal_bytes import GENESIS, decode_event, seal
from controller.wire.messages import EventAck
from devices.agent.journal.ledger import Ledger
from devices.agent.journal.stream import Publish
from devices.agent.state_store import StateStore

log = logging.getLogger(__name__)

_GROUP = 500
"""How many pieces of work are taken from the queue at once; their events are committed together."""
_SLICE_S = 0.02
"""How often `write` calls `while_waiting`."""


@dataclass(frozen=True, slots=True)
class _Append:
    events: Sequence[Event]
    saved: Mapping[str, bytes | None]
    done: threading.Event | None = None


@dataclass(frozen=True, slots=True)
class _Connected:
    is_connected: bool


class _Notice(Enum):
    """Notices about the hub and the time, other than acknowledgements."""

    NO_SUBSCRIBER = auto()
    HUB_SEEN = auto()
    TIDY = auto()


@dataclass(frozen=True, slots=True)
class _Stop:
    """Ends the thread."""


_Work = _Append | EventAck | _Connected | _Notice | _Stop


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """The journal's state, for telemetry."""

    backlog: int
    degraded: bool
    lost_count: int
    rejected_count: int
    stream: str


class Journal:
    """Passes events and saved values to the journal's thread; only `write` waits.

    There is one sync for the events and one for the saved values.
    """

    def __init__(
        self, ledger: Ledger, state_store: StateStore, offer: Publish, *, mono: Callable[[], float]
    ) -> None:
        """`offer` publishes events; it is called on this thread."""
        self._ledger, self._state_store, self._offer, self._mono = ledger, state_store, offer, mono
        self._queue: SimpleQueue[_Work] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._connected = False
        self._unsaved: dict[str, bytes | None] = {}
        self.health = self._health()

    def start(self) -> None:
        """Start the thread; from now on only it may use the ledger and the state store."""
        self._thread.start()

    def append(self, *events: Event, saved: Mapping[str, bytes | None] | None = None) -> None:
        """Queue events, and values that must outlast a restart; returns at once."""
        self._queue.put(_Append(events, saved or {}))

    def write(
        self,
        *events: Event,
        saved: Mapping[str, bytes | None] | None = None,
        while_waiting: Callable[[], None] = lambda: None,
        timeout_s: float = 2.0,
    ) -> bool:
        """Queue events and values, and wait until they are on the disk; False: they aren't (full,
        or slow).

        `while_waiting` is called every few milliseconds, because switches need to be refreshed.
        """
        is_written = threading.Event()
        self._queue.put(_Append(events, saved or {}, is_written))
        until = self._mono() + timeout_s
        while not is_written.wait(_SLICE_S) and self._mono() < until:
            while_waiting()
        return is_written.is_set() and not self.health.degraded

    def acknowledged(self, ack: EventAck) -> None:
        """Queue a hub's acknowledgement, whose signature is verified."""
        self._queue.put(ack)

    def on_connection(self, up: bool) -> None:
        """Report that the broker is connected or not; on a connection everything is sent again."""
        self._queue.put(_Connected(up))

    def no_subscriber(self) -> None:
        """Report that the broker had no subscriber for the events."""
        self._queue.put(_Notice.NO_SUBSCRIBER)

    def hub_seen(self) -> None:
        """Report that a hub has just sent something, so that events that an absent hub missed are
        sent again."""
        self._queue.put(_Notice.HUB_SEEN)

    def tidy(self) -> None:
        """Delete events that were kept long enough; to be called every hour."""
        self._queue.put(_Notice.TIDY)

    def stop(self, timeout_s: float = 5.0) -> None:
        """Commit the queued events, send them once, and end."""
        self._queue.put(_Stop())
        self._thread.join(timeout_s)

    def _run(self) -> None:
        stopping = False
        while not stopping:
            try:
                stopping = self._turn()
            except Exception:  # the next piece of work must still be done
                log.exception("the journal failed at a piece of work")
        self._ledger.close()
        self._state_store.close()

    def _turn(self) -> bool:
        pieces = self._take()
        if appends := [work for work in pieces if isinstance(work, _Append)]:
            self._commit(appends)
        for work in pieces:
            self._handle(work)
        self._ledger.recover(self._mono())
        if self._connected:
            self._ledger.send(self._offer, self._mono())
        self._update_health()
        return any(isinstance(work, _Stop) for work in pieces)

    def _handle(self, work: _Work) -> None:
        match work:
            case EventAck():
                self._ledger.acknowledge(work)
            case _Connected():
                self._set_connected(work.is_connected)
            case _Notice.NO_SUBSCRIBER:
                self._ledger.no_subscriber()
            case _Notice.HUB_SEEN:
                self._ledger.hub_seen(self._mono())
            case _Notice.TIDY:
                self._ledger.tidy()

    def _take(self) -> list[_Work]:
        """Return the queued work, after waiting for some or for the next retry."""
        due = self._ledger.next_due() if self._connected or self._ledger.degraded else None
        timeout = None if due is None else max(0.0, due - self._mono())
        work: list[_Work] = []
        try:
            work.append(self._queue.get(timeout=timeout))
            while len(work) < _GROUP:
                work.append(self._queue.get_nowait())
        except Empty:
            pass
        return work

    def _commit(self, appends: Sequence[_Append]) -> None:
        """Store the values first, together with their events; then the events in the journal."""
        for append in appends:
            self._unsaved.update(append.saved)
        events_of_values = [event for append in appends if append.saved for event in append.events]
        try:
            if self._unsaved:
                pending = (
                    {PENDING_KEY: pack_events(events_of_values, self._ledger)}
                    if events_of_values
                    else {}
                )
                self._state_store.keep({**self._unsaved, **pending})
                self._unsaved.clear()
        except sqlite3.Error as error:
            log.error("the state for a restart cannot be written yet: %s", error)
        if events := [event for append in appends for event in append.events]:
            self._ledger.append(events)
        self._update_health()
        for append in appends:
            if append.done is not None:
                append.done.set()

    def _set_connected(self, up: bool) -> None:
        if up and not self._connected:
            self._ledger.hurry(self._mono())
        self._connected = up

    def _update_health(self) -> None:
        self.health = self._health()

    def _health(self) -> JournalHealth:
        ledger = self._ledger
        return JournalHealth(
            backlog=ledger.backlog,
            degraded=ledger.degraded or bool(self._unsaved),
            lost_count=ledger.lost,
            rejected_count=ledger.rejected,
            stream=ledger.current.id,
        )


# Events that belong to a saved value: stored with it until the journal has them. The saved values
# (`state.db`) and the journal are two files: after a power cut between their commits, a session
# must not be over in one and open in the other. So the events of a change are stored together with
# it, and the next start adds them to the journal if they are missing there.

PENDING_KEY = "journal/pending"
"""Key of these events in `state.db`."""


class _Pending(msgspec.Struct, frozen=True, kw_only=True):
    stream: str
    after: int
    """The stream's last number when they were stored; if it is higher now, the journal has them."""
    events: tuple[msgspec.Raw, ...]


def pack_events(events: Sequence[Event], ledger: Ledger) -> bytes:
    """Return these events as bytes to be stored, before they are appended to that ledger."""
    raws = tuple(msgspec.Raw(seal(event, 1, GENESIS)) for event in events)
    file = ledger.current.file
    return msgspec.json.encode(_Pending(stream=file.stream, after=file.last_seq, events=raws))


def missing_events(saved: bytes | None, ledger: Ledger) -> list[Event]:
    """Return the events that an earlier run stored but its journal does not have."""
    if saved is None:
        return []
    try:
        pending = msgspec.json.decode(saved, type=_Pending)
        events = [decode_event(raw).event for raw in pending.events]
    except (msgspec.MsgspecError, WireError) as error:
        log.error("events kept beside the journal cannot be read: %s", error)
        return []
    file = ledger.current.file
    if file.stream == pending.stream:
        return events if file.last_seq == pending.after else []
    journal_ids = {decode_event(data).event.event_id for _, data in file.after(0, file.last_seq)}
    return [event for event in events if event.event_id not in journal_ids]
