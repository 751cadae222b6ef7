"""Decides which cells of published tables are withheld, so that they can't be computed from the
others.

A cell under the threshold is withheld. More cells are then withheld, until the hidden ones can
change together, some up and some down, with every total unchanged. Such a set of cells is a *move*.
With it, a reader of all published figures only knows that each hidden cell has one of at least
`THRESHOLD` values. It stays valid whatever else is withheld.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Generic, TypeVar

THRESHOLD = 11
"""Counts of people below this are withheld. Also how many values each withheld count must leave
possible."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sum(Generic[Key]):
    """States that a published total is the sum of some cells."""

    total: Key
    parts: Sequence[Key]

    def sign(self, key: Key) -> int:
        """Return the sign of a cell in the equation `sum of parts - total = 0`."""
        return -1 if key == self.total else 1

    def cells(self) -> Iterable[Key]:
        """Return the total and its parts."""
        return (self.total, *self.parts)


class UnprotectedCell(ValueError):
    """The cell can't be protected, because the figures that reveal it are already published."""


def cells_to_withhold(
    counts: Mapping[Key, int], sums: Sequence[Sum[Key]], published: Collection[Key] = ()
) -> frozenset[Key]:
    """Return the cells that must not be published.

    `counts`: whole numbers, none negative. `sums`: all sums that connect cells, of all tables and
    months. `published`: cells that are already published. Raises UnprotectedCell.
    """
    return _Tables(counts, sums, frozenset(published)).withheld()


_Signs = frozenset[tuple[Key, int]]
_MAX_STEPS = 20_000
"""Limit of the search for one cell; beyond it, every connected cell is withheld."""


class _Tables(Generic[Key]):
    """The state of the computation: tables, and the cells hidden so far."""

    def __init__(
        self, counts: Mapping[Key, int], sums: Sequence[Sum[Key]], published: frozenset[Key]
    ) -> None:
        self._counts = counts
        self._published = published
        self._hidden: set[Key] = set()
        self._sums = sums
        self._sums_of: defaultdict[Key, list[int]] = defaultdict(list)
        """By cell: the numbers of the sums that it belongs to."""
        for number, total in enumerate(sums):
            for key in total.cells():
                self._sums_of[key].append(number)

    def withheld(self) -> frozenset[Key]:
        small = [key for key, count in self._counts.items() if count < THRESHOLD]
        self._hidden.update(key for key in small if key not in self._published)
        proven = set[Key]()
        for key in sorted(self._hidden, key=lambda cell: (self._counts[cell], repr(cell))):
            if key not in proven:
                proven |= self._hide(key)
        return frozenset(self._hidden)

    def _hide(self, key: Key) -> set[Key]:
        """Withhold a move that contains this cell, with the smallest loss; return its cells."""
        queue: list[tuple[int, int, int, dict[Key, int]]] = [(0, 0, 0, {key: 1})]
        seen, steps = set[_Signs[Key]](), 0
        while queue and steps < _MAX_STEPS:
            new_cells, cost_so_far, _, move = heappop(queue)
            imbalance = self._unbalanced(move)
            if imbalance is None:
                self._hidden.update(move)
                return set(move)
            for added, sign in self._balancing(imbalance, move):
                further = {**move, added: sign}
                signs = frozenset(further.items())
                if signs in seen:
                    continue
                seen.add(signs)
                steps += 1
                is_new = added not in self._hidden
                cost = self._counts[added] if is_new else 0
                heappush(queue, (new_cells + is_new, cost_so_far + cost, steps, further))
        return self._hide_all(key)

    def _unbalanced(self, move: Mapping[Key, int]) -> tuple[int, int] | None:
        """Return a sum that the move changes, and by how much; None if it changes none."""
        change: defaultdict[int, int] = defaultdict(int)
        for key, sign in move.items():
            for number in self._sums_of[key]:
                change[number] += sign * self._sums[number].sign(key)
        return next(((number, by) for number, by in sorted(change.items()) if by), None)

    def _balancing(
        self, imbalance: tuple[int, int], move: Mapping[Key, int]
    ) -> Iterable[tuple[Key, int]]:
        """Yield the cells of that sum that can compensate the change, each with its direction."""
        number, by = imbalance
        unbalanced = self._sums[number]
        for candidate in unbalanced.cells():
            sign = (-1 if by > 0 else 1) * unbalanced.sign(candidate)
            if candidate in move or candidate in self._published:
                continue
            # A cell that moves down needs enough lower values to hide among.
            if sign > 0 or self._counts[candidate] >= THRESHOLD - 1:
                yield candidate, sign

    def _hide_all(self, key: Key) -> set[Key]:
        """Withhold every cell that is connected to this one. Raises UnprotectedCell if one is
        published."""
        queue, connected = [key], {key}
        while queue:
            for number in self._sums_of[queue.pop()]:
                new = set(self._sums[number].cells()) - connected
                connected |= new
                queue += new
        if connected & self._published:
            raise UnprotectedCell(f"{key!r}")
        self._hidden |= connected
        return connected
