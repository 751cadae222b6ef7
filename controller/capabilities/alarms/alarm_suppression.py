"""Suppress switch alarms that an emergency stop explains."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from controller.domain.states import FaultKind
from controller.domain.time import Utc

_STOPS = frozenset({FaultKind.ESTOP, FaultKind.FIRE})
_EXPLAINABLE = frozenset({FaultKind.SWITCH_FAILED, "switch_dropped"})


class AlarmLike(Protocol):
    """The fields of an alarm that are needed for suppression."""

    @property
    def kind(self) -> str:
        pass

    @property
    def agent_id(self) -> str | None:
        """Return the agent that raised it."""

    @property
    def access_point(self) -> str | None:
        pass

    @property
    def raised_at(self) -> Utc:
        """Return when the cause was first seen."""

    @property
    def cleared_at(self) -> Utc | None:
        """Return when it was cleared; None if it is still active."""


T = TypeVar("T", bound=AlarmLike)


def without_explained(alarms: Iterable[T]) -> list[T]:
    """Return the alarms without those that an emergency stop at the same access point explains.

    A stop that is cleared explains only alarms from before its end that are cleared too.
    """
    all_alarms = list(alarms)
    stops = [alarm for alarm in all_alarms if alarm.kind in _STOPS]
    return [
        alarm
        for alarm in all_alarms
        if alarm.kind not in _EXPLAINABLE or not _is_explained(alarm, stops)
    ]


def _is_explained(alarm: AlarmLike, stops: Sequence[AlarmLike]) -> bool:
    return any(
        (stop.agent_id, stop.access_point) == (alarm.agent_id, alarm.access_point)
        and stop.raised_at <= alarm.raised_at
        and (stop.cleared_at is None or _is_cleared_too(alarm, stop.cleared_at))
        for stop in stops
    )


def _is_cleared_too(alarm: AlarmLike, end: Utc) -> bool:
    return alarm.cleared_at is not None and alarm.raised_at <= end
