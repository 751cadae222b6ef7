"""The broker of Home Assistant."""

from collections.abc import Callable, Iterable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo

from controller.integrations.outside_broker import OutsideBroker
from controller.settings import HomeAssistantSettings

SENT_S = 10.0
"""For how long what was sent may wait to be taken."""
Message = Callable[[str, bytes, bool], None]
"""Topic, payload, and whether it was retained."""


class NotReached(Exception):
    """The broker is not there, or does not take what it is given."""


class Broker(OutsideBroker):
    """Hears what Home Assistant asks, and keeps there what it should know."""

    def __init__(
        self,
        settings: HomeAssistantSettings,
        *,
        name: str,
        will: tuple[str, bytes],
        topics: Iterable[str],
        up: Callable[[bool, str | None], None],
        came: Message,
    ) -> None:
        """See OutsideBroker. `will`: said when this connection ends, however it does."""
        super().__init__(settings, name=name, topics=[(topic, 1) for topic in topics], up=up)
        self._will, self._came = will, came
        self.client.will_set(will[0], will[1], qos=1, retain=True)
        self.client.on_message = self._message

    @property
    def is_reached(self) -> bool:
        """Whether it is connected now."""
        return self.client.is_connected()

    def stop(self) -> None:
        """Say that nobody is there any more, and go."""
        if self.is_reached:
            self.client.publish(*self._will, qos=1, retain=True).wait_for_publish(1.0)
        super().stop()

    def send(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Have these retained, in order; returns once they are taken. Raises NotReached."""
        sent = [self._one(topic, payload) for topic, payload in messages]
        for field in sent:
            try:
                field.wait_for_publish(SENT_S)
            except (RuntimeError, ValueError) as error:
                raise NotReached(str(error)) from error
            if not field.is_published():
                raise NotReached("the broker does not take what it is given")

    def _one(self, topic: str, payload: bytes) -> MQTTMessageInfo:
        if not self.is_reached:
            raise NotReached("the broker is not connected")
        return self.client.publish(topic, payload, qos=1, retain=True)

    def _message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._came(message.topic, bytes(message.payload), message.retain)
