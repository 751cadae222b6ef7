"""What an agent tells and keeps when it starts again, before anything else happens to it."""

import signal
import subprocess

from controller.wire import events as wire
from controller.wire.messages import State
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.support.agent_place import AMINA, WAIT_S, Place


def kill(agent: subprocess.Popen[str]) -> None:
    agent.send_signal(signal.SIGKILL)
    agent.wait(timeout=WAIT_S)


def without_meter(place: Place) -> None:
    """Nothing that tells of itself: only the start can."""
    lines = place.config.read_text().splitlines(keepends=True)
    place.config.write_text("".join(line for line in lines if not line.startswith("meter")))


def test_the_session_that_died_with_the_agent_is_ended_at_the_next_start(
    place: Place, bench: SimBench
) -> None:
    without_meter(place)
    place.teach()
    agent = place.start_agent()
    place.in_step()
    bench.do("tap", reader="laser", credential=AMINA)
    place.hub.wait_event(lambda event: isinstance(event, wire.SessionStarted))
    kill(agent)
    place.start_agent()
    ended = place.hub.wait_event(lambda event: isinstance(event, wire.SessionEnded))
    assert isinstance(ended, wire.SessionEnded)
    assert ended.cause == "agent_restarted"


def test_latches_that_cannot_be_read_outlast_a_second_restart(place: Place) -> None:
    without_meter(place)
    place.teach()
    agent = place.start_agent()
    place.in_step()
    kill(agent)
    kept = place.folder / "state" / "state.db"
    for side in kept.parent.glob("state.db-*"):
        side.unlink()
    kept.write_bytes(b"nothing of this is SQLite" * 400)
    again = place.start_agent()
    place.hub.wait_event(lambda event: isinstance(event, wire.JournalDegraded))
    place.hub.wait(Channel.POINT, lambda point: point.state is State.FAULT)
    kill(again)
    place.hub.wait(Channel.STATUS, lambda status: not status.online)
    place.hub.forget_messages()
    place.start_agent()
    place.hub.wait(Channel.STATUS, lambda status: status.online)
    laser = place.hub.wait(Channel.POINT, lambda point: point.state is not State.LOCKED)
    assert laser.state is State.FAULT
