"""The broker of the boards; the only file here that imports paho."""

import ssl
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from controller.settings import FabomaticSettings, read_secret

LEAST_S, MOST_S = 1, 30
"""Between two tries to connect."""


class Broker:
    """A connection that comes back by itself; callbacks are on its own thread."""

    def __init__(
        self,
        settings: FabomaticSettings,
        *,
        name: str,
        up: Callable[[bool, str | None], None],
        came: Callable[[str, bytes], None],
    ) -> None:
        """Raises SettingsError, OSError for a CA that can't be read."""
        self._settings, self._up, self._came = settings, up, came
        self._client = client = Client(CallbackAPIVersion.VERSION2, client_id=name)
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

    def start(self) -> None:
        """Connect, now or as soon as the broker is there."""
        self._client.connect_async(self._settings.host or "", self._settings.port, keepalive=30)
        self._client.loop_start()

    def stop(self) -> None:
        """Go."""
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, payload: bytes) -> None:
        """Once: who is not there to hear it asks again."""
        self._client.publish(topic, payload, qos=0)

    def _connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._up(False, str(reason))
            return
        client.subscribe(f"{self._settings.topic}/+", 0)
        self._up(True, None)

    def _failed(self, _client: Client, _data: Any) -> None:
        self._up(False, f"{self._settings.host}:{self._settings.port} does not answer")

    def _lost(self, _client: Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        self._up(False, str(reason))

    def _message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        if not message.retain:
            self._came(message.topic, bytes(message.payload))
