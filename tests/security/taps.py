"""An agent that tells each tap by itself, and waits for its acknowledgement."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from controller.wire.codec import decode
from controller.wire.events import AccessGranted
from controller.wire.link import PahoLink
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import EventAck
from tests.faults.hub.hub_site import Site
from tests.hub.fake_agent import FakeAgent

WAIT_S = 180.0


@dataclass
class Tapped:
    """An agent on a link of its own, and what it hears."""

    agent: FakeAgent
    link: PahoLink
    heard: queue.Queue[IncomingMessage] = field(default_factory=queue.Queue)

    def tap(self) -> None:
        """Record one more."""
        self.agent.record(AccessGranted, at_s=len(self.agent.journal))

    def told(self, patience_s: float) -> bool:
        """Offer the last event once; whether it was acknowledged in time."""
        batch, seq = self.agent.batch(self.agent.journal[-1:]), len(self.agent.journal)
        self.link.publish(batch.topic, batch.payload)
        return self.covers(seq, patience_s)

    def covers(self, seq: int, patience_s: float) -> bool:
        """Whether an acknowledgement up to that number comes in time."""
        try:
            while not _covers(self.heard.get(timeout=patience_s), seq):
                continue
        except queue.Empty:
            return False
        return True

    def insist(self, patience_s: float = 2.0) -> None:
        """Offer it until it is acknowledged, as agents do."""
        for _ in range(int(WAIT_S / patience_s)):
            if self.told(patience_s):
                return
        raise AssertionError(f"event {len(self.agent.journal)} is never acknowledged")


@contextmanager
def connected(site: Site, agent: FakeAgent, *filters: str) -> Iterator[Tapped]:
    """The agent on its link, once the broker has granted these."""
    found, ups = Tapped(agent, site.link(agent)), queue.Queue[bool]()
    found.link.on_message(found.heard.put)
    found.link.on_connection(ups.put)
    for name in filters or (agent.topics.agent_ack(agent.name),):
        found.link.subscribe(name)
    found.link.start()
    assert ups.get(timeout=WAIT_S)
    try:
        yield found
    finally:
        found.link.stop()


def _covers(message: IncomingMessage, seq: int) -> bool:
    ack = decode(message.payload, EventAck).value
    return seq <= ack.through or any(first <= seq <= last for first, last in ack.also)
