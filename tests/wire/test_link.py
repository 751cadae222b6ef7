"""PahoLink against a real Mosquitto: TLS 1.3, certificates, wills, takeover, a broker that dies."""

import json
import logging
import queue
import signal
import socket
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from controller.wire.link import IncomingMessage, PahoLink, Will
from controller.wire.link_port import NO_SUBSCRIBER
from controller.wire.signatures import Signature, Signer, verify
from controller.wire.topics import Topics
from tests.support.broker import Authority
from tests.support.programs import free_port
from tests.wire.conftest import WAIT_S, Place

pytestmark = pytest.mark.system

TOPICS = Topics("lab")
EVENTS = TOPICS.agent_events("pi-1")
STATUS = TOPICS.agent_status("pi-1")


def verified(incoming: IncomingMessage, signer: Signer) -> bool:
    assert incoming.kid is not None
    assert incoming.sig is not None
    signature = Signature(incoming.kid, incoming.sig)
    return verify(signer.public_key_bytes, incoming.topic, incoming.payload, signature)


@pytest.mark.needs("mosquitto")
def test_a_signed_message_arrives_as_it_was_sent(place: Place) -> None:
    signer = Signer.generate()
    _, hub = place.link("hub-a", EVENTS)
    agent, told = place.link("pi-1", signer=signer)
    assert hub.up()
    assert told.up()
    assert agent.publish(EVENTS, b'{"a":1}')
    incoming = hub.message()
    assert (incoming.topic, incoming.payload, incoming.retained) == (EVENTS, b'{"a":1}', False)
    assert verified(incoming, signer)


@pytest.mark.needs("mosquitto")
def test_a_signature_survives_retention(place: Place) -> None:
    signer = Signer.generate()
    agent, told = place.link("pi-1", signer=signer)
    assert told.up()
    assert agent.publish(STATUS, b"{}", retain=True)
    agent.stop()  # the broker has it then
    _, hub = place.link("hub-a", STATUS)
    assert hub.up()
    kept = hub.message()
    assert kept.retained
    assert verified(kept, signer)


@pytest.mark.needs("mosquitto")
def test_what_is_subscribed_to_is_heard_until_it_is_given_up(place: Place) -> None:
    hub, told = place.link("hub-a", STATUS, EVENTS)
    agent, ready = place.link("pi-1")
    assert told.up()
    assert ready.up()
    assert agent.publish(EVENTS, b"1")
    assert told.message().payload == b"1"
    hub.unsubscribe(EVENTS)
    hub.subscribe(EVENTS + "/told")  # answered after the other, in the order of the connection
    assert hub.publish(EVENTS + "/told", b"given up")
    assert told.message().payload == b"given up"
    assert agent.publish(EVENTS, b"2")
    assert agent.publish(STATUS, b"3")
    assert told.message().payload == b"3"


@pytest.mark.needs("mosquitto")
def test_unsigned_on_request_or_without_a_signer(place: Place) -> None:
    agent, told = place.link("pi-1", EVENTS, signer=Signer.generate())
    other, ready = place.link("pi-2")
    assert told.up()
    assert ready.up()
    assert agent.publish(EVENTS, b"1", sign=False, qos=0)
    assert told.message().kid is None
    assert other.publish(EVENTS, b"2")
    assert told.message().sig is None


@pytest.mark.needs("mosquitto")
def test_two_signatures_are_none(place: Place) -> None:
    """The broker passes user properties on as they are, so a hostile client can send two."""
    _, hub = place.link("hub-a", EVENTS)
    assert hub.up()
    place.authority.issue("pi-9")
    client = Client(
        CallbackAPIVersion.VERSION2, client_id="pi-9", protocol=MQTTProtocolVersion.MQTTv5
    )
    folder = place.authority.folder
    client.tls_set(str(place.authority.ca), str(folder / "pi-9.pem"), str(folder / "pi-9.key"))
    client.connect("127.0.0.1", place.broker.port)
    client.loop_start()
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = [("kid", "a"), ("sig", "b"), ("sig", "c"), ("other", "d")]
    client.publish(EVENTS, b"x", qos=1, properties=properties).wait_for_publish(WAIT_S)
    incoming = hub.message()
    assert (incoming.kid, incoming.sig) == (None, None)
    client.disconnect()
    client.loop_stop()


