"""A machine session of somebody who works for others at that time is on their behalf."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members import on_behalf
from controller.capabilities.members.models import WorksFor
from controller.capabilities.members.shapes import OnBehalf
from controller.kernel.errors import Invalid
from controller.kernel.session_began import BookedTo, Proposer, SessionBegan


def _propose(db: Session, begun: Sequence[SessionBegan]) -> Mapping[str, BookedTo]:
    work = _work(db, begun)
    found: dict[str, BookedTo] = {}
    for session in begun:
        mine = [
            row for row in work if row.member_id == session.member_id and row.since <= session.at
        ]
        for row in mine[-1:]:
            if _pays(db, row, session):
                found[session.session_id] = BookedTo(row.organisation_id, row.project_id)
    return found


def _pays(db: Session, row: WorksFor, begun: SessionBegan) -> bool:
    """Not an organisation that is no longer active, nor for a project that is over."""
    chosen = OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)
    if chosen == OnBehalf():
        return False
    try:
        on_behalf.resolve(db, [begun.site_id], chosen, begun.at)
    except Invalid:
        return False
    return True


def _work(db: Session, begun: Sequence[SessionBegan]) -> list[WorksFor]:
    """Oldest first."""
    members = {session.member_id for session in begun if session.member_id}
    last = max(session.at for session in begun)
    return list(
        db.scalars(
            select(WorksFor)
            .where(WorksFor.member_id.in_(members), WorksFor.since <= last)
            .order_by(WorksFor.since, WorksFor.id)
        )
    )


PROPOSER = Proposer(3, _propose)
