"""The queue of alarms for chat services; each target has its own queue, so none delays another."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.alarms.grave_alarms import GRAVE_ALARMS
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.machines.models import AccessPointRow
from controller.domain.time import Utc
from controller.integrations.chat import targets
from controller.integrations.chat.messages import AlarmMessage
from controller.integrations.chat.models import ChatDelivery, ChatTarget
from controller.kernel.capability import AlarmKind
from controller.kernel.crypto import SealBroken, Sealer
from controller.kernel.news import PostedNews
from controller.store.upsert import insert_missing
from controller.wire.ids import uuid7

MAX_ALARM_AGE = timedelta(hours=1)
"""Alarms that were raised longer ago than this are not sent."""
WAITS_S = (5, 15, 60, 300, 900, 1800, 3600, 3600)
"""Waiting time in seconds after each failed try."""
LEASE = timedelta(seconds=120)
"""How long a delivery is reserved for the process that took it."""
BATCH_SIZE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """A delivery that is reserved for this process."""

    id: str
    target: str
    service: str
    url: str = field(repr=False)
    site: str
    alarm: str
    message: AlarmMessage


def enqueue(db: Session, news: Sequence[PostedNews], now: Utc) -> None:
    """Queue new alarms for all targets of their sites; the same alarm is queued once only.

    Also one that somebody has taken charge of already: that may be who caused it.
    """
    keys = {news_item.key for news_item in news if isinstance(news_item.news, AlarmNews)}
    alarms = db.scalars(
        select(Alarm).where(
            or_(Alarm.key.in_(keys), Alarm.id.in_(keys)),
            Alarm.cleared_at.is_(None),
            Alarm.raised_at > now - MAX_ALARM_AGE,
        )
    ).all()
    sites = {alarm.site_id for alarm in alarms}
    query = select(ChatTarget).where(ChatTarget.site_id.in_(sites), ChatTarget.paused_at.is_(None))
    rows = [
        _row(target, alarm, now)
        for target in db.scalars(query)
        for alarm in alarms
        if alarm.site_id == target.site_id and (alarm.kind in GRAVE_ALARMS or not target.only_grave)
    ]
    insert_missing(db, ChatDelivery, rows)


def is_due(db: Session, busy: frozenset[str], now: Utc) -> bool:
    """Return whether `take_due` would return anything."""
    query = select(ChatDelivery.id).where(
        ChatDelivery.due_at <= now, ChatDelivery.target_id.not_in(busy)
    )
    return db.scalar(query.limit(1)) is not None


def take_due(db: Session, seals: Sealer, busy: frozenset[str], now: Utc) -> list[DueDelivery]:
    """Reserve and return the oldest due delivery of each target that is not `busy`."""
    first = (
        select(func.min(ChatDelivery.id))
        .where(ChatDelivery.due_at <= now, ChatDelivery.target_id.not_in(busy))
        .group_by(ChatDelivery.target_id)
        .limit(BATCH_SIZE)
    )
    rows = db.execute(
        select(ChatDelivery, ChatTarget, Alarm)
        .join(ChatTarget, ChatTarget.id == ChatDelivery.target_id)
        .outerjoin(Alarm, Alarm.id == ChatDelivery.alarm_id)
        .where(ChatDelivery.id.in_(first), ChatDelivery.due_at <= now)
        .with_for_update(of=ChatDelivery, skip_locked=True)
    ).all()
    return [
        delivery
        for row, target, alarm in rows
        if (delivery := _take(db, row, target, alarm, seals, now))
    ]


def record_answer(db: Session, due: DueDelivery, error: str | None, *, now: Utc) -> None:
    """Store the outcome of a try; `error` is the message, None if the service accepted the message.

    After an error it is tried again, as often as `WAITS_S` has entries.
    """
    targets.record_try(db, due.target, error, now=now)
    row = db.get(ChatDelivery, due.id)
    if row is None:
        return
    if error is None or row.attempts > len(WAITS_S):
        row.due_at = None
    else:
        row.due_at = Utc.of(now + timedelta(seconds=WAITS_S[row.attempts - 1]))


def _take(
    db: Session, row: ChatDelivery, target: ChatTarget, alarm: Alarm | None, seals: Sealer, now: Utc
) -> DueDelivery | None:
    is_taken = alarm is not None and alarm.taken_at is not None and row.attempts > 0
    if alarm is None or alarm.cleared_at is not None or is_taken or target.paused_at is not None:
        row.due_at = None  # the alarm is over, or was taken charge of after the first try
        return None
    try:
        url = seals.open(target.sealed, target.id).decode()
    except SealBroken:
        targets.record_try(db, target.id, "the address can't be read: enter it again", now=now)
        row.due_at = None
        return None
    row.attempts, row.due_at = row.attempts + 1, Utc.of(now + LEASE)
    return DueDelivery(
        id=row.id,
        target=target.id,
        service=target.service,
        url=url,
        site=row.site_id,
        alarm=alarm.id,
        message=_message(db, alarm),
    )


def _message(db: Session, alarm: Alarm) -> AlarmMessage:
    kind = db.info["house"].alarms.get(alarm.kind) or AlarmKind(alarm.kind, alarm.kind, "")
    point = db.get(AccessPointRow, alarm.access_point_id) if alarm.access_point_id else None
    box = db.get(AgentRow, alarm.agent_id) if alarm.agent_id and not point else None
    where = dict(point.name) if point else dict(box.name) if box else {}
    if not where and alarm.agent_id:
        where = {"fr": alarm.agent_id}
    path = f"/s/{alarm.site_id}/chat/alarms/{alarm.id}"
    return AlarmMessage(kind=alarm.kind, title=kind.title, todo=kind.todo, where=where, path=path)


def _row(target: ChatTarget, alarm: Alarm, now: Utc) -> dict[str, object]:
    return {
        "id": uuid7(),
        "target_id": target.id,
        "alarm_id": alarm.id,
        "site_id": alarm.site_id,
        "at": now,
        "attempts": 0,
        "due_at": now,
    }
