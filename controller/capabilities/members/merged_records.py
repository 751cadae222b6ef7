"""Ids and references of records that were merged into another record of the same person."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow, MergedMember


def ids_of(db: Session, member_id: str) -> list[str]:
    """Return a member's id, and those of the records that were merged into it."""
    merged = select(MergedMember.id).where(MergedMember.member_id == member_id)
    return [member_id, *db.scalars(merged.order_by(MergedMember.id))]


def surviving_record(db: Session, member_id: str) -> str | None:
    """Return the id of the member into which this record was merged, if it was."""
    return db.scalar(select(MergedMember.member_id).where(MergedMember.id == member_id))


def surviving_refs(db: Session, refs: Collection[str]) -> dict[str, str]:
    """Return the reference of the surviving record, by that of each merged one."""
    if not refs:
        return {}
    rows = (
        select(MergedMember.ref, MemberRow.ref)
        .join(MemberRow, MemberRow.id == MergedMember.member_id)
        .where(MergedMember.ref.in_(refs))
    )
    return {row[0]: row[1] for row in db.execute(rows)}
