"""What all access points of an agent share."""

from collections.abc import Callable
from dataclasses import dataclass

from controller.domain.ids import AccessPointId
from controller.domain.locale.catalogue import Catalogues
from controller.wire.messages import PointState
from devices.agent.clock import Clock
from devices.agent.heartbeat import LastSeen
from devices.agent.journal.ledger import Recorder
from devices.agent.journal.thread import Journal
from devices.agent.judge import Judge


@dataclass(frozen=True, slots=True)
class Tools:
    """Shared by the points of one agent; only the loop's thread uses it."""

    clock: Clock
    recorder: Recorder
    journal: Journal
    judge: Judge
    words: Catalogues
    publish: Callable[[AccessPointId, PointState], None]
    """Publishes the state of a point, retained."""
    recheck: Callable[[], None]
    """Makes all points check their sessions again, because a supervision window opened or
    closed."""
    keep_alive: Callable[[], None]
    """Renews switches that have a time limit, while the loop waits for the disk."""
    last_seen: LastSeen | None = None
    """Until when the previous run of the agent was alive, if it was in this boot."""
