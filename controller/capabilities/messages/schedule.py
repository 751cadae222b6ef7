"""When a message is tried again, and when it is given up."""

from datetime import timedelta

from controller.domain.time import Utc

_MINUTE, _HOUR = 60.0, 3600.0
WAITS_S = (_MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR / 2, _HOUR, 2 * _HOUR, 4 * _HOUR)
"""After the first try, the second …; then always the last."""
JITTER = 0.1
"""Of a wait, either way: what failed together does not come back together."""


def next_try(now: Utc, attempts: int, written_at: Utc, days: int, chance: float) -> Utc | None:
    """When to try again after `attempts` tries, with jitter `chance` from 0 to 1; None: give up,
    after `days`."""
    wait_s = WAITS_S[min(attempts, len(WAITS_S)) - 1] * (1 + JITTER * (2 * chance - 1))
    at = Utc.of(now + timedelta(seconds=wait_s))
    return at if at < written_at + timedelta(days=days) else None
