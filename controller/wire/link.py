"""`PahoLink`, the connection to the broker over MQTT 5; the only module that imports paho."""

import logging
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from random import uniform
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from controller.wire.limits import MAX_PAYLOAD
from controller.wire.link_port import IncomingMessage, Link, UndeliveredMessage, Will
from controller.wire.listeners import Listeners
from controller.wire.pump import Pump
from controller.wire.signatures import Signature, Signer

__all__ = ["IncomingMessage", "Link", "PahoLink", "UndeliveredMessage", "Will"]


_FIRST_DELAY_S = 0.25
_LONGEST_DELAY_S = 20.0
_MAX_PACKET = MAX_PAYLOAD + 4096
_MAX_QUEUED = 2000
"""How many messages may wait for the broker's acknowledgement; `publish` returns False beyond."""

_CALLBACKS = (
    *("on_socket_open", "on_socket_register_write", "on_connect", "on_subscribe"),
    *("on_message", "on_publish", "on_disconnect"),
)
"""paho's callbacks of a connection; each holds a reference to it."""

_log = logging.getLogger(__name__)


class PahoLink(Listeners):
    """A Link over MQTT 5 and TLS 1.3.

    Each connection is a new client with Clean Start, no session and a new will, so that no message
    is queued for a later connection.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        ca: Path,
        cert: Path,
        key: Path,
        client_id: str,
        signer: Signer | None = None,
        will: Callable[[], Will] | None = None,
        keepalive_s: int = 15,
        connect_timeout_s: float = 5.0,
    ) -> None:
        """Make a link; `start` connects it.

        `will` is called before each connection; `signer` signs the will and what is published.
        `client_id` is the certificate's common name, which the broker takes as the client id
        anyway. The certificate files are read at each connection, so a renewed one is used from the
        next on.
        """
        super().__init__(f"{host}:{port}")
        self.filters: dict[str, int] = {}
        self.lock = threading.Lock()
        """Guards `filters` and which of them the connection has subscribed to."""
        self.signer = signer
        self._address = (host, port, keepalive_s)
        self._files = (ca, cert, key)
        self._client_id = client_id
        self._will = will
        self._connect_timeout_s = connect_timeout_s
        self._current: _Connection | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mqtt-link", daemon=True)

    @property
    def connected(self) -> bool:
        connection = self._current
        return connection is not None and connection.up

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
        connection = self._current
        if connection is None or not connection.up:
            return False
        properties = Properties(PacketTypes.PUBLISH)
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        if sign and self.signer is not None:
            _sign(properties, self.signer.sign(topic, payload))
        return connection.publish(topic, payload, qos, retain, properties)

    def subscribe(self, topic_filter: str, qos: int = 1) -> None:
        with self.lock:
            self.filters[topic_filter] = qos
            connection = self._current
            if connection is not None and connection.accepted:
                connection.subscribe({topic_filter: qos})

    def unsubscribe(self, topic_filter: str) -> None:
        with self.lock:
            self.filters.pop(topic_filter, None)
            connection = self._current
            if connection is not None and connection.accepted:
                connection.unsubscribe(topic_filter)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """See Link. A stopped link can't be started again."""
        self._stopping.set()
        connection = self._current
        if connection is not None:
            connection.pump.end()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def move(self, host: str, port: int) -> None:
        """Connect to another address now."""
        self.where = f"{host}:{port}"
        self._address = (host, port, self._address[2])
        self.reconnect()

    def reconnect(self) -> None:
        """Close this connection and open a new one."""
        connection = self._current
        if connection is not None:
            connection.pump.end()

    def _run(self) -> None:
        delay = _FIRST_DELAY_S
        while not self._stopping.is_set():
            was_up = self._connect_once(quiet=delay > _FIRST_DELAY_S)
            delay = _FIRST_DELAY_S if was_up else min(delay * 2, _LONGEST_DELAY_S)
            self._stopping.wait(delay * uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret

    def _connect_once(self, *, quiet: bool) -> bool:
        """Run one connection until it ends; return whether it ever was up."""
        connection = _Connection(self, self._client_id, self._connect_timeout_s)
        self._current = connection
        try:
            connection.secure(*self._files)
            if self._will is not None:
                connection.set_will(self._will())
            connection.run(*self._address, self._stopping)
        except OSError as error:
            level = logging.DEBUG if quiet else logging.WARNING
            _log.log(level, "MQTT %s: %s; trying again", self.where, error)
        except Exception:  # noqa: BLE001 - the edge of a thread: it must go on
            _log.exception("MQTT %s: connection ended by an error; trying again", self.where)
        finally:
            self._current = None
            connection.close()
        if connection.up:
            self.went_down(connection.reason)
        return connection.up


class _Connection:
    """One MQTT connection.

    Only the link's thread uses its socket; other threads queue and wake it.
    """

    def __init__(self, link: PahoLink, client_id: str, timeout_s: float) -> None:
        self.up = False
        """Whether it is, or was until its end, connected with all subscriptions."""
        self.accepted = False
        self._link = link
        self._first_subscription: int | None = None
        self._answers: dict[int, str | int] = {}
        """By message id: the topic of a message in flight, or an early reason code."""
        self.pump = Pump()
        self.reason = ""
        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = timeout_s
        client.max_queued_messages_set(_MAX_QUEUED)
        client.on_socket_open = _no_delay
        client.on_socket_register_write = lambda *_: self.pump.wake()
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect

    def secure(self, ca: Path, cert: Path, key: Path) -> None:
        """Use TLS 1.3 with a client certificate. Raises OSError if a file is missing or invalid."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(ca)
        context.load_cert_chain(cert, key)
        self._client.tls_set_context(context)

    def set_will(self, will: Will) -> None:
        """Set the will, signed now, which the broker publishes if this connection is lost."""
        properties = Properties(PacketTypes.WILLMESSAGE)
        if self._link.signer is not None:
            _sign(properties, self._link.signer.sign(will.topic, will.payload))
        self._client.will_set(will.topic, will.payload, qos=1, retain=True, properties=properties)

    def publish(
        self, topic: str, payload: bytes, qos: int, retain: bool, properties: Properties
    ) -> bool:
        """Queue a message; False: not connected, or the queue is full."""
        info = self._client.publish(topic, payload, qos, retain, properties)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        # paho reports QoS 0 too, as soon as the message is written.
        answer = self._answers.setdefault(info.mid, topic)
        if isinstance(answer, int):
            self._answers.pop(info.mid)
            self._link.was_answered(topic, answer)
        return True

    def subscribe(self, filters: dict[str, int]) -> None:
        """Subscribe to these filters; the reply to the first request brings the connection up."""
        topics = [(name, SubscribeOptions(qos=qos)) for name, qos in filters.items()]
        _, mid = self._client.subscribe(topics)
        if self._first_subscription is None:
            self._first_subscription = mid

    def unsubscribe(self, topic_filter: str) -> None:
        """Unsubscribe from a filter."""
        self._client.unsubscribe(topic_filter)

    def close(self) -> None:
        """Free its resources, TLS above all, now rather than at the next garbage collection."""
        sock = self._client.socket()
        if sock is not None:
            sock.close()
        self.pump.close()
        for name in _CALLBACKS:
            setattr(self._client, name, None)

    def run(self, host: str, port: int, keepalive_s: int, stopping: threading.Event) -> None:
        """Connect, and transfer messages until the connection ends.

        Raises OSError if it can't connect.
        """
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 0
        properties.MaximumPacketSize = _MAX_PACKET
        self._client.connect(host, port, keepalive_s, clean_start=True, properties=properties)
        self.pump.run(self._client, stopping.is_set, lambda: not self._answers)
        if not self.up and not self.pump.ending:
            raise ConnectionError(f"not accepted: {self.reason or 'closed'}")

    def _on_connect(
        self, client: Client, userdata: object, flags: object, reason: ReasonCode, _: object
    ) -> None:
        if reason.is_failure:
            self.reason = str(reason)
            return
        with self._link.lock:
            self.accepted = True
            if self._link.filters:
                self.subscribe(self._link.filters)
        if self._first_subscription is None:
            self._come_up()

    def _on_subscribe(
        self, client: Client, userdata: object, mid: int, reasons: list[ReasonCode], _: object
    ) -> None:
        for reason in reasons:
            if reason.is_failure:
                _log.error("MQTT %s: a subscription was refused: %s", self._link.where, reason)
        if mid == self._first_subscription and not self.up:
            self._come_up()

    def _come_up(self) -> None:
        self.up = True
        self._link.came_up()

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        kid, sig = _signature(message.properties)
        try:
            topic = message.topic
        except UnicodeDecodeError:
            _log.warning("MQTT %s: the topic of a message is not UTF-8", self._link.where)
            return
        self._link.came_in(
            IncomingMessage(
                topic=topic,
                payload=bytes(message.payload),
                kid=kid,
                sig=sig,
                retained=bool(message.retain),
            )
        )

    def _on_publish(
        self, client: Client, userdata: object, mid: int, reason: ReasonCode, _: object
    ) -> None:
        answer = self._answers.setdefault(mid, reason.value)
        if isinstance(answer, str):
            self._answers.pop(mid)
            self._link.was_answered(answer, reason.value)

    def _on_disconnect(
        self, client: Client, userdata: object, flags: object, reason: ReasonCode, _: object
    ) -> None:
        self.reason = self.reason or str(reason)


def _no_delay(client: Client, userdata: object, sock: Any) -> None:
    """Set TCP_NODELAY; without it a QoS 1 round trip takes 44 to 88 ms."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _sign(properties: Properties, signature: Signature) -> None:
    properties.UserProperty = [("kid", signature.kid), ("sig", signature.sig)]


def _signature(properties: Properties | None) -> tuple[str, str] | tuple[None, None]:
    """Return `kid` and `sig` if there is exactly one of each; else the message counts as
    unsigned."""
    pairs = getattr(properties, "UserProperty", ())
    kids = [value for name, value in pairs if name == "kid"]
    sigs = [value for name, value in pairs if name == "sig"]
    return (kids[0], sigs[0]) if len(kids) == len(sigs) == 1 else (None, None)
