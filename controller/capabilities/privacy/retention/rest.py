"""What else is kept for a time: each step removes what is due, and says how much it was."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from controller.capabilities.accounts.models import AccountRole, AccountRow, TokenRow
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.groups.models import GroupRow, WindowRow
from controller.capabilities.machines.models import CommandRow
from controller.capabilities.members.models import MemberRow, WorksFor
from controller.capabilities.privacy.models import IncidentRow
from controller.capabilities.tell.models import UserReport
from controller.domain.time import Utc
from controller.kernel.idempotency import KEPT_FOR
from controller.kernel.journal import FORK, Quarantine
from controller.kernel.models import AuditNote, IdempotencyKey
from controller.policy.touch import TOUCHED_BY_HAND, touch

READ_BADGE = timedelta(hours=1)
"""How long the number of a badge that was read in order to give it to somebody is kept."""
GONE = "no longer kept"
NAMELESS = "—"
_TELLING_ALARMS = ("certification_refused", "quarantine")
"""Their detail says why, in words that hold a reference or a piece of a message."""

Step = Callable[[Session, str, Utc, Utc], int]
"""Takes a session, a site, the time before which it is due, and now; returns how many rows."""


def _changed(db: Session, statement: Any) -> int:
    result = db.execute(statement, execution_options={TOUCHED_BY_HAND: True})
    count: int = result.rowcount  # type: ignore[attr-defined]
    return count


def quarantine(db: Session, site_id: str, before: Utc, _now: Utc) -> int:
    """The bytes go, and the reason, which may quote them; that a journal forked stays known."""
    due = (Quarantine.site_id == site_id, Quarantine.received_at < before, Quarantine.raw != b"")
    _changed(db, update(Quarantine).where(*due, Quarantine.reason != FORK).values(reason=GONE))
    return _changed(db, update(Quarantine).where(*due).values(raw=b""))


def bookings(db: Session, site_id: str, before: Utc, _now: Utc) -> int:
    """Those that are over; they stand in no policy any more."""
    over = BookingRow.closed_at < before
    return _changed(db, delete(BookingRow).where(BookingRow.site_id == site_id, over))


def commands(db: Session, site_id: str, before: Utc, now: Utc) -> int:
    """The number of a badge after an hour, the whole command with the access events."""
    here = CommandRow.site_id == site_id
    read = (here, CommandRow.type == "read_credential", CommandRow.replied_at < now - READ_BADGE)
    kept = select(CommandRow.id).where(*read, CommandRow.reason.is_distinct_from(GONE))
    values = {"data": None, "reason": GONE}
    count = _changed(db, update(CommandRow).where(CommandRow.id.in_(kept)).values(**values))
    return count + _changed(db, delete(CommandRow).where(here, CommandRow.created_at < before))


def alarms(db: Session, site_id: str, before: Utc, _now: Utc) -> int:
    """That it was, where and when stays; the words go."""
    here = Alarm.site_id == site_id
    count = 0
    telling = (here, Alarm.kind.in_(_TELLING_ALARMS), Alarm.raised_at < before)
    for row in db.scalars(select(Alarm).where(*telling)):
        if "reason" in row.detail:
            row.detail = {key: row.detail[key] for key in row.detail if key != "reason"}
            count += 1
    db.flush()
    over = or_(Alarm.resolved_at < before, Alarm.cleared_at < before)
    said = (here, over, Alarm.remark.is_not(None))
    return count + _changed(db, update(Alarm).where(*said).values(remark=None))


def reports(db: Session, site_id: str, before: Utc, _now: Utc) -> int:
    """What users told: the words, once it is long done."""
    said: ColumnElement[bool] = or_(UserReport.text.is_not(None), UserReport.remark.is_not(None))
    done = (UserReport.site_id == site_id, UserReport.done_at < before, said)
    values = {"text": None, "remark": None, "member_id": None}
    return _changed(db, update(UserReport).where(*done).values(**values))


def groups(db: Session, site_id: str, before: Utc, _now: Utc) -> int:
    """The name that was typed for a group, which may be a teacher's; how many they were stays."""
    ended = (GroupRow.site_id == site_id, GroupRow.ended_at < before)
    named = (*ended, GroupRow.name != NAMELESS)
    return _changed(db, update(GroupRow).where(*named).values(name=NAMELESS))


def windows(db: Session, site_id: str, before: Utc, _now: Utc) -> int:
    """Whose they were, of those that were opened at the desk: no event tells of them."""
    over = func.coalesce(WindowRow.closed_at, WindowRow.until) < before
    here = (WindowRow.site_id == site_id, WindowRow.supervisor.is_not(None), over)
    keys = db.scalars(select(WindowRow.id).where(*here)).all()
    for key in keys:
        touch(db, site_id, "window", key)
    return _changed(db, update(WindowRow).where(WindowRow.id.in_(keys)).values(supervisor=None))


def works_for(db: Session, site_id: str, before: Utc, _now: Utc) -> int:
    """For whom a member worked before what holds since; sessions have kept their own copy."""
    later = aliased(WorksFor)
    newer = exists().where(
        later.member_id == WorksFor.member_id, later.since > WorksFor.since, later.since < before
    )
    here = select(MemberRow.id).where(MemberRow.site_id == site_id)
    old = select(WorksFor.id).where(newer, WorksFor.member_id.in_(here))
    return _changed(db, delete(WorksFor).where(WorksFor.id.in_(list(db.scalars(old)))))


def incidents(db: Session, site_id: str, before: Utc, _now: Utc) -> int:
    """Searches and why; that they were made stays in the audit."""
    asked = IncidentRow.asked_at < before
    return _changed(db, delete(IncidentRow).where(IncidentRow.site_id == site_id, asked))


def answers(db: Session, now: Utc) -> int:
    """Answers of the API that nobody can ask for again."""
    old = IdempotencyKey.created_at <= Utc.of(now - KEPT_FOR)
    return _changed(db, delete(IdempotencyKey).where(old))


def accounts(db: Session, before: Utc) -> int:
    """Sign-ins of nobody's member that were closed long ago, with their tokens and roles."""
    closed = (AccountRow.member_id.is_(None), AccountRow.disabled_at < before)
    keys = list(db.scalars(select(AccountRow.id).where(*closed)))
    for model in (AccountRole, TokenRow):
        _changed(db, delete(model).where(model.account_id.in_(keys)))
    return _changed(db, delete(AccountRow).where(AccountRow.id.in_(keys)))


def notes(db: Session, before: Utc) -> int:
    """What was written for entries of the audit; the chain holds without it."""
    return _changed(db, delete(AuditNote).where(AuditNote.at < before))


BY_ACCESS: Mapping[str, Step] = {
    "quarantine": quarantine,
    "bookings": bookings,
    "commands": commands,
    "alarms": alarms,
    "reports": reports,
    "groups": groups,
    "windows": windows,
    "works_for": works_for,
}
"""Due with the access events."""
BY_REASON: Mapping[str, Step] = {"incidents": incidents}
"""Due with the words of the audit."""
