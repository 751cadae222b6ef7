"""A machine session of somebody who works for others at that time is on their behalf."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import WorksFor
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.kernel.session_began import BookedTo, Proposer, SessionBegan


def _propose(db: Session, begun: Sequence[SessionBegan]) -> Mapping[str, BookedTo]:
    work = _work(db, begun)
    sites = _sites(db, work)
    found: dict[str, BookedTo] = {}
    for each in begun:
        mine = [row for row in work if row.member_id == each.member_id and row.since <= each.at]
        for row in mine[-1:]:
            owner = row.project_id or row.organisation_id
            if owner is not None and sites.get(owner) == each.site_id:
                found[each.session_id] = BookedTo(row.organisation_id, row.project_id)
    return found


def _work(db: Session, begun: Sequence[SessionBegan]) -> list[WorksFor]:
    """Oldest first."""
    members = {each.member_id for each in begun if each.member_id}
    last = max(each.at for each in begun)
    return list(
        db.scalars(
            select(WorksFor)
            .where(WorksFor.member_id.in_(members), WorksFor.since <= last)
            .order_by(WorksFor.since, WorksFor.id)
        )
    )


def _sites(db: Session, work: Sequence[WorksFor]) -> dict[str, str]:
    found: dict[str, str] = {}
    for model, keys in (
        (OrganisationRow, {each.organisation_id for each in work} - {None}),
        (ProjectRow, {each.project_id for each in work} - {None}),
    ):
        if keys:
            where = select(model.id, model.site_id).where(model.id.in_(keys))
            found |= {row.id: row.site_id for row in db.execute(where)}
    return found


PROPOSER = Proposer(3, _propose)
