"""The broker of Home Assistant; the only file here that imports paho."""

import ssl
from collections.abc import Callable, Iterable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from controller.settings import HomeAssistantSettings, read_secret

SENT_S = 10.0
"""For how long what was sent may wait to be taken."""
LEAST_S, MOST_S = 1, 30
"""Between two tries to connect."""
Message = Callable[[str, bytes, bool], None]
"""Topic, payload, and whether it was retained."""


class NotReached(Exception):
    """The broker is not there, or does not take what it is given."""


class Broker:
    """A connection that comes back by itself; callbacks are on its own thread."""

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
        """`name`: of the client. `up`: whether it is connected, and why not. Raises SettingsError,
        OSError for a CA that can't be read."""
        self._topics = [(each, 1) for each in topics]
        self._up, self._came = up, came
        self._settings = settings
        self._will = will
        self.client = client = Client(CallbackAPIVersion.VERSION2, client_id=name)
        client.will_set(will[0], will[1], qos=1, retain=True)
        client.reconnect_delay_set(LEAST_S, MOST_S)
        if settings.user is not None:
            password = read_secret(settings.password) if settings.password else None
            client.username_pw_set(settings.user, password)
        if settings.ca is not None:
            client.tls_set(settings.ca, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        client.on_connect = self._connected
        client.on_connect_fail = self._failed
        client.on_disconnect = self._lost
        client.on_message = self._message

    @property
    def is_reached(self) -> bool:
        """Whether it is connected now."""
        return self.client.is_connected()

    def start(self) -> None:
        """Connect, now or as soon as the broker is there."""
        self.client.connect_async(self._settings.host or "", self._settings.port, keepalive=30)
        self.client.loop_start()

    def stop(self) -> None:
        """Say that nobody is there any more, and go."""
        if self.is_reached:
            self.client.publish(*self._will, qos=1, retain=True).wait_for_publish(1.0)
        self.client.disconnect()
        self.client.loop_stop()

    def send(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Have these retained, in order; returns once they are taken. Raises NotReached."""
        sent = [self._one(topic, payload) for topic, payload in messages]
        for each in sent:
            try:
                each.wait_for_publish(SENT_S)
            except (RuntimeError, ValueError) as error:
                raise NotReached(str(error)) from error
            if not each.is_published():
                raise NotReached("the broker does not take what it is given")

    def _one(self, topic: str, payload: bytes) -> MQTTMessageInfo:
        if not self.is_reached:
            raise NotReached("the broker is not connected")
        return self.client.publish(topic, payload, qos=1, retain=True)

    def _connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._up(False, str(reason))
            return
        client.subscribe(self._topics)
        self._up(True, None)

    def _failed(self, _client: Client, _data: Any) -> None:
        self._up(False, f"{self._settings.host}:{self._settings.port} does not answer")

    def _lost(self, _client: Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        self._up(False, str(reason))

    def _message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._came(message.topic, bytes(message.payload), message.retain)
