"""Messages for a log server: every audit entry, and each change in the state of an alarm.

Audit entries hold references and no names. The free-text reason that a person entered is stored
separately, so that it can be erased, and is never sent.
"""

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.alarms.grave_alarms import GRAVE_ALARMS
from controller.capabilities.alarms.models import Alarm
from controller.domain.time import Utc
from controller.integrations.syslog.rfc5424 import ALERT, AUDIT, Message, Severity
from controller.kernel.models import AuditEntry
from controller.kernel.news import PostedNews


def of_audit(entries: Iterable[AuditEntry]) -> list[Message]:
    """One message for each audit entry, with its number and hash, to compare the copies by."""
    return [
        Message(
            facility=AUDIT,
            severity=Severity.NOTICE,
            at=entry.at,
            kind="audit",
            content={
                "seq": entry.seq,
                "actor": entry.actor,
                "action": entry.action,
                "subject": entry.subject,
                "site": entry.site_id,
                "detail": json.loads(entry.detail),
                "hash": entry.hash,
            },
        )
        for entry in entries
    ]


def of_alarms(db: Session, news: Sequence[PostedNews]) -> list[Message]:
    """One message for each alarm in the news that was raised, taken charge of, or has ended."""
    keys = {news_item.key for news_item in news if isinstance(news_item.news, AlarmNews)}
    if not keys:
        return []
    query = select(Alarm).where(or_(Alarm.key.in_(keys), Alarm.id.in_(keys))).order_by(Alarm.id)
    return [_alarm(alarm) for alarm in db.scalars(query)]


def _alarm(row: Alarm) -> Message:
    state, at = _state(row)
    return Message(
        facility=ALERT,
        severity=_severity(row.kind, state),
        at=at,
        kind="alarm",
        content={
            "id": row.id,
            "kind": row.kind,
            "state": state,
            "site": row.site_id,
            "agent": row.agent_id,
            "access_point": row.access_point_id,
            "raised_at": row.raised_at.text(),
        },
    )


def _state(row: Alarm) -> tuple[str, Utc]:
    for state, at in (("over", row.cleared_at), ("over", row.resolved_at), ("taken", row.taken_at)):
        if at is not None:
            return state, at
    return "raised", row.raised_at


def _severity(kind: str, state: str) -> Severity:
    if state == "over":
        return Severity.NOTICE
    if state == "taken":
        return Severity.INFORMATIONAL
    return Severity.CRITICAL if kind in GRAVE_ALARMS else Severity.WARNING
