"""What was made of events stays when only their hashes are left, whatever comes or is rebuilt."""

from sqlalchemy import select, update

from controller.capabilities.alarms.models import Alarm
from controller.hub.hash_chain import verify
from controller.hub.rebuild import rebuild
from controller.kernel.journal import EventRow
from controller.wire.events import AgentStarted, FaultRaised, FaultReset
from tests.hub.conftest import Place
from tests.hub.power_cuts import cuts, restart


def forget(place: Place, kind: str) -> None:
    with place.world.database.write() as db:
        db.execute(update(EventRow).where(EventRow.type == kind).values(body=None))


def test_a_power_cut_keeps_its_lost_jobs(two_agents: Place) -> None:
    first, second = two_agents.world.agents
    restart(first, 1000, running=True)
    restart(second, 1200)
    two_agents.send(first.batch(), second.batch())
    (before,) = cuts(two_agents)
    assert before.detail["jobs_lost"] == [first.points[0]]
    forget(two_agents, "session_ended")
    late = second.record(AgentStarted, at_s=1250, access_point=None, version="1", reason="boot")
    two_agents.send(second.batch([late]))
    with two_agents.world.database.write() as db:
        assert rebuild(db) == []
        assert list(verify(db)) == []
    (after,) = cuts(two_agents)
    assert (after.key, after.detail) == (before.key, before.detail)


def test_a_fault_that_was_reset_stays_over(place: Place) -> None:
    agent = place.agent
    agent.record(FaultRaised, at_s=100, fault="estop")
    agent.record(FaultReset, at_s=110, fault="estop", member="m" * 22)
    agent.record(FaultRaised, at_s=200, fault="estop")
    place.send(agent.batch())
    forget(place, "fault_reset")
    with place.world.database.write() as db:
        assert rebuild(db) == []
        ends = list(db.scalars(select(Alarm.cleared_at).order_by(Alarm.raised_at)))
    assert ends[0] is not None
    assert ends[1] is None


def test_a_fault_whose_end_is_kept_is_made_again(place: Place) -> None:
    agent = place.agent
    agent.record(FaultRaised, at_s=100, fault="estop")
    agent.record(FaultReset, at_s=110, fault="estop")
    place.send(agent.batch())
    with place.world.database.write() as db:
        db.execute(update(Alarm).values(cleared_at=None))
    with place.world.database.write() as db:
        assert [difference.problem for difference in rebuild(db)] == ["cleared_at"]
