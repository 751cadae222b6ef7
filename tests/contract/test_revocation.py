"""Revoking an agent ends its live connection, and it opens no other."""

import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.contract.foreign_agent import ForeignAgent
from tests.contract.foreign_agent_helpers import claimed
from tests.support.running_place import RunningPlace

pytestmark = pytest.mark.needs("mosquitto")

TAKEN_OVER = 0x8E
"""MQTT 5, 3.14.2.1: another connection has taken the name over."""
WAIT_S = 180.0


def test_a_revoked_agent_loses_its_connection_and_gets_no_other(
    place: RunningPlace, tmp_path: Path
) -> None:
    agent = ForeignAgent(claimed(place, "foreign-stolen"), tmp_path)
    over, reasons = threading.Event(), list[int]()

    def ended(client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        reasons.append(reason.value)
        client.loop_stop()
        over.set()

    agent._client.on_disconnect = ended
    agent.connect()
    revoked = place.call("POST", "/agents/foreign-stolen/revoke", {"reason": "stolen"})
    assert revoked.status == 200, revoked.body
    assert over.wait(WAIT_S)
    assert reasons == [TAKEN_OVER]
    with connection(agent, tmp_path) as tls, pytest.raises(ssl.SSLError, match=r"(?i)revoked"):
        tls.recv(1)


def connection(agent: ForeignAgent, folder: Path) -> ssl.SSLSocket:
    """A new one with the same certificate; the broker's refusal comes with the first byte."""
    mine = agent.identity
    context = ssl.create_default_context(cadata=mine.ca)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    plain = socket.create_connection((mine.host, mine.port), timeout=WAIT_S)
    return context.wrap_socket(plain, server_hostname=mine.host)
