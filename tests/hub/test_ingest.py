"""Events: stored once, acknowledged after the commit, put aside when they can't be taken."""

from dataclasses import replace

import msgspec
import pytest
from sqlalchemy import select

from controller.capabilities.alarms.alarm_counts import KIND_LIMIT
from controller.capabilities.alarms.models import Alarm
from controller.hub.quarantine import MAX_EVENTS
from controller.kernel.journal import EventRow, Quarantine
from controller.wire.events import AccessGranted, FaultRaised, SessionStarted
from controller.wire.ids import uuid7
from controller.wire.journal_bytes import seal
from controller.wire.signatures import Signer
from tests.hub.conftest import Place
from tests.hub.fake_agent import START, FakeAgent
from tests.hub.ingest import count, kinds_of_alarm


def test_a_batch_is_stored_and_acknowledged(place: Place) -> None:
    for second in range(5):
        place.agent.record(AccessGranted, at_s=second)
    place.send(place.agent.batch())
    assert place.ack().through == 5
    with place.world.database.read() as db:
        rows = db.scalars(select(EventRow).order_by(EventRow.seq)).all()
    assert [row.raw for row in rows] == place.agent.journal
    assert [row.type for row in rows] == ["access_granted"] * 5
    assert kinds_of_alarm(place.world.database) == set()


def test_the_same_bytes_again_are_acknowledged_and_stored_once(place: Place) -> None:
    place.agent.record(AccessGranted)
    message = place.agent.batch()
    place.send(message, message)
    place.send(message)
    assert place.ack().through == 1
    assert not place.ack().rejected
    assert count(place.world.database, EventRow) == 1
    assert count(place.world.database, Quarantine) == 0


def test_a_gap_is_told_and_filled(place: Place) -> None:
    sealed = [place.agent.record(AccessGranted, at_s=n) for n in range(6)]
    place.send(place.agent.batch([sealed[0], sealed[2], sealed[3], sealed[5]]))
    assert (place.ack().through, place.ack().also) == (1, ((3, 4), (6, 6)))
    place.send(place.agent.batch([sealed[1], sealed[4]]))
    assert (place.ack().through, place.ack().also) == (6, ())
    assert kinds_of_alarm(place.world.database) == set()


def test_a_poison_event_among_good_ones_blocks_nothing(place: Place) -> None:
    agent = place.agent
    agent.record(AccessGranted)
    poison = msgspec.json.encode(
        {"type": "from_the_future", "seq": 2, "prev_hash": agent.last_hash, "what": 7}
    )
    agent.record_raw(poison)
    agent.record(AccessGranted)
    place.send(agent.batch())
    ack = place.ack()
    assert ack.through == 3
    assert [rejection.seq for rejection in ack.rejected] == [2]
    with place.world.database.read() as db:
        assert db.scalars(select(Quarantine.raw)).all() == [poison]
    assert count(place.world.database, EventRow) == 2
    assert kinds_of_alarm(place.world.database) == {"quarantine"}
    place.send(agent.batch())
    assert [rejection.seq for rejection in place.ack().rejected] == [2]
    assert count(place.world.database, Quarantine) == 1
    assert not place.ack().fork


@pytest.mark.parametrize(
    "inside",
    [
        b'"what":' + b"[" * 60_000 + b"]" * 60_000,
        b'"what":"\\ud83d"',
        b'"\\udc00":{"a":[1,"]}"]}',
        b'"what":NaN',
    ],
)
@pytest.mark.parametrize("number", [b'"seq":2,', b'"seq":2.5,', b""])
def test_an_event_that_no_reader_takes_is_put_aside_under_its_number(
    place: Place, inside: bytes, number: bytes
) -> None:
    """Whatever is in it, the batch is read, and nothing is offered for ever."""
    agent = place.agent
    agent.record(AccessGranted)
    last = b',"prev_hash":"' + agent.last_hash.encode() + b'"}'
    agent.record_raw(b'{"type":"rex",' + number + inside + last)
    agent.record(AccessGranted)
    place.send(agent.batch())
    ack = place.ack()
    assert (ack.through, [rejection.seq for rejection in ack.rejected]) == (3, [2])
    assert count(place.world.database, EventRow) == 2
    place.send(agent.batch(agent.journal[:2]))
    assert place.ack().through == 3
    assert count(place.world.database, Quarantine) == 1


