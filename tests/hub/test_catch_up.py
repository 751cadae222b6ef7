"""Many agents that come back behind are brought in step by deltas, few ask for pages."""

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest

from controller.hub.counters import Counters
from controller.hub.lease import Leases
from controller.hub.liveness import CatchUp, PolicyVersion
from controller.hub.policy import AGENTS_PER_DELTA, MAX_DELTAS, MIN_AGENTS_FOR_DELTAS, PolicySender
from controller.wire.codec import decode
from controller.wire.ids import uuid7
from controller.wire.messages import AgentStatus, PolicyDelta
from controller.wire.signatures import Signer
from controller.wire.topics import Topics
from tests.hub.fake_agent import START, FakeAgent
from tests.hub.memory_link import MemoryLink
from tests.hub.policy import state_of, take_out_of_service, version
from tests.hub.running import Installation, installation
from tests.hub.world import SITE, machine
from tests.support.until import until

AGENTS = MIN_AGENTS_FOR_DELTAS * AGENTS_PER_DELTA + 20


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """All its agents are there."""
    with installation(tmp_path_factory.mktemp("place"), agents=AGENTS) as made:
        with made.database.write() as db:
            db.add_all(state_of(agent.name, policy_version=1) for agent in made.agents)
        yield made


class Sender:
    """A sender that holds the site, and the spans of the deltas that it sent."""

    def __init__(self, place: Installation) -> None:
        self.link, self.counters = MemoryLink(Signer.generate()), Counters()
        leases = Leases(place.database, "hub-main")
        leases.renew()
        self.sender = PolicySender(place.database, leases, self.link, self.counters)

    def bring_up(self, *versions: int, epoch: int = 1) -> list[tuple[int, int]]:
        """What it sends for agents that stand there."""
        before = len(self.link.published)
        self.sender.bring_up(SITE, {f"a-{n}": (epoch, at) for n, at in enumerate(versions)})
        read = [
            decode(message.payload, PolicyDelta).value for message in self.link.published[before:]
        ]
        return [(delta.from_version, delta.to_version) for delta in read]


def test_deltas_are_for_many_and_pages_for_few(place: Installation) -> None:
    first = version(place.database)
    last = take_out_of_service(place.database, "machine-0")
    sender, enough = Sender(place), AGENTS // AGENTS_PER_DELTA
    assert sender.bring_up(*[first] * (enough - 1)) == []
    assert sender.bring_up(*[first] * (enough - 1), last) == [], "who is in step needs none"
    assert sender.bring_up(*[first] * enough, epoch=2) == [], "of another epoch"
    assert sender.bring_up(*[first] * enough) == [(first, last)]


def test_one_who_was_away_for_a_year_keeps_nobody_from_it(place: Installation) -> None:
    long_ago = version(place.database)
    for number in range(MAX_DELTAS + 1):
        with place.database.write() as db:
            db.add_all(machine(f"{uuid7()}-{number}", SITE, None) for _ in range(200))
    first = version(place.database)
    last = take_out_of_service(place.database, "machine-1")
    assert Sender(place).bring_up(long_ago, *[first] * AGENTS) == [(first, last)]


def status(agent: FakeAgent, at: int, connection: int) -> AgentStatus:
    return AgentStatus(
        online=True,
        boot_id=agent.boot_id,
        connection=connection,
        version="0.1.0",
        protocols=(1,),
        epoch=1,
        policy_version=at,
        stream=None,
        started_at=START,
    )


def test_a_hub_does_so_for_those_that_connect(tmp_path: Path) -> None:
    with installation(tmp_path, agents=MIN_AGENTS_FOR_DELTAS) as place:
        first, topics = version(place.database), Topics(SITE)
        take_out_of_service(place.database, "machine-0")
        with place.hub() as running:
            connections = count(1)

            def all_come_back() -> bool:
                """At once, as after a power cut; again, where the hub looked while they came."""
                connection = next(connections)
                for agent in place.agents:
                    message = status(agent, first, connection=connection)
                    running.link.deliver(agent.say(topics.agent_status(agent.name), message))
                return is_told()

            def is_told() -> bool:
                return any(
                    message.topic == topics.policy_delta() for message in running.link.published
                )

            until(all_come_back, "no delta")
            found = running.link.wait_for(lambda message: message.topic == topics.policy_delta())
        last = version(place.database)  # the hub's key is news, too
    read = decode(found.payload, PolicyDelta).value
    assert (read.from_version, read.to_version) == (first, last)


def test_only_who_has_just_connected_is_noted_and_as_it_stands_now() -> None:
    found: list[tuple[str, dict[str, PolicyVersion]]] = []

    def bring_up(site: str, places: Mapping[str, PolicyVersion]) -> None:
        found.append((site, dict(places)))

    catch_up, agent = CatchUp(bring_up), FakeAgent(SITE, "pi", [])
    catch_up.add(SITE, "old", status(agent, 3, 1), is_new=False)
    catch_up.add(SITE, "new", status(agent, 3, 1), is_new=True)
    catch_up.add(SITE, "new", status(agent, 4, 1), is_new=False)
    catch_up.add("there", "other", status(agent, 5, 1), is_new=True)
    catch_up.poll()
    catch_up.poll()
    assert found == [(SITE, {"new": (1, 4)}), ("there", {"other": (1, 5)})]
