"""An agent with a full journal, which it sends after a line on standard input."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from controller.domain.ids import AccessPointId, HolderKey, MemberRef
from controller.settings.reading import load
from controller.wire.events import AccessGranted, Event, SessionEnded, SessionStarted, SessionState
from controller.wire.ids import uuid7
from devices.agent.agent import Agent
from devices.agent.agent_state import open_state
from devices.agent.clock import ClockMode
from devices.agent.enrolment.identity import Identity
from devices.agent.journal.ledger import Recorder

_POLL_S = 0.005
_AT_ONCE = 500


def main(config: str, point: str, number: int) -> None:
    """Print `filled`, wait for a line, then print `acknowledged` when the journal is empty."""
    settings = load(Path(config))
    _fill(Path(settings.agent.state_dir), AccessPointId(point), number)
    agent = Agent(settings, Identity.load(Path(settings.agent.state_dir)))
    print("filled", flush=True)
    sys.stdin.readline()
    threading.Thread(target=_watch, args=(agent,), daemon=True).start()
    agent.run()


def _fill(folder: Path, point: AccessPointId, number: int) -> None:
    """Fill the journal before the agent runs, so that nothing is sent yet."""
    state = open_state(folder, ClockMode.TRUSTED)
    events: list[Event] = []
    while len(events) < number:
        events += _visit(state.recorder, point)
    for first in range(0, number, _AT_ONCE):
        state.ledger.append(events[first : min(number, first + _AT_ONCE)])
    state.ledger.close()
    state.state_store.close()
    state.policy.close()
    state.lock.close()


def _visit(recorder: Recorder, point: AccessPointId) -> Iterator[Event]:
    """Yield the events of one use of a machine."""
    session, member = uuid7(), MemberRef(uuid7())
    key = HolderKey("A" * 43)
    who = {"credential": key, "member": member}
    yield recorder.event(AccessGranted, point, policy_version=1, **who)
    yield recorder.event(SessionStarted, point, session_id=session, **who)
    yield recorder.event(SessionState, point, session_id=session, state="running")
    yield recorder.event(
        SessionEnded,
        point,
        session_id=session,
        active_s=1.0,
        idle_s=1.0,
        powered_s=2.0,
        cause="badge_out",
        member=member,
    )


def _watch(agent: Agent) -> None:
    pause = threading.Event()
    while agent.journal.health.backlog:
        pause.wait(_POLL_S)
    print("acknowledged", flush=True)
    agent.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
