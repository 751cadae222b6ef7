"""Suppress switch alarms that an emergency stop explains."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from controller.domain.states import FaultKind
from controller.domain.time import Utc

_STOPS = frozenset({FaultKind.ESTOP, FaultKind.FIRE})
_FOLLOW = frozenset({FaultKind.SWITCH_FAILED, "switch_dropped"})


class AlarmLike(Protocol):
    """The fields of an alarm that show whether an emergency stop explains it."""

    @property
    def kind(self) -> str:
        """The kind of the alarm."""

    @property
    def agent_id(self) -> str | None:
        """The agent that raised it."""

    @property
    def access_point(self) -> str | None:
        """The access point, if it has one."""

    @property
    def raised_at(self) -> Utc:
        """The time at which the cause was first seen."""

    @property
    def cleared_at(self) -> Utc | None:
        """When it was cleared; None: it is still on."""


T = TypeVar("T", bound=AlarmLike)


def without_explained(alarms: Iterable[T]) -> list[T]:
    """Return the alarms without those that an emergency stop at the same access point explains.

    An alarm that is still on after the stop has ended is not explained by it.
    """
    found = list(alarms)
    stops = [answer for answer in found if answer.kind in _STOPS]
    return [
        answer for answer in found if answer.kind not in _FOLLOW or not _explained(answer, stops)
    ]


def _explained(alarm: AlarmLike, stops: Sequence[AlarmLike]) -> bool:
    return any(
        (stop.agent_id, stop.access_point) == (alarm.agent_id, alarm.access_point)
        and stop.raised_at <= alarm.raised_at
        and (stop.cleared_at is None or _was_within(alarm, stop.cleared_at))
        for stop in stops
    )


def _was_within(alarm: AlarmLike, end: Utc) -> bool:
    return alarm.cleared_at is not None and alarm.raised_at <= end
