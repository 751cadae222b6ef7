"""Encode and decode the MQTT 5 packets that an agent needs (OASIS MQTT 5.0, chapter 3)."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from controller.wire.link_port import IncomingMessage, Will
from controller.wire.signatures import Signature

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 9, 13, 14
"""Types of the packets that an agent receives."""
PING = b"\xc0\x00"
FAREWELL = b"\xe0\x00"
"""DISCONNECT."""
RECEIVE_MAXIMUM = 0x21
"""Property: how many messages may be unacknowledged at once."""
MAX_IN_FLIGHT = 65_535
"""Receive maximum of a broker that does not state one."""
_USER = 0x26
"""User property: a pair of texts. Loquet's signatures are two of these, `kid` and `sig`."""
_SESSION_EXPIRY, _MAXIMUM_PACKET, _MESSAGE_EXPIRY = b"\x11", b"\x27", b"\x02"
_NUMBER = 0x0B
"""Subscription identifier: the only property that is a number of variable length."""
_CLEAN_START, _WILL_QOS_1, _WILL_RETAIN = 0x02, 0x04 | 0x08, 0x20
_SIZES = {
    **dict.fromkeys((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), 1),
    **dict.fromkeys((0x13, RECEIVE_MAXIMUM, 0x22, 0x23), 2),
    **dict.fromkeys((0x02, 0x11, 0x18, 0x27), 4),
}
"""Sizes in bytes of the properties with a fixed size; others begin with their length."""
_MAX_DIGITS = 4


class MalformedPacket(Exception):
    """Raised for data that is not a valid packet of MQTT 5."""


class Packet(NamedTuple):
    """One packet: its kind, its four flag bits, and what follows its length."""

    kind: int
    flags: int
    body: bytes


def take_packets(buffer: bytearray) -> Iterator[Packet]:
    """Yield the complete packets at the beginning of a buffer, and remove them.

    Raises MalformedPacket.
    """
    start, have = 0, len(buffer)
    try:
        while (length_at := _length(buffer, start + 1)) is not None:
            length, body = length_at
            if body + length > have:
                break
            head = buffer[start]
            start = body + length
            yield Packet(head >> 4, head & 15, bytes(buffer[body:start]))
    finally:
        del buffer[:start]


def connect(
    client_id: str, keepalive_s: int, most: int, will: Will | None, signed: Signature | None
) -> bytes:
    """Return a CONNECT: no session is kept, and packets above `most` bytes are refused."""
    flags = _CLEAN_START | (0 if will is None else _WILL_QOS_1 | _WILL_RETAIN)
    connect_properties = (_SESSION_EXPIRY + bytes(4), _MAXIMUM_PACKET + most.to_bytes(4))
    parts = [
        _text("MQTT"),
        bytes((5, flags)),
        keepalive_s.to_bytes(2),
        _properties(*connect_properties),
    ]
    parts.append(_text(client_id))
    if will is not None:
        parts += [
            _properties(_signature_properties(signed)),
            _text(will.topic),
            _bytes(will.payload),
        ]
    return _packet(0x10, *parts)


def subscribe(mid: int, filters: Mapping[str, int]) -> bytes:
    """Return a SUBSCRIBE to each filter, with its QoS."""
    topics = (_text(name) + bytes((qos,)) for name, qos in filters.items())
    return _packet(0x82, mid.to_bytes(2), b"\0", *topics)


def publish(
    topic: str,
    payload: bytes,
    *,
    mid: int,
    retain: bool,
    signed: Signature | None,
    expiry_s: int | None = None,
) -> bytes:
    """Return a PUBLISH; `mid` 0 means QoS 0, any other QoS 1."""
    expiry = b"" if expiry_s is None else _MESSAGE_EXPIRY + expiry_s.to_bytes(4)
    number = mid.to_bytes(2) if mid else b""
    head = 0x30 | (0x02 if mid else 0) | retain
    return _packet(
        head, _text(topic), number, _properties(expiry, _signature_properties(signed)), payload
    )


def puback(mid: int) -> bytes:
    """Return a PUBACK."""
    return b"\x40\x02" + mid.to_bytes(2)


