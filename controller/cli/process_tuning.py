"""Tune memory and thread switching of a process with many threads."""

import ctypes
import gc
import sys
from collections.abc import Callable

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
LARGE, ARENAS = 1 << 20, 2
"""From this size (bytes), an allocation gets its own mapping; the maximum number of heaps."""
SWITCH_INTERVAL_S = 0.0005
"""How long a thread waits until another one must release the GIL. The default, 5 ms, is too long: a
page may wait after each of its twenty database queries."""
OLDEST_GENERATION = 2
"""The garbage collector's oldest generation: only a full collection covers it."""
GC_THRESHOLDS = (5_000, 10, 10)
"""Thresholds of the garbage collector: after how many new objects it runs, then after how many runs
it covers the next generation. The default of 700 objects is low: a page makes ten times as many,
and keeps none."""


def limit_memory() -> None:
    """Limit glibc's memory use in a process with many threads; call it before they start.

    By default, glibc uses up to eight heaps per processor. Once a large allocation has been freed
    (checking a password takes 19 MB), it puts later ones of that size in these heaps and keeps the
    memory. See mallopt(3). Without glibc, this has no effect.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_ARENA_MAX, ARENAS)


def tune_for_latency() -> None:
    """Tune a process that answers people; call it once all permanent objects have been created.

    It freezes them: the garbage collector skips them from then on, as walking them takes as long as
    six pages. The first request of each page creates more permanent objects (its template, its
    statements), so it freezes again after full collections 1, 2, 4, 8 and so on. Temporary objects
    that are in use at one of these few moments are frozen too and may never be collected.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.set_threshold(*GC_THRESHOLDS)
    gc.collect()
    gc.freeze()
    gc.callbacks.append(_freezing_callback())


def _freezing_callback() -> Callable[[str, dict[str, int]], None]:
    full_collections = 0

    def after(phase: str, info: dict[str, int]) -> None:
        nonlocal full_collections
        if phase == "stop" and info["generation"] == OLDEST_GENERATION:
            full_collections += 1
            if full_collections.bit_count() == 1:  # a power of two
                gc.freeze()

    return after
