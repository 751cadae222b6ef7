"""Certifies several people in one bulk operation, with a preview of the effect on each."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.training import certify_rights, member_certifications, scope
from controller.capabilities.training.models import CertificationRow, HeldHistory, HeldRow
from controller.capabilities.training.shapes import Grant
from controller.domain.facts import HeldStatus, Level, MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.bulk_operation import BulkOperation, Outcome, try_one

LEVELS = (Level.USER, Level.ACCOMPANIED)
"""Levels that can be given to several people; trainers are appointed one at a time."""
_ORDER = tuple(Level)


class NotCertified(StrEnum):
    """Why the bulk operation does not certify somebody."""

    LEFT = "left"
    HELD = "held"
    """Held at a higher level, or at that level without an end date."""
    SUSPENDED = "suspended"
    ONESELF = "oneself"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifyPreview:
    """The effect on one member: they are certified, or `refused` says why not."""

    member_id: str
    name: str
    was: Level | None = None
    refused: NotCertified | None = None


def offered_certifications(db: Session, site_id: str, *, actor: Actor, now: Utc) -> list[str]:
    """Return the ids of the certifications that are valid at a site and that the actor may give
    there."""
    counts = scope.counts_at(CertificationRow, [site_id])
    sites = {row.id: row.site_id for row in db.scalars(select(CertificationRow).where(counts))}
    taught = certify_rights.taught_by(db, actor, sites, now)
    return sorted(
        key for key, site in sites.items() if key in taught or actor.may(Permission.CERTIFY, site)
    )


def preview(
    db: Session,
    rows: Sequence[MemberRow],
    certification_id: str,
    level: Level,
    *,
    actor: Actor,
    now: Utc,
) -> list[CertifyPreview]:
    """Preview the effect on each member of being certified at that level."""
    ids = [row.id for row in rows]
    conditions = HeldRow.member_id.in_(ids), HeldRow.certification_id == certification_id
    held_rows = {row.member_id: row for row in db.scalars(select(HeldRow).where(*conditions))}
    return [
        CertifyPreview(
            member_id=row.id,
            name=row.display_name,
            was=held_rows[row.id].level if row.id in held_rows else None,
            refused=_refusal(row, held_rows.get(row.id), level, actor, now),
        )
        for row in rows
    ]


def certify(
    db: Session,
    rows: Sequence[MemberRow],
    certification_id: str,
    level: Level,
    operation: BulkOperation,
    *,
    actor: Actor,
    now: Utc,
) -> Outcome:
    """Certify the members who may be certified; repeating the operation changes nothing."""
    done_ids = set(certified_members(db, operation))
    outcome = Outcome(done=len(done_ids & {row.id for row in rows}))
    left = [row for row in rows if row.id not in done_ids]
    for certification in preview(db, left, certification_id, level, actor=actor, now=now):
        if certification.refused is None:
            outcome += _give(
                db, certification.member_id, certification_id, level, operation, actor, now
            )
    return outcome


def certified_members(db: Session, operation: BulkOperation) -> list[str]:
    """Return the members whom the operation certified."""
    steps = select(HeldHistory.member_id).where(HeldHistory.operation == operation.id)
    return list(db.scalars(steps.order_by(HeldHistory.id)))


def take_back(
    db: Session, ids: Sequence[str], operation: BulkOperation, *, actor: Actor, now: Utc
) -> Outcome:
    """Undo the operation for these members: they have the certifications that they had before."""
    table, withdraw = HeldHistory, member_certifications.withdraw
    steps = select(table.member_id, table.certification_id, table.at).where(
        table.operation == operation.id, table.member_id.in_(list(ids))
    )
    outcome = Outcome()
    for member, key, at in db.execute(steps).all():
        outcome += try_one(withdraw, db, member, key, actor=actor, now=now, at=at)
    return outcome


def _refusal(
    row: MemberRow, held_row: HeldRow | None, level: Level, actor: Actor, now: Utc
) -> NotCertified | None:
    if row.status is MemberStatus.LEFT:
        return NotCertified.LEFT
    if row.id == actor.member_id:
        return NotCertified.ONESELF
    if held_row is None:
        return None
    if held_row.status is HeldStatus.SUSPENDED:
        return NotCertified.SUSPENDED
    is_over = member_certifications.is_over(held_row, now)
    above = _ORDER.index(held_row.level) > _ORDER.index(level)
    endless = held_row.level is level and held_row.valid_until is None
    return NotCertified.HELD if endless or (above and not is_over) else None


def _give(
    db: Session,
    member: str,
    key: str,
    level: Level,
    operation: BulkOperation,
    actor: Actor,
    now: Utc,
) -> Outcome:
    new, grant = Grant(level=level), member_certifications.grant
    return try_one(grant, db, member, key, new, actor=actor, now=now, operation=operation.id)
