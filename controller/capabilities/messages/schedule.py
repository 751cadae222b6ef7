"""When to retry a message, and when to give up."""

from datetime import timedelta

from controller.domain.time import Utc

_MINUTE, _HOUR = 60.0, 3600.0
WAITS_S = (_MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR / 2, _HOUR, 2 * _HOUR, 4 * _HOUR)
"""Seconds to wait after the first attempt, the second …; the last value applies to all others."""
JITTER = 0.1
"""Fraction by which a wait varies, so that messages are not retried all at once."""


def next_try(now: Utc, attempts: int, written_at: Utc, days: int, chance: float) -> Utc | None:
    """Return when to try again after `attempts` attempts; None: give up, `days` after writing.

    `chance`, from 0 to 1, determines the jitter.
    """
    wait_s = WAITS_S[min(attempts, len(WAITS_S)) - 1] * (1 + JITTER * (2 * chance - 1))
    at = Utc.of(now + timedelta(seconds=wait_s))
    return at if at < written_at + timedelta(days=days) else None
