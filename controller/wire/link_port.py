"""The Link protocol: what agents and hubs ask of a connection to the broker."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

NO_SUBSCRIBER = 0x10
"""MQTT 5 reason code of a PUBACK: taken, but nobody listens."""
FAILURE = 0x80
"""MQTT 5 reason codes from here on are refusals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """A message from the broker; not checked in any way."""

    topic: str
    payload: bytes
    kid: str | None = None
    sig: str | None = None
    """Both None unless the message has exactly one `kid` and one `sig`."""
    retained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """What the broker says, retained and signed, when this connection dies."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredMessage:
    """The broker's answer to a publish that reached nobody: 0x10, or a refusal from 0x80 on."""

    topic: str
    reason: int


class Link(Protocol):
    """A connection that comes back by itself. Callbacks run on the link's own thread, and are to
    do no more than to put work on a queue."""

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
        """Send a message, from any thread, without waiting for the network.

        False: not connected, and the message is dropped. True says nothing of its arrival.
        """

    def subscribe(self, topic_filter: str, qos: int = 1) -> None:
        """Subscribe now and at each connection to come."""

    def unsubscribe(self, topic_filter: str) -> None:
        """Hear no more of it, now and at each connection to come."""

    def on_message(self, callback: Callable[[IncomingMessage], None]) -> None:
        """Set what is called with each message."""

    def on_connection(self, callback: Callable[[bool], None]) -> None:
        """Set what is called when the link comes up (subscriptions granted) and goes down."""

    def on_undelivered(self, callback: Callable[[UndeliveredMessage], None]) -> None:
        """Set what is called when the broker says that a message reached nobody."""

    def start(self) -> None:
        """Begin to connect, on a thread of its own."""

    def stop(self) -> None:
        """Disconnect in good order (no will is sent), and end the thread."""
