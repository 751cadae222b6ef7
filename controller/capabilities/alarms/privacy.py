"""Personal-data rules of alarms: remarks, reasons of refusals, and where badges were last used."""

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.alarms.models import Alarm, BadgeLastSeen
from controller.kernel.privacy import (
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    RetentionScope,
    count_changed,
)

_PERSONAL_KINDS = (
    "certification_refused",
    "window_refused",
    "quarantine",
    "badge_copied",
    "grant_without_plan",
)
"""Kinds whose detail may contain a reference, a part of a message, or a badge."""
_PERSONAL_FIELDS = frozenset({"reason", "credential", "ending", "elsewhere", "site", "member"})


def _remove_details(db: Session, scope: RetentionScope) -> int:
    """Remove personal details and remarks; kind, place and time of the alarm stay."""
    at_site = Alarm.site_id == scope.site_id
    personal = (at_site, Alarm.kind.in_(_PERSONAL_KINDS), Alarm.raised_at < scope.before)
    alarms = [
        row
        for row in db.scalars(select(Alarm).where(*personal))
        if _PERSONAL_FIELDS & row.detail.keys()
    ]
    for row in alarms:
        row.detail = {key: row.detail[key] for key in row.detail if key not in _PERSONAL_FIELDS}
        if row.kind == "badge_copied":  # the key contains the badge
            row.key = f"{row.kind}:{row.id}"
    db.flush()
    has_ended = or_(Alarm.resolved_at < scope.before, Alarm.cleared_at < scope.before)
    with_remark = (at_site, has_ended, Alarm.remark.is_not(None))
    return len(alarms) + count_changed(db, update(Alarm).where(*with_remark).values(remark=None))


PERSONAL_DATA = (
    PersonalDataRule(
        Alarm,
        Purpose.MAINTENANCE,
        RetentionKind.HISTORY,
        retention=Retention("alarms", _remove_details, RetentionKind.ACCESS),
    ),
    PersonalDataRule(BadgeLastSeen, Purpose.RIGHTS, RetentionKind.MOMENT, ErasureKind.DELETE),
)
