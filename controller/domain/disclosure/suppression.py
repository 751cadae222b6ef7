"""Which cells of published tables are withheld, so that none can be computed from the others.

A cell under the threshold is withheld. Beside it others are, until the withheld ones can move
together, some up and some down, with every total unchanged: then whoever knows all that is
published knows of each withheld cell only that it has one of `LEAST` values or more. A set of cells
that moves so is the proof; it stays one whatever else is withheld.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Generic, TypeVar

LEAST = 11
"""People under whom a count is withheld, and values that each withheld count may have had."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sum(Generic[Key]):
    """That a published total is the sum of some cells."""

    total: Key
    parts: Sequence[Key]

    def sign(self, key: Key) -> int:
        """+1 of a part, -1 of the total: an equation that comes to nothing."""
        return -1 if key == self.total else 1

    def cells(self) -> Iterable[Key]:
        return (self.total, *self.parts)


class UnprotectedCell(ValueError):
    """The cell can't be protected: the figures that reveal it have already been published."""


def withheld(
    counts: Mapping[Key, int], sums: Sequence[Sum[Key]], out: Collection[Key] = ()
) -> frozenset[Key]:
    """The cells that are not published.

    `counts`: whole numbers, none below zero. `sums`: all that tie them, of all tables and months.
    `out`: cells that were published before; they can't be taken back. Raises Unprotected.
    """
    return _Tables(counts, sums, frozenset(out)).withheld()


_Signs = frozenset[tuple[Key, int]]
_MOST_STEPS = 20_000


class _Tables(Generic[Key]):
    """Tables while it is found out what of them is withheld."""

    def __init__(
        self, counts: Mapping[Key, int], sums: Sequence[Sum[Key]], out: frozenset[Key]
    ) -> None:
        self._counts = counts
        self._out = out
        self._hidden: set[Key] = set()
        self._sums = sums
        self._of: defaultdict[Key, list[int]] = defaultdict(list)
        for number, total in enumerate(sums):
            for key in total.cells():
                self._of[key].append(number)

    def withheld(self) -> frozenset[Key]:
        small = [key for key, count in self._counts.items() if count < LEAST]
        self._hidden.update(key for key in small if key not in self._out)
        proven = set[Key]()
        for key in sorted(self._hidden, key=lambda cell: (self._counts[cell], repr(cell))):
            if key not in proven:
                proven |= self._hide(key)
        return frozenset(self._hidden)

    def _hide(self, key: Key) -> set[Key]:
        """Withhold what lets this cell move, at the least loss; the cells that move."""
        queue: list[tuple[int, int, int, dict[Key, int]]] = [(0, 0, 0, {key: 1})]
        seen, made = set[_Signs[Key]](), 0
        while queue and made < _MOST_STEPS:
            new, lost, _, move = heappop(queue)
            open_ = self._unbalanced(move)
            if open_ is None:
                self._hidden.update(move)
                return set(move)
            for other, sign in self._balancing(open_, move):
                further = {**move, other: sign}
                signs = frozenset(further.items())
                if signs in seen:
                    continue
                seen.add(signs)
                made += 1
                is_new = other not in self._hidden
                cost = self._counts[other] if is_new else 0
                heappush(queue, (new + is_new, lost + cost, made, further))
        return self._hide_all(key)

    def _unbalanced(self, move: Mapping[Key, int]) -> tuple[int, int] | None:
        """A sum that the move changes, and by how much; None: it changes none."""
        change: defaultdict[int, int] = defaultdict(int)
        for key, sign in move.items():
            for number in self._of[key]:
                change[number] += sign * self._sums[number].sign(key)
        return next(((number, by) for number, by in sorted(change.items()) if by), None)

    def _balancing(
        self, open_: tuple[int, int], move: Mapping[Key, int]
    ) -> Iterable[tuple[Key, int]]:
        """The cells of that sum that can make good for it, and which way each would move."""
        number, by = open_
        this = self._sums[number]
        for other in this.cells():
            sign = (-1 if by > 0 else 1) * this.sign(other)
            if other in move or other in self._out:
                continue
            # What moves down must have room: as many steps as there are other values to hide in.
            if sign > 0 or self._counts[other] >= LEAST - 1:
                yield other, sign

    def _hide_all(self, key: Key) -> set[Key]:
        """Withhold all that is tied to this cell. Raises Unprotected where something is out."""
        tied, found = [key], {key}
        while tied:
            for number in self._of[tied.pop()]:
                new = set(self._sums[number].cells()) - found
                found |= new
                tied += new
        if found & self._out:
            raise UnprotectedCell(f"{key!r}")
        self._hidden |= found
        return found
