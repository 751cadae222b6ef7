"""Under which ids and references a person was known before two records were merged."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberFormer, MemberRow


def ids_of(db: Session, member_id: str) -> list[str]:
    """A member's id, then those of the records that were merged into theirs."""
    merged = select(MemberFormer.id).where(MemberFormer.member_id == member_id)
    return [member_id, *db.scalars(merged.order_by(MemberFormer.id))]


def surviving_record(db: Session, member_id: str) -> str | None:
    """The id of the member into which this one was merged; None if it was not merged."""
    return db.scalar(select(MemberFormer.member_id).where(MemberFormer.id == member_id))


def kept_refs(db: Session, refs: Collection[str]) -> dict[str, str]:
    """By reference of a merged record, the reference of the one that was kept."""
    if not refs:
        return {}
    rows = (
        select(MemberFormer.ref, MemberRow.ref)
        .join(MemberRow, MemberRow.id == MemberFormer.member_id)
        .where(MemberFormer.ref.in_(refs))
    )
    return {row[0]: row[1] for row in db.execute(rows)}
