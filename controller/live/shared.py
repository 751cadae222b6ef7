"""Redis, or Valkey, between processes. `Live` says what each function does."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any, TypeVar

import redis
from redis.client import PubSub

from controller.live.message import Message

RETRY_S = 1.0
AWAY_S = 10.0
"""For how long after a failure nothing is counted, and no bell is rung."""
RING_S = 0.5
"""How long a commit waits, at most, for a Redis that hangs."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Listening(AbstractContextManager["Listening"]):
    """A listener on some channels; what was published before it began is not seen.

    While Redis is away it reconnects by itself, and what is published meanwhile is lost: whoever
    must not miss a change also looks in the database from time to time.
    """

    def __init__(self, client: redis.Redis, channels: tuple[str, ...]) -> None:
        self._pubsub = PubSub(client.connection_pool, ignore_subscribe_messages=True)
        self._channels = channels
        self._subscribed = False
        with suppress(redis.RedisError):
            self._subscribe()

    def get(self, timeout_s: float) -> Message | None:
        """The next message, or None when none came within timeout_s seconds.

        None too, after at most a second, while Redis is away; the next call tries it again.
        """
        deadline = time.monotonic() + timeout_s
        left = timeout_s
        while True:
            try:
                message = self._read(left)
            except redis.RedisError:
                self._subscribed = False
                time.sleep(min(max(left, 0.0), RETRY_S))
                return None
            left = deadline - time.monotonic()
            if message is not None or left <= 0:
                return message

    def __iter__(self) -> Iterator[Message]:
        while True:
            message = self.get(3600.0)
            if message is not None:
                yield message

    def close(self) -> None:
        """End the subscription; safe to call again."""
        self._pubsub.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _subscribe(self) -> None:
        self._pubsub.subscribe(*self._channels)
        self._subscribed = True

    def _read(self, timeout_s: float) -> Message | None:
        if not self._subscribed:
            self._subscribe()
        raw = self._pubsub.get_message(timeout=timeout_s)
        # The confirmation of the subscription reads as None at once, before the time is up.
        if raw is None or raw["type"] != "message":
            return None
        return Message(raw["channel"], raw["data"])


class Shared:
    """What processes say to each other, and count together."""

    def __init__(self, url: str) -> None:
        self._away_until = 0.0
        self._client = _client(url, connect_s=2.0, answer_s=5.0)
        self._bell = _client(url, connect_s=RING_S, answer_s=RING_S)

    def ring(self, channel: str, text: str) -> None:
        """Never raises, and waits for hardly a moment."""
        self._unless_away(lambda: self._bell.publish(channel, text), "nobody is told to look")

    def publish(self, channel: str, text: str) -> bool:
        """Say something to whoever listens to a channel; False when Redis is away."""
        try:
            self._client.publish(channel, text)
        except redis.RedisError as error:
            _log.warning("Redis does not answer (%s): what was said on %s is lost", error, channel)
            return False
        return True

    def subscribe(self, *channels: str) -> Listening:
        """Listen to channels, from now on. Close it, or use it as a context manager."""
        return Listening(self._client, channels)

    def count(self, key: str, keep_s: int) -> int | None:
        """Add one to a counter that all processes share, kept for keep_s seconds; what it is then.

        None while Redis is away, and at once for a while after that: nobody waits for a counter.
        """
        answer = self._ask(["INCR", key], ["EXPIRE", key, keep_s])
        return None if answer is None else int(answer[0])

    def count_within(self, key: str, by: int, window_s: int) -> tuple[int, int] | None:
        """Add to a counter that all processes share, which ends window_s after its first addition.

        What it is then, and the seconds that are left of it. None where only one's own memory
        knows: Redis is away, or nobody shares it.
        """
        begin = ["SET", key, 0, "NX", "EX", window_s]
        answer = self._ask(begin, ["INCRBY", key, by], ["TTL", key])
        if answer is None:
            return None
        count, left_s = int(answer[1]), int(answer[2])
        if left_s < 0:  # it had ended between two of these commands, and would now stay for ever
            self._ask(["EXPIRE", key, window_s])
        return count, max(left_s, 0)

    def forget(self, key: str) -> None:
        """Let go of such a counter."""
        self._ask(["DEL", key])

    def _ask(self, *commands: list[Any]) -> list[Any] | None:
        """What Redis answers, in one round trip; None while it is away."""

        def ask() -> list[Any]:
            with self._client.pipeline(transaction=False) as batch:
                for command in commands:
                    batch.execute_command(*command)
                return batch.execute()

        return self._unless_away(ask, "requests are not counted")

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
        self._bell.close()

    def _unless_away(self, ask: Callable[[], T], lost: str) -> T | None:
        """What Redis answers; None, and at once for a while after that, when it does not."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return ask()
        except redis.RedisError as error:
            self._away_until = time.monotonic() + AWAY_S
            _log.warning("Redis does not answer (%s): %s", error, lost)
            return None


def _client(url: str, *, connect_s: float, answer_s: float) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=connect_s,
        socket_timeout=answer_s,
        health_check_interval=30,
    )
