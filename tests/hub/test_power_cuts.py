"""A power cut is one alarm with the jobs lost, not one for each agent."""

import pytest

from controller.hub.rebuild import rebuild
from tests.hub.conftest import Place
from tests.hub.power_cuts import cuts, restart


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1), (1, 3, 0, 2)])
def test_agents_that_boot_together_make_one_power_cut(
    two_agents: Place, order: tuple[int, ...]
) -> None:
    """Whatever comes in first."""
    first, second = two_agents.world.agents
    restart(first, 1000, running=True)
    restart(second, 1200)
    messages = [agent.batch([sealed]) for agent in (first, second) for sealed in agent.journal]
    for number in order:
        two_agents.send(messages[number])
    (cut,) = cuts(two_agents)
    assert cut.detail == {
        "agents": sorted([first.name, second.name]),
        "jobs_lost": [first.points[0]],
    }
    with two_agents.world.database.write() as db:
        assert rebuild(db) == []
    (again,) = cuts(two_agents)
    assert (again.key, again.detail, again.raised_at) == (cut.key, cut.detail, cut.raised_at)


@pytest.mark.parametrize(("apart_s", "reason"), [(301, "boot"), (10, "restart")])
def test_what_is_no_power_cut(two_agents: Place, apart_s: float, reason: str) -> None:
    """Boots that lie apart, and agents alone that start again on boards that went on."""
    first, second = two_agents.world.agents
    restart(first, 1000, reason=reason, running=True)
    restart(second, 1000 + apart_s, reason=reason, running=True)
    two_agents.send(first.batch(), second.batch())
    assert cuts(two_agents) == []


def test_one_agent_that_boots_is_no_power_cut(two_agents: Place) -> None:
    first, _ = two_agents.world.agents
    restart(first, 1000, running=True)
    restart(first, 1100, running=True)
    two_agents.send(first.batch())
    assert cuts(two_agents) == []