def parse_publish(packet: Packet) -> tuple[int, IncomingMessage]:
    """Return the packet id (0: QoS 0) and the message of a PUBLISH. Raises MalformedPacket."""
    body = packet.body
    try:
        end = 2 + int.from_bytes(body[:2])
        topic, mid = body[2:end].decode(), 0
        if packet.flags & 0x06:
            mid, end = int.from_bytes(body[end : end + 2]), end + 2
        kid, sig, end = _signature(body, end)
    except (UnicodeDecodeError, IndexError) as error:
        raise MalformedPacket(str(error)) from None
    retained = bool(packet.flags & 0x01)
    return mid, IncomingMessage(
        topic=topic, payload=body[end:], kid=kid, sig=sig, retained=retained
    )


def parse_connack(packet: Packet) -> tuple[int, int]:
    """Return the reason code and the receive maximum of a CONNACK. Raises MalformedPacket."""
    try:
        properties, _ = _read_properties(packet.body, 2)
    except IndexError as error:
        raise MalformedPacket(str(error)) from None
    most = next((value for name, value in properties if name == RECEIVE_MAXIMUM), None)
    return packet.body[1], MAX_IN_FLIGHT if most is None else int.from_bytes(most)


def parse_puback(packet: Packet) -> tuple[int, int]:
    """Return the packet id and the reason code of a PUBACK."""
    return int.from_bytes(packet.body[:2]), packet.body[2] if len(packet.body) > 2 else 0


def reasons(packet: Packet) -> bytes:
    """Return the reason codes of a SUBACK, one for each filter. Raises MalformedPacket."""
    _, end = _read_properties(packet.body, 2)
    return packet.body[end:]


def _packet(head: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return b"".join((bytes((head,)), _varint(len(body)), body))


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _length(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """Return a number of variable length and where it ends; None: it is incomplete."""
    number = 0
    for digit in range(_MAX_DIGITS):
        if at + digit >= len(data):
            return None
        byte = data[at + digit]
        number |= (byte & 127) << 7 * digit
        if byte < 128:
            return number, at + digit + 1
    raise MalformedPacket("a length of more than four bytes")


def _bytes(value: bytes) -> bytes:
    return len(value).to_bytes(2) + value


def _text(value: str) -> bytes:
    return _bytes(value.encode())


def _properties(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return _varint(len(body)) + body


def _signature_properties(signed: Signature | None) -> bytes:
    if signed is None:
        return b""
    pairs = (("kid", signed.kid), ("sig", signed.sig))
    return b"".join(bytes((_USER,)) + _text(name) + _text(value) for name, value in pairs)


def _read_properties(body: bytes, at: int) -> tuple[list[tuple[int, bytes]], int]:
    """Return the properties in their order, and where they end.

    A user property's value is name, NUL, value (MQTT text contains no NUL). Raises MalformedPacket.
    """
    properties: list[tuple[int, bytes]] = []
    size = _length(body, at)
    if size is None:
        raise MalformedPacket("properties without a length")
    at, end = size[1], size[1] + size[0]
    if end > len(body):
        raise MalformedPacket("properties that are not whole")
    while at < end:
        name, at = body[at], at + 1
        value, at = _value(name, body, at)
        properties.append((name, value))
    return properties, end


def _value(name: int, body: bytes, at: int) -> tuple[bytes, int]:
    if name == _USER:
        first, at = _value(0, body, at)
        second, at = _value(0, body, at)
        return first + b"\0" + second, at
    if name == _NUMBER:
        number = _length(body, at)
        if number is None:
            raise MalformedPacket("a number that is not whole")
        return body[at : number[1]], number[1]
    size = _SIZES.get(name)
    if size is None:
        size, at = int.from_bytes(body[at : at + 2]), at + 2
    return body[at : at + size], at + size


def _signature(body: bytes, at: int) -> tuple[str | None, str | None, int]:
    """Return `kid` and `sig` (None unless there is one of each), and the properties' end."""
    properties, end = _read_properties(body, at)
    pairs = [value.partition(b"\0") for name, value in properties if name == _USER]
    kids = [value for name, _, value in pairs if name == b"kid"]
    sigs = [value for name, _, value in pairs if name == b"sig"]
    if len(kids) == len(sigs) == 1:
        return kids[0].decode(), sigs[0].decode(), end
    return None, None, end
