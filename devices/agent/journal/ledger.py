"""Stores the journal's events on the disk, or in memory while the disk can't be written."""

import logging
import sqlite3
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from controller.domain.ids import AccessPointId
from controller.wire.errors import WireError
from controller.wire.events import Event, JournalDegraded
from controller.wire.ids import uuid7
from controller.wire.journal_bytes import decode_event
from controller.wire.messages import EventAck
from controller.wire.received_numbers import Ranges
from devices.agent import sqlite
from devices.agent.clock import Clock
from devices.agent.journal.file import JournalBroken, JournalFile, salvage
from devices.agent.journal.retention import JournalRetention, make_room
from devices.agent.journal.stream import Publish, Stream

# Makes events with an id, the boot id, and the time as this agent knows it.

E = TypeVar("E")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def kernel_boot() -> str:
    """Return the kernel's boot id: the same for every process until the board restarts."""
    try:
        return str(uuid.UUID(_BOOT_ID.read_text(encoding="ascii").strip()))
    except (OSError, ValueError):
        return str(uuid.uuid4())


class Recorder:
    """Makes events for the journal; any thread may use it."""

    def __init__(self, boot: str, clock: Clock) -> None:
        self.boot = boot
        self.clock = clock

    def event(self, kind: Callable[..., E], point: AccessPointId | None, /, **fields: Any) -> E:
        """Return an event of that type with the current time."""
        clock = self.clock
        return kind(
            event_id=uuid7(),
            boot_id=self.boot,
            mono_ms=int(clock.mono() * 1000),
            at=clock.now(),
            clock_trusted=clock.trusted,
            access_point=point,
            **fields,
        )


log = logging.getLogger(__name__)

MEMORY_EVENTS = 5_000
"""How many events are held in memory; further ones are counted as lost."""
DISK_RETRY_S = 30.0
"""How often to try the disk again."""
_CHUNK = 500


