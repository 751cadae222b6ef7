"""A place with agents, and a hub's ingest on a link in memory."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from controller.domain.time import Utc
from controller.hub.admission import Admission
from controller.hub.counters import Counters
from controller.hub.directory import Directory
from controller.hub.ingest import Ingest
from controller.wire.codec import decode
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import EventAck
from controller.wire.signatures import Signer
from tests.hub.fake_agent import START, FakeAgent
from tests.hub.memory_link import MemoryLink
from tests.hub.world import World

NOW = Utc.of(START + timedelta(hours=1))


@dataclass
class Place:
    """One hub's ingest, driven by the test."""

    world: World
    link: MemoryLink
    counters: Counters
    ingest: Ingest
    now: Utc = NOW
    """What time it is for the hub when events come in."""

    @classmethod
    def make(cls, engine: Engine, agents: int = 1) -> "Place":
        world, counters = World.make(engine, agents, NOW), Counters()
        link = MemoryLink(Signer.generate())
        admission = Admission(Directory(world.database), counters)
        ingest = Ingest(world.database, admission, link, counters, lambda: made.now)
        made = cls(world, link, counters, ingest)
        return made

    @property
    def agent(self) -> FakeAgent:
        return self.world.agents[0]

    def send(self, *messages: IncomingMessage) -> None:
        """Have a group of messages handled."""
        self.ingest.handle(list(messages))

    def ack(self, agent: FakeAgent | None = None) -> EventAck:
        """The newest acknowledgement that the agent got."""
        topic = (agent or self.agent).topics.agent_ack((agent or self.agent).name)
        found = [message for message in self.link.published if message.topic == topic]
        return decode(found[-1].payload, EventAck).value


@pytest.fixture
def place(engine: Engine) -> Place:
    """One agent with two machines."""
    return Place.make(engine)


@pytest.fixture
def two_agents(engine: Engine) -> Place:
    """Two agents with two machines each."""
    return Place.make(engine, agents=2)
