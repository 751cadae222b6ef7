"""The connection to the boards' broker."""

from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage

from controller.integrations.outside_broker import OutsideBroker
from controller.settings import FabomaticSettings


class Broker(OutsideBroker):
    """Receives the boards' messages and sends the answers."""

    def __init__(
        self,
        settings: FabomaticSettings,
        *,
        name: str,
        on_connection: Callable[[bool, str | None], None],
        on_message: Callable[[str, bytes], None],
    ) -> None:
        """See OutsideBroker."""
        super().__init__(
            settings, name=name, topics=[(f"{settings.topic}/+", 0)], on_connection=on_connection
        )
        self._on_message = on_message
        self.client.on_message = self._message

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish once, without retries: a board that misses the answer asks again."""
        self.client.publish(topic, payload, qos=0)

    def _message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        if not message.retain:
            self._on_message(message.topic, bytes(message.payload))
