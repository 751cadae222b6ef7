"""Messages that somebody has captured on the broker, replayed: none brings anything.

`LOQUET_SEED` takes another order of the replays.
"""

import os
from dataclasses import replace
from random import Random

from sqlalchemy import func, select

from controller.kernel.journal import EventRow, Quarantine
from controller.wire.base64url import b64encode
from controller.wire.codec import encode
from controller.wire.events import AccessGranted
from controller.wire.ids import uuid7
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import EventAck, SyncRequest
from controller.wire.rows import HubKey
from devices.agent.policy.hub_keys import HubKeys
from tests.hub.conftest import NOW, Place
from tests.hub.conftest import two_agents as two_agents
from tests.hub.fake_agent import FakeAgent

SEED = int(os.environ.get("LOQUET_SEED", "20261126"))


def test_a_captured_message_brings_nothing(two_agents: Place) -> None:
    """Under its own topic it is acknowledged again; under any other it is dropped and counted."""
    mine, theirs = two_agents.world.agents
    captured = []
    for agent in (mine, theirs):
        agent.record(AccessGranted)
        captured.append(agent.batch())
    two_agents.send(*captured)
    stored = rows(two_agents)
    replays = [*captured, *moved(captured, mine, theirs)]
    Random(SEED).shuffle(replays)
    for message in replays:
        two_agents.send(message)
    assert rows(two_agents) == stored == (2, 0)
    refused = {
        cause: count
        for cause, count in two_agents.counters.snapshot().items()
        if cause.startswith("dropped_")
    }
    assert refused == {"dropped_wrong_key": 2, "dropped_bad_signature": 1}
    assert (two_agents.ack(mine).through, two_agents.ack(theirs).through) == (1, 1)


def test_a_hubs_captured_message_is_nothing_to_another_agent(two_agents: Place) -> None:
    """Nor to the same one, on another topic of its own."""
    mine, theirs = two_agents.world.agents
    signer = two_agents.link.signer
    keys = HubKeys([HubKey(kid=signer.kid, public_key=b64encode(signer.public_key_bytes))])
    payload = encode(EventAck(at=NOW, stream=mine.stream, through=9))
    captured = mine.say_bytes(mine.topics.agent_ack(mine.name), payload, signer)
    assert keys.is_signed(captured)
    for topic in (theirs.topics.agent_ack(theirs.name), mine.topics.agent_command(mine.name)):
        assert not keys.is_signed(replace(captured, topic=topic))


def moved(
    captured: list[IncomingMessage], mine: FakeAgent, theirs: FakeAgent
) -> list[IncomingMessage]:
    """Each under the other's name, and what one asked said to be what it tells."""
    request = SyncRequest(request_id=uuid7(), epoch=0, since=0, after=None)
    asked = mine.say(mine.topics.agent_sync(mine.name), request)
    own, other = captured
    return [
        replace(own, topic=other.topic),
        replace(other, topic=own.topic),
        replace(asked, topic=own.topic),
    ]


def rows(place: Place) -> tuple[int, int]:
    """How many events are stored, and set aside."""
    with place.world.database.read() as db:
        stored, aside = (
            db.scalar(select(func.count()).select_from(row)) or 0 for row in (EventRow, Quarantine)
        )
    return stored, aside
