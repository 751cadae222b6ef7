"""Have the C library give memory back (mallopt(3)), and the collector of garbage make no pauses."""

import ctypes
import gc

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
LARGE, ARENAS = 1 << 20, 2


def keep_memory_small() -> None:
    """For a process of many threads; before they start. Without effect where there is no glibc.

    By itself glibc has up to eight heaps for each processor, and after one large piece (a password
    is checked in 19 MB) takes the next ones from them, where they stay.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_ARENA_MAX, ARENAS)


def keep_pauses_short() -> None:
    """For a process that has loaded all it needs: what is there now is never looked through again.

    Of two hundred thousand objects that stay for good, each full collection would take a page the
    time of five.
    """
    gc.collect()
    gc.freeze()
