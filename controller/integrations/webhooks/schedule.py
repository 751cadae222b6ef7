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


def next_try(now: Utc, attempts: int, chance: float) -> Utc | None:
    """After so many tries; `chance` from 0 to 1. None: it is given up."""
    if attempts > len(WAITS_S):
        return None
    wait_s = WAITS_S[attempts - 1] * (1 + JITTER * (2 * chance - 1))
    return Utc.of(now + timedelta(seconds=wait_s))
