"""Finds the need that a report resembles, so that staff can merge it."""

from collections.abc import Iterable

from controller.capabilities.user_reports.shapes import Need
from controller.kernel.privacy.names import folded_words

_LETTERS = 5
"""How many letters of a word are compared, so that *repair* and *repairing* are the same; shorter
words are ignored."""
_MIN_COMMON_SHARE = 0.35
"""Share of common words from which two texts are about the same need."""


def closest(text: str, needs: Iterable[Need]) -> Need | None:
    """Return the need whose title is closest to the text; None if none is close."""
    words = _stems(text)
    shares = ((_share(words, _stems(need.title)), need.times, need.id, need) for need in needs)
    share, _times, _id, need = max(shares, default=(0.0, 0, "", None))
    return need if share >= _MIN_COMMON_SHARE else None


def _share(first: frozenset[str], second: frozenset[str]) -> float:
    return 2 * len(first & second) / max(len(first) + len(second), 1)


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_LETTERS] for word in folded_words(text) if len(word) >= _LETTERS)
