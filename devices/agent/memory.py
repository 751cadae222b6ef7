"""The files in the agent's state folder, opened and checked before any output moves."""

import fcntl
import logging
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from typing import TextIO

from controller.domain.time import Utc
from controller.wire.events import Event, JournalDegraded
from controller.wire.ids import uuid7
from devices.agent import sqlite
from devices.agent.clock import Clock, ClockMode
from devices.agent.keeper import Keeper
from devices.agent.ledger import Ledger
from devices.agent.policy_store import PolicyStore
from devices.agent.recorder import Recorder, kernel_boot

log = logging.getLogger(__name__)

FLOOR = "clock/floor"
STARTS = "starts"
_CONNECTIONS_PER_START = 1 << 20


class StateBusy(Exception):
    """Another agent uses this state folder: one line."""


@dataclass(slots=True)
class Memory:
    """What an agent remembers."""

    folder: Path
    lock: TextIO
    keeper: Keeper
    ledger: Ledger
    policy: PolicyStore
    clock: Clock
    recorder: Recorder
    random: Random
    first_connection: int
    same_boot: bool
    """Whether the board has not restarted since the journal was written last."""

    @property
    def policy_file(self) -> Path:
        return self.folder / "policy.db"


def remember(folder: Path, mode: ClockMode) -> Memory:
    """Open everything; what is damaged is set aside and reported. Raises StateBusy, sqlite3.Error,
    OSError."""
    lock = _lock(folder)
    mark = f"broken-{uuid7()}"
    keeper = Keeper.open(folder / "state.db", mark)
    floor = _time(keeper.get(FLOOR))
    starts = int(keeper.get(STARTS) or b"0") + 1
    clock = Clock(mode, floor)
    recorder = Recorder(kernel_boot(), clock)
    random = SystemRandom()
    ledger = Ledger(folder / "journal.db", recorder, random)
    policy, lost_policy = _policy(folder / "policy.db", mark)
    reports: list[Event] = []
    if keeper.was_broken:
        reports.append(_degraded(recorder, "what outlasts a restart was damaged: latches unknown"))
    if lost_policy:
        reports.append(_degraded(recorder, "the policy's file was damaged: it is fetched again"))
    if reports:
        ledger.append(reports)
    _keep(keeper, starts)
    return Memory(
        folder, lock, keeper, ledger, policy, clock, recorder, random,
        first_connection=starts * _CONNECTIONS_PER_START,
        same_boot=ledger.previous_boot == recorder.boot,
    )  # fmt: skip


def _lock(folder: Path) -> TextIO:
    """One agent only: two would write one journal."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / "agent.lock", os.O_RDWR | os.O_CREAT, 0o600)
    file = os.fdopen(handle, "r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise StateBusy(
            f"{folder}: another agent is running on this folder; stop it first"
        ) from error
    return file


def _policy(path: Path, mark: str) -> tuple[PolicyStore, bool]:
    """The store, and whether a damaged one was set aside."""
    try:
        return PolicyStore.open(path), False
    except sqlite3.DatabaseError as error:
        if not sqlite.is_broken(error):
            raise
        log.error("the policy's file is damaged, and fetched again: %s", error)
    sqlite.set_aside(path, mark)
    return PolicyStore.open(path), True


def _degraded(recorder: Recorder, text: str) -> JournalDegraded:
    return recorder.event(JournalDegraded, None, reason="corrupt", text=text)


def _keep(keeper: Keeper, starts: int) -> None:
    try:
        keeper.keep({STARTS: str(starts).encode()})
    except sqlite3.Error as error:
        log.error("the state folder cannot be written: %s", error)


def _time(data: bytes | None) -> Utc | None:
    try:
        return None if data is None else Utc.parse(data.decode())
    except ValueError:
        return None