def test_an_event_with_no_number_is_kept_and_harms_no_other(place: Place) -> None:
    good = place.agent.record(AccessGranted)
    place.send(place.agent.batch([b"17", b'{"seq": "x"}', good]))
    assert place.ack().through == 1
    assert count(place.world.database, Quarantine) == 2
    assert count(place.world.database, EventRow) == 1


def test_an_agent_can_not_speak_for_another_ones_access_point(two_agents: Place) -> None:
    first, second = two_agents.world.agents
    first.record(AccessGranted, access_point=second.points[0])
    first.record(AccessGranted)
    two_agents.send(first.batch())
    ack = two_agents.ack(first)
    assert ack.through == 2
    assert [rejection.seq for rejection in ack.rejected] == [1]
    assert second.points[0] in ack.rejected[0].reason


def test_other_bytes_under_the_same_number_are_a_fork(place: Place) -> None:
    agent = place.agent
    agent.record(AccessGranted)
    place.send(agent.batch())
    first = agent.journal[0]
    agent.journal = []
    other = agent.record(AccessGranted, at_s=5)
    place.send(agent.batch([other]))
    assert place.ack().fork
    assert place.ack().through == 1
    assert kinds_of_alarm(place.world.database) == {"journal_fork"}
    with place.world.database.read() as db:
        assert [event.raw for event in db.scalars(select(EventRow))] == [first]
        assert db.scalars(select(Quarantine.raw)).all() == [other]
    agent.new_stream()
    agent.record(AccessGranted, at_s=6)
    place.send(agent.batch())
    assert not place.ack().fork


def test_a_broken_chain_alarms_and_is_stored(place: Place) -> None:
    agent = place.agent
    agent.record(AccessGranted)
    event = AccessGranted(
        event_id=uuid7(),
        boot_id=agent.boot_id,
        mono_ms=0,
        at=START,
        clock_trusted=True,
        access_point=agent.points[0],
    )
    agent.record_raw(seal(event, 2, "ab" * 32))
    place.send(agent.batch())
    assert place.ack().through == 2
    assert not place.ack().rejected
    assert kinds_of_alarm(place.world.database) == {"journal_chain"}


def test_a_chain_broken_across_a_gap_is_seen_when_the_gap_closes(place: Place) -> None:
    agent = place.agent
    agent.record(AccessGranted)
    middle = agent.record(AccessGranted, at_s=1)
    agent.record(AccessGranted, at_s=2)
    place.send(agent.batch([agent.journal[0], agent.journal[2]]))
    assert kinds_of_alarm(place.world.database) == set()
    altered = middle.replace(b'"headcount":1', b'"headcount":2')
    assert altered != middle
    place.send(agent.batch([altered]))
    assert kinds_of_alarm(place.world.database) == {"journal_chain"}


def test_an_event_id_used_twice_does_not_fail_the_others(two_agents: Place) -> None:
    first, second = two_agents.world.agents
    stolen = uuid7()
    first.record(AccessGranted, event_id=stolen)
    second.record(AccessGranted, event_id=stolen)
    second.record(AccessGranted)
    two_agents.send(first.batch(), second.batch())
    assert two_agents.ack(first).through == 1
    assert two_agents.ack(second).through == 2
    assert count(two_agents.world.database, EventRow) == 2
    assert count(two_agents.world.database, Quarantine) == 1


def dropped(place: Place) -> dict[str, int]:
    return {
        cause: number
        for cause, number in place.counters.snapshot().items()
        if cause.startswith("dropped_")
    }


def test_a_wrong_signer_is_dropped_and_counted(two_agents: Place) -> None:
    first, second = two_agents.world.agents
    first.record(AccessGranted)
    good = first.batch()
    topic, payload = good.topic, good.payload
    stranger = FakeAgent(first.site, "pi-9", [])
    two_agents.send(
        first.say_bytes(topic, payload, second.signer),
        first.say_bytes(topic, payload, Signer.generate()),
        first.say_bytes(topic.replace("pi-0", "pi-1"), payload),
        replace(good, payload=payload.replace(b"access_granted", b"access_GRANTED")),
        stranger.batch([b"{}"]),
        first.say_bytes(topic.replace("fabrique", "ailleurs"), payload),
    )
    assert count(two_agents.world.database, EventRow) == 0
    assert not two_agents.link.published
    assert dropped(two_agents) == {
        "dropped_wrong_key": 3,
        "dropped_bad_signature": 1,
        "dropped_unknown_agent": 1,
        "dropped_wrong_site": 1,
    }


