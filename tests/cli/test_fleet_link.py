"""The link of a fleet's agents: packets as MQTT 5 says, and a real Mosquitto at the other end."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from controller.cli.bench.fleet import packets
from controller.cli.bench.fleet.loop import Loop, Operation
from controller.cli.bench.fleet.packets import MalformedPacket, Packet
from controller.cli.bench.fleet.thin_link import ThinLink
from controller.wire.link_port import NO_SUBSCRIBER, IncomingMessage, Will
from controller.wire.signatures import Signature, Signer, verify
from controller.wire.topics import Topics
from tests.support.broker import Authority
from tests.wire.conftest import Place, place

__all__ = ["place"]
pytestmark = pytest.mark.timeout(1800)

TOPICS = Topics("lab")
EVENTS, STATUS, ACK = (
    TOPICS.agent_events("pi-1"),
    TOPICS.agent_status("pi-1"),
    TOPICS.agent_ack("pi-1"),
)
SIGNED = Signature("0123456789abcdef", "c2lnbmF0dXJl")


def only(data: bytes) -> Packet:
    """The one packet that these bytes are."""
    buffer = bytearray(data)
    (packet,) = packets.take_packets(buffer)
    assert not buffer
    return packet


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 200_000])
@pytest.mark.parametrize("mid", [0, 1, 65_535])
def test_a_message_is_read_as_it_was_written(size: int, mid: int) -> None:
    written = packets.publish(EVENTS, b"x" * size, mid=mid, retain=True, signed=SIGNED, expiry_s=20)
    assert packets.parse_publish(only(written)) == (
        mid,
        IncomingMessage(
            topic=EVENTS, payload=b"x" * size, kid=SIGNED.kid, sig=SIGNED.sig, retained=True
        ),
    )


def test_what_comes_in_pieces_is_taken_when_it_is_whole() -> None:
    one = packets.publish(EVENTS, b"x" * 300, mid=1, retain=False, signed=None)
    both, buffer, found = one + packets.puback(7), bytearray(), list[Packet]()
    for byte in both:
        buffer.append(byte)
        found += packets.take_packets(buffer)
    assert [packet.kind for packet in found] == [packets.PUBLISH, packets.PUBACK]
    assert packets.parse_puback(found[1]) == (7, 0)


def test_two_signatures_are_none() -> None:
    """As for PahoLink: whoever adds one of his own has signed nothing."""
    pair = b"\x26\x00\x03kid\x00\x01a\x26\x00\x03sig\x00\x01b"
    once, twice = (b"\x00\x01t" + bytes((len(pair) * n,)) + pair * n for n in (1, 2))
    assert packets.parse_publish(Packet(packets.PUBLISH, 0, once))[1].kid == "a"
    assert packets.parse_publish(Packet(packets.PUBLISH, 0, twice))[1].kid is None


@pytest.mark.parametrize(
    "body",
    [b"\x00\x02\xff\xff\x00", b"\x00\x01t", b"\x00\x01t\x05\x26", b"\x00\x01t\xff\xff\xff\xff\x01"],
)
def test_what_is_not_mqtt_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedPacket):
        packets.parse_publish(Packet(packets.PUBLISH, 0, body))


def test_a_broker_says_how_many_messages_may_be_on_their_way() -> None:
    assert packets.parse_connack(only(b"\x20\x03\x00\x00\x00")) == (0, packets.MAX_IN_FLIGHT)
    some = b"\x22\x00\x05\x13\x00\x3c\x21\x00\x64\x12\x00\x01x"
    whole = b"\x00\x87" + bytes((len(some),)) + some
    assert packets.parse_connack(only(b"\x20" + bytes((len(whole),)) + whole)) == (0x87, 100)


def test_a_part_that_fails_does_not_stop_the_others() -> None:
    loop, done = Loop(), list[int]()
    loop.soon(lambda: done.append(1 // 0))
    loop.soon(lambda: done.append(1))
    loop.later(0.0, lambda: done.append(2))

    def operation() -> Operation:
        while len(done) < 2:
            yield 1.0
        return "done"

    assert (loop.run(operation()), done) == ("done", [1, 2])
    loop.close()


class Told(ThinLink):
    """Notes of each connection whether it ever was up."""

    ends: list[bool]

    def ended(self, was_up: bool, reason: str) -> None:
        self.ends = [*getattr(self, "ends", []), was_up]
        super().ended(was_up, reason)


class Crew:
    """Some thin links on one loop, and what they told."""

    def __init__(self, place: Place) -> None:
        self.place, self.loop = place, Loop()
        self.links: list[ThinLink] = []
        self.heard: list[IncomingMessage] = []
        self.connections: list[bool] = []
        self.undelivered: list[tuple[str, int]] = []
        self.signer = Signer.generate()

    def link(self, name: str, *filters: str, kind: type[ThinLink] = ThinLink) -> ThinLink:
        folder = self.place.authority.folder
        if not (folder / f"{name}.pem").exists():
            self.place.authority.issue(name)
        link = kind(
            self.loop,
            host="127.0.0.1",
            port=self.place.broker.port,
            ca=self.place.authority.ca,
            cert=folder / f"{name}.pem",
            key=folder / f"{name}.key",
            client_id=name,
            signer=self.signer,
            will=lambda: Will(topic=STATUS, payload=b"gone"),
        )
        link.on_message(self.heard.append)
        link.on_connection(self.connections.append)
        link.on_undelivered(
            lambda message: self.undelivered.append((message.topic, message.reason))
        )
        for word in filters or (ACK,):
            link.subscribe(word)
        self.links.append(link)
        link.start()
        return link

    def until(self, holds: Callable[[], Any]) -> None:
        """Serve until it holds."""

        def operation() -> Operation:
            while not holds():
                yield 0.05

        self.loop.run(operation())


@pytest.fixture
def crew(place: Place) -> Iterator[Crew]:
    crew = Crew(place)
    yield crew
    for link in crew.links:
        link.kill()
    crew.loop.close()


@pytest.mark.system
@pytest.mark.needs("mosquitto")
def test_it_and_a_paho_link_understand_each_other(place: Place, crew: Crew) -> None:
    signer = Signer.generate()
    hub, told = place.link("hub-a", EVENTS, signer=signer)
    assert told.up()
    link = crew.link("pi-1", ACK)
    crew.until(lambda: link.connected)
    large = b"x" * 150_000
    for payload in (b'{"a":1}', large):
        assert link.publish(EVENTS, payload)
    assert link.publish(EVENTS, b"unsigned", qos=0, sign=False)
    crew.until(lambda: told.messages.qsize() == 3)
    came = [told.message() for _ in range(3)]
    assert [message.payload for message in came] == [b'{"a":1}', large, b"unsigned"]
    assert [message.kid for message in came] == [crew.signer.kid, crew.signer.kid, None]
    for message in came[:2]:
        signature = Signature(message.kid or "", message.sig or "")
        assert verify(crew.signer.public_key_bytes, message.topic, message.payload, signature)
    assert hub.publish(ACK, large)
    crew.until(lambda: crew.heard)
    assert (crew.heard[0].payload, crew.heard[0].kid) == (large, signer.kid)


@pytest.mark.system
@pytest.mark.needs("mosquitto")
def test_more_than_the_broker_takes_at_once_arrives_in_order(place: Place, crew: Crew) -> None:
    _, told = place.link("hub-a", EVENTS)
    assert told.up()
    link = crew.link("pi-1", ACK)
    crew.until(lambda: link.connected)
    assert all(link.publish(EVENTS, b"%d" % number) for number in range(1_000))
    link.stop()
    crew.until(lambda: link.is_over)
    assert [told.message().payload for _ in range(1_000)] == [b"%d" % n for n in range(1_000)]


@pytest.mark.system
@pytest.mark.needs("mosquitto")
def test_who_is_killed_leaves_a_will_and_who_stops_does_not(place: Place, crew: Crew) -> None:
    _, told = place.link("hub-a", STATUS)
    assert told.up()
    for ends, said in ((ThinLink.stop, b"stopping"), (ThinLink.kill, b"gone")):
        link = crew.link("pi-1", ACK)
        crew.until(partial(getattr, link, "connected"))
        if said != b"gone":
            assert link.publish(STATUS, said)
        ends(link)
        crew.until(partial(getattr, link, "is_over"))
        assert told.message().payload == said


@pytest.mark.system
@pytest.mark.needs("mosquitto")
def test_it_comes_back_and_says_what_nobody_heard(place: Place, crew: Crew) -> None:
    link = crew.link("pi-1", ACK)
    crew.until(lambda: link.connected)
    assert link.publish(EVENTS, b"1")
    crew.until(lambda: bool(crew.undelivered))
    assert crew.undelivered == [(EVENTS, NO_SUBSCRIBER)]
    place.broker.kill()
    crew.until(lambda: not link.connected)
    assert not link.publish(EVENTS, b"2")
    place.broker.start()
    crew.until(lambda: link.connected)
    link.reconnect()
    crew.until(lambda: len(crew.connections) == 5)
    assert crew.connections == [True, False, True, False, True]


@pytest.mark.system
@pytest.mark.needs("mosquitto")
def test_a_broker_with_anothers_certificate_is_not_spoken_to(
    tmp_path: Path, place: Place, crew: Crew
) -> None:
    (tmp_path / "other").mkdir()
    place.authority.issue("pi-1")
    place.authority.ca = Authority(tmp_path / "other").ca
    link = crew.link("pi-1", ACK, kind=Told)
    assert isinstance(link, Told)
    crew.until(lambda: len(getattr(link, "ends", [])) >= 2)
    assert not any(link.ends)
