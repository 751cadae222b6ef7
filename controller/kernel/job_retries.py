"""A periodic job that failed: how soon it is tried again, and when somebody must look."""

MISSES = 3
"""After so many failures in a row somebody must look."""
AGAIN_S, AGAIN_AT_MOST_S = 10.0, 600.0
"""How soon a job that failed is tried again; twice as late each time, at most so or its period."""


def wait_s(failures: int, period_s: float) -> float:
    """How long after its last failure, of so many in a row."""
    wait = min(AGAIN_S, period_s) * 2.0 ** min(failures - 1, 20)
    return min(wait, max(period_s, AGAIN_AT_MOST_S))
