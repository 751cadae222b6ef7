"""A Link like PahoLink, but for hundreds in one process.

TLS 1.3 with a certificate for each, a signature for each message, and one event loop for all.
"""

import logging
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from random import uniform
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from controller.cli.bench.fleet import packets
from controller.cli.bench.fleet.loop import Loop
from controller.cli.bench.fleet.packets import MalformedPacket, Packet
from controller.wire.limits import MAX_PAYLOAD
from controller.wire.link_port import FAILURE, Will
from controller.wire.listeners import Listeners
from controller.wire.signatures import Signature, Signer

_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.25, 20.0
_MAX_PACKET = MAX_PAYLOAD + 4096
_MAX_QUEUED = 2000
_READ_BYTES = 1 << 16
_LARGE_READ_BYTES = 1 << 13
"""After a read of at least this size, more data is probably waiting."""
_DISCONNECT_S = 2.0

_log = logging.getLogger(__name__)


class ThinLink(Listeners):
    """Used only on the loop's thread, on which all callbacks are called."""

    def __init__(
        self,
        loop: Loop,
        *,
        host: str,
        port: int,
        ca: Path,
        cert: Path,
        key: Path,
        client_id: str,
        signer: Signer,
        will: Callable[[], Will],
        keepalive_s: int = 15,
        connect_timeout_s: float = 5.0,
    ) -> None:
        """See PahoLink."""
        super().__init__(f"{host}:{port}")
        self.loop, self.signer, self.will = loop, signer, will
        self.address, self.files, self.client_id = (host, port), (ca, cert, key), client_id
        self.keepalive_s, self.connect_timeout_s = keepalive_s, connect_timeout_s
        self.filters: dict[str, int] = {}
        self._current: _Connection | None = None
        self._delay_s = _FIRST_DELAY_S
        self._stopping = False

    @property
    def connected(self) -> bool:
        return self._current is not None and self._current.up

    @property
    def is_over(self) -> bool:
        """Whether the link was stopped and its connection is closed."""
        return self._stopping and self._current is None

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
        if connection is None or not connection.up or (qos and not connection.has_room):
            return False
        signed = self.signer.sign(topic, payload) if sign else None
        mid = connection.packet_id() if qos else 0
        connection.publish(
            topic,
            mid,
            packets.publish(
                topic, payload, mid=mid, retain=retain, signed=signed, expiry_s=expiry_s
            ),
        )
        return True

    def subscribe(self, topic_filter: str, qos: int = 1) -> None:
        """Add a filter for the connections that begin after this."""
        self.filters[topic_filter] = qos

    def unsubscribe(self, topic_filter: str) -> None:
        """Remove a filter for the connections that begin after this."""
        self.filters.pop(topic_filter, None)

    def start(self) -> None:
        if not self._stopping:
            self._current = connection = _Connection(self)
            connection.start()

    def stop(self) -> None:
        """Begin to disconnect properly; `is_over` is true once that is done."""
        self._stopping = True
        self.reconnect()

    def kill(self) -> None:
        """Close the socket at once, as in a power cut."""
        self._stopping = True
        if self._current is not None:
            self._current.close("killed")

    def reconnect(self) -> None:
        """End this connection properly, and make a new one."""
        if self._current is not None:
            self._current.disconnect()

    def ended(self, was_up: bool, reason: str) -> None:
        """Called when a connection has ended: connect again after a delay, unless stopped."""
        self._current = None
        if was_up:
            self.went_down(reason)
        self._delay_s = _FIRST_DELAY_S if was_up else min(self._delay_s * 2, _LONGEST_DELAY_S)
        if not self._stopping:
            self.loop.later(self._delay_s * uniform(0.5, 1.5), self.start)  # noqa: S311  jitter