def test_a_fault_of_many_lines_alarms_in_one(place: Place) -> None:
    """Its event stays as it was signed."""
    place.agent.record(FaultRaised, fault="estop", text="a\x1b[31m\u202eb\nc", device="power")
    place.send(place.agent.batch())
    assert place.ack().through == 1
    with place.world.database.read() as db:
        alarm = db.scalars(select(Alarm)).one()
    assert alarm.detail == {"device": "power", "text": "a [31m b c"}


def test_a_malformed_message_is_dropped_and_the_others_are_stored(place: Place) -> None:
    topic = place.agent.topics.agent_events(place.agent.name)
    place.agent.record(FaultRaised, fault="estop")
    place.agent.record(SessionStarted, session_id=uuid7())
    place.send(
        place.agent.say_bytes(topic, b"{"),
        place.agent.say_bytes(topic, b'{"kind":"event_batch","v":2}'),
        place.agent.batch(),
    )
    assert place.ack().through == 2
    assert dropped(place) == {"dropped_malformed": 2}


def test_events_of_a_batch_that_breaks_the_protocol_are_set_aside_and_acknowledged(
    place: Place,
) -> None:
    """Else its agent would offer them for ever, and nothing after them."""
    agent = place.agent
    for number in range(3):
        agent.record(AccessGranted, at_s=number)
    first = agent.batch(agent.journal[:2])
    broken = first.payload.replace(b'"sent_mono_ms":0', b'"sent_mono_ms":"soon"')
    assert broken != first.payload
    place.send(agent.say_bytes(first.topic, broken), agent.batch(agent.journal[2:]))
    ack = place.ack()
    assert (ack.through, [rejection.seq for rejection in ack.rejected]) == (3, [1, 2])
    assert count(place.world.database, EventRow) == 1
    assert count(place.world.database, Quarantine) == 2
    assert kinds_of_alarm(place.world.database) == {"quarantine"}


def poison(agent: FakeAgent, number: int) -> None:
    """Record events that no hub can take."""
    for _ in range(number):
        agent.record_raw(b'{"type":"door_painted","seq":%d}' % (len(agent.journal) + 1))


def test_quarantine_keeps_so_much_of_an_agent_and_counts_the_rest(place: Place) -> None:
    agent, beyond = place.agent, 150
    poison(agent, MAX_EVENTS + beyond)
    agent.record(AccessGranted)
    batches = [
        agent.batch(agent.journal[at : at + 100]) for at in range(0, len(agent.journal), 100)
    ]
    place.send(*batches)
    assert place.ack().through == len(agent.journal)
    place.send(*batches)
    assert (place.ack().through, place.ack().fork) == (len(agent.journal), False)
    assert count(place.world.database, Quarantine) == MAX_EVENTS
    assert count(place.world.database, EventRow) == 1
    with place.world.database.read() as db:
        (alarm,) = db.scalars(select(Alarm))
    assert (alarm.kind, alarm.detail["count"]) == ("quarantine", MAX_EVENTS + beyond)


def test_ten_streams_of_poison_are_one_alarm_and_begin_again_once_dealt_with(place: Place) -> None:
    def alarms() -> list[tuple[str, object]]:
        with place.world.database.read() as db:
            return [(alarm.kind, alarm.detail["count"]) for alarm in db.scalars(select(Alarm))]

    for _ in range(10):
        place.agent.new_stream()
        poison(place.agent, 3)
        place.send(place.agent.batch())
    assert alarms() == [("quarantine", 30)]
    with place.world.database.write() as db:
        db.scalars(select(Alarm)).one().resolved_at = START
    place.agent.new_stream()
    poison(place.agent, 2)
    place.send(place.agent.batch())
    assert alarms() == [("quarantine", 2)]


def test_a_hundred_faults_alike_are_so_many_alarms_and_a_count(place: Place) -> None:
    for number in range(100):
        place.agent.record(FaultRaised, fault="estop", at_s=number)
    place.send(place.agent.batch())
    with place.world.database.read() as db:
        found = list(db.scalars(select(Alarm).order_by(Alarm.raised_at)))
    assert len(found) == KIND_LIMIT
    assert found[-1].detail["count"] == 100 - KIND_LIMIT + 1
