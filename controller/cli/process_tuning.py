"""Tune memory and thread switching of a process with many threads."""

import ctypes
import gc
import sys
from collections.abc import Callable

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
LARGE, ARENAS = 1 << 20, 2
"""Pieces from this size (bytes) get their own mapping, and the highest number of heaps."""
SWITCH_INTERVAL_S = 0.0005
"""How long a thread waits for another one that holds Python's lock.

Python's default is 5 ms, and a page waits after each of its twenty database queries.
"""
OLDEST = 2
"""The generation that a full collection covers."""
YOUNG = (5_000, 10, 10)
"""Thresholds of the garbage collector: new objects per collection, then collections per older
generation."""


def limit_memory() -> None:
    """Limit glibc's memory use in a process with many threads; call it before they start.

    By default glibc uses up to eight heaps per processor, and after one large piece (checking a
    password takes 19 MB) it keeps later large pieces in these heaps for good. Without glibc it has
    no effect. (mallopt(3))
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_ARENA_MAX, ARENAS)


def tune_for_latency() -> None:
    """Tune a process that answers people; call it once everything lasting has been created.

    The garbage collector then skips these objects: walking all of them takes as long as six pages.
    Objects created by the first request of each page (its template, its statements) last as well,
    so they are skipped too, after the first, second, fourth, eighth full collection and so on. Only
    what happens to be in use at these few moments may never be collected.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.set_threshold(*YOUNG)  # the default is 700: a page makes ten times as many, and keeps none
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
