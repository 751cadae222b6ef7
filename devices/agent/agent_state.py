"""Opens and checks the files of the agent's state folder, before any output is switched."""

import errno
import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from typing import TextIO

import msgspec

from controller.domain.time import Utc
from controller.wire.events import Event, JournalDegraded
from controller.wire.ids import uuid7
from devices.agent import sqlite
from devices.agent.card_copy import CardCopy
from devices.agent.clock import Clock, ClockMode, kernel_synchronised
from devices.agent.heartbeat import Heartbeat
from devices.agent.journal.ledger import Ledger, Recorder, kernel_boot
from devices.agent.journal.retention import JournalRetention
from devices.agent.journal.thread import PENDING_KEY, missing_events
from devices.agent.policy.store import PolicyStore
from devices.agent.policy.sync import damage_event
from devices.agent.state_store import StateStore

log = logging.getLogger(__name__)

FLOOR = "clock/floor"
"""Key of the newest signed time, which the clock can't be before."""
ANCHOR = "clock/anchor"
"""Key of the first trusted time of a boot."""
STARTS = "starts"
"""Key of the number of starts that were counted on the card."""
COPY_RUNS = "copy runs"
"""Key of the number of runs from this copy in memory."""
_CONNECTIONS_PER_START = 1 << 20
"""How many connection numbers each start has, so that they rise across restarts: a hub ignores a
status with a lower number (`AgentStatus.connection`)."""
_HALF = _CONNECTIONS_PER_START // 2
"""The upper half of a start's numbers is for runs that could not be counted on the card."""
_CONNECTIONS_PER_COPY_RUN = 1 << 6
"""How many of these lie between two runs from the same copy."""
_STEP_S = 10.0
"""A run from a copy also begins one number higher for each such period since the card was last
written."""
_MIN_CONNECTIONS = 1 << 12
"""How many numbers it has at least."""
_UNWRITABLE = (errno.EROFS, errno.ENOSPC, errno.EIO)


@dataclass(frozen=True, slots=True)
class TimeSource:
    """Sources of time and boot id: this computer's, or those of a simulated scenario."""

    mono: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    synchronised: Callable[[], bool] = kernel_synchronised
    boot: Callable[[], str] = kernel_boot


class StateBusy(Exception):
    """Raised if another agent uses this state folder; the message is one line."""


@dataclass(slots=True)
class AgentState:
    """What an agent keeps between runs: its open files, with its clock."""

    folder: Path
    lock: TextIO
    state_store: StateStore
    ledger: Ledger
    policy: PolicyStore
    clock: Clock
    recorder: Recorder
    random: Random
    heartbeat: Heartbeat
    first_connection: int
    """The lowest number for the connections of this run; see `_CONNECTIONS_PER_START`."""
    same_boot: bool
    """Whether the board has not restarted since the last write to the journal."""

    @property
    def policy_file(self) -> Path:
        return self.folder / "policy.db"


def open_state(
    folder: Path,
    mode: ClockMode,
    source: TimeSource | None = None,
    retention: JournalRetention | None = None,
) -> AgentState:
    """Open all files; a damaged one is set aside and reported.

    If the SD card can't be written, a copy in memory is opened, and that is reported. `source`
    None: this computer's clocks; `retention` as in `Ledger`. Raises StateBusy, sqlite3.Error,
    OSError.
    """
    source, copy = source or TimeSource(), CardCopy(folder)
    lock, why = _lock(folder)
    if why is None:
        try:
            state = _open_files(folder, folder, lock, mode, source, retention)
        except sqlite3.Error as error:
            if not sqlite.is_unwritable(error):
                raise
            why = str(error)
        else:
            if copy.is_there:
                _restore_card(copy, state)
            return state
    log.error("%s can't be written (%s): the agent runs from a copy in memory", folder, why)
    is_new = copy.make()
    state = _open_files(copy.folder, folder, lock, mode, source, retention)
    if is_new:  # the card's stream must not continue where the card does not record it
        state.ledger.start_new_stream("read_only", f"the card can't be written: {why}")
    return state


def _count_start(state_store: StateStore) -> tuple[dict[str, bytes | None], int]:
    """Return the new count of starts to store, and the first connection number of this one."""
    starts = _number(state_store, STARTS) + 1
    return {STARTS: str(starts).encode()}, starts * _CONNECTIONS_PER_START


def _count_copy_run(
    state_store: StateStore, card: Path, source: TimeSource
) -> tuple[dict[str, bytes | None], int]:
    """Return the new count of runs from the copy, and the first connection number of this one.

    It is above those of the card's last counted start, and below those of the next one. The count
    orders runs from one copy; the time since the card was last written, those from several.
    """
    runs = _number(state_store, COPY_RUNS) + 1
    since = max(0.0, source.wall() - (card / "state.db").stat().st_mtime)
    offset = runs * _CONNECTIONS_PER_COPY_RUN + int(since / _STEP_S)
    starts = _number(state_store, STARTS)
    first = starts * _CONNECTIONS_PER_START + _HALF + min(offset, _HALF - _MIN_CONNECTIONS)
    return {STARTS: str(starts).encode(), COPY_RUNS: str(runs).encode()}, first


def _number(state_store: StateStore, key: str) -> int:
    return int(state_store.get(key) or b"0")


