"""Limits the number of active alarms; further occurrences are only counted."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.alarms.models import Alarm
from controller.domain.time import Utc
from controller.kernel.outbox import post_news
from controller.kernel.rows import ensure
from controller.store.upsert import insert_missing
from controller.wire.ids import uuid7

KIND_LIMIT = 20
"""Maximum number of active alarms of one kind at one access point."""
AGENT_LIMIT = 200
"""Maximum number of active alarms of one agent; one alarm `FLOODS` counts the others."""
FLOODS = "agent_floods"
"""The kind of the alarm for an agent that raises too many alarms."""
Row = dict[str, Any]
AlarmPlace = tuple[str | None, str | None, str]
"""Agent, access point and kind of an alarm."""
Flood = tuple[str, str]
"""Site and agent with too many alarms."""
Keys = list[str]


def count_alarm(
    db: Session,
    *,
    site: str,
    agent: str,
    kind: str,
    at: Utc,
    number: int = 1,
    detail: Mapping[str, object] | None = None,
) -> str:
    """Raise the agent's alarm of that kind, or add `number` to its count; return its id.

    `detail` stays that of the first occurrence. A resolved alarm is raised again. Pages are
    notified whenever the count doubles.
    """
    key = f"{kind}:{agent}"
    query = select(Alarm).where(Alarm.key == key)
    row = db.scalar(query.with_for_update()) or ensure(db, query, _new(key, site, agent, kind, at))
    if row.resolved_at is not None:
        row.raised_at, row.detail, row.remark = at, {}, None
        row.taken_by = row.taken_at = row.resolved_by = row.resolved_at = None
    before = _count(row.detail)
    row.detail = {**(row.detail or detail or {}), "count": before + number}
    db.flush()
    if before.bit_length() != (before + number).bit_length():
        post_news(db, AlarmNews(site=site, key=row.id))
    return row.id


def insert_or_count(db: Session, rows: Sequence[Row]) -> dict[str, str]:
    """Insert alarms; those beyond the limits are only counted in another alarm.

    Returns, by key, the id of the alarm that contains it.
    """
    active = _count_active(db, {row["agent_id"] for row in rows})
    active_of_agent = Counter[str | None]()
    for (agent, _, _), number in active.items():
        active_of_agent[agent] += number
    fresh, alike, floods = [], defaultdict[AlarmPlace, Keys](list), defaultdict[Flood, Keys](list)
    for row in rows:
        agent, where = row["agent_id"], (row["agent_id"], row["access_point_id"], row["kind"])
        if row["cleared_at"] is not None:
            fresh.append(row)
        elif active[where] >= KIND_LIMIT:
            alike[where].append(row["key"])
        elif active_of_agent[agent] >= AGENT_LIMIT:
            floods[row["site_id"], agent].append(row["key"])
        else:
            fresh.append(row)
            active[where] += 1
            active_of_agent[agent] += 1
    insert_missing(db, Alarm, fresh)
    alarm_ids = _ids(db, [row["key"] for row in fresh])
    for where, keys in alike.items():
        if (alarm_id := _count_more(db, where, len(keys))) is not None:
            alarm_ids |= dict.fromkeys(keys, alarm_id)
    for (site, agent), keys in floods.items():
        at = rows[-1]["raised_at"]
        flood_id = count_alarm(db, site=site, agent=agent, kind=FLOODS, at=at, number=len(keys))
        alarm_ids |= dict.fromkeys(keys, flood_id)
    return alarm_ids


def _ids(db: Session, keys: Sequence[str]) -> dict[str, str]:
    rows = db.execute(select(Alarm.key, Alarm.id).where(Alarm.key.in_(keys)))
    return {key: alarm_id for key, alarm_id in rows}  # noqa: C416  mypy: not pairs


def _count_active(db: Session, agents: set[str | None]) -> Counter[AlarmPlace]:
    columns = (Alarm.agent_id, Alarm.access_point_id, Alarm.kind)
    counts = select(*columns, func.count()).where(
        Alarm.agent_id.in_(agents), Alarm.cleared_at.is_(None), Alarm.resolved_at.is_(None)
    )
    rows = db.execute(counts.group_by(*columns))
    return Counter({(agent, point, kind): number for agent, point, kind, number in rows})


def _count_more(db: Session, place: AlarmPlace, number: int) -> str | None:
    """Add to the count of the newest active alarm there and return its id; None without one."""
    agent, point, kind = place
    alike = select(Alarm).where(
        Alarm.agent_id == agent,
        Alarm.access_point_id.is_not_distinct_from(point),
        Alarm.kind == kind,
        Alarm.cleared_at.is_(None),
        Alarm.resolved_at.is_(None),
    )
    row = db.scalar(alike.order_by(Alarm.raised_at.desc(), Alarm.id.desc()).limit(1))
    if row is None:
        return None
    row.detail = {**row.detail, "count": _count(row.detail, 1) + number}
    db.flush()
    return row.id


def _count(detail: Mapping[str, object], least: int = 0) -> int:
    stored = detail.get("count")
    return stored if isinstance(stored, int) else least


def _new(key: str, site: str, agent: str, kind: str, at: Utc) -> Alarm:
    return Alarm(
        id=uuid7(),
        key=key,
        site_id=site,
        agent_id=agent,
        access_point_id=None,
        kind=kind,
        detail={},
        raised_at=at,
        cleared_at=None,
    )
