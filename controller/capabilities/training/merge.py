"""Merges the certifications and enrolments of two member records of one person."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.changes import MemberMerged
from controller.capabilities.training.models import (
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldRow,
    Outcome,
)
from controller.capabilities.training.waiting_list import move_up
from controller.domain.facts import HeldStatus, Level
from controller.domain.time import Utc


def move(db: Session, merged: MemberMerged) -> None:
    """Keep the better of each certification and enrolment, but always a suspension.

    The removed record's steps can't be changed; they are read together with those of the kept one.
    """
    _certifications(db, merged)
    _enrolments(db, merged)


def _certifications(db: Session, merged: MemberMerged) -> None:
    kept_rows = {
        row.certification_id: row
        for row in db.scalars(select(HeldRow).where(HeldRow.member_id == merged.kept.id))
    }
    for row in db.scalars(select(HeldRow).where(HeldRow.member_id == merged.gone.id)).all():
        kept_row = kept_rows.get(row.certification_id)
        if kept_row is None:
            db.add(HeldRow(**_cells(row) | {"member_id": merged.kept.id}))
        elif _rank(row, merged.now) > _rank(kept_row, merged.now):
            for name, value in _cells(row).items():
                if name not in ("member_id", "row_version"):
                    setattr(kept_row, name, value)
        db.delete(row)
    db.flush()


def _rank(row: HeldRow, now: Utc) -> tuple[bool, bool, int, bool, Utc]:
    """Return a sort key: a suspension ranks first, then valid ones, by level and duration."""
    end = row.valid_until
    return (
        row.status is HeldStatus.SUSPENDED,
        end is None or end > now,
        tuple(Level).index(row.level),
        end is None,
        end or row.valid_from,
    )


def _enrolments(db: Session, merged: MemberMerged) -> None:
    merged_enrolments = select(EnrolmentRow).where(EnrolmentRow.member_id == merged.gone.id)
    for row in db.scalars(merged_enrolments.order_by(EnrolmentRow.session_id)).all():
        session = db.get_one(CourseSessionRow, row.session_id, with_for_update={"key_share": True})
        kept_enrolment = db.get(EnrolmentRow, (row.session_id, merged.kept.id))
        cells = _cells(row)
        db.delete(row)
        db.flush()
        if kept_enrolment is None or _progress(cells) > _progress(_cells(kept_enrolment)):
            if kept_enrolment is not None:
                db.delete(kept_enrolment)
                db.flush()
            db.add(EnrolmentRow(**cells | {"member_id": merged.kept.id}))
            db.flush()
        if kept_enrolment is not None and session.is_open:
            move_up(db, session, merged.now)


def _progress(cells: dict[str, object]) -> tuple[bool, bool, bool, int]:
    """Return a sort key for a participant's progress in a course session."""
    order = (EnrolmentStatus.CANCELLED, EnrolmentStatus.WAITING, EnrolmentStatus.ENROLLED)
    return (
        cells["certified_at"] is not None,
        cells["outcome"] is Outcome.PASSED,
        cells["attended_at"] is not None,
        [str(enrolment_status) for enrolment_status in order].index(str(cells["status"])),
    )


def _cells(row: HeldRow | EnrolmentRow) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in row.__table__.c}
