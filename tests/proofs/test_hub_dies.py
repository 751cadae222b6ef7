"""One of three hubs is killed: its site's agents are in step within 10 s, whoever takes the site.

`./run prove --long tests/proofs/test_hub_dies.py`: PostgreSQL, Valkey, a broker, a web, three hubs
that share three sites with the waits that are configured by default, and the fleet's agents.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from controller.assembly import HOUSE
from controller.cli.bench.fleet.loop import Loop, Operation
from controller.cli.bench.fleet.rows import SharedRows
from controller.cli.bench.fleet.simulated_agent import SimulatedAgent
from controller.cli.demo.processes import RESTART_AFTER_S
from controller.domain.ids import CredentialId
from controller.kernel.database import Database
from controller.kernel.models import Lease
from controller.settings import MqttSettings
from controller.store.engine import open_database
from devices.agent.enrolment.enrol import enrol
from devices.agent.enrolment.identity import Identity
from tests.faults.network.network_place import SITE, Network, running
from tests.support.databases import a_copy
from tests.support.until import until
from tests.support.valkey import PROGRAM

SITES = (SITE, "nord", "sud")
EACH = 2
"""Agents of a site."""
IN_STEP_S = 10.0
TICK_S = 0.05
pytestmark = [
    pytest.mark.long,
    pytest.mark.needs("mosquitto"),
    pytest.mark.needs(PROGRAM),
    pytest.mark.timeout(600),
]


@dataclass
class Hubs:
    """The network, and its agents by site; a badge at one of them is an event to be told."""

    network: Network
    loop: Loop = field(default_factory=Loop)
    """Of all agents, on a thread of its own."""
    agents: dict[str, list[SimulatedAgent]] = field(default_factory=dict)
    people: int = 0

    def holder_of(self, site: str) -> str:
        """Of a site's lease."""
        return self.leases()[site][0]

    def leases(self) -> dict[str, tuple[str, int]]:
        """Of each site: who holds it, and how often it has been taken."""
        engine = open_database(self.network.database_url)
        with Database(engine, house=HOUSE).read() as db:
            rows = [db.get_one(Lease, f"site:{site}") for site in SITES]
            found = {row.name.partition(":")[2]: (row.holder, row.term) for row in rows}
        engine.dispose()
        return found

    def somebody(self, site: str) -> CredentialId:
        """Who comes to a site for the first time."""
        self.people += 1
        badge = CredentialId(f"em:{self.people:010}")
        name = f"Newcomer {self.people}"
        member = self.network.make("members", {"display_name": name, "site_id": site})
        self.network.make("credentials", {"member_id": member["id"], "value": badge})
        return badge

    def known(self, site: str, badge: CredentialId) -> bool:
        """Whether every agent there knows that badge, is in step, and has told all."""
        return all(
            agent.tap(badge)[0].holder is not None and agent.in_step_at and not agent.backlog
            for agent in self.agents[site]
        )

    def tick(self, over: threading.Event) -> None:
        """Have every agent do what is due, until it is over."""
        self.loop.run(self._turns(over))

    def _turns(self, over: threading.Event) -> Operation:
        agents = [agent for some in self.agents.values() for agent in some]
        while not over.is_set():
            for item in agents:
                item.tick(time.monotonic())
            yield TICK_S

    def visit(self, site: str, badge: CredentialId) -> None:
        """Hold it to every reader there, which refuses it and tells."""
        for item in self.agents[site]:
            self.loop.soon(partial(item.visit, badge))

    def told(self, site: str) -> str:
        """What is missing there."""
        agents = self.agents[site]
        return f"{[(a.policy.position, a.in_step_at, a.backlog) for a in agents]}"


@pytest.fixture
def hubs(postgres_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Hubs]:
    lease_s = MqttSettings().lease_s
    with ExitStack() as stack:
        url = stack.enter_context(a_copy(postgres_url, tmp_path))
        place = running(
            tmp_path, url, valkey_url, webs=1, hubs=3, lease_s=lease_s, more_sites=SITES[1:]
        )
        found = Hubs(stack.enter_context(place))
        for site in SITES:
            found.agents[site] = [agent(stack, found, site, at) for at in range(EACH)]
        over = threading.Event()
        ticking = threading.Thread(target=found.tick, args=(over,), daemon=True)
        ticking.start()
        stack.callback(ticking.join)
        stack.callback(over.set)
        for site in SITES:
            badge = found.somebody(site)
            until(lambda: found.known(site, badge), lambda: found.told(site))  # noqa: B023
        until(
            lambda: len({holder for holder, _ in found.leases().values()}) == 3,
            "the hubs do not share the sites",
        )
        yield found


def agent(stack: ExitStack, hubs: Hubs, site: str, number: int) -> SimulatedAgent:
    """Enrolled, to be connected, with a machine that anybody known may use."""
    network = hubs.network
    name = f"pi-{site}-{number}"
    label = {"fr": name, "en": name}
    made = network.make("agents", {"id": name, "site_id": site, "name": label})
    machine = {"id": name, "site_id": site, "kind": "machine", "name": label, "agent_id": name}
    network.make("access-points", machine | {"commissioned": True})
    folder = network.folder / name
    enrol(network.webs[0], made["claim_code"], folder)
    identity = Identity.load(folder)
    found = SimulatedAgent(
        identity, name, SharedRows(), hubs.loop, started=1, moved=lambda _agent: None
    )
    found.start()
    stack.callback(found.stop, kill=True)
    return found


@pytest.mark.parametrize("comes_back", [True, False])
def test_the_agents_of_a_dead_hub_are_in_step_within_10_s(hubs: Hubs, comes_back: bool) -> None:
    """`comes_back`: its unit starts it again; else another one of the three takes its site, and
    nobody else's site changes hands."""
    before, site = hubs.leases(), SITES[1]
    dead = hubs.holder_of(site)
    began_s = time.monotonic()
    hubs.network.processes[dead].kill()
    hubs.network.processes[dead].wait()
    badge = hubs.somebody(site)
    hubs.visit(site, badge)
    if comes_back:
        due_s = began_s + RESTART_AFTER_S
        until(lambda: time.monotonic() >= due_s, "")
        hubs.network.start_hub(dead)
    until(lambda: hubs.known(site, badge), lambda: hubs.told(site) + hubs.network.log())
    taken_s = time.monotonic() - began_s
    after = hubs.leases()
    said_s = [round((agent.in_step_at or 0.0) - began_s, 1) for agent in hubs.agents[site]]
    print(f"\n{dead} killed, comes back: {comes_back}; its agents in step {taken_s:.1f} s later")
    print(f"  the policy's head was theirs after {said_s} s; the rest is events")
    print(f"  leases before {before}, after {after}")
    if not comes_back:
        assert after[site][0] != dead
        others = set(SITES) - {site}
        assert {name: after[name] for name in others} == {name: before[name] for name in others}
    assert taken_s <= IN_STEP_S
