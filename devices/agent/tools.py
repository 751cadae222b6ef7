"""What every access point of an agent is given."""

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
    """Shared by the points of one agent; used on the loop's thread."""

    clock: Clock
    recorder: Recorder
    journal: Journal
    judge: Judge
    words: Catalogues
    publish: Callable[[AccessPointId, PointState], None]
    """Tells the broker, retained, what a point is now."""
    recheck: Callable[[], None]
    """Asks all points to look at their sessions again: a window opened or closed."""
    keep_alive: Callable[[], None]
    """Renews the switches with a time limit, while the loop waits for the disk."""
    last_seen: LastSeen | None = None
    """Until when the agent before this one was alive, if that was in this boot."""