class _Connection:
    """One connection, from connecting to closing."""

    def __init__(self, link: ThinLink) -> None:
        self.up = False
        self._link, self._loop = link, link.loop
        self._out, self._received = bytearray(), bytearray()
        self._is_flush_queued = self._ending = self._closed = False
        self._mid, self._max_in_flight = 0, packets.MAX_IN_FLIGHT
        self._in_flight: dict[int, str] = {}
        """Topics of the messages without an acknowledgement yet, by packet id."""
        self._waiting: deque[tuple[int, str, bytes]] = deque()
        self._last_sent_s = time.monotonic()
        self._pinged = False
        self._sock: Any = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._sock.setblocking(False)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def has_room(self) -> bool:
        """Whether another message can be queued."""
        return len(self._in_flight) + len(self._waiting) < _MAX_QUEUED

    def packet_id(self) -> int:
        """Return a packet id from 1 to 65,535 that is not in use."""
        self._mid = self._mid % 65_535 + 1
        while self._mid in self._in_flight:
            self._mid = self._mid % 65_535 + 1
        return self._mid

    def publish(self, topic: str, mid: int, packet: bytes) -> None:
        """Send a message, or queue it until the broker accepts more."""
        if mid and len(self._in_flight) >= self._max_in_flight:
            self._waiting.append((mid, topic, packet))
            return
        if mid:
            self._in_flight[mid] = topic
        self._send(packet)

    def start(self) -> None:
        """Begin to connect."""
        self._loop.later(self._link.connect_timeout_s, self._give_up)
        try:
            self._sock.connect(self._link.address)
        except BlockingIOError:
            pass
        except OSError as error:
            self.close(str(error))
            return
        self._loop.watch(self._sock, EVENT_WRITE, self._on_connected)

    def disconnect(self) -> None:
        """Send everything, then DISCONNECT."""
        self._ending = True
        self._loop.later(_DISCONNECT_S, lambda: self.close("stopped"))
        self._settle()

    def close(self, reason: str) -> None:
        """Close the connection, and report it to the link."""
        if self._closed:
            return
        self._closed = True
        self._loop.watch(self._sock, 0, self._on_ready)
        self._sock.close()
        was_up, self.up = self.up, False
        self._link.ended(was_up, reason)

    def _on_connected(self, _: int) -> None:
        """Called when the TCP connection was accepted or refused; begins the TLS handshake."""
        link = self._link
        if error := self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.close(f"error {error}")
            return
        self._loop.watch(self._sock, 0, self._on_ready)
        context = _context(*link.files)
        self._sock = context.wrap_socket(
            self._sock, do_handshake_on_connect=False, server_hostname=link.address[0]
        )
        self._handshake(0)

    def _handshake(self, _: int) -> None:
        try:
            self._sock.do_handshake()
        except ssl.SSLWantReadError:
            self._loop.watch(self._sock, EVENT_READ, self._handshake)
        except ssl.SSLWantWriteError:
            self._loop.watch(self._sock, EVENT_WRITE, self._handshake)
        except OSError as error:
            self.close(str(error))
        else:
            self._loop.watch(self._sock, EVENT_READ, self._on_ready)
            self._send_connect()

    def _send_connect(self) -> None:
        link = self._link
        will = link.will()
        signed: Signature = link.signer.sign(will.topic, will.payload)
        self._send(packets.connect(link.client_id, link.keepalive_s, _MAX_PACKET, will, signed))

    def _on_ready(self, events: int) -> None:
        try:
            if events & EVENT_READ:
                self._read()
            if events & EVENT_WRITE and not self._closed:
                self._flush()
        except (OSError, MalformedPacket) as error:
            self.close(str(error))

    def _read(self) -> None:
        while not self._closed:
            try:
                data = self._sock.recv(_READ_BYTES)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            if not data:
                self.close("closed by the broker")
                return
            self._received += data
            for packet in packets.take_packets(self._received):
                self._handle(packet)
            if len(data) < _LARGE_READ_BYTES and not (self._closed or self._sock.pending()):
                return

    def _handle(self, packet: Packet) -> None:
        match packet.kind:
            case packets.PUBLISH:
                self._on_publish(packet)
            case packets.PUBACK:
                self._on_acknowledgement(*packets.parse_puback(packet))
            case packets.CONNACK:
                self._on_accepted(*packets.parse_connack(packet))
            case packets.SUBACK:
                self._on_subscribed(packets.reasons(packet))
            case packets.PINGRESP:
                self._pinged = False
            case packets.DISCONNECT:
                self.close("sent away by the broker")
            case kind:
                raise MalformedPacket(f"a packet of kind {kind}")

    def _on_publish(self, packet: Packet) -> None:
        mid, message = packets.parse_publish(packet)
        if mid:
            self._send(packets.puback(mid))
        if not self._ending:
            self._link.came_in(message)

    def _on_acknowledgement(self, mid: int, reason: int) -> None:
        topic = self._in_flight.pop(mid, None)
        while self._waiting and len(self._in_flight) < self._max_in_flight:
            packet_id, name, packet = self._waiting.popleft()
            self._in_flight[packet_id] = name
            self._send(packet)
        if self._ending:
            self._settle()
        elif topic is not None:
            self._link.was_answered(topic, reason)

    def _on_accepted(self, reason: int, most: int) -> None:
        if reason >= FAILURE:
            self.close(f"refused by the broker: {reason:#x}")
            return
        self._max_in_flight = most
        self._send(packets.subscribe(self.packet_id(), self._link.filters))

    def _on_subscribed(self, reasons: bytes) -> None:
        for reason in reasons:
            if reason >= FAILURE:
                _log.error("MQTT %s: a subscription was refused: %#x", self._link.where, reason)
        self.up = True
        self._loop.later(self._link.keepalive_s / 3, self._keep_alive)
        self._link.came_up()

    def _keep_alive(self) -> None:
        if self._closed:
            return
        if self._pinged and time.monotonic() - self._last_sent_s > self._link.keepalive_s:
            self.close("the broker is silent")
            return
        if time.monotonic() - self._last_sent_s >= self._link.keepalive_s / 3:
            self._pinged = True
            self._send(packets.PING)
        self._loop.later(self._link.keepalive_s / 3, self._keep_alive)

    def _give_up(self) -> None:
        if not self.up:
            self.close("no answer")

    def _settle(self) -> None:
        """Disconnect once everything is acknowledged.

        A socket that is closed earlier is reset, and what the broker has not read yet would be
        lost.
        """
        if not (self.up and (self._in_flight or self._waiting)):
            self._send(packets.FAREWELL if self.up else b"")
            self._loop.soon(lambda: self.close("stopped"))

    def _send(self, packet: bytes) -> None:
        """Queue a packet; it is sent with everything else of this turn of the loop."""
        self._out += packet
        if not self._is_flush_queued:
            self._is_flush_queued = True
            self._loop.soon(self._flush_queued)

    def _flush_queued(self) -> None:
        self._is_flush_queued = False
        try:
            self._flush()
        except OSError as error:
            self.close(str(error))

    def _flush(self) -> None:
        if self._closed or not self._out:
            return
        self._last_sent_s = time.monotonic()
        try:
            while self._out:
                del self._out[: self._sock.send(self._out)]
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            self._loop.watch(self._sock, EVENT_READ | EVENT_WRITE, self._on_ready)
        else:
            self._loop.watch(self._sock, EVENT_READ, self._on_ready)


def _context(ca: Path, cert: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(ca)
    context.load_cert_chain(cert, key)
    return context
