"""A Link without a broker: what is published is kept, and messages are handed in by the test."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from controller.wire.link_port import IncomingMessage, UndeliveredMessage
from controller.wire.signatures import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A message as the hub published it."""

    topic: str
    payload: bytes
    retain: bool
    sign: bool
    expiry_s: int | None


class MemoryLink:
    """Implements `controller.wire.link_port.Link`."""

    def __init__(self, signer: Signer) -> None:
        self.signer = signer
        self.up = True
        self.published: list[Published] = []
        self.subscriptions: list[str] = []
        self._changed = threading.Condition()
        self._message: Callable[[IncomingMessage], None] = lambda _message: None
        self._connection: Callable[[bool], None] = lambda _up: None

    @property
    def connected(self) -> bool:
        return self.up

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        sign: bool = True,
        expiry_s: int | None = None,
    ) -> bool:
        if not self.up:
            return False
        with self._changed:
            self.published.append(
                Published(topic=topic, payload=payload, retain=retain, sign=sign, expiry_s=expiry_s)
            )
            self._changed.notify_all()
        return True

    def subscribe(self, topic_filter: str, qos: int = 1) -> None:
        with self._changed:
            self.subscriptions.append(topic_filter)
            self._changed.notify_all()

    def unsubscribe(self, topic_filter: str) -> None:
        self.subscriptions.remove(topic_filter)

    def on_message(self, callback: Callable[[IncomingMessage], None]) -> None:
        self._message = callback

    def on_connection(self, callback: Callable[[bool], None]) -> None:
        self._connection = callback

    def on_undelivered(self, callback: Callable[[UndeliveredMessage], None]) -> None:
        raise AssertionError("the hub has no use for it")

    def start(self) -> None:
        self._connection(True)

    def stop(self) -> None:
        self.up = False

    def deliver(self, message: IncomingMessage) -> None:
        """As if the broker had brought it, which it does once the hub has subscribed."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.subscriptions, timeout=60)
        self._message(message)

    def reconnect(self) -> None:
        """As if the broker had gone and come back."""
        self._connection(False)
        self._connection(True)

    def wait_for(self, wanted: Callable[[Published], Any], timeout_s: float = 20.0) -> Published:
        """The newest published message that is wanted, as soon as there is one."""
        with self._changed:
            self._changed.wait_for(
                lambda: any(wanted(message) for message in self.published), timeout=timeout_s
            )
            found = [message for message in self.published if wanted(message)]
        assert found, "nothing of that kind was published"
        return found[-1]
