"""What an agent writes on its SD card while nothing happens: counted over a simulated day."""

from pathlib import Path
from random import Random

from controller.wire.messages import PolicyHead, PolicyPage, SyncRequest
from devices.agent.agent_state import TimeSource, clock_marks, open_state
from devices.agent.clock import ClockMode
from devices.agent.policy.sync import PolicyAge, PolicySync
from tests.devices.agent.agent_time import BOOT, Hands

DAY_S, HEAD_S, LOOK_S = 24 * 3600, 60, 5


def test_at_most_one_write_an_hour_while_nothing_happens(folder: Path, hands: Hands) -> None:
    """Signed heads come every minute, the clock is looked at every five seconds."""
    source = TimeSource(
        lambda: hands.mono_s, lambda: hands.wall.timestamp(), lambda: True, lambda: BOOT
    )
    state = open_state(folder, ClockMode.AUTO, source)
    clock = state.clock
    age = PolicyAge(state.policy, clock)
    requests: list[SyncRequest] = []

    def request(page: SyncRequest) -> bool:
        requests.append(page)
        return True

    sync = PolicySync(
        state.policy,
        age,
        state.recorder,
        Random(1),
        request=request,
        report=lambda _: None,
        applied=lambda _: None,
    )

    def head() -> None:
        mine = state.policy.position
        sync.head(
            PolicyHead(
                at=clock.now(),
                epoch=1,
                version=max(1, mine.version),
                holders=mine.holders,
                digest=mine.digest,
            ),
            hands.mono_s,
        )

    head()
    sync.tick(hands.mono_s)
    page = PolicyPage(
        at=clock.now(),
        request_id=requests[-1].request_id,
        epoch=1,
        to_version=1,
        snapshot=True,
        rows=(),
        next=None,
    )
    sync.page(page, hands.mono_s)
    writes = 0
    for at_s in range(0, DAY_S, LOOK_S):
        hands.pass_(LOOK_S)
        before = _changes(state.policy), _changes(state.state_store)
        if at_s % HEAD_S == 0:
            head()
        if marks := clock_marks(clock, BOOT):
            state.state_store.keep(marks)
        after = _changes(state.policy), _changes(state.state_store)
        writes += sum(old != new for old, new in zip(before, after, strict=True))
    # One more for the time that this boot came to trust.
    assert 24 <= writes <= 25 + 1
    for part in (state.state_store, state.ledger, state.policy, state.heartbeat, state.lock):
        part.close()


def _changes(store: object) -> int:
    """Rows changed on that connection since it was opened."""
    changed: int = store._db.total_changes  # type: ignore[attr-defined]
    return changed