def _open_files(
    folder: Path,
    card: Path,
    lock: TextIO,
    mode: ClockMode,
    source: TimeSource,
    retention: JournalRetention | None,
) -> AgentState:
    """Open the files of a folder: the card's own, or the copy."""
    mark = f"broken-{uuid7()}"
    has_run = (folder / "journal.db").exists()
    state_store = StateStore.open(folder / "state.db", mark)
    was_damaged = state_store.was_broken
    if has_run and state_store.get(STARTS) is None:
        log.error("state.db is empty or missing: the state before the restart is lost")
        state_store.was_broken = True
    policy, lost_policy = _policy(folder / "policy.db", mark)
    counts, first_connection = (
        _count_start(state_store) if folder == card else _count_copy_run(state_store, card, source)
    )
    boot = source.boot()
    clock = Clock(
        mode,
        _floor(state_store, policy),
        anchor=_anchor(state_store.get(ANCHOR), boot),
        synchronised=source.synchronised,
        mono=source.mono,
        wall=source.wall,
    )
    recorder = Recorder(boot, clock)
    random = SystemRandom()
    ledger = Ledger(folder / "journal.db", recorder, random, retention=retention)
    reports: list[Event] = [
        _degraded(recorder, reason, text)
        for reason, text in _damages(was_damaged, state_store, lost_policy)
    ]
    if policy.damaged:
        reports.append(damage_event(recorder, policy.damaged))
    reports += missing_events(state_store.get(PENDING_KEY), ledger)
    if reports:
        ledger.append(reports)
    _save(state_store, {**counts, PENDING_KEY: None})
    return AgentState(
        folder,
        lock,
        state_store,
        ledger,
        policy,
        clock,
        recorder,
        random,
        Heartbeat(card, boot),
        first_connection=first_connection,
        same_boot=ledger.previous_boot == recorder.boot,
    )


def _damages(
    was_damaged: bool, state_store: StateStore, lost_policy: bool
) -> Iterator[tuple[str, str]]:
    """Yield reason and text of what must be reported."""
    if was_damaged:
        yield "corrupt", "state.db was damaged and is set aside"
    if state_store.was_broken:
        yield "state_lost", "the saved state was damaged: it is not known which faults were latched"
    if lost_policy:
        yield "corrupt", "the policy's file was damaged; the policy is fetched again"


def _restore_card(copy: CardCopy, state: AgentState) -> None:
    """Write an earlier run's copy in memory back to the card, which can be written again."""
    starts = state.state_store.get(STARTS)
    try:
        pending = copy.restore_card(state.state_store, {STARTS: starts, COPY_RUNS: None})
    except sqlite3.Error as error:
        log.error("the state in memory could not be written to the card: %s", error)
        return
    state.ledger.take_over(copy.folder / "journal.db")
    text = "the card can be written again; what was in memory has been saved on it"
    recovered = _degraded(state.recorder, "recovered", text)
    state.ledger.append([*missing_events(pending, state.ledger), recovered])
    copy.forget()


def _lock(folder: Path) -> tuple[TextIO, str | None]:
    """Lock the folder, since two agents would write the same journal.

    Returns the lock, and why the card can't be written, or None if it can. Raises StateBusy,
    OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, why = folder / "agent.lock", None
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        handle, why = os.open(path, os.O_RDONLY), error.strerror
    file = os.fdopen(handle)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise StateBusy(
            f"{folder}: another agent is running on this folder; stop it first"
        ) from error
    return file, why


def _policy(path: Path, mark: str) -> tuple[PolicyStore, bool]:
    """Return the policy store, and whether a damaged one was set aside."""
    try:
        return PolicyStore.open(path), False
    except sqlite3.DatabaseError as error:
        if not sqlite.is_broken(error):
            raise
        log.error("the policy's file is damaged; the policy is fetched again: %s", error)
    sqlite.set_aside(path, mark)
    return PolicyStore.open(path), True


def _degraded(recorder: Recorder, reason: str, text: str) -> JournalDegraded:
    return recorder.event(JournalDegraded, None, reason=reason, text=text)


def _save(state_store: StateStore, values: Mapping[str, bytes | None]) -> None:
    try:
        state_store.keep(values)
    except sqlite3.Error as error:
        log.error("the state folder cannot be written: %s", error)


def _floor(state_store: StateStore, policy: PolicyStore) -> Utc | None:
    """Return the newest signed time of an earlier run: its own mark, or the policy's time."""
    age = policy.age()
    saved = [state_store.get(FLOOR), None if age is None else age[0].encode()]
    return max((time for data in saved if (time := _time(data)) is not None), default=None)


def _time(data: bytes | None) -> Utc | None:
    try:
        return None if data is None else Utc.parse(data.decode())
    except ValueError:
        return None


def clock_marks(clock: Clock, boot: str) -> dict[str, bytes | None]:
    """Return the clock's values that must be stored now: the newest signed time every hour, and
    once the first trusted time of this boot."""
    saved: dict[str, bytes | None] = {}
    if (floor := clock.floor_to_store()) is not None:
        saved[FLOOR] = floor.text().encode()
    if (anchor := clock.anchor_to_store()) is not None:
        saved[ANCHOR] = msgspec.json.encode((boot, *anchor))
    return saved


def _anchor(data: bytes | None, boot: str) -> tuple[float, float] | None:
    try:
        anchor_boot, stamp, mono_s = msgspec.json.decode(data or b"", type=tuple[str, float, float])
    except msgspec.MsgspecError:
        return None
    return (stamp, mono_s) if anchor_boot == boot else None
