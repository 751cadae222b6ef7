"""For which organisation and project each member works, and since when; the newest row counts."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import WorksFor
from controller.capabilities.members.shapes import OnBehalf
from controller.domain.time import Utc
from controller.wire.ids import uuid7

NOBODY = OnBehalf()
"""The member works for themselves."""


def store(db: Session, member_id: str, chosen: OnBehalf, now: Utc) -> None:
    """Store the organisation and project for which a member works from now on, if they change."""
    if current(db, [member_id]).get(member_id, NOBODY) == chosen:
        return
    # A transaction that waited for the last one may have read the clock earlier.
    last = db.scalar(select(func.max(WorksFor.since)).where(WorksFor.member_id == member_id))
    row = WorksFor(
        id=uuid7(),
        member_id=member_id,
        since=now if last is None else max(now, last),
        organisation_id=chosen.organisation_id,
        project_id=chosen.project_id,
    )
    db.add(row)
    db.flush()


def choice_until(db: Session, member_id: str, ended_at: Utc) -> OnBehalf:
    """Return for whom a member worked until that moment, if they work for themselves since then;
    otherwise an empty choice."""
    newest_first = (WorksFor.since.desc(), WorksFor.id.desc())
    of_member = select(WorksFor).where(WorksFor.member_id == member_id)
    match db.scalars(of_member.order_by(*newest_first).limit(2)).all():
        case [WorksFor(organisation_id=None, project_id=None) as last, before] if (
            last.since == ended_at
        ):
            return OnBehalf(organisation_id=before.organisation_id, project_id=before.project_id)
    return NOBODY


def current(db: Session, members: Collection[str]) -> dict[str, OnBehalf]:
    """Return the organisation and project for which these members work; without members who never
    chose."""
    newest_first = (WorksFor.since.desc(), WorksFor.id.desc())
    place = func.row_number().over(partition_by=WorksFor.member_id, order_by=newest_first)
    ranked = (
        select(
            WorksFor.member_id, WorksFor.organisation_id, WorksFor.project_id, place.label("place")
        )
        .where(WorksFor.member_id.in_(members))
        .subquery()
    )
    return {
        row.member_id: OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)
        for row in db.execute(select(ranked).where(ranked.c.place == 1))
    }
