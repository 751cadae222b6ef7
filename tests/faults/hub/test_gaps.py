"""What is missing of the journals is named for people, and alarms where no agent keeps it."""

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.journal.gaps import gaps
from controller.hub.hash_chain import BrokenLink
from controller.policy.check import Difference
from controller.wire.events import AccessGranted, JournalDegraded
from tests.hub.conftest import Place
from tests.hub.conftest import place as place
from tests.hub.ingest import kinds_of_alarm


def texts(place: Place) -> list[str]:
    with place.world.database.read() as db:
        return [gap.text() for gap in gaps(db)]


def test_each_gap_is_named_with_its_times(place: Place) -> None:
    agent = place.agent
    for at_s in range(6):
        agent.record(AccessGranted, at_s=at_s)
    place.send(agent.batch([agent.journal[at] for at in (0, 2, 5)]))
    where = f"agent {agent.name}, stream {agent.stream}"
    after, between, before = (f"2026-03-02T09:00:0{second}.000Z" for second in (0, 2, 5))
    assert texts(place) == [
        f"{where}: event 2 missing, after {after} before {between}",
        f"{where}: events 4 to 5 (2) missing, after {between} before {before}",
    ]
    place.send(agent.batch())
    assert texts(place) == []


def test_what_begins_with_a_gap_has_no_time_before_it(place: Place) -> None:
    agent = place.agent
    for at_s in range(2):
        agent.record(AccessGranted, at_s=at_s)
    place.send(agent.batch(agent.journal[1:]))
    assert [text.partition(": ")[2] for text in texts(place)] == [
        "event 1 missing, before 2026-03-02T09:00:01.000Z"
    ]


def test_what_an_agent_says_of_its_files_has_alarms_of_its_own(place: Place) -> None:
    for reason in ("not_kept", "state_lost", "corrupt"):
        place.agent.record(JournalDegraded, access_point=None, reason=reason, lost=250)
    place.send(place.agent.batch())
    found = kinds_of_alarm(place.world.database)
    assert found == {"journal_gap", "state_lost", "journal_degraded"}
    with place.world.database.read() as db:
        gap = db.query(Alarm).filter_by(kind="journal_gap").one()
        assert gap.detail == {"reason": "not_kept", "lost": 250}


def test_what_is_wrong_is_said_in_words() -> None:
    broken = BrokenLink("pi", "s", 4).text()
    assert broken.startswith("agent pi, stream s: event 4 is not what the agent sealed")
    assert Difference("here", "zone", "attic", "missing").text() == (
        "policy of here: zone attic: missing"
    )
