"""Notifications and counters that processes share through Redis or Valkey; `Live` describes each
function."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, TypeVar

import redis
from redis.client import PubSub

from controller.live import BELL

RETRY_S = 1.0
AWAY_S = 10.0
"""For how long after a failure nothing is counted or notified."""
RING_S = 0.5
"""How long a commit waits at most for a Redis that hangs."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


class SharedListener(AbstractContextManager["SharedListener"]):
    """Receives notifications from other processes."""

    def __init__(self, client: redis.Redis) -> None:
        self._pubsub = PubSub(client.connection_pool, ignore_subscribe_messages=True)
        self._subscribed = False
        with suppress(redis.RedisError):
            self._subscribe()

    def wait(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        left_s = timeout_s
        while True:
            try:
                notified = self._read(left_s)
            except redis.RedisError:
                self._subscribed = False
                time.sleep(min(max(left_s, 0.0), RETRY_S))
                return False
            left_s = deadline - time.monotonic()
            if notified or left_s <= 0:
                return notified

    def __exit__(self, *_: object) -> None:
        self._pubsub.close()

    def _subscribe(self) -> None:
        self._pubsub.subscribe(BELL)
        self._subscribed = True

    def _read(self, timeout_s: float) -> bool:
        if not self._subscribed:
            self._subscribe()
        raw = self._pubsub.get_message(timeout=timeout_s)
        # The confirmation of the subscription is also None, and arrives before the timeout.
        return raw is not None and raw["type"] == "message"


class SharedLive:
    """Notifications and counters that processes share through Redis."""

    def __init__(self, url: str) -> None:
        self._unavailable_until = 0.0
        self._client = _client(url, connect_s=2.0, answer_s=5.0)
        self._bell = _client(url, connect_s=RING_S, answer_s=RING_S)

    def ring(self, site: str) -> None:
        """See Live; a hanging Redis delays it by `RING_S` at most."""
        self._if_available(lambda: self._bell.publish(BELL, site), "no notification is sent")

    def listen(self) -> SharedListener:
        return SharedListener(self._client)

    def count(self, key: str, keep_s: int) -> int | None:
        answer = self._ask(["INCR", key], ["EXPIRE", key, keep_s])
        return None if answer is None else int(answer[0])

    def count_within(self, key: str, by: int, window_s: int) -> tuple[int, int] | None:
        begin = ["SET", key, 0, "NX", "EX", window_s]
        answer = self._ask(begin, ["INCRBY", key, by], ["TTL", key])
        if answer is None:
            return None
        count, left_s = int(answer[1]), int(answer[2])
        if by < 0 and count < 0:  # the counted try has expired
            self._ask(["INCRBY", key, -count])
            count = 0
        if left_s < 0:  # it expired between two of these commands, and now has no end
            self._ask(["EXPIRE", key, window_s])
        return count, max(left_s, 0)

    def forget(self, key: str) -> None:
        self._ask(["DEL", key])

    def _ask(self, *commands: list[Any]) -> list[Any] | None:
        """Return the results of the commands; None while Redis is unavailable."""

        def run() -> list[Any]:
            with self._client.pipeline(transaction=False) as batch:
                for command in commands:
                    batch.execute_command(*command)
                return batch.execute()

        return self._if_available(run, "requests are not counted")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._bell.close()

    def _if_available(self, call: Callable[[], T], consequence: str) -> T | None:
        """Return the result; None if Redis is unavailable, then immediately for a while."""
        if time.monotonic() < self._unavailable_until:
            return None
        try:
            return call()
        except redis.RedisError as error:
            self._unavailable_until = time.monotonic() + AWAY_S
            _log.warning("Redis does not answer (%s): %s", error, consequence)
            return None


def _client(url: str, *, connect_s: float, answer_s: float) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=connect_s,
        socket_timeout=answer_s,
        health_check_interval=30,
    )