class Cable:
    """A TCP proxy that can be cut, so that the broker sees a client die."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._pairs: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return
            theirs = socket.create_connection(("127.0.0.1", self._target))
            self._pairs += [ours, theirs]
            for pair in ((ours, theirs), (theirs, ours)):
                self._threads.append(threading.Thread(target=self._carry, args=pair, daemon=True))
                self._threads[-1].start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            return

    def cut(self) -> None:
        for sock in self._pairs:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join()
        for sock in self._pairs:
            sock.close()


@pytest.fixture
def cable(place: Place) -> Iterator[Cable]:
    cable = Cable(place.broker.port)
    yield cable
    for link in place.links:
        link.stop()
    cable.close()


@pytest.mark.needs("mosquitto")
def test_each_connection_has_a_will_of_its_own_signed(place: Place, cable: Cable) -> None:
    signer, numbers = Signer.generate(), count(1)

    def will() -> Will:
        return Will(topic=STATUS, payload=json.dumps({"connection": next(numbers)}).encode())

    _, hub = place.link("hub-a", STATUS)
    assert hub.up()
    _, told = place.link("pi-1", will=will, signer=signer, port=cable.port)
    for number in (1, 2):
        assert told.up()
        cable.cut()
        assert told.up() is False
        said = hub.message()
        assert json.loads(said.payload) == {"connection": number}
        assert verified(said, signer)


@pytest.mark.needs("mosquitto")
def test_stopping_sends_what_was_published_before_and_no_will(place: Place) -> None:
    _, hub = place.link("hub-a", STATUS)
    assert hub.up()
    agent, told = place.link("pi-1", will=lambda: Will(topic=STATUS, payload=b"died"))
    assert told.up()
    for number in range(10):
        assert agent.publish(STATUS, b"%d" % number)
    agent.stop()
    assert told.up() is False
    assert not agent.connected
    assert not agent.publish(STATUS, b"late")
    other, ready = place.link("pi-2")
    assert ready.up()
    assert other.publish(STATUS, b"end")
    heard = [hub.message().payload for _ in range(11)]
    assert heard == [*(b"%d" % number for number in range(10)), b"end"]


@pytest.mark.needs("mosquitto")
def test_takeover_says_the_old_will_before_the_new_birth(place: Place) -> None:
    _, hub = place.link("hub-a", STATUS)
    assert hub.up()
    old, told = place.link("pi-1", will=lambda: Will(topic=STATUS, payload=b"old will"))
    assert told.up()

    def give_way() -> None:
        told.up()
        old.stop()

    threading.Thread(target=give_way, daemon=True).start()
    new, ready = place.link("pi-1")
    assert ready.up()
    assert new.publish(STATUS, b"new birth")
    assert [hub.message().payload for _ in range(2)] == [b"old will", b"new birth"]


@pytest.mark.needs("mosquitto")
def test_the_certificate_names_the_client_whatever_it_says(place: Place) -> None:
    """`use_username_as_clientid`: nobody can take over a connection by claiming its client id."""
    first, told = place.link("pi-1", EVENTS)
    assert told.up()
    place.authority.issue("thief")
    folder = place.authority.folder
    thief, ready = place.link("pi-1", cert=folder / "thief.pem", key=folder / "thief.key")
    assert ready.up()
    assert thief.publish(EVENTS, b"still there")
    assert told.message().payload == b"still there"
    assert first.connected


@pytest.mark.needs("mosquitto")
def test_the_broker_dies_and_comes_back(place: Place) -> None:
    link, heard = place.link("pi-1", EVENTS)
    assert heard.up()
    place.broker.kill()
    assert heard.up() is False
    assert not link.publish(EVENTS, b"dropped")
    link.subscribe(STATUS)
    place.broker.start()
    assert heard.up()
    assert link.publish(EVENTS, b"one")
    assert link.publish(STATUS, b"two")
    assert sorted(heard.message().payload for _ in range(2)) == [b"one", b"two"]


@pytest.mark.needs("mosquitto")
def test_a_message_that_expired_is_not_delivered(place: Place) -> None:
    """Retained with an expiry: who comes later sees it with the rest of its time, or not."""
    link, heard = place.link("pi-1")
    assert heard.up()
    topic = TOPICS.agent_command("pi-2")
    assert link.publish(topic, b"old", retain=True, expiry_s=1)
    kept = TOPICS.agent_command("pi-3")
    assert link.publish(kept, b"valid", retain=True, expiry_s=600)
    for number in count():  # until the broker has let it expire
        _, late = place.link(f"pi-{number + 10}", topic, kept)
        assert late.up()
        seen = {late.message().topic}
        try:
            seen.add(late.messages.get(timeout=0.3).topic)
        except queue.Empty:
            assert seen == {kept}
            break


@pytest.mark.needs("mosquitto")
def test_a_message_that_nobody_hears_is_told(place: Place) -> None:
    link, heard = place.link("pi-1")
    assert heard.up()
    assert link.publish(EVENTS, b"into the void")
    lost = heard.undelivered.get(timeout=WAIT_S)
    assert (lost.topic, lost.reason) == (EVENTS, NO_SUBSCRIBER)


@pytest.mark.needs("mosquitto")
def test_an_error_in_a_callback_stops_nothing(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    link, heard = place.link("pi-1", EVENTS)
    assert heard.up()

    def fragile(incoming: IncomingMessage) -> None:
        heard.messages.put(incoming)
        if incoming.payload == b"bad":
            raise ValueError("a poisoned message")

    link.on_message(fragile)
    assert link.publish(EVENTS, b"bad")
    assert link.publish(EVENTS, b"good")
    assert [heard.message().payload for _ in range(2)] == [b"bad", b"good"]
    assert link.connected
    assert "error in a callback" in caplog.text


@pytest.mark.needs("mosquitto")
def test_many_threads_publish_at_once(place: Place) -> None:
    _, hub = place.link("hub-a", EVENTS)
    agent, told = place.link("pi-1", signer=Signer.generate())
    assert hub.up()
    assert told.up()
    payloads = [b"%d" % number + b"x" * 20_000 for number in range(200)]

    def send(part: list[bytes]) -> None:
        for payload in part:
            assert agent.publish(EVENTS, payload)

    threads = [threading.Thread(target=send, args=(payloads[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(hub.message().payload for _ in payloads) == sorted(payloads)


@pytest.mark.needs("mosquitto")
def test_what_needs_no_answer_does_not_hold_up_the_end(place: Place) -> None:
    """The link says goodbye, so that the broker has no reason to publish the will."""
    _, hub = place.link("hub-a", EVENTS, STATUS)
    agent, told = place.link("pi-1", will=lambda: Will(topic=STATUS, payload=b"died"))
    assert hub.up()
    assert told.up()
    assert agent.publish(EVENTS, b"x", qos=0)
    assert hub.message().payload == b"x"
    agent.stop()
    other, ready = place.link("pi-2")
    assert ready.up()
    assert other.publish(STATUS, b"afterwards")
    assert hub.message().payload == b"afterwards"


@pytest.mark.needs("mosquitto")
def test_reconnect_reads_a_renewed_certificate(place: Place) -> None:
    link, heard = place.link("pi-1", EVENTS)
    assert heard.up()
    place.authority.issue("pi-1")
    link.reconnect()
    assert heard.up() is False
    assert heard.up()
    assert link.publish(EVENTS, b"again")
    assert heard.message().payload == b"again"


@pytest.mark.needs("mosquitto")
def test_subscribing_while_connected(place: Place) -> None:
    link, heard = place.link("pi-1", EVENTS)
    assert heard.up()
    link.subscribe(STATUS)
    assert link.publish(STATUS, b"x")
    assert heard.message().payload == b"x"


class Log(logging.Handler):
    """What a link logs, in a queue."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: queue.Queue[logging.LogRecord] = queue.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.put(record)


