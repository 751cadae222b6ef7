"""The Link protocol: how agents and hubs use a connection to the broker."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

NO_SUBSCRIBER = 0x10
"""MQTT 5 reason code of a PUBACK: accepted, but there is no subscriber."""
FAILURE = 0x80
"""MQTT 5 reason codes of errors start here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """A message from the broker, not validated yet."""

    topic: str
    payload: bytes
    kid: str | None = None
    sig: str | None = None
    """Both are None unless the message has exactly one `kid` and one `sig`."""
    retained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """The message that the broker publishes, retained and signed, if this connection is lost."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredMessage:
    """A message that reached nobody; `reason` is 0x10 (no subscriber) or an error from 0x80 on."""

    topic: str
    reason: int


class Link(Protocol):
    """A connection that is restored automatically.

    Callbacks run on the link's own thread, and must do no more than put work on a queue.
    """

    @property
    def connected(self) -> bool:
        """Whether it is connected, and all subscriptions are granted."""

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
        """Send a message without waiting for the network; any thread may call it.

        False: not connected, and the message is dropped. True does not mean that it will arrive.
        """

    def subscribe(self, topic_filter: str, qos: int = 1) -> None:
        """Subscribe now and at each later connection."""

    def unsubscribe(self, topic_filter: str) -> None:
        """Unsubscribe, now and for later connections."""

    def on_message(self, callback: Callable[[IncomingMessage], None]) -> None:
        """Set the callback for each message."""

    def on_connection(self, callback: Callable[[bool], None]) -> None:
        """Set the callback for the link coming up (with its subscriptions, True) and going down
        (False)."""

    def on_undelivered(self, callback: Callable[[UndeliveredMessage], None]) -> None:
        """Set the callback for messages that reached nobody."""

    def start(self) -> None:
        """Start connecting, on a thread of its own."""

    def stop(self) -> None:
        """Disconnect cleanly (the will is not sent), and end the thread."""
