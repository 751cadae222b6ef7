"""A copy in memory of the state folder, for an agent whose SD card has become read-only.

SQLite can't read a write-ahead log on a read-only card, but what is in the log must count, such as
the block of a badge lost an hour ago. The copy is used by every run until the board restarts or the
card can be written again.
"""

import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from devices.agent.heartbeat import memory_path
from devices.agent.journal.thread import PENDING_KEY
from devices.agent.state_store import StateStore

_FILES = ("state.db", "policy.db", "journal.db", "cards.db")
_SIDES = ("", "-wal")
"""The log's index is not copied: SQLite makes it again."""


class CardCopy:
    """The copy of one state folder."""

    def __init__(self, folder: Path) -> None:
        self._card = folder
        self.folder = memory_path(folder, "card")

    @property
    def is_there(self) -> bool:
        """Whether an earlier run of this boot has left a copy that belongs to this user."""
        try:
            status = self.folder.lstat()
        except OSError:
            return False
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()

    def make(self) -> bool:
        """Copy the card's files unless there is a copy; return whether it was made now. Raises
        OSError.

        A file that can't be read is an error: an agent without its policy would deny everybody, and
        one without its latches would not know about a fire.
        """
        if self.is_there:
            return False
        fresh = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        for name in (f"{file}{side}" for file in _FILES for side in _SIDES):
            if (self._card / name).exists():
                shutil.copyfile(self._card / name, fresh / name)
        fresh.rename(self.folder)
        return True

    def restore_card(self, state: StateStore, changes: Mapping[str, bytes | None]) -> bytes | None:
        """Write the copy's saved state to the card's file, changed by `changes`, and the cards'
        counters too.

        Returns the events that may be missing in the copy's journal: see `missing_events`. Raises
        sqlite3.Error; then the copy is kept.
        """
        mark = "unreadable"
        store = StateStore.open(self.folder / "state.db", mark)
        try:
            values = store.read("")
        finally:
            store.close()
        pending = values.pop(PENDING_KEY, None)
        state.keep({**dict.fromkeys(state.read("")), **values, **changes})
        _raise_counters(self.folder / "cards.db", self._card / "cards.db", mark)
        return pending

    def forget(self) -> None:
        """Delete the copy, because the card is used again."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _raise_counters(copy: Path, card: Path, mark: str) -> None:
    if not copy.exists():
        return
    source, target = StateStore.open(copy, mark), StateStore.open(card, mark)
    try:
        target.keep(source.read(""))  # counters only rise, and the card's are older
    finally:
        source.close()
        target.close()
