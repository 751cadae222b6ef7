"""Suppress switch alarms that an emergency stop explains."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from controller.domain.states import FaultKind
from controller.domain.time import Utc

_STOPS = frozenset({FaultKind.ESTOP, FaultKind.FIRE})
_FOLLOW = frozenset({FaultKind.SWITCH_FAILED, "switch_dropped"})


class AlarmLike(Protocol):
    """As much of an alarm as says whether it follows from another."""

    @property
    def kind(self) -> str:
        """What it is."""

    @property
    def agent_id(self) -> str | None:
        """Who told it."""

    @property
    def access_point(self) -> str | None:
        """Where it is."""

    @property
    def raised_at(self) -> Utc:
        """Since when."""

    @property
    def cleared_at(self) -> Utc | None:
        """Until when; None: it is on."""


T = TypeVar("T", bound=AlarmLike)


def without_explained(alarms: Iterable[T]) -> list[T]:
    """The alarms without those that a stop explains: at its place, and not on after its end."""
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
