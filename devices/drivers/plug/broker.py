"""The MQTT connection between an agent and its plugs: one for each broker, shared by devices.

The only driver module that imports paho (docs/decisions/0049-plugs-and-their-broker.md). Nothing is
sent retained or in a persistent session, because a late command would switch unexpectedly. What
can't be sent now is dropped, and the broker drops what it can't deliver within `EXPIRY_S`.
"""

import logging
import socket
import ssl
import threading
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from devices.ports import DeviceError
from devices.wiring import Context

BrokerFile = Annotated[
    str,
    Meta(
        pattern="^/.+",
        description="path of a TOML file with host, port, ca, username and password of the broker",
    ),
]
DEFAULT_FILE = "/etc/loquet/plugs.toml"
"""The usual path of the settings file."""
EXPIRY_S = 2
"""Seconds after which the broker drops a command that it could not deliver."""
KEEPALIVE_S = 10
LONGEST_DELAY_S = 2
_log = logging.getLogger(__name__)


class BrokerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of the settings file: the plugs' broker, and how to sign in to it."""

    host: str
    username: str
    password: str
    ca: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 8884


def broker_problem(path: str) -> str | None:
    """Return what is wrong with the settings file at `path`, in one line, or None."""
    try:
        broker_settings(path)
    except DeviceError as error:
        return str(error)
    return None


def broker_settings(path: str) -> BrokerSettings:
    """Read the settings file at `path`. Raises DeviceError with a one-line message."""
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        return msgspec.convert(table, BrokerSettings)
    except OSError as error:
        raise DeviceError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise DeviceError(f"{path}: {error}") from error


@dataclass(frozen=True, slots=True)
class Watcher:
    """The callbacks of one device.

    They are called on the connection's thread and must return at once.
    """

    filters: tuple[str, ...]
    on_message: Callable[[str, bytes, bool], None]
    """Called with topic, payload, and whether the message was retained."""
    connection: Callable[[bool], None]
    """Called when the broker can be reached (True), or not any more."""


class PlugBroker:
    """A connection that reconnects by itself: MQTT 5 over TLS, Clean Start, no session."""

    def __init__(self, path: str, client_id: str) -> None:
        """Start connecting. Raises DeviceError if the settings file or its CA can't be used."""
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

        settings = broker_settings(path)
        self.where = f"{settings.host}:{settings.port}"
        self._lock = threading.Lock()
        self._watchers: list[Watcher] = []
        self._up = False
        self._client: Any = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.username_pw_set(settings.username, settings.password)
        self._client.tls_set_context(tls_context(settings.ca))
        self._client.reconnect_delay_set(1, LONGEST_DELAY_S)
        self._client.on_socket_open = _no_delay
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.connect_timeout = 3.0
        self._client.suppress_exceptions = True  # a topic that is not UTF-8 must not end its thread
        self._client.connect_async(settings.host, settings.port, KEEPALIVE_S)
        self._client.loop_start()

    def watch(self, watcher: Watcher) -> None:
        """Subscribe for a device, now and after each reconnection."""
        with self._lock:
            self._watchers.append(watcher)
            up = self._up
        if up:
            self._subscribe(watcher)
            watcher.connection(True)

    def unwatch(self, watcher: Watcher) -> None:
        """Stop calling the watcher."""
        with self._lock:
            if watcher in self._watchers:
                self._watchers.remove(watcher)

    def publish(self, topic: str, payload: bytes) -> bool:
        """Send a command, not retained, without waiting; False: not connected.

        Any thread may call this.
        """
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        if not self._up:
            return False
        properties = Properties(PacketTypes.PUBLISH)
        properties.MessageExpiryInterval = EXPIRY_S
        sent = self._client.publish(topic, payload, qos=0, retain=False, properties=properties)
        return bool(sent.rc == 0)

    def close(self) -> None:
        """Disconnect, after sending what is queued."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: Any, userdata: Any, flags: Any, reason: Any, _: Any) -> None:
        if reason.is_failure:
            _log.warning("plugs' broker %s: %s", self.where, reason)
            return
        with self._lock:
            self._up = True
            watchers = list(self._watchers)
        for watcher in watchers:
            self._subscribe(watcher)
            watcher.connection(True)

    def _subscribe(self, watcher: Watcher) -> None:
        self._client.subscribe([(topic, 0) for topic in watcher.filters])

    def _on_disconnect(self, *_: Any) -> None:
        with self._lock:
            self._up = False
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher.connection(False)

    def _on_message(self, client: Any, userdata: Any, message: Any) -> None:
        with self._lock:
            watchers = list(self._watchers)
        for watcher in watchers:
            if any(_matches(pattern, message.topic) for pattern in watcher.filters):
                watcher.on_message(message.topic, bytes(message.payload), bool(message.retain))


def plug_broker(context: Context, path: str) -> PlugBroker:
    """Return the agent's connection to that broker. Raises DeviceError."""
    client_id = f"loquet-{context.agent}"
    return context.shared.get(("plugs", path), lambda: PlugBroker(path, client_id))


def tls_context(ca: str) -> ssl.SSLContext:
    """Return a context for TLS 1.2 or newer, since plugs use 1.2. Raises DeviceError."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        tls.load_verify_locations(ca)
    except OSError as error:
        raise DeviceError(f"{ca}: not a certificate authority: {error}") from error
    return tls


def _matches(pattern: str, topic: str) -> bool:
    from paho.mqtt.client import topic_matches_sub

    return bool(topic_matches_sub(pattern, topic))


def _no_delay(client: Any, userdata: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
