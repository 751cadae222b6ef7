"""When a message is tried again: the waits that Standard Webhooks proposes, 75 hours in all."""

from datetime import timedelta

from controller.domain.time import Utc

_MINUTE, _HOUR = 60.0, 3600.0
WAITS_S = (
    5.0,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
"""After the first try, the second …"""
JITTER = 0.1
"""Of a wait, either way: what failed together does not come back together."""
OLDEST = timedelta(seconds=sum(WAITS_S) * (1 + JITTER))
"""What waited for those before it has had fewer tries, and is given up all the same."""


def next_try(now: Utc, attempts: int, at: Utc, chance: float) -> Utc | None:
    """After so many tries of what changed `at`; `chance` from 0 to 1. None: it is given up."""
    if attempts > len(WAITS_S) or now > at + OLDEST:
        return None
    wait_s = WAITS_S[attempts - 1] * (1 + JITTER * (2 * chance - 1))
    return Utc.of(now + timedelta(seconds=wait_s))
