"""Which sequence numbers of a stream were received, gaps included."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Ranges = tuple[tuple[int, int], ...]
"""First and last number, both included, sorted, with at least one number between two ranges."""

MAX_RANGES = 1_000
"""The maximum in an acknowledgement; all ranges are stored again with each group of events."""


@dataclass(frozen=True, slots=True)
class ReceivedNumbers:
    """All numbers up to `through`, and the ranges after the first gap."""

    through: int = 0
    also: Ranges = ()

    def __contains__(self, seq: int) -> bool:
        if 1 <= seq <= self.through:
            return True
        at = bisect_right(self.also, (seq, 2**63)) - 1
        return at >= 0 and self.also[at][0] <= seq <= self.also[at][1]

    def __len__(self) -> int:
        return self.through + sum(last - first + 1 for first, last in self.also)

    def plus(self, seqs: Iterable[int]) -> "ReceivedNumbers":
        """Return these numbers with more of them added, in any order."""
        return self.including((seq, seq) for seq in seqs)

    def including(self, ranges: Iterable[tuple[int, int]]) -> "ReceivedNumbers":
        """Return these numbers with ranges added, first and last included, in any order."""
        merged: list[tuple[int, int]] = [(0, self.through)]
        for first, last in sorted([*self.also, *ranges]):
            if first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        # With too many gaps the first ones are dropped: an agent with so many has lost those
        # events.
        beyond = max(0, len(merged) - 1 - MAX_RANGES)
        return ReceivedNumbers(merged[beyond][1], tuple(merged[beyond + 1 :]))

    def missing(self, last: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges of 1 to `last` that were not received."""
        end = self.through
        for first, through in self.also:
            if end < last:
                yield end + 1, min(first - 1, last)
            end = through
        if end < last:
            yield end + 1, last
