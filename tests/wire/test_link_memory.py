"""A connection that is over holds nothing, whenever the collector comes: its TLS is the largest."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from controller.wire.link import Will
from controller.wire.signatures import Signer
from controller.wire.topics import Topics
from tests.support.until import until
from tests.wire.conftest import Place

pytestmark = [pytest.mark.system, pytest.mark.needs("mosquitto")]

STATUS = Topics("lab").agent_status("pi-1")


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_a_connection_that_is_over_is_freed_at_once(place: Place) -> None:
    will = Will(topic=STATUS, payload=b"{}")
    link, heard = place.link("pi-1", STATUS, will=lambda: will, signer=Signer.generate())
    assert heard.up()
    assert link.publish(STATUS, b"1", retain=True)
    assert heard.message().payload == b"1"
    connection = link._current
    assert connection is not None
    held = [weakref.ref(held_object) for held_object in (connection, connection._client)]
    del connection
    link.reconnect()
    assert not heard.up()
    assert heard.up()
    until(lambda: [reference_type() for reference_type in held] == [None, None], "it is still held")
