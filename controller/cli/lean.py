"""Have the C library give memory back (mallopt(3))."""

import ctypes

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