class Ledger:
    """Stores events and never raises for the disk. Only one thread at a time may use it.

    If the disk is full, a new stream is started in memory, until the disk can be written again. If
    the file is damaged or forked, it is set aside, and its intact events continue in a new stream.
    """

    def __init__(
        self,
        path: Path,
        recorder: Recorder,
        random: Random,
        *,
        memory_events: int = MEMORY_EVENTS,
        retention: JournalRetention | None = None,
    ) -> None:
        """`retention`: how long acknowledged events are kept; None: as the protocol says."""
        self._path, self._recorder, self._random = path, recorder, random
        self._memory_events, self._retention = memory_events, retention or JournalRetention()
        self._first_stored = 1
        self._disk: Stream | None = None
        self._memory: list[Stream] = []
        """Streams in memory; the last one takes new events while the disk can't be written."""
        self._in_memory = False
        self._retry_at = 0.0
        self.lost = 0
        self.rejected = 0
        self.previous_stream: str | None = None
        """The previous stream, if the one on disk is new."""
        self.previous_boot = recorder.boot
        self._open()
        self.tidy()

    @property
    def current(self) -> Stream:
        """The stream that takes new events."""
        return self._memory[-1] if self._in_memory or self._disk is None else self._disk

    @property
    def degraded(self) -> bool:
        """Whether events are held in memory only."""
        return self._in_memory

    @property
    def backlog(self) -> int:
        """How many events are not acknowledged yet."""
        return sum(stream.backlog for stream in self._streams())

    def append(self, events: Sequence[Event]) -> None:
        """Commit events; then they are on the disk, unless `degraded`."""
        if not self._in_memory and self._disk is not None:
            try:
                self._disk.append(events, self._recorder.boot)
                return
            except sqlite3.Error as error:
                if not (sqlite.is_unwritable(error) and self._make_room()):
                    self._leave_disk(error)
                self.append(events)
                return
        room = max(0, self._memory_events - self.current.backlog)
        self.lost += max(0, len(events) - room)
        if saved := events[:room]:
            self.current.append(saved, self._recorder.boot)

    def start_new_stream(self, reason: str, why: str) -> None:
        """Continue in a new stream with the intact unacknowledged events, and delete the old
        file."""
        sqlite.remove(self._start_new_stream(reason, why))

    def take_over(self, path: Path) -> None:
        """Append the intact unacknowledged events of another file.

        The hub ignores those that it has already, by their ids.
        """
        events, _ = _rescue(path)
        for first in range(0, len(events), _CHUNK):
            self.append(events[first : first + _CHUNK])

    def send(self, offer: Publish, now: float) -> None:
        """Send due and new events of every stream."""
        for stream in self._streams():
            try:
                stream.send(offer, now)
            except sqlite3.DatabaseError as error:
                if stream is not self._disk or not sqlite.is_broken(error):
                    raise
                self._start_new_stream("corrupt", str(error))
        drained = [
            candidate
            for candidate in self._memory
            if candidate.backlog == 0 and candidate is not self.current
        ]
        for stream in drained:
            self._memory.remove(stream)
            stream.file.close()

    def hurry(self, now: float) -> None:
        """Send everything again at once."""
        for stream in self._streams():
            stream.outbox.hurry(now)

    def no_subscriber(self) -> None:
        """Note that the events in flight reached no hub."""
        for stream in self._streams():
            stream.outbox.no_subscriber()

    def hub_seen(self, now: float) -> None:
        """Send at once the events that an absent hub did not receive."""
        for stream in self._streams():
            stream.outbox.hub_seen(now)

    def next_due(self) -> float | None:
        """Return the monotonic time at which `send` or `recover` is to be called; None: nothing is
        planned."""
        dues = [stream.outbox.next_due() for stream in self._streams()]
        times = [due for due in dues if due is not None]
        return min(times + ([self._retry_at] if self._in_memory else []), default=None)

    def acknowledge(self, ack: EventAck) -> None:
        """Take an acknowledgement; one of an unknown stream is ignored."""
        stream = next(
            (candidate for candidate in self._streams() if candidate.id == ack.stream), None
        )
        if stream is None:
            log.warning("an acknowledgement names stream %s, which is not here", ack.stream)
            return
        self.rejected += len(ack.rejected)
        try:
            if stream is self._disk and (ack.fork or stream.is_old_copy(ack)):
                self._start_new_stream("fork" if ack.fork else "rolled_back", None)
            elif stream is self._disk and ack.resume:
                self._resume(stream, ack)
            else:
                stream.acknowledge(ack)
                self._tidy_soon(stream)
        except sqlite3.Error as error:
            log.warning("the journal cannot store the acknowledgement: %s", error)
            if sqlite.is_broken(error):
                self._leave_disk(error)

    def tidy(self) -> None:
        """Delete events that were acknowledged long enough ago."""
        if self._disk is None:
            return
        try:
            self._retention.tidy(self._disk.file, self._recorder.clock, self._path.parent)
            self._first_stored = self._disk.file.first_stored()
        except sqlite3.Error as error:
            log.warning("the journal cannot delete old events: %s", error)

    def recover(self, now: float) -> None:
        """If the disk was unavailable, try it again every 30 s, and move events there that were
        never sent."""
        if not self._in_memory or now < self._retry_at:
            return
        self._retry_at = now + DISK_RETRY_S
        moved = self._never_sent()
        recovered = self._degradation("recovered", self.lost or None)
        try:
            disk = self._disk or self._open_disk()
            disk.append([recovered, *moved], self._recorder.boot)
        except (sqlite3.Error, JournalBroken) as error:
            log.info("the disk still takes no events: %s", error)
            return
        self._disk, self._in_memory, self.lost = disk, False, 0
        for stream in self._memory:
            stream.file.acknowledge([(stream.outbox.sent_to + 1, stream.file.last_seq)])
            stream.file.delete_through(stream.file.last_seq)

    def close(self) -> None:
        """Close all files."""
        for stream in self._streams():
            stream.file.close()

    def _resume(self, stream: Stream, ack: EventAck) -> None:
        """Send a restored hub what is still stored, and report which events are lost."""
        ranges = stream.resume(ack)
        if ranges and ranges != stream.file.reported_losses():
            lost = sum(last - first + 1 for first, last in ranges)
            log.error("the controller lacks %d events that are not kept any more: %s", lost, ranges)
            text = f"stream {stream.id}: {_range_text(ranges)}"
            self.append([self._degradation("not_kept", lost, text)])
            stream.file.report_losses(ranges)

    def _tidy_soon(self, stream: Stream) -> None:
        """Tidy at once if nothing is to be kept, or there is too much; otherwise wait for
        `tidy`."""
        if stream is not self._disk:
            stream.file.delete_through(stream.file.last_seq)
        elif self._retention.is_over(stream.file, self._first_stored):
            self.tidy()

    def _make_room(self) -> bool:
        """Delete some acknowledged events for new ones; return whether there were any."""
        try:
            return self._disk is not None and make_room(self._disk.file)
        except sqlite3.Error:
            return False

    def _streams(self) -> list[Stream]:
        return ([self._disk] if self._disk is not None else []) + self._memory

    def _open(self) -> None:
        try:
            self._disk = self._open_disk()
        except JournalBroken as error:
            self._start_new_stream("corrupt", str(error))
        except sqlite3.Error as error:
            self._go_to_memory(str(error))

    def _open_disk(self) -> Stream:
        stream = Stream(JournalFile.open(self._path, uuid7(), self._recorder.boot), self._random)
        self.previous_boot = stream.file.last_boot
        return stream

    def _leave_disk(self, error: sqlite3.Error) -> None:
        if sqlite.is_broken(error):
            self._start_new_stream("corrupt", str(error))
        else:
            self._go_to_memory(str(error))

    def _go_to_memory(self, why: str) -> None:
        """Start a stream in memory, since the one on disk must not continue with unsaved events."""
        log.error("the journal cannot be written, events are held in memory: %s", why)
        self._in_memory = True
        self._retry_at = self._recorder.clock.mono() + DISK_RETRY_S
        file = JournalFile.open(None, uuid7(), self._recorder.boot)
        self._memory.append(Stream(file, self._random))
        self.current.append([self._degradation("full", None, why)], self._recorder.boot)

    def _start_new_stream(self, reason: str, why: str | None) -> Path:
        """Set the file aside, and continue in a new one with its intact unacknowledged events.

        Returns the path of the file set aside.
        """
        if self._disk is not None:
            self.previous_stream = self._disk.id
            self._disk.file.close()
            self._disk = None
        aside = sqlite.set_aside(self._path, f"{reason}-{uuid7()}")
        log.error("the journal was set aside as %s: %s", aside, why or reason)
        try:
            self._disk = self._open_disk()
        except sqlite3.Error as error:
            self._go_to_memory(str(error))
        rescued, lost = _rescue(aside)
        self.append([self._degradation(reason, lost or None, why)])
        for first in range(0, len(rescued), _CHUNK):
            self.append(rescued[first : first + _CHUNK])
        return aside

    def _never_sent(self) -> list[Event]:
        """Return the events in memory that no hub can have received."""
        rows = [
            data
            for stream in self._memory
            for _, data in stream.file.after(stream.outbox.sent_to, self._memory_events)
        ]
        return [decode_event(data).event for data in rows]

    def _degradation(self, reason: str, lost: int | None, text: str | None = None) -> Event:
        return self._recorder.event(
            JournalDegraded, None, reason=reason, lost=lost, text=text[:500] if text else None
        )


def _range_text(ranges: Ranges) -> str:
    """Return ranges as text, short enough for the 500 characters of an event's text."""
    text = ", ".join(f"{first} to {last}" if first < last else f"{first}" for first, last in ranges)
    return text if len(text) <= 400 else f"{text[:400]} …"


def _rescue(path: Path) -> tuple[list[Event], int]:
    """Return the readable events of a file set aside, and how many could not be read."""
    events: list[Event] = []
    lost = 0
    for data in salvage(path):
        try:
            events.append(decode_event(data).event)
        except WireError:
            lost += 1
    return events, lost
