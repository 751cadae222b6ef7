"""Guessing is slowed down, and its memory is bounded."""

import pytest
import redis

from controller.live import EMBEDDED, Live
from controller.live.embedded import Embedded
from tests.support.valkey import PROGRAM, valkey_url
from webui import limits
from webui.limits import TryLimit

__all__ = ["valkey_url"]


class Clock:
    """A monotonic clock that stands still until it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_few_tries_then_a_pause() -> None:
    clock = Clock()
    limit = TryLimit("t", 3, 60.0, Live(EMBEDDED), clock)
    for _ in range(3):
        assert not limit.blocked("a")
        limit.failed("a")
    assert limit.blocked("a")
    assert not limit.blocked("b")
    clock.now = 60.0
    assert not limit.blocked("a")


def test_success_starts_afresh() -> None:
    limit = TryLimit("t", 1, 60.0, Live(EMBEDDED), Clock())
    limit.failed("a")
    limit.forget("a")
    assert not limit.blocked("a")


def test_the_oldest_keys_are_forgotten() -> None:
    limit = TryLimit("t", 1, 60.0, Live(EMBEDDED), Clock())
    for number in range(limits.MOST_KEYS + 1):
        limit.failed(str(number))
    assert not limit.blocked("0")
    assert limit.blocked("1")


@pytest.mark.needs(PROGRAM)
def test_all_processes_count_the_same_failures(valkey_url: str) -> None:
    clock = Clock()
    one, other = (TryLimit("t", 2, 60.0, Live(valkey_url), wall_s=clock) for _ in range(2))
    one.failed("a")
    clock.now = 10.0
    other.failed("a")
    assert one.blocked("a")
    assert other.blocked("a")
    assert not one.blocked("b")
    assert not TryLimit("u", 2, 60.0, Live(valkey_url), wall_s=clock).blocked("a")
    clock.now = 60.0
    assert not one.blocked("a"), "its first failure is past, the second is not"
    one.failed("a")
    assert other.blocked("a")
    other.forget("a")
    assert not one.blocked("a")


@pytest.mark.needs(PROGRAM)
def test_what_is_shared_names_nobody_and_goes_by_itself(valkey_url: str) -> None:
    TryLimit("t", 2, 60.0, Live(valkey_url)).failed("ana@example.org")
    with redis.Redis.from_url(valkey_url, decode_responses=True) as client:
        (key,) = client.keys()
        assert "ana" not in key
        assert 0 < client.ttl(key) <= 60


def test_nobody_guesses_on_while_redis_is_away() -> None:
    limit = TryLimit("t", 2, 60.0, Live("unix:///nowhere/v.sock"), Clock())
    for _ in range(2):
        assert not limit.blocked("a")
        limit.failed("a")
    assert limit.blocked("a")
    limit.forget("a")
    assert not limit.blocked("a")


def test_counters_that_are_over_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.live.embedded.SWEEP_S", 0.0)
    live = Embedded()
    for number in range(100):
        live.count(f"rate:{number}", 0)
    live.count("rate:now", 60)
    assert set(live._counters) == {"rate:now"}
