"""Details of uses and prints that somebody must decide on before a month is closed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing.review_points import Point
from controller.capabilities.members import memberships
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.kernel.actor import Actor
from controller.kernel.names import members_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDetails:
    """Who used the machine, which file a print was, and whether the account itself owes it."""

    person: str
    file: str
    is_own: bool


def of_points(db: Session, points: Sequence[Point], *, actor: Actor) -> dict[str, ItemDetails]:
    """Return the details of the uses and prints among these points, by the id of the item."""
    items = {point.item.id for point in points if point.item is not None}
    jobs = {job.id: job for job in db.scalars(select(PrintJob).where(PrintJob.id.in_(items)))}
    uses = items | {job.session_id for job in jobs.values() if job.session_id}
    rows = db.scalars(select(SessionRow).where(SessionRow.id.in_(uses))).all()
    sessions = {row.id: row for row in rows}
    people = members_of(db, [row.member_ref for row in rows])
    details = {}
    for item in items:
        job = jobs.get(item)
        row = sessions.get((job.session_id or "") if job else item)
        file = (job.name or "") if job else ""
        if row is None:
            details[item] = ItemDetails(person="", file=file, is_own=False)
            continue
        member, name = people.get(row.member_ref or "", (None, ""))
        payer = OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)
        details[item] = ItemDetails(
            person=name, file=file, is_own=memberships.is_own(db, actor, member, payer)
        )
    return details
