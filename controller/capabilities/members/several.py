"""Suspends and reinstates several members in one bulk operation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow, MemberSuspension
from controller.capabilities.members.network import known_at
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.bulk_operation import BulkOperation, Outcome, try_one

MAX_MEMBERS = 500
"""Maximum number of people in one operation."""


class NotSuspended(StrEnum):
    """Why a member can't be suspended here."""

    LEFT = "left"
    ALREADY = "already"
    ELSEWHERE = "elsewhere"
    """Another site is the home site, which decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionPreview:
    """What suspending would do to a member; `refused` is None if it would suspend them."""

    member_id: str
    name: str
    refused: NotSuspended | None


def chosen_members(
    db: Session, ids: Iterable[str], site_id: str, *, actor: Actor
) -> list[MemberRow]:
    """Return those of the members who are known at this site, by name. Raises Forbidden."""
    actor.require(Permission.MEMBERS_READ, site_id)
    known_members = select(MemberRow).where(MemberRow.id.in_(list(ids)), known_at([site_id]))
    return sorted(db.scalars(known_members), key=lambda row: (row.display_name, row.id))


def preview_suspension(rows: Iterable[MemberRow], site_id: str) -> list[SuspensionPreview]:
    """Return what suspending would do to each member."""
    return [
        SuspensionPreview(member_id=row.id, name=row.display_name, refused=_obstacle(row, site_id))
        for row in rows
    ]


def suspend(
    db: Session,
    ids: Sequence[str],
    reason: str,
    operation: BulkOperation,
    *,
    actor: Actor,
    now: Utc,
) -> Outcome:
    """Suspend the members who can be suspended; idempotent. Raises Forbidden."""
    actor.require_anywhere(Permission.MEMBERS_WRITE)
    suspended = select(MemberSuspension.member_id).where(operation.has_created(MemberSuspension.id))
    before = set(db.scalars(suspended)) & set(ids)
    outcome = Outcome(done=len(before))
    for id_ in ids:
        if id_ not in before:
            outcome += _suspend(db, id_, reason, operation, actor, now)
    return outcome


def suspended_members(db: Session, operation: BulkOperation) -> list[str]:
    """Return the ids of the members whom the operation suspended and who still are."""
    still = MemberSuspension.ended_at.is_(None)
    suspended = select(MemberSuspension.member_id).where(
        operation.has_created(MemberSuspension.id), still
    )
    return list(db.scalars(suspended.order_by(MemberSuspension.id)))


def reinstate(
    db: Session, ids: Sequence[str], operation: BulkOperation, *, actor: Actor, now: Utc
) -> Outcome:
    """Reinstate these members, as far as the operation suspended them."""
    outcome = Outcome()
    for member_id in sorted(set(suspended_members(db, operation)) & set(ids)):
        outcome += try_one(members.reinstate, db, member_id, actor=actor, now=now)
    return outcome


def _obstacle(row: MemberRow, site_id: str) -> NotSuspended | None:
    if row.site_id != site_id:
        return NotSuspended.ELSEWHERE
    return {MemberStatus.LEFT: NotSuspended.LEFT, MemberStatus.SUSPENDED: NotSuspended.ALREADY}.get(
        row.status
    )


def _suspend(
    db: Session, member: str, reason: str, operation: BulkOperation, actor: Actor, now: Utc
) -> Outcome:
    def suspend() -> None:
        with db.begin_nested():
            members.suspend(db, member, reason, actor=actor, now=now, key=operation.id_for(member))

    return try_one(suspend)
