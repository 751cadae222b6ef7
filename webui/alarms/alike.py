"""Alarms in the order in which they are shown: those alike are one, and agents take turns."""

from collections.abc import Iterable
from itertools import chain, zip_longest

from controller.capabilities.alarms.alarms import Alarm

AlarmGroup = tuple[Alarm, int]
"""An alarm, and for how many it stands."""


def group_alarms(alarms: Iterable[Alarm]) -> list[AlarmGroup]:
    """One for those of the same kind at the same place; of each agent first what concerns itself,
    then the oldest at its access points.

    So an agent that raises thousands hides nobody else's. Among those alike stands the first that
    nobody has taken; what no agent has raised stands for itself.
    """
    by_agent: dict[str, dict[tuple[str, str], AlarmGroup]] = {}
    for alarm in sorted(alarms, key=lambda alarm: alarm.access_point is not None):
        mine = by_agent.setdefault(alarm.agent_id or alarm.id, {})
        place = (alarm.kind, alarm.access_point or "")
        first, number = mine.get(place, (alarm, 0))
        if first.taken_by is not None and alarm.taken_by is None:
            first = alarm
        mine[place] = (first, number + _counts_for(alarm))
    rounds = zip_longest(*(mine.values() for mine in by_agent.values()))
    return [pair for pair in chain.from_iterable(rounds) if pair is not None]


def _counts_for(alarm: Alarm) -> int:
    count = alarm.detail.get("count")
    return count if isinstance(count, int) else 1
