"""The outcomes of the last backup and of the last verification, and when the next backup is due."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from controller.domain.time import Utc
from controller.settings import BackupSettings, Settings

Action = Literal["init", "now", "verify", "move"]
"""`move`: another repository was chosen, which has no backup of now yet."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The last outcome of an action."""

    at: str
    cause: str = ""
    """Code of the cause of a failure; empty: success."""
    text: str = ""
    """A sentence for people, or the findings of a verification."""
    id: str = ""
    """Id of the backup."""
    tables: int = 0
    rows: int = 0
    files: int = 0

    @property
    def is_well(self) -> bool:
        """Return whether the action succeeded."""
        return not self.cause


class Busy(Exception):
    """Another process is making or reading a backup."""


def outcomes(settings: Settings) -> dict[Action, Outcome]:
    """Return the last outcome of each action; empty if there are none or the file can't be read."""
    try:
        return msgspec.json.decode(outcomes_file(settings).read_bytes(), type=dict[Action, Outcome])
    except (OSError, msgspec.MsgspecError):
        return {}


def store_outcome(settings: Settings, action: Action, outcome: Outcome) -> None:
    """Replace the last outcome of that action in the file that `loquet doctor` reads."""
    file = outcomes_file(settings)
    new = file.with_name(f"{file.name}.new")
    new.write_bytes(msgspec.json.encode(outcomes(settings) | {action: outcome}))
    new.replace(file)


def record_move(settings: Settings, now: Utc) -> None:
    """Record that another repository was chosen; the outcomes of the earlier one are forgotten."""
    outcomes_file(settings).unlink(missing_ok=True)
    store_outcome(settings, "move", Outcome(at=now.text()))


@contextmanager
def backup_lock(settings: Settings) -> Iterator[None]:
    """Hold the lock that allows one backup process at a time. Raises Busy."""
    file = outcomes_file(settings).with_name("backup.lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error
        yield


def is_busy(settings: Settings) -> bool:
    """Return whether a process is making or reading a backup."""
    try:
        with backup_lock(settings):
            return False
    except Busy:
        return True


def last_scheduled(schedule: BackupSettings, zone: ZoneInfo, now: Utc) -> Utc:
    """Return the last scheduled time of a backup before now."""
    local = now.astimezone(zone)
    days_ago = 0 if local.hour >= schedule.hour else 1
    if schedule.weekday:
        days_ago += (local.isoweekday() - days_ago - schedule.weekday) % 7
    day = local.date() - timedelta(days=days_ago)
    return Utc.of(datetime(day.year, day.month, day.day, schedule.hour, tzinfo=zone))


def is_due(schedule: BackupSettings, zone: ZoneInfo, last: Outcome | None, now: Utc) -> bool:
    """Return whether no backup has succeeded since the last scheduled time."""
    if last is None or not last.is_well:
        return True
    return Utc.parse(last.at) < last_scheduled(schedule, zone, now)


def outcomes_file(settings: Settings) -> Path:
    """Return the file with the last outcomes."""
    return Path(settings.site.keys).with_name("backup-outcome.json")
