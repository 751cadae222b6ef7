"""What an agent saves of a damaged journal into a new one is recognised where the hub has it."""

from controller.hub.hash_chain import verify
from controller.kernel.journal import EventAgain, EventRow, Quarantine
from controller.wire.events import AccessGranted
from controller.wire.journal_bytes import decode_event, seal
from tests.hub.conftest import Place
from tests.hub.conftest import place as place
from tests.hub.fake_agent import FakeAgent
from tests.hub.ingest import count, kinds_of_alarm


def save_into_a_new_stream(agent: FakeAgent) -> None:
    """As an agent does whose journal was damaged: the same events, numbered and chained anew."""
    events = [decode_event(data).event for data in agent.journal]
    agent.new_stream()
    agent.record(AccessGranted, at_s=90)
    for event in events:
        agent.record_raw(seal(event, len(agent.journal) + 1, agent.last_hash))


def test_salvaged_events_that_the_hub_has_are_duplicates(place: Place) -> None:
    """Not foreign: acknowledged, not quarantined, no alarm; what follows them is chained."""
    agent = place.agent
    for at_s in range(3):
        agent.record(AccessGranted, at_s=at_s)
    place.send(agent.batch())
    save_into_a_new_stream(agent)
    place.send(agent.batch())
    ack = place.ack()
    assert (ack.through, ack.rejected, ack.fork) == (4, (), False)
    assert count(place.world.database, Quarantine) == 0
    assert count(place.world.database, EventRow) == 4
    assert count(place.world.database, EventAgain) == 3
    assert kinds_of_alarm(place.world.database) == set()
    agent.record(AccessGranted, at_s=100)
    place.send(agent.batch())
    assert (place.ack().through, place.ack().rejected) == (5, ())
    assert kinds_of_alarm(place.world.database) == set()
    with place.world.database.read() as db:
        assert list(verify(db)) == []


def test_duplicates_around_a_gap_are_chained_when_it_closes(place: Place) -> None:
    agent = place.agent
    for at_s in range(3):
        agent.record(AccessGranted, at_s=at_s)
    place.send(agent.batch())
    save_into_a_new_stream(agent)
    place.send(agent.batch(agent.journal[2:]))
    place.send(agent.batch(agent.journal[:2]))
    place.send(agent.batch())
    assert (place.ack().through, place.ack().rejected, place.ack().fork) == (4, (), False)
    assert kinds_of_alarm(place.world.database) == set()


def test_what_only_has_the_id_of_a_stored_event_is_foreign(place: Place) -> None:
    agent = place.agent
    event = decode_event(agent.record(AccessGranted)).event
    place.send(agent.batch())
    agent.new_stream()
    same = seal(event, 1, agent.last_hash)
    agent.record_raw(same.replace(b'"headcount":1', b'"headcount":2'))
    place.send(agent.batch())
    assert [rejection.seq for rejection in place.ack().rejected] == [1]
    assert count(place.world.database, Quarantine) == 1
