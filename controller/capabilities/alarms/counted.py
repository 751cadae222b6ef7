"""Alarms of which an agent has one of a kind, that counts: a flood of them is one line."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.alarms.news import AlarmNews
from controller.domain.time import Utc
from controller.kernel.outbox import tell
from controller.kernel.rows import ensure
from controller.store.upsert import insert_missing
from controller.wire.ids import uuid7

ALIKE = 20
"""Alarms of one kind at one access point that may be active: what comes beyond is counted."""
ALL = 200
"""Alarms of one agent that may be active, of whatever kinds: beyond, it is said to flood."""
FLOODS = "agent_floods"
Row = dict[str, Any]
Where = tuple[str | None, str | None, str]
"""Agent, access point, kind."""


def count_alarm(
    db: Session,
    *,
    site: str,
    agent: str,
    kind: str,
    at: Utc,
    more: int = 1,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Have the agent's alarm of that kind be on, and count so many more; `detail` is the first's.

    Once somebody has dealt with it, it begins again. Pages are told when the count has doubled.
    """
    key = f"{kind}:{agent}"
    find = select(Alarm).where(Alarm.key == key)
    row = db.scalar(find.with_for_update()) or ensure(db, find, _new(key, site, agent, kind, at))
    if row.resolved_at is not None:
        row.raised_at, row.detail, row.remark = at, {}, None
        row.taken_by = row.taken_at = row.resolved_by = row.resolved_at = None
    before = _count(row.detail)
    row.detail = {**(row.detail or detail or {}), "count": before + more}
    db.flush()
    if before.bit_length() != (before + more).bit_length():
        tell(db, AlarmNews(site=site, key=key))


def insert_or_count(db: Session, rows: Sequence[Row]) -> None:
    """Insert alarms by their keys; of those beyond what may be active, only count."""
    active = _active(db, {row["agent_id"] for row in rows})
    of_agent = Counter[str | None]()
    for (agent, _, _), number in active.items():
        of_agent[agent] += number
    fresh, alike, floods = [], Counter[Where](), Counter[tuple[str, str]]()
    for row in rows:
        agent, where = row["agent_id"], (row["agent_id"], row["access_point_id"], row["kind"])
        if row["cleared_at"] is not None:
            fresh.append(row)
        elif active[where] >= ALIKE:
            alike[where] += 1
        elif of_agent[agent] >= ALL:
            floods[row["site_id"], agent] += 1
        else:
            fresh.append(row)
            active[where] += 1
            of_agent[agent] += 1
    insert_missing(db, Alarm, fresh)
    for where, number in alike.items():
        _count_more(db, where, number)
    for (site, agent), number in floods.items():
        at = rows[-1]["raised_at"]
        count_alarm(db, site=site, agent=agent, kind=FLOODS, at=at, more=number)


def _active(db: Session, agents: set[str | None]) -> Counter[Where]:
    columns = (Alarm.agent_id, Alarm.access_point_id, Alarm.kind)
    found = select(*columns, func.count()).where(
        Alarm.agent_id.in_(agents), Alarm.cleared_at.is_(None), Alarm.resolved_at.is_(None)
    )
    rows = db.execute(found.group_by(*columns))
    return Counter({(agent, point, kind): number for agent, point, kind, number in rows})


def _count_more(db: Session, where: Where, number: int) -> None:
    """On the newest of those that are active."""
    agent, point, kind = where
    alike = select(Alarm).where(
        Alarm.agent_id == agent,
        Alarm.access_point_id.is_not_distinct_from(point),
        Alarm.kind == kind,
        Alarm.cleared_at.is_(None),
        Alarm.resolved_at.is_(None),
    )
    row = db.scalar(alike.order_by(Alarm.raised_at.desc(), Alarm.id.desc()).limit(1))
    if row is not None:
        row.detail = {**row.detail, "count": _count(row.detail, 1) + number}
        db.flush()


def _count(detail: Mapping[str, object], least: int = 0) -> int:
    found = detail.get("count")
    return found if isinstance(found, int) else least


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
