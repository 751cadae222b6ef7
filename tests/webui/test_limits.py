"""Guessing is slowed down, and its memory is bounded."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from controller.live import EMBEDDED, Live
from controller.live.embedded_live import EmbeddedLive
from tests.support.valkey import PROGRAM, valkey_url
from tests.webui.limits import Clock
from webui import limits
from webui.limits import (
    ADDRESS_INTERVAL_S,
    FREE_TRIES,
    FREE_WINDOW_S,
    KEY_INTERVAL_S,
    SlowLimit,
    TryLimit,
    counted_address,
)

__all__ = ["valkey_url"]


def test_a_few_tries_then_a_pause() -> None:
    clock = Clock()
    limit = TryLimit("t", 3, 60, Live(EMBEDDED), clock)
    assert [limit.take("a") for _ in range(3)] == [0, 0, 0]
    clock.now = 20.0
    assert limit.take("a") == 40
    assert limit.take("b") == 0
    clock.now = 59.0
    assert limit.take("a") == 1, "waiting is not begun anew by who asks again"
    clock.now = 60.0
    assert limit.take("a") == 0


def test_success_starts_afresh_or_is_given_back() -> None:
    limit = TryLimit("t", 1, 60, Live(EMBEDDED), Clock())
    limit.take("a")
    limit.forget("a")
    assert limit.take("a") == 0
    limit.refund("a")
    assert limit.take("a") == 0
    assert limit.take("a") == 60


def test_no_try_is_given_back_that_has_expired() -> None:
    clock = Clock()
    limit = TryLimit("t", 2, 60, Live(EMBEDDED), clock)
    assert [limit.take("a"), limit.take("a")] == [0, 0]
    clock.now = 60.0
    limit.refund("a")
    limit.refund("a")
    assert [limit.take("a"), limit.take("a"), limit.take("a")] == [0, 0, 60]


@pytest.mark.needs(PROGRAM)
def test_nor_in_redis(valkey_url: str) -> None:
    limit = TryLimit("t", 2, 60, Live(valkey_url))
    limit.refund("a")
    limit.refund("a")
    assert [limit.take("a"), limit.take("a"), limit.take("a") > 0] == [0, 0, True]


def test_a_key_of_two_parts_is_no_other() -> None:
    limit = TryLimit("t", 1, 60, Live(EMBEDDED), Clock())
    assert [limit.take(*key) for key in (("a", "b"), ("ab",), ("", "ab"))] == [0, 0, 0]


def test_the_oldest_keys_are_forgotten() -> None:
    limit = TryLimit("t", 1, 60, Live(EMBEDDED), Clock())
    for number in range(limits.MAX_KEYS + 1):
        limit.take(str(number))
    assert limit.take("1")
    assert not limit.take("0")


@pytest.mark.needs(PROGRAM)
def test_all_processes_count_the_same_tries(valkey_url: str) -> None:
    one, other = (TryLimit("t", 2, 60, Live(valkey_url)) for _ in range(2))
    assert [one.take("a"), other.take("a")] == [0, 0]
    assert 0 < one.take("a") <= 60
    assert 0 < other.take("a") <= 60
    assert not one.take("b")
    assert not TryLimit("u", 2, 60, Live(valkey_url)).take("a")
    other.forget("a")
    assert not one.take("a")
    other.refund("a")
    assert [one.take("a"), other.take("a")] == [0, 0]
    assert one.take("a")


@pytest.mark.needs(PROGRAM)
def test_of_many_at_once_no_more_get_through(valkey_url: str) -> None:
    two = [TryLimit("t", 8, 60, Live(valkey_url)) for _ in range(2)]
    with ThreadPoolExecutor(48) as pool:
        waits = list(pool.map(lambda number: two[number % 2].take("a"), range(48)))
    assert waits.count(0) == 8


@pytest.mark.needs(PROGRAM)
def test_what_is_shared_names_nobody_and_goes_by_itself(valkey_url: str) -> None:
    TryLimit("t", 2, 60, Live(valkey_url)).take("ana@example.org")
    TryLimit("t", 2, 60, Live(valkey_url)).refund("bea@example.org")
    with redis.Redis.from_url(valkey_url, decode_responses=True) as client:
        keys = client.keys()
        assert len(keys) == 2
        for key in keys:
            assert "example" not in key
            assert 0 < client.ttl(key) <= 60


def test_nobody_guesses_on_while_redis_is_away() -> None:
    limit = TryLimit("t", 2, 60, Live("unix:///nowhere/v.sock"), Clock())
    assert [limit.take("a") for _ in range(3)] == [0, 0, 60]
    limit.forget("a")
    assert not limit.take("a")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("fe80::1%eth0", "fe80::1", True),
        ("unix:", "unix:", True),
        ("", "nowhere", False),
    ],
)
def test_an_ipv6_network_is_one_origin(one: str, other: str, same: bool) -> None:
    assert (counted_address(one) == counted_address(other)) == same


def test_counters_that_are_over_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.live.embedded_live.SWEEP_S", 0.0)
    live = EmbeddedLive()
    for number in range(100):
        live.count(f"rate:{number}", 0)
    live.count("rate:now", 60)
    assert set(live._counters) == {"rate:now"}


def used_up(limit: SlowLimit, key: str = "ana") -> None:
    for number in range(FREE_TRIES):
        assert limit.take(key, f"stranger {number}") == 0


def test_after_many_tries_from_anywhere_one_is_judged_every_ten_seconds() -> None:
    clock = Clock()
    limit = SlowLimit("t", Live(EMBEDDED), clock)
    used_up(limit)
    assert limit.take("ana", "a") == 0
    assert [limit.take("ana", place) for place in ("b", "c", "b")] == [KEY_INTERVAL_S] * 3
    assert limit.take("bea", "b") == 0
    clock.now += KEY_INTERVAL_S
    assert limit.take("ana", "b") == 0, "what was not judged counts for nothing"
    clock.now += KEY_INTERVAL_S
    assert limit.take("ana", "a") == ADDRESS_INTERVAL_S - 2 * KEY_INTERVAL_S
    assert limit.take("ana", "c") == 0
    clock.now = FREE_WINDOW_S
    assert [limit.take("ana", "a") for _ in range(3)] == [0, 0, 0]


def test_one_stranger_who_never_stops_leaves_turns_to_the_owner() -> None:
    clock = Clock()
    limit = SlowLimit("t", Live(EMBEDDED), clock)
    used_up(limit)
    judged = 0
    for second in range(ADDRESS_INTERVAL_S, FREE_WINDOW_S):
        clock.now = float(second)
        limit.take("ana", "stranger")
        judged += limit.take("ana", f"owner {second}") == 0
    assert judged > (FREE_WINDOW_S - ADDRESS_INTERVAL_S) / KEY_INTERVAL_S / 2


def test_what_was_right_slows_nobody_down() -> None:
    limit = SlowLimit("t", Live(EMBEDDED), Clock())
    for _ in range(FREE_TRIES + 5):
        assert limit.take("ana", "home") == 0
        limit.succeed("ana", "home")


def test_all_processes_slow_the_same_login_down_and_each_alone_while_redis_is_away(
    valkey_url: str,
) -> None:
    two = [SlowLimit("slow", Live(valkey_url)) for _ in range(2)]
    waits = [two[number % 2].take("ana", str(number)) for number in range(FREE_TRIES + 3)]
    assert [wait == 0 for wait in waits] == [True] * (FREE_TRIES + 1) + [False] * 2
    alone = SlowLimit("slow", Live("unix:///nowhere/v.sock"), Clock())
    used_up(alone)
    assert [alone.take("ana", place) for place in "ab"] == [0, KEY_INTERVAL_S]
