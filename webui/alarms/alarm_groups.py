"""Group similar alarms and order them so that no agent's alarms hide the others'."""

from collections.abc import Iterable
from itertools import chain, zip_longest

from controller.capabilities.alarms.alarms import Alarm

AlarmGroup = tuple[Alarm, int, str]
"""An alarm, how many similar ones it represents, and the id of the newest of them.

The id is empty for an alarm without an agent, which represents only itself."""


def group_alarms(alarms: Iterable[Alarm]) -> list[AlarmGroup]:
    """Return one alarm for each kind and access point, in turn from each agent.

    For each agent, alarms about itself come first, then those at its access points, the oldest
    first. Thousands of alarms of one agent therefore don't hide those of others. A group shows its
    first alarm that nobody has taken; an alarm without an agent is a group of its own.
    """
    by_agent: dict[str, dict[tuple[str, str], AlarmGroup]] = {}
    for alarm in sorted(alarms, key=lambda alarm: alarm.access_point is not None):
        alarms_by_kind = by_agent.setdefault(alarm.agent_id or alarm.id, {})
        key = (alarm.kind, alarm.access_point or "")
        first, number, newest = alarms_by_kind.get(key, (alarm, 0, ""))
        if first.taken_by is not None and alarm.taken_by is None:
            first = alarm
        newest = max(newest, alarm.id) if alarm.agent_id else ""
        alarms_by_kind[key] = (first, number + _counts_for(alarm), newest)
    rounds = zip_longest(*(alarms_by_kind.values() for alarms_by_kind in by_agent.values()))
    return [group for group in chain.from_iterable(rounds) if group is not None]


def _counts_for(alarm: Alarm) -> int:
    count = alarm.detail.get("count")
    return count if isinstance(count, int) else 1
