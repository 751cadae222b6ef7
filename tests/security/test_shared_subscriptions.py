"""An agent that joins `$share/…` hears nothing of others, and takes nothing from them."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from controller.wire.codec import decode
from controller.wire.events import AccessGranted
from controller.wire.link import PahoLink
from controller.wire.link_port import Incoming
from controller.wire.messages import EventAck
from tests.faults.hub.hub_site import Site
from tests.hub.fake_agent import FakeAgent

pytestmark = pytest.mark.needs("mosquitto")

GROUPS = ("loquet-hub", "mine")
TAPS = 20
WAIT_S = 60.0
Heard = queue.Queue[Incoming]


@contextmanager
def connected(site: Site, agent: FakeAgent, *filters: str) -> Iterator[tuple[PahoLink, Heard]]:
    """The agent on a link of its own, once the broker has granted these."""
    link, heard, ups = site.link(agent), Heard(), queue.Queue[bool]()
    link.on_message(heard.put)
    link.on_connection(ups.put)
    for each in filters:
        link.subscribe(each)
    link.start()
    assert ups.get(timeout=WAIT_S)
    try:
        yield link, heard
    finally:
        link.stop()


def test_an_agent_in_a_shared_subscription_takes_nothing_from_others(site: Site) -> None:
    """Each tap is told once, and each is acknowledged: none of them went to somebody else."""
    victim, rogue = site.world.agents
    everything = ("loquet/1/+/agents/+/events", "loquet/#")
    shared = [f"$share/{group}/{each}" for group in GROUPS for each in everything]
    with (
        site.hub(),
        connected(site, victim, victim.topics.agent_ack(victim.name)) as (link, acks),
        connected(site, rogue, *shared) as (_, stolen),
    ):
        _wait_for_hub(victim, link, acks)
        answered = 0
        for _ in range(TAPS):
            victim.record(AccessGranted)
            batch = victim.batch(victim.journal[-1:])
            link.publish(batch.topic, batch.payload)
            answered += _is_answered(acks, len(victim.journal))
        assert answered == TAPS, f"{TAPS - answered} of {TAPS} never reached a hub"
        heard = {stolen.get().topic for _ in range(stolen.qsize())}
        assert heard <= {rogue.topics.policy_head(), rogue.topics.policy_delta()}, "its own to read"


def _is_answered(acks: Heard, seq: int) -> bool:
    """Whether an event is acknowledged, which was offered once."""
    try:
        while not _covers(decode(acks.get(timeout=5.0).payload, EventAck).value, seq):
            continue
    except queue.Empty:
        return False
    return True


def _covers(ack: EventAck, seq: int) -> bool:
    return seq <= ack.through or any(first <= seq <= last for first, last in ack.also)


def _wait_for_hub(agent: FakeAgent, link: PahoLink, acks: Heard) -> None:
    """Offer a first event until a hub serves."""
    agent.record(AccessGranted)
    batch = agent.batch()
    for _ in range(int(WAIT_S)):
        link.publish(batch.topic, batch.payload)
        try:
            acks.get(timeout=1.0)
        except queue.Empty:
            continue
        return
    raise AssertionError("no hub serves")
