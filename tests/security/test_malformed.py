"""What can't be parsed or isn't allowed is neither offered for ever, nor does it stop its agent."""

import pytest
from sqlalchemy import select

from controller.domain.ids import AccessPointId
from controller.kernel.journal import EventRow, Quarantine
from controller.kernel.journal_where import is_from_agents
from controller.wire.events import AccessGranted
from tests.faults.hub.hub_site import Site
from tests.security.taps import connected

pytestmark = pytest.mark.needs("mosquitto")

PAINTED = b'{"type":"door_painted","seq":%d}'


def test_what_cannot_be_parsed_or_is_not_allowed_is_taken_off_the_agent(site: Site) -> None:
    """The envelope is broken, an event is, or speaks for another: each is acknowledged once it is
    set aside, and the next tap is stored."""
    agent = site.world.agents[0]
    with site.hub(), connected(site, agent) as tapped:
        tapped.tap()
        tapped.insist()
        agent.record_raw(PAINTED % 2)
        agent.record(AccessGranted, access_point=AccessPointId("machine-1"))
        tapped.insist()
        agent.record(AccessGranted, at_s=9)
        batch = agent.batch(agent.journal[-1:])
        broken = batch.payload.replace(b'"sent_mono_ms":0', b'"sent_mono_ms":"soon"')
        tapped.link.publish(batch.topic, broken)
        assert tapped.covers(4, 5.0), "the agent would offer it for ever"
        agent.record_raw(PAINTED % 5)
        tapped.tap()
        batch = agent.batch(agent.journal[1:])
        tapped.link.publish(batch.topic, batch.payload)
        assert tapped.covers(6, 5.0)
    with site.world.database.read() as db:
        stored = db.scalars(select(EventRow.seq).where(is_from_agents([agent.name]))).all()
        aside = db.scalars(select(Quarantine.seq)).all()
    assert (sorted(stored), sorted(aside)) == ([1, 6], [2, 3, 4, 5])
