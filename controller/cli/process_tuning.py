"""Tune memory and thread switching of a process with many threads."""

import ctypes
import gc
import sys
from collections.abc import Callable

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
LARGE, ARENAS = 1 << 20, 2
SWITCH_INTERVAL_S = 0.0005
"""A thread waits so long for another one that holds Python's lock. By itself 5 ms, and a page waits
for it after each of its twenty questions to the database."""
OLDEST = 2
"""The generation of a full collection."""
YOUNG = (5_000, 10, 10)
"""Objects more than went, before the collector looks at the young; then how often at the older."""


def keep_memory_small() -> None:
    """For a process of many threads; before they start. Without effect where there is no glibc.

    By itself glibc has up to eight heaps for each processor, and after one large piece (a password
    is checked in 19 MB) takes the next ones from them, where they stay. (mallopt(3))
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_ARENA_MAX, ARENAS)


def answer_soon() -> None:
    """For a process that answers people; once all that stays is made.

    Python's collector then leaves that alone: to walk it all takes as long as six pages. So does
    what comes with the first look at each page (its template, its statements) and stays as well:
    it is left alone in turn, after the first full collection and the second, the fourth, the
    eighth. What was under way at these few moments is all that may never be collected.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.set_threshold(*YOUNG)  # of itself 700: a page makes ten times as many, and keeps none
    gc.collect()
    gc.freeze()
    gc.callbacks.append(_leaver())


def _leaver() -> Callable[[str, dict[str, int]], None]:
    full = 0

    def after(phase: str, info: dict[str, int]) -> None:
        nonlocal full
        if phase == "stop" and info["generation"] == OLDEST:
            full += 1
            if full.bit_count() == 1:
                gc.freeze()

    return after
