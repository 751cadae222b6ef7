"""A copy of the policy that shares its rows with the other agents of the process.

A thousand copies of 50,000 holders would not fit into memory. What the agent does with the rows is
its real code.
"""

from collections.abc import Iterable, Iterator

import msgspec

from controller.domain.facts import Holder
from controller.domain.ids import HolderKey
from controller.wire.codec import dec_hook
from devices.agent.policy.store import PolicyState, StoredRow, Tally

Key = tuple[str, str]
"""Table and key of a row."""
_NOBODY = PolicyState(0, 0, 0, f"{0:064d}")
_decoder = msgspec.json.Decoder(Holder, dec_hook=dec_hook)


class SharedRows:
    """The policy that a process has fetched once; each agent's copy starts with it.

    It never changes afterwards.
    """

    def __init__(self) -> None:
        self.position = _NOBODY
        self.rows: dict[Key, StoredRow] = {}
        self.tables: dict[str, list[StoredRow]] = {}

    def take(self, copy: "SharedPolicy") -> None:
        """Take over the rows of this copy; each new copy begins with them."""
        self.position = copy.position
        self.rows = {(row.table, row.key): row for row in copy.all()}
        self.tables = {}
        for row in sorted(self.rows.values()):
            if row.table != "holder" and row.value is not None:
                self.tables.setdefault(row.table, []).append(row)


class SharedPolicy:
    """One agent's copy: the shared rows, and its own changes since. For one thread at a time."""

    def __init__(self, shared: SharedRows) -> None:
        self._shared = shared
        self._own: dict[Key, StoredRow | None] = {}
        """Changed rows by table and key; None: the copy does not have this row any more."""
        self._staged: dict[Key, StoredRow] = {}
        self.position = shared.position

    def all(self) -> Iterator[StoredRow]:
        """Yield every row of this copy."""
        for key, row in self._shared.rows.items():
            if key not in self._own:
                yield row
        yield from (row for row in self._own.values() if row is not None)

    def get(self, key: HolderKey) -> Holder | None:
        row = self._row(("holder", key))
        return None if row is None or row.value is None else _decoder.decode(row.value)

    def drop_damaged(self, *, holders: bool) -> int:
        """See PolicyStore; nothing can be damaged in memory, with holders or without."""
        return 0 * holders

    def apply(self, rows: Iterable[StoredRow], epoch: int, version: int) -> set[str]:
        tally = Tally(self.position)
        self._take(tally, rows)
        return self._update_position(tally, epoch, version)

    def begin_sync(self) -> None:
        self._staged = {}

    def stage(self, rows: Iterable[StoredRow]) -> None:
        for row in rows:
            key = (row.table, row.key)
            staged = self._staged.get(key)
            if staged is None or staged.version < row.version:
                self._staged[key] = row

    def finish_sync(self, epoch: int, version: int, *, snapshot: bool) -> set[str]:
        tally, is_same_epoch = Tally(self.position), epoch == self.position.epoch
        if snapshot:
            self._drop_absent(tally, version if is_same_epoch else None)
        self._take(tally, self._staged.values())
        self._staged = {}
        return self._update_position(
            tally, epoch, max(version, self.position.version) if is_same_epoch else version
        )

    def rows(self, table: str) -> Iterator[StoredRow]:
        """See PolicyStore. Shared holder rows are not listed, only found by `get`."""
        own = {key: row for key, row in self._own.items() if key[0] == table}
        for row in self._shared.tables.get(table, ()):
            if (table, row.key) not in own:
                yield row
        yield from (row for row in own.values() if row is not None and row.value is not None)

    def age(self) -> tuple[str, float] | None:
        """See PolicyStore; always None, since nothing outlasts the process."""
        return None

    def keep_age(self, head_at: str, age_s: float) -> None:
        """See PolicyStore."""

    def _row(self, key: Key) -> StoredRow | None:
        return self._own[key] if key in self._own else self._shared.rows.get(key)

    def _take(self, tally: Tally, rows: Iterable[StoredRow]) -> None:
        for row in rows:
            key = (row.table, row.key)
            old = self._row(key)
            if old is not None and old.version >= row.version:
                continue
            if old is not None:
                tally.remove(old.table, old.key, old.version, old.value is None)
            tally.add(row.table, row.key, row.version, row.value is None)
            self._own[key] = row

    def _drop_absent(self, tally: Tally, through: int | None) -> None:
        for row in list(self.all()):
            key = (row.table, row.key)
            if through is None or (row.version <= through and key not in self._staged):
                tally.remove(row.table, row.key, row.version, row.value is None)
                self._own[key] = None

    def _update_position(self, tally: Tally, epoch: int, version: int) -> set[str]:
        self.position = PolicyState(epoch, version, tally.holders, tally.digest)
        return tally.tables
