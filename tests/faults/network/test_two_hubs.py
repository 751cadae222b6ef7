"""Two hubs and two webs on PostgreSQL, one hub dies: an agent that syncs all along misses nothing.

`LOQUET_SOAK` is how many changes each of the four writers makes.
"""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from controller import policy
from controller.assembly import HOUSE
from controller.kernel.database import Database, wall_clock
from controller.store.engine import open_database
from tests.contract.foreign_agent import ForeignAgent, Refused, claim
from tests.faults.network.network_place import SITE, Network, running
from tests.support.databases import a_copy
from tests.support.valkey import PROGRAM

CHANGES = int(os.environ.get("LOQUET_SOAK", "10"))
WRITERS = 4
PATIENCE_S = 180.0
pytestmark = [pytest.mark.needs(PROGRAM), pytest.mark.timeout(1800 + 2 * CHANGES)]


@dataclass
class Follower:
    """An agent in step with every head that it hears, by delta or by asking."""

    agent: ForeignAgent
    last: threading.Event = field(default_factory=threading.Event)
    """Set once nothing more is written."""
    target: int = 0
    """Then: the version to reach."""
    versions: list[int] = field(default_factory=list)
    """Each version at which it was in step, its digest the head's."""
    asked: int = 0

    def follow(self) -> None:
        """Until it is in step with the last version."""
        while not self.is_done():
            self.agent.wait_for(lambda: self.is_done() or self.is_told(), PATIENCE_S)
            if not self.agent.in_step():
                self.asked += 1
                self.ask()
            mine = self.agent.policy.version
            if self.agent.in_step() and mine > self.known():
                self.versions.append(mine)

    def known(self) -> int:
        return self.versions[-1] if self.versions else 0

    def is_told(self) -> bool:
        """Whether a newer head has come."""
        return bool(self.agent.head) and self.agent.head["version"] > self.known()

    def is_done(self) -> bool:
        return self.last.is_set() and self.known() >= self.target

    def ask(self) -> None:
        """As an agent does: again when nobody answers, since the hub that was asked may be dead."""
        for _ in range(10):
            with suppress(Refused):
                self.agent.sync()
                return
        raise AssertionError("no hub answers")


@pytest.fixture
def network(postgres_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Network]:
    with (
        a_copy(postgres_url, tmp_path) as url,
        running(tmp_path, url, valkey_url, webs=2, hubs=2) as found,
    ):
        yield found


@pytest.fixture
def agent(network: Network, tmp_path: Path) -> Iterator[ForeignAgent]:
    made = network.make("agents", {"id": "stranger", "name": {"en": "By strangers"}})
    folder = tmp_path / "agent"
    folder.mkdir()
    found = ForeignAgent(claim(network.webs[0], made["claim_code"]), folder)
    found.page_patience_s = 5.0
    found.connect()
    with closing(found):
        yield found


def write(network: Network, web: int, member: str, changes: int, done: list[int]) -> None:
    """Change one's member again and again, through one web; every change must be taken."""
    for number in range(changes):
        path = f"members/{member}"
        tag = network.call(web, "GET", path).tag
        aids, language = [[], ["more_time"], ["speech"]], ["fr", "en"]
        patch = {"aids": aids[number % 3], "language": language[number % 2]}
        answer = network.call(web, "PATCH", path, patch, {"If-Match": tag})
        assert answer.status == 200, answer.json
        done.append(number)


def member_with_badge(network: Network, number: int) -> str:
    """Somebody whose changes show in the policy."""
    member: str = network.make("members", {"display_name": f"Writer {number}"})["id"]
    badge = {"member_id": member, "value": f"uid:04{number:012X}"}
    network.make("credentials", badge)
    return member


def test_an_agent_misses_no_version_while_a_hub_dies(network: Network, agent: ForeignAgent) -> None:
    follower, done, first = Follower(agent), list[int](), network.leader()
    members = [member_with_badge(network, number) for number in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS + 1) as pool:

        def write_all(changes: int) -> list[Future[None]]:
            return [
                pool.submit(write, network, number % 2, member, changes, done)
                for number, member in enumerate(members)
            ]

        following = pool.submit(follower.follow)
        writing = write_all(CHANGES)
        half = WRITERS * CHANGES // 2
        network.until(lambda: len(done) >= half or any_done(writing), "nothing is written")
        network.processes[first].kill()
        for future in writing:
            future.result()
        network.until(lambda: network.leader() not in ("", first), "nobody takes the lease")
        for future in write_all(3):
            future.result()
        follower.target = head(network)
        follower.last.set()
        agent.look_again()  # else it waits for the next head, which comes after a minute
        following.result()
    assert len(done) == WRITERS * (CHANGES + 3)
    check(network, follower, first)


def any_done(writing: list[Future[None]]) -> bool:
    """Whether a writer has ended, which before half of all is done means that it failed."""
    return any(future.done() for future in writing)


def check(network: Network, follower: Follower, first: str) -> None:
    """It went up all along, heard both hubs, and holds what the facts say."""
    agent, versions = follower.agent, follower.versions
    assert versions == sorted(set(versions))
    assert versions[-1] == agent.policy.version == head(network), network.log()
    assert agent.in_step()
    assert agent.policy.rows == compiled(network)
    # A hub that stood still may send an older head late; anything else would be wrong.
    assert {reason for _, reason in agent.refused} <= {"an older head"}
    kids = {dict(message.properties)["kid"] for message in agent.heard}
    assert len(kids) == 2, "both hubs have sent to it, each with a key of its own"
    print(
        f"{len(versions)} versions seen of {versions[-1]}, asked {follower.asked} times;"
        f" {first} was killed"
    )


def head(network: Network) -> int:
    """The site's version, as it is stored."""
    engine = open_database(network.database_url)
    with Database(engine, house=HOUSE).read() as db:
        found = policy.head(db, SITE).version
    engine.dispose()
    return found


def compiled(network: Network) -> dict[tuple[str, str], tuple[int, Any]]:
    """All rows, which are what a fresh compilation of the facts gives."""
    engine = open_database(network.database_url)
    with Database(engine, house=HOUSE).read() as db:
        assert policy.check_policy(db, wall_clock()) == []
        page = policy.rows_since(db, SITE, 0, None, 10_000_000)
    engine.dispose()
    return {
        (row.table, row.key): (row.version, msgspec.json.decode(bytes(row.value)))
        for row in page.rows
    }
