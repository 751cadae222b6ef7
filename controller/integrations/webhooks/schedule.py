"""When a message is tried again: as Standard Webhooks proposes, for 75 hours."""

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
"""Seconds to wait after the first try, the second, and so on."""
JITTER = 0.1
"""Random change of a wait, so that failed messages aren't all retried at once."""
OLDEST = timedelta(seconds=sum(WAITS_S) * (1 + JITTER))
"""A delivery is given up at this age, even if waiting for earlier ones has left it fewer tries."""


def next_try(now: Utc, attempts: int, at: Utc, chance: float) -> Utc | None:
    """Return the time of the next try of a change that happened `at`; None: it is given up.

    `attempts`: tries so far; `chance`: a random number from 0 to 1.
    """
    if attempts > len(WAITS_S) or now > at + OLDEST:
        return None
    wait_s = WAITS_S[attempts - 1] * (1 + JITTER * (2 * chance - 1))
    return Utc.of(now + timedelta(seconds=wait_s))
