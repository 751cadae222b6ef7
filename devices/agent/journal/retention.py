"""How long acknowledged events stay on the disk, for a controller that was restored from a
backup."""

import os
from dataclasses import dataclass
from pathlib import Path

from devices.agent.clock import Clock
from devices.agent.journal.file import JournalFile

EVENTS = 200_000
"""Limit for the number of kept events."""
RESERVE_BYTES = 64 << 20
"""If less disk space is free, half of the kept events are deleted, at each check."""
MARK_INTERVAL_MS = 3_600_000
"""How often the acknowledged number is noted with its time."""
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class JournalRetention:
    """The retention of acknowledged events: by days and by number. 0 days: none is kept."""

    days: float = 8.0
    events: int = EVENTS
    slack: int = 1_000
    """How many events above the limit are allowed before they are deleted in one go."""

    def tidy(self, file: JournalFile, clock: Clock, folder: Path | None) -> None:
        """Delete what is due. Raises sqlite3.Error. `folder` None: the stream is in memory.

        Days are only counted with a trusted clock; without one, only the number counts.
        """
        through = file.acknowledged.through
        if folder is None or self.days <= 0:
            file.delete_through(through)
            return
        first_stored = file.first_stored()
        at_most = self.events if _has_room(folder) else (through - first_stored + 1) // 2
        due = through - at_most
        if clock.trusted:
            now = clock.now().millis()
            due = max(due, file.acknowledged_at(now - round(self.days * _DAY_MS)))
            at, marked = file.last_mark()
            if through > marked and not 0 <= now - at < MARK_INTERVAL_MS:
                file.mark(now)
        if due >= first_stored:
            file.delete_through(due)

    def is_over(self, file: JournalFile, first_stored: int) -> bool:
        """Return whether there are so many events that tidying can't wait."""
        saved = file.acknowledged.through - first_stored + 1
        return saved > 0 and (self.days <= 0 or saved > self.events + self.slack)


def make_room(file: JournalFile) -> bool:
    """Delete at least half of the acknowledged events; False: there were none. Raises
    sqlite3.Error.

    New events can use the freed pages even if the disk is full.
    """
    first, through = file.first_stored(), file.acknowledged.through
    if first > through:
        return False
    file.delete_through(first + (through - first) // 2)
    return True


def _has_room(folder: Path) -> bool:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return True
    return disk.f_bavail * disk.f_frsize >= RESERVE_BYTES
