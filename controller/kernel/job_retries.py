"""A periodic job that failed: how soon it is tried again, and when somebody must look."""

MISSES = 3
"""Failures in a row after which an alarm is raised."""
AGAIN_S, AGAIN_AT_MOST_S = 10.0, 600.0
"""How soon a job that failed is tried again; twice as late each time, at most so or its period."""


def wait_s(failures: int, period_s: float) -> float:
    """Seconds to wait after the last of `failures` failures in a row."""
    wait = min(AGAIN_S, period_s) * 2.0 ** min(failures - 1, 20)
    return min(wait, max(period_s, AGAIN_AT_MOST_S))
