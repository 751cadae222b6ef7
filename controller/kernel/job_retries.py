"""When a failed periodic job is retried, and when an alarm is raised."""

MISSES = 3
"""Failures in a row after which an alarm is raised."""
AGAIN_S, AGAIN_AT_MOST_S = 10.0, 600.0
"""First and longest wait before a failed job is retried; it doubles each time.

A longer period than the longest wait takes its place.
"""


def wait_s(failures: int, period_s: float) -> float:
    """Return the seconds to wait after `failures` failures in a row."""
    wait = min(AGAIN_S, period_s) * 2.0 ** min(failures - 1, 20)
    return min(wait, max(period_s, AGAIN_AT_MOST_S))
