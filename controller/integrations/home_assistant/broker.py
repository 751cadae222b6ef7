"""The connection to Home Assistant's broker."""

from collections.abc import Callable, Iterable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo

from controller.integrations.outside_broker import OutsideBroker
from controller.settings import HomeAssistantSettings

SENT_S = 10.0
"""Seconds to wait until the broker acknowledges a message."""
MessageHandler = Callable[[str, bytes, bool], None]
"""Called with topic, payload, and whether the message was retained."""


class NotReached(Exception):
    """The broker is not connected, or does not acknowledge a message."""


class Broker(OutsideBroker):
    """Receives Home Assistant's requests, and publishes the site's retained messages."""

    def __init__(
        self,
        settings: HomeAssistantSettings,
        *,
        name: str,
        will: tuple[str, bytes],
        topics: Iterable[str],
        on_connection: Callable[[bool, str | None], None],
        on_message: MessageHandler,
    ) -> None:
        """See OutsideBroker.

        `will`: topic and payload that the broker publishes when this connection ends.
        """
        super().__init__(
            settings,
            name=name,
            topics=[(topic, 1) for topic in topics],
            on_connection=on_connection,
        )
        self._will, self._on_message = will, on_message
        self.client.will_set(will[0], will[1], qos=1, retain=True)
        self.client.on_message = self._message

    @property
    def is_reached(self) -> bool:
        """Return whether the broker is connected now."""
        return self.client.is_connected()

    def stop(self) -> None:
        """Publish that the controller is offline, and disconnect."""
        if self.is_reached:
            self.client.publish(*self._will, qos=1, retain=True).wait_for_publish(1.0)
        super().stop()

    def send(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Publish these messages as retained, in order; return once acknowledged.

        Raises NotReached.
        """
        pending = [self._publish(topic, payload) for topic, payload in messages]
        for info in pending:
            try:
                info.wait_for_publish(SENT_S)
            except (RuntimeError, ValueError) as error:
                raise NotReached(str(error)) from error
            if not info.is_published():
                raise NotReached("the broker does not acknowledge messages")

    def _publish(self, topic: str, payload: bytes) -> MQTTMessageInfo:
        if not self.is_reached:
            raise NotReached("the broker is not connected")
        return self.client.publish(topic, payload, qos=1, retain=True)

    def _message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._on_message(message.topic, bytes(message.payload), message.retain)
