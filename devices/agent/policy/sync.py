"""Keeps the agent's policy in sync with the hub, by heads, deltas, and pages that it requests."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from controller.domain.time import Utc
from controller.wire.events import Event, JournalDegraded, PolicyApplied, PolicyRejected
from controller.wire.ids import uuid7
from controller.wire.messages import PolicyDelta, PolicyHead, PolicyPage, SyncRequest
from controller.wire.rows import Row
from devices.agent.clock import BEHIND_S, Clock
from devices.agent.journal.ledger import Recorder
from devices.agent.policy.site_facts import FACT_TABLES
from devices.agent.policy.store import PolicyCopy, StoredRow

# The policy's age: seconds since the newest signed head that equalled this copy.

STORE_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class _Mark:
    head_at: Utc
    age_s: float
    mono_s: float


class PolicyAge:
    """The policy's age; the policy's thread writes it, and the loop's thread reads it."""

    def __init__(self, store: PolicyCopy, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._mark: _Mark | None = None
        self._stored_at = float("-inf")
        if (saved := store.age()) is not None:
            self._mark = _Mark(Utc.parse(saved[0]), saved[1], clock.mono())

    def age_s(self) -> float | None:
        """Return the seconds since that head was signed; None: no head has equalled this copy
        yet."""
        mark = self._mark
        if mark is None:
            return None
        if self._clock.trusted and not self._is_ahead(mark):
            return max(0.0, (self._clock.now() - mark.head_at).total_seconds())
        return mark.age_s + self._clock.mono() - mark.mono_s

    def head_matched(self, head_at: Utc) -> None:
        """Note that a signed head equals this copy; an older head than the last one is ignored,
        unless that was signed by a clock that was ahead.

        With an untrusted clock, the age is reduced by the time between the two heads, not set to
        zero: it is unknown how long the newer head was on its way.
        """
        mark = self._mark
        if mark is not None and self._is_ahead(mark):
            mark, self._stored_at = None, float("-inf")
        if mark is not None and head_at <= mark.head_at:
            return
        if self._clock.trusted or mark is None:
            age = max(0.0, (self._clock.now() - head_at).total_seconds())
        else:
            between_s = (head_at - mark.head_at).total_seconds()
            age = max(0.0, mark.age_s + self._clock.mono() - mark.mono_s - between_s)
        self._mark = _Mark(head_at, age, self._clock.mono())
        self._store_now_and_then()

    def _is_ahead(self, mark: _Mark) -> bool:
        """Return whether the head was signed minutes after the trusted time."""
        now = self._clock.now().timestamp()
        return self._clock.trusted and mark.head_at.timestamp() - now > BEHIND_S

    def _store_now_and_then(self) -> None:
        mono = self._clock.mono()
        if self._mark is not None and mono - self._stored_at >= STORE_EVERY_S:
            self._stored_at = mono
            self._store.keep_age(self._mark.head_at.text(), self._mark.age_s)
            self._clock.note_floor_stored()


log = logging.getLogger(__name__)

WAIT_S = 1.0
"""How long to wait for a missing delta to arrive by itself."""
JITTER_S = 5.0
"""Random extra wait, so that not all agents request at once."""
TIME_JITTER_S = 1.0
RETRY_S = 5.0


@dataclass(slots=True)
class _Pull:
    """A sync in progress."""

    request: SyncRequest
    retry_at: float
    requested_at: float
    """When the current page was requested."""
    floor: tuple[int, int]
    """The copy's state at the start: an older response is refused."""
    epoch: int | None = None
    """The epoch of its first page; if another one follows, the sync starts again."""
    lowest: int = 0
    highest: int = 0
    """The highest version in a page or one of its rows."""
    snapshot: bool = False
    rows: int = 0
    undelivered: bool = False
    """Whether the broker reported that no hub received the request."""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A change to the policy: the tables that changed."""

    tables: frozenset[str]


class PolicySync:
    """Syncs the policy; only one thread may use it. `now` is monotonic seconds.

    Raises sqlite3.Error if the disk fails.
    """

    def __init__(
        self,
        store: PolicyCopy,
        age: PolicyAge,
        recorder: Recorder,
        random: Random,
        *,
        request: Callable[[SyncRequest], bool],
        report: Callable[[Event], None],
        applied: Callable[[PolicyChange], None],
    ) -> None:
        """`request` publishes, `report` journals, `applied` is called after each commit."""
        self._store, self._age, self._recorder, self._random = store, age, recorder, random
        self._clock = recorder.clock
        self._request, self._report, self._applied = request, report, applied
        self._head: PolicyHead | None = None
        self._newest = (0, 0)
        """The highest epoch and version in a signed message."""
        self._start_at: float | None = None
        self._sync_everything = False
        """Whether the next sync must request everything, because the copy does not match its
        digest."""
        self._needs_time = False
        """Whether the next sync must ask for the time: the signed ones contradict each other."""
        self._pull: _Pull | None = None
        self._reported: tuple[str, int, int] | None = None

    def due(self) -> float | None:
        """Return the monotonic time at which `tick` must be called, or None."""
        return self._pull.retry_at if self._pull is not None else self._start_at

    def tick(self, now: float) -> None:
        """Start a sync that has waited long enough, or request a page again."""
        if self._pull is not None and self._pull.retry_at <= now:
            self._request_page(self._pull, now)
        elif self._pull is None and self._start_at is not None and self._start_at <= now:
            self._start_at = None
            needs_time, self._needs_time = self._needs_time, False
            if self._sync_everything or self._is_behind() or needs_time or not self._clock.trusted:
                self._begin_sync(now)

    def on_connection(self, up: bool, now: float) -> None:
        """Handle that the link came up or went down; a page that is missing is requested again at
        once.

        Without NTP an agent makes a request even if its copy is complete, since only a response in
        this boot makes its clock trusted.
        """
        if self._pull is not None and up:
            self._pull.retry_at = now
        elif up and not self._clock.trusted and self._store.position.epoch:
            self._start_at = now + self._random.uniform(0.0, TIME_JITTER_S)

    def no_subscriber(self) -> None:
        """Note that no hub received the request."""
        if self._pull is not None:
            self._pull.undelivered = True

    def hub_seen(self, now: float) -> None:
        """Request a page again at once if no hub received the request, or the response is long
        overdue.

        A hub that is just slow does not get more work.
        """
        pull = self._pull
        if pull is not None and (pull.undelivered or now - pull.requested_at >= RETRY_S / 2):
            pull.retry_at = now

    def head(self, head: PolicyHead, now: float) -> None:
        """Handle a signed head: refuse an older one, note that an equal one matches, or fetch what
        is missing."""
        self._learn_time(head.at, now)
        position = self._store.position
        if (head.epoch, head.version) < (position.epoch, position.version):
            older = "older_epoch" if head.epoch < position.epoch else "older_version"
            self._reject(older, head.epoch, head.version)
            return
        self._head = head
        self._newest = max(self._newest, (head.epoch, head.version))
        if self._is_behind():
            self._schedule(now)
        else:
            self._compare(head, now)

    def delta(self, delta: PolicyDelta, now: float) -> None:
        """Handle a signed delta: apply it if it follows this copy; else wait for what is missing,
        then sync."""
        self._learn_time(delta.at, now)
        position = self._store.position
        if delta.epoch < position.epoch:
            self._reject("older_epoch", delta.epoch, delta.to_version)
        elif delta.epoch == position.epoch and delta.to_version <= position.version:
            return
        elif delta.epoch == position.epoch and delta.from_version <= position.version:
            # One that starts earlier repeats rows; each is only stored if newer.
            tables = self._store.apply(_stored_rows(delta.rows), delta.epoch, delta.to_version)
            self._report_change(tables, len(delta.rows), snapshot=False, now=now)
            self._cancel_if_complete()
        else:
            self._newest = max(self._newest, (delta.epoch, delta.to_version))
            self._schedule(now)

    def repair(self, now: float) -> None:
        """Drop damaged rows, report them, and fetch everything again."""
        lost = self._store.drop_damaged(holders=True)
        if not lost:
            return
        self._report(damage_event(self._recorder, lost))
        self._sync_everything = True
        self._schedule(now)
        self._applied(PolicyChange(FACT_TABLES))

    def on_disk_failure(self, now: float) -> None:
        """Start again later, because the disk failed."""
        self._pull = None
        self._schedule(now)

    def page(self, page: PolicyPage, now: float) -> None:
        """Handle a signed response: stage it, and request the next page, or store all pages."""
        pull = self._pull
        if pull is None or page.request_id != pull.request.request_id:
            return  # for an earlier request: a retry was answered twice
        self._clock.learn_signed_time(page.at, is_response=True)
        if (page.epoch, page.to_version) < pull.floor:
            self._pull = None
            older = "older_epoch" if page.epoch < pull.floor[0] else "older_version"
            self._reject(older, page.epoch, page.to_version)
        elif pull.epoch is not None and pull.epoch != page.epoch:
            self._begin_sync(now)
        else:
            self._take_page(pull, page, now)

    def _learn_time(self, at: Utc, now: float) -> None:
        """Learn a signed time; if it is minutes before an earlier one, ask which one is right."""
        self._clock.learn_signed_time(at, is_response=False)
        if self._clock.is_before_signed_time(at):
            self._needs_time = True
            self._schedule(now)

    def _cancel_if_complete(self) -> None:
        """Cancel the sync if deltas have brought everything that it requested, and no page has
        come."""
        pull = self._pull
        waits = pull is not None and pull.epoch is None
        if waits and not self._sync_everything and not self._is_behind() and self._clock.trusted:
            self._pull = None

    def _take_page(self, pull: _Pull, page: PolicyPage, now: float) -> None:
        if pull.epoch is None:
            pull.epoch, pull.lowest = page.epoch, page.to_version
            pull.snapshot = page.snapshot or page.epoch != pull.floor[0]
        pull.lowest = min(pull.lowest, page.to_version)
        newest = max((row.version for row in page.rows), default=0)
        pull.highest = max(pull.highest, page.to_version, newest)
        pull.rows += len(page.rows)
        self._store.stage(_stored_rows(page.rows))
        if page.next is not None:
            first = pull.request
            pull.request = SyncRequest(
                request_id=uuid7(), epoch=first.epoch, since=first.since, after=page.next
            )
            self._request_page(pull, now)
            return
        self._pull = None
        self._sync_everything = False
        tables = self._store.finish_sync(page.epoch, pull.lowest, snapshot=pull.snapshot)
        torn = pull.highest > self._store.position.version
        if pull.rows or (page.epoch, pull.lowest) != pull.floor:
            self._report_change(tables, pull.rows, snapshot=pull.snapshot, now=now, torn=torn)
        if torn and self._pull is None:
            self._begin_sync(now)

    def _begin_sync(self, now: float) -> None:
        position = self._store.position
        epoch, since = (0, 0) if self._sync_everything else (position.epoch, position.version)
        self._store.begin_sync()
        request = SyncRequest(request_id=uuid7(), epoch=epoch, since=since)
        self._pull = _Pull(request, now, now, floor=(position.epoch, position.version))
        self._request_page(self._pull, now)

    def _request_page(self, pull: _Pull, now: float) -> None:
        pull.requested_at, pull.undelivered = now, False
        pull.retry_at = now + RETRY_S * self._random.uniform(1.0, 1.5)
        self._request(pull.request)

    def _schedule(self, now: float) -> None:
        """Plan a sync, unless there is one; an agent without any policy does not wait."""
        if self._pull is None and self._start_at is None:
            wait = WAIT_S + self._random.uniform(0.0, JITTER_S)
            self._start_at = now + (wait if self._store.position.epoch else 0.0)

    def _is_behind(self) -> bool:
        position = self._store.position
        return self._newest > (position.epoch, position.version)

    def _compare(self, head: PolicyHead, now: float) -> None:
        """Compare the digests, if the head has the copy's epoch and version."""
        position = self._store.position
        if (head.epoch, head.version) != (position.epoch, position.version):
            return
        if (head.digest, head.holders) == (position.digest, position.holders):
            self._age.head_matched(head.at)
        elif self._pull is None and not self._sync_everything:
            self._reject("bad_digest", head.epoch, head.version)
            self._sync_everything = True
            self._schedule(now)

    def _report_change(
        self, tables: Iterable[str], rows: int, *, snapshot: bool, now: float, torn: bool = False
    ) -> None:
        """Report that the policy has changed.

        `torn`: it has rows newer than its version, so that no head can equal it.
        """
        position = self._store.position
        event = self._recorder.event(
            PolicyApplied,
            None,
            epoch=position.epoch,
            version=position.version,
            snapshot=snapshot,
            rows=rows,
        )
        self._report(event)
        if self._head is not None and not torn:
            self._compare(self._head, now)  # first: an agent killed from here on knows the age
        self._applied(PolicyChange(frozenset(tables)))

    def _reject(self, reason: str, epoch: int, version: int) -> None:
        """Report a refusal once, not again for each head that repeats it."""
        if self._reported != (reason, epoch, version):
            self._reported = (reason, epoch, version)
            log.warning("policy refused: %s, epoch %d, version %d", reason, epoch, version)
            self._report(
                self._recorder.event(
                    PolicyRejected, None, reason=reason, epoch=epoch, version=version
                )
            )


def damage_event(recorder: Recorder, rows: int) -> Event:
    """Return the event for damaged policy rows."""
    text = f"{rows} rows of the policy were damaged and open nothing: they are fetched again"
    return recorder.event(JournalDegraded, None, reason="corrupt", text=text)


def _stored_rows(rows: Iterable[Row]) -> list[StoredRow]:
    return [
        StoredRow(row.table, row.key, row.version, None if row.removed else bytes(row.value))
        for row in rows
    ]
