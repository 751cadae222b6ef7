"""Alarms in the order in which they are shown: those alike are one, and agents take turns."""

from collections.abc import Iterable
from itertools import chain, zip_longest

from controller.capabilities.alarms.alarms import Alarm

Counted = tuple[Alarm, int]
"""An alarm, and for how many it stands."""


def in_turn(alarms: Iterable[Alarm]) -> list[Counted]:
    """One for those of the same kind at the same place; of each agent first what concerns itself,
    then the oldest at its access points.

    So an agent that raises thousands hides nobody else's. Among those alike stands the first that
    nobody has taken; what no agent has raised stands for itself.
    """
    by_agent: dict[str, dict[tuple[str, str], Counted]] = {}
    for each in sorted(alarms, key=lambda each: each.access_point is not None):
        mine = by_agent.setdefault(each.agent_id or each.id, {})
        place = (each.kind, each.access_point or "")
        first, number = mine.get(place, (each, 0))
        if first.taken_by is not None and each.taken_by is None:
            first = each
        mine[place] = (first, number + _counts_for(each))
    rounds = zip_longest(*(mine.values() for mine in by_agent.values()))
    return [each for each in chain.from_iterable(rounds) if each is not None]


def _counts_for(alarm: Alarm) -> int:
    count = alarm.detail.get("count")
    return count if isinstance(count, int) else 1
