"""The callbacks of a link to the broker."""

import logging
from collections.abc import Callable
from typing import TypeVar

from controller.wire.link_port import FAILURE, NO_SUBSCRIBER, IncomingMessage, UndeliveredMessage

T = TypeVar("T")

_log = logging.getLogger(__name__)


def _nothing(_: object) -> None:
    """The callback until one is set."""


class Listeners:
    """The callbacks of a Link; errors in them are logged and go no further."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._message: Callable[[IncomingMessage], None] = _nothing
        self._connection: Callable[[bool], None] = _nothing
        self._undelivered: Callable[[UndeliveredMessage], None] = _nothing

    def on_message(self, callback: Callable[[IncomingMessage], None]) -> None:
        self._message = callback

    def on_connection(self, callback: Callable[[bool], None]) -> None:
        self._connection = callback

    def on_undelivered(self, callback: Callable[[UndeliveredMessage], None]) -> None:
        self._undelivered = callback

    def came_up(self) -> None:
        """Report that a connection has all its subscriptions."""
        _log.info("MQTT %s: connected", self.where)
        self._call(self._connection, True)

    def went_down(self, reason: str) -> None:
        """Report that a connection that was up has ended."""
        _log.info("MQTT %s: disconnected: %s", self.where, reason or "closed")
        self._call(self._connection, False)

    def came_in(self, incoming: IncomingMessage) -> None:
        """Report a message."""
        self._call(self._message, incoming)

    def was_answered(self, topic: str, reason: int) -> None:
        """Report the broker's reason code for a publish, if nobody received it."""
        if reason == NO_SUBSCRIBER or reason >= FAILURE:
            self._call(self._undelivered, UndeliveredMessage(topic=topic, reason=reason))

    def _call(self, callback: Callable[[T], None], argument: T) -> None:
        try:
            callback(argument)
        except Exception:  # noqa: BLE001 - the edge of a thread: it must go on
            _log.exception("MQTT %s: error in a callback", self.where)
