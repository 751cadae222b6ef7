"""To which organisation and project machine sessions are booked, from what held as they began."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.usage.record import Record
from controller.kernel.session_began import BookedTo, Proposer, SessionBegan


def book(db: Session, rows: Sequence[Record]) -> None:
    """Book each as the first room says that knows: a course, a booking, whom its user worked for.

    What a person has said since stays. Told late or again, the result is the same, because it asks
    for the time of the start.
    """
    mine = [row for row in rows if row.booked_by is None and row.started_at and row.member_ref]
    if not mine:
        return
    begun = _begun(db, mine)
    proposers: tuple[Proposer, ...] = db.info["house"].proposers
    proposed = [each.propose(db, begun) for each in proposers]
    for row in mine:
        said = (each[row.id] for each in proposed if row.id in each)
        target = next(said, BookedTo())
        row.organisation_id, row.project_id = target.organisation_id, target.project_id
        row.course_session_id = target.course_session_id


def _begun(db: Session, rows: Sequence[Record]) -> list[SessionBegan]:
    refs = {row.member_ref for row in rows}
    people = select(MemberRow.ref, MemberRow.id).where(MemberRow.ref.in_(refs))
    members = {row.ref: row.id for row in db.execute(people)}
    return [
        SessionBegan(
            session_id=row.id,
            site_id=row.site_id,
            access_point_id=row.access_point_id,
            member_ref=row.member_ref,
            member_id=members.get(row.member_ref),
            at=row.started_at,
        )
        for row in rows
        if row.member_ref and row.started_at
    ]