@pytest.fixture
def log() -> Iterator[Log]:
    handler = Log()
    logger = logging.getLogger("controller.wire")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


@pytest.mark.needs("mosquitto")
def test_files_that_do_not_serve_are_one_line(place: Place, log: Log) -> None:
    link, _ = place.link("pi-1", cert=place.authority.folder / "nothing.pem")
    record = log.lines.get(timeout=WAIT_S)
    assert "No such file or directory; trying again" in record.getMessage()
    assert record.exc_info is None
    assert not link.publish(EVENTS, b"x")


@pytest.mark.needs("mosquitto")
def test_a_certificate_of_another_ca_is_not_accepted(
    place: Place, log: Log, tmp_path_factory: pytest.TempPathFactory
) -> None:
    foreign = Authority(tmp_path_factory.mktemp("foreign"))
    foreign.issue("pi-1")
    files = {"cert": foreign.folder / "pi-1.pem", "key": foreign.folder / "pi-1.key"}
    link, _ = place.link("pi-2", cert=files["cert"], key=files["key"])
    record = log.lines.get(timeout=WAIT_S)
    assert "not accepted: " in record.getMessage()
    assert not link.connected


@pytest.mark.needs("mosquitto")
def test_a_will_that_can_not_be_made_is_tried_again(place: Place, log: Log) -> None:
    wills: Iterator[ValueError | Will] = iter(
        [ValueError("the journal is not open yet"), Will(topic=STATUS, payload=b"x")]
    )

    def will() -> Will:
        found = next(wills)
        if isinstance(found, ValueError):
            raise found
        return found

    _, told = place.link("pi-1", will=will)
    record = log.lines.get(timeout=WAIT_S)
    assert record.exc_info is not None
    assert told.up()


@pytest.mark.needs("mosquitto")
def test_a_broker_that_stands_still_blocks_nobody(place: Place) -> None:
    """What it does not acknowledge is bounded, and then publish says False."""
    link, heard = place.link("pi-1")
    assert heard.up()
    place.broker.signal(signal.SIGSTOP)
    assert any(not link.publish(EVENTS, b"x") for _ in range(3000))
    place.broker.signal(signal.SIGCONT)
    lost = heard.undelivered.get(timeout=WAIT_S)
    assert lost.reason == NO_SUBSCRIBER


@pytest.mark.needs("mosquitto")
def test_stopping_beside_a_broker_that_stands_still(place: Place) -> None:
    link, heard = place.link("pi-1")
    assert heard.up()
    place.broker.signal(signal.SIGSTOP)
    assert link.publish(EVENTS, b"x")
    link.stop()
    assert not link.connected
    place.broker.signal(signal.SIGCONT)


def test_nobody_listens_there() -> None:
    """Stopping is prompt while a connection is being tried again and again."""
    nowhere = Path("/nonexistent")
    link = PahoLink(
        host="127.0.0.1", port=free_port(), ca=nowhere, cert=nowhere, key=nowhere, client_id="pi-1"
    )
    link.start()
    assert not link.connected
    link.reconnect()
    link.stop()
