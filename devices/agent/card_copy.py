"""A copy, in memory, of a state folder whose card takes nothing more: the agent runs on that.

SQLite can't take up its write-ahead log on such a card, and what stands in the log must count: the
block of a badge that was lost an hour ago, say. The copy goes on from run to run until the board
restarts, or the card takes writes again.
"""

import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from devices.agent.heartbeat import place_of
from devices.agent.journal.thread import PENDING_KEY
from devices.agent.keeper import Keeper

_FILES = ("state.db", "policy.db", "journal.db", "cards.db")
_SIDES = ("", "-wal")
"""Not the index of the log: it is made again from the log."""


class CardCopy:
    """The copy that belongs to a state folder."""

    def __init__(self, folder: Path) -> None:
        self._card = folder
        self.folder = place_of(folder, "card")

    @property
    def is_there(self) -> bool:
        """Whether an earlier run of this boot has left one of ours."""
        try:
            found = self.folder.lstat()
        except OSError:
            return False
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()

    def make(self) -> bool:
        """Copy the card unless that is done; whether it was done now. Raises OSError.

        A file that can't be read is no reason to go on without: an agent that lost its policy
        would refuse everybody, one that lost its latches would not know of a fire.
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

    def give_back(self, state: Keeper, but: Mapping[str, bytes | None]) -> bytes | None:
        """Write to the card's own file what the copy says outlasts a restart, `but` these, and what
        counters of cards have risen to. Raises sqlite3.Error: the copy then stays.

        Returns the events that the copy's journal may not have got any more: see `missing`.
        """
        mark = "unreadable"
        kept = Keeper.open(self.folder / "state.db", mark)
        try:
            then = kept.read("")
        finally:
            kept.close()
        pending = then.pop(PENDING_KEY, None)
        state.keep({**dict.fromkeys(state.read("")), **then, **but})
        _raise_counters(self.folder / "cards.db", self._card / "cards.db", mark)
        return pending

    def forget(self) -> None:
        """The card counts again."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _raise_counters(copy: Path, card: Path, mark: str) -> None:
    if not copy.exists():
        return
    seen, kept = Keeper.open(copy, mark), Keeper.open(card, mark)
    try:
        kept.keep(seen.read(""))  # they only rise, and the card's are older
    finally:
        seen.close()
        kept.close()
