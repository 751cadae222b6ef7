"""A client for an MQTT broker that is not the agents'; reconnects by itself."""

import ssl
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from controller.settings import OutsideBrokerSettings
from controller.settings.reading import read_secret

MIN_S, MAX_S = 1, 30
"""Shortest and longest wait between two attempts to connect."""


class OutsideBroker:
    """A connection that reconnects by itself; callbacks run on its own thread."""

    def __init__(
        self,
        settings: OutsideBrokerSettings,
        *,
        name: str,
        topics: Sequence[tuple[str, int]],
        on_connection: Callable[[bool, str | None], None],
    ) -> None:
        """`name`: the client's id; `topics`: with their QoS.

        Raises SettingsError; OSError for a CA that can't be read.
        """
        self._settings, self._topics = settings, list(topics)
        self._on_connection = on_connection
        self.client = client = Client(CallbackAPIVersion.VERSION2, client_id=name)
        client.reconnect_delay_set(MIN_S, MAX_S)
        if settings.user is not None:
            password = read_secret(settings.password) if settings.password else None
            client.username_pw_set(settings.user, password)
        if settings.ca is not None:
            client.tls_set(settings.ca, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect

    def start(self) -> None:
        """Connect, now or as soon as the broker is reachable."""
        self.client.connect_async(self._settings.host or "", self._settings.port, keepalive=30)
        self.client.loop_start()

    def stop(self) -> None:
        """Disconnect."""
        self.client.disconnect()
        self.client.loop_stop()

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._on_connection(False, str(reason))
            return
        client.subscribe(self._topics)
        self._on_connection(True, None)

    def _on_connect_fail(self, _client: Client, _data: Any) -> None:
        self._on_connection(False, f"{self._settings.host}:{self._settings.port} does not answer")

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: Any, reason: Any, _more: Any
    ) -> None:
        self._on_connection(False, str(reason))
