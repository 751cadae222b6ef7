"""The journal's thread: commits what the loop hands over, and offers it until acknowledged."""

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
from devices.agent.journal.stream import Offer
from devices.agent.keeper import Keeper

log = logging.getLogger(__name__)

_GROUP = 500
"""Events committed at once, at most."""
_SLICE_S = 0.02


@dataclass(frozen=True, slots=True)
class _Append:
    events: Sequence[Event]
    kept: Mapping[str, bytes | None]
    done: threading.Event | None = None


@dataclass(frozen=True, slots=True)
class _Connected:
    up: bool


class _Sign(Enum):
    """What is learned of the hub, apart from its acknowledgements, and of time."""

    NOBODY_HEARD = auto()
    HUB_IS_THERE = auto()
    AN_HOUR_WENT = auto()


@dataclass(frozen=True, slots=True)
class _Stop:
    """The last piece of work."""


_Work = _Append | EventAck | _Connected | _Sign | _Stop


@dataclass(frozen=True, slots=True)
class JournalHealth:
    """How the journal does, for telemetry."""

    backlog: int
    degraded: bool
    lost: int
    rejected: int
    stream: str


class Journal:
    """Never blocks who hands over, but for `write`. One sync for events, one for what is kept."""

    def __init__(
        self, ledger: Ledger, keeper: Keeper, offer: Offer, *, mono: Callable[[], float]
    ) -> None:
        """`offer` publishes, on this thread."""
        self._ledger, self._keeper, self._offer, self._mono = ledger, keeper, offer, mono
        self._queue: SimpleQueue[_Work] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._connected = False
        self._unkept: dict[str, bytes | None] = {}
        self.health = self._health()

    def start(self) -> None:
        """Start the thread; from now on ledger and keeper are its own."""
        self._thread.start()

    def append(self, *events: Event, kept: Mapping[str, bytes | None] | None = None) -> None:
        """Hand over events, and values to keep through a restart; returns at once."""
        self._queue.put(_Append(events, kept or {}))

    def write(
        self,
        *events: Event,
        kept: Mapping[str, bytes | None] | None = None,
        while_waiting: Callable[[], None] = lambda: None,
        timeout_s: float = 2.0,
    ) -> bool:
        """Hand over, and wait until it is on the disk; False when it is not (full, or slow).

        `while_waiting` is called every few milliseconds: switches must go on being renewed.
        """
        done = threading.Event()
        self._queue.put(_Append(events, kept or {}, done))
        until = self._mono() + timeout_s
        while not done.wait(_SLICE_S) and self._mono() < until:
            while_waiting()
        return done.is_set() and not self.health.degraded

    def acknowledged(self, ack: EventAck) -> None:
        """Hand over a hub's acknowledgement, its signature verified."""
        self._queue.put(ack)

    def connected(self, up: bool) -> None:
        """Say that the broker is there, or gone; on connection everything is offered at once."""
        self._queue.put(_Connected(up))

    def nobody_heard(self) -> None:
        """Say that the broker had nobody to give what was offered."""
        self._queue.put(_Sign.NOBODY_HEARD)

    def hub_is_there(self) -> None:
        """Say that a hub has just spoken: what an absent one did not get is offered at once."""
        self._queue.put(_Sign.HUB_IS_THERE)

    def tidy(self) -> None:
        """Have deleted what has been kept for long enough; to be called every hour."""
        self._queue.put(_Sign.AN_HOUR_WENT)

    def stop(self, timeout_s: float = 5.0) -> None:
        """Commit what was handed over, offer it once, and end."""
        self._queue.put(_Stop())
        self._thread.join(timeout_s)

    def _run(self) -> None:
        stopping = False
        while not stopping:
            try:
                stopping = self._turn()
            except Exception:  # the edge of this thread: the next piece of work must be served
                log.exception("the journal failed at a piece of work")
        self._ledger.close()
        self._keeper.close()

    def _turn(self) -> bool:
        work = self._take()
        if appends := [piece for piece in work if isinstance(piece, _Append)]:
            self._commit(appends)
        for piece in work:
            self._learn(piece)
        self._ledger.recover(self._mono())
        if self._connected:
            self._ledger.send(self._offer, self._mono())
        self._tell()
        return any(isinstance(piece, _Stop) for piece in work)

    def _learn(self, piece: _Work) -> None:
        match piece:
            case EventAck():
                self._ledger.acknowledge(piece)
            case _Connected():
                self._set_connected(piece.up)
            case _Sign.NOBODY_HEARD:
                self._ledger.nobody_heard()
            case _Sign.HUB_IS_THERE:
                self._ledger.hub_is_there(self._mono())
            case _Sign.AN_HOUR_WENT:
                self._ledger.tidy()

    def _take(self) -> list[_Work]:
        """What is in the queue, after waiting for something or for the next retry."""
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
        """What is kept first, with the events that belong to it; then these in the journal."""
        for append in appends:
            self._unkept.update(append.kept)
        tied = [event for append in appends if append.kept for event in append.events]
        try:
            if self._unkept:
                with_it = {PENDING_KEY: pack_events(tied, self._ledger)} if tied else {}
                self._keeper.keep({**self._unkept, **with_it})
                self._unkept.clear()
        except sqlite3.Error as error:
            log.error("what must outlast a restart cannot be written yet: %s", error)
        if events := [event for append in appends for event in append.events]:
            self._ledger.append(events)
        self._tell()
        for append in appends:
            if append.done is not None:
                append.done.set()

    def _set_connected(self, up: bool) -> None:
        if up and not self._connected:
            self._ledger.hurry(self._mono())
        self._connected = up

    def _tell(self) -> None:
        self.health = self._health()

    def _health(self) -> JournalHealth:
        ledger = self._ledger
        return JournalHealth(
            backlog=ledger.backlog,
            degraded=ledger.degraded or bool(self._unkept),
            lost=ledger.lost,
            rejected=ledger.rejected,
            stream=ledger.current.id,
        )


# Events that belong to what is kept: on disk with it, until the journal is known to hold them.
#
# What is kept (`state.db`) and the journal are two files: a power cut between their commits must
# not
# leave a session that is over in one and open in the other. So the events of a change are kept
# together with it, and the next start gives them to the journal if they did not arrive there.

PENDING_KEY = "journal/pending"


class _Pending(msgspec.Struct, frozen=True, kw_only=True):
    stream: str
    after: int
    """The stream's last number when they were kept: higher now, and they have arrived."""
    events: tuple[msgspec.Raw, ...]


def pack_events(events: Sequence[Event], ledger: Ledger) -> bytes:
    """These events as bytes to keep, before they are appended to that ledger."""
    raws = tuple(msgspec.Raw(seal(event, 1, GENESIS)) for event in events)
    file = ledger.current.file
    return msgspec.json.encode(_Pending(stream=file.stream, after=file.last_seq, events=raws))


def missing_events(kept: bytes | None, ledger: Ledger) -> list[Event]:
    """The events kept by an earlier run that its journal did not get any more."""
    if kept is None:
        return []
    try:
        left = msgspec.json.decode(kept, type=_Pending)
        events = [decode_event(raw).event for raw in left.events]
    except (msgspec.MsgspecError, WireError) as error:
        log.error("events kept beside the journal cannot be read: %s", error)
        return []
    file = ledger.current.file
    if file.stream == left.stream:
        return events if file.last_seq == left.after else []
    here = {decode_event(data).event.event_id for _, data in file.after(0, file.last_seq)}
    return [event for event in events if event.event_id not in here]
