"""Guessing is slowed down, and its memory is bounded."""

from webui import limits
from webui.limits import TryLimit


class Clock:
    """A monotonic clock that stands still until it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_few_tries_then_a_pause() -> None:
    clock = Clock()
    limit = TryLimit(3, 60.0, clock)
    for _ in range(3):
        assert not limit.blocked("a")
        limit.failed("a")
    assert limit.blocked("a")
    assert not limit.blocked("b")
    clock.now = 60.0
    assert not limit.blocked("a")


def test_success_starts_afresh() -> None:
    limit = TryLimit(1, 60.0, Clock())
    limit.failed("a")
    limit.forget("a")
    assert not limit.blocked("a")


def test_the_oldest_keys_are_forgotten() -> None:
    limit = TryLimit(1, 60.0, Clock())
    for number in range(limits.MOST_KEYS + 1):
        limit.failed(str(number))
    assert not limit.blocked("0")
    assert limit.blocked("1")
