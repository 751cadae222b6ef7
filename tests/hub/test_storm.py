"""All agents of a site come back at once and are behind: each is answered, and memory is bounded.

`./run prove --long` has a thousand of them.
"""

from pathlib import Path

import pytest

from controller.wire.ids import uuid7
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import SyncRequest
from tests.hub.fake_agent import FakeAgent
from tests.hub.memory_link import Published
from tests.hub.running import installation
from tests.support.until import until

FLOOD = 1_000
EACH = 16
"""Messages of an agent that may wait (`inbox.Room`)."""


@pytest.mark.parametrize("agents", [100, pytest.param(1_000, marks=pytest.mark.long)])
def test_all_that_ask_at_once_are_answered_and_no_more_wait_than_there_is_room(
    tmp_path: Path, agents: int
) -> None:
    """One of them asks a thousand times over: what is too much is dropped of it, of nobody else."""
    with installation(tmp_path, agents) as place, place.hub() as running:
        most = 0
        for message in [*map(question, place.agents), *[question(place.agent)] * FLOOD]:
            running.link.deliver(message)
            most = max(most, running.hub.waiting())
        wanted = {agent.topics.agent_policy(agent.name) for agent in place.agents}
        until(lambda: wanted <= topics(running.link.published), "not all are answered", wait_s=60)
        assert most <= agents + EACH
        assert running.hub.counters.snapshot()["dropped_no_room_syncs"] > 0


def question(agent: FakeAgent) -> IncomingMessage:
    """For everything that the agent lacks."""
    request = SyncRequest(request_id=uuid7(), epoch=0, since=0, after=None)
    return agent.say(agent.topics.agent_sync(agent.name), request)


def topics(published: list[Published]) -> set[str]:
    """Where anything was sent."""
    return {message.topic for message in list(published)}
