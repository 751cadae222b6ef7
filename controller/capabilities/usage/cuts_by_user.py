"""Whether the person who cut a machine's power was its user, or belongs to the payer of its use.

After a cut by staff, the user is not charged, unless the user cut the power.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import linked_record
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.machines.changes import CommandSent
from controller.capabilities.machines.models import CommandRow
from controller.capabilities.members import memberships
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.record import Record
from controller.domain.states import EndCause
from controller.domain.time import MAX_CLOCK_LAG, Utc
from controller.kernel.actor import Actor
from controller.kernel.models import AuditEntry
from controller.wire.commands import CutPower, command_type

_CUT = command_type(CutPower())
_DELETED = ""
"""Stands for the account of a deleted token."""


def record_cut(db: Session, command: CommandSent) -> None:
    """Record that somebody cut a machine's power, for the current use."""
    if command.command.type != _CUT or command.actor.account_id is None:
        return
    running = select(SessionRow).where(
        SessionRow.access_point_id == command.command.access_point_id, SessionRow.ended_at.is_(None)
    )
    for row in db.scalars(running.with_for_update()):
        row.cut_by_own = _is_own(db, row, command.actor, command.actor.account_id)


def record_late_cut(db: Session, rows: Iterable[Record]) -> None:
    """Record an earlier cut once the end of a use arrives whose start was unknown at the time of
    the cut."""
    for row in rows:
        start, end = row.started_at, row.ended_at
        if row.cause == EndCause.CUT_BY_STAFF and start is not None and end is not None:
            row.cut_by_own = row.cut_by_own or _was_own(db, row, start, end)


def _was_own(db: Session, row: Record, start: Utc, end: Utc) -> bool:
    """Decide by the last cut that an account requested during the use.

    A deleted account or token could have been the user's.
    """
    authors = select(CommandRow.created_by).where(
        CommandRow.agent_id == row.agent_id,
        CommandRow.access_point_id == row.access_point_id,
        CommandRow.type == _CUT,
        CommandRow.created_at.between(Utc.of(start - MAX_CLOCK_LAG), Utc.of(end + MAX_CLOCK_LAG)),
    )
    for author in db.scalars(authors.order_by(CommandRow.created_at.desc())):
        account_id = linked_record.account_of(db, author, _DELETED)
        if account_id is not None:
            account = db.get(AccountRow, account_id)
            return account is None or _is_own(db, row, actor_of(db, account), account_id)
    return False


def _is_own(db: Session, row: SessionRow | Record, actor: Actor, account_id: str) -> bool:
    """Return whether the session was the actor's own.

    So is that of a member record which only this account has created and changed, since it may be a
    second one of theirs (decision 0287), and of a group that it made or last lent a badge to.
    """
    user = db.scalar(select(MemberRow.id).where(MemberRow.ref == row.member_ref))
    if user is not None and user in actor.own_members:
        return True
    if actor.member_id is not None and _belongs_to_payer(db, row, actor.member_id):
        return True
    if user is not None:
        return linked_record.is_sole_author(db, account_id, user)
    return _lent_its_badge(db, row.member_ref, account_id)


def _lent_its_badge(db: Session, group_ref: str | None, account_id: str) -> bool:
    """Return whether the account made this group or last lent it a badge.

    A deleted token could have been the account's.
    """
    group = db.scalar(select(GroupRow).where(GroupRow.ref == group_ref))
    if group is None:
        return False
    loans = select(AuditEntry.actor).where(
        AuditEntry.subject == f"group:{group.id}", AuditEntry.action == "group_badge_lent"
    )
    last = db.scalar(loans.order_by(AuditEntry.seq.desc()).limit(1))
    authors = (group.created_by, last)
    return account_id in [linked_record.account_of(db, author, account_id) for author in authors]


def _belongs_to_payer(db: Session, row: SessionRow | Record, member_id: str) -> bool:
    """Return whether the member belongs to the paying organisation, or else the paying project."""
    project = None if row.organisation_id else row.project_id
    payer = OnBehalf(organisation_id=row.organisation_id, project_id=project)
    return payer != OnBehalf() and memberships.is_member(db, member_id, payer)
