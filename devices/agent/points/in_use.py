"""Whether an agent that starts again would take anything away from anybody."""

from collections.abc import Iterable

from controller.wire.messages import State
from devices.agent.points.point import Point

_BUSY = (State.ARMED, State.RUNNING, State.COOLING, State.RELEASED)


def in_use(points: Iterable[Point]) -> bool:
    """Whether somebody is at a machine, or goes through a door; one held released locks for a
    moment and is released again."""
    return any(point.state().state in _BUSY for point in points)
