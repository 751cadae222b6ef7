"""The feature *members*."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members import memberships, on_behalf, works_for
from controller.capabilities.members import models as models
from controller.capabilities.members.changes import MemberNews
from controller.capabilities.members.merged_records import surviving_refs
from controller.capabilities.members.models import WorksFor
from controller.capabilities.members.names import NAMES
from controller.capabilities.members.policy import FACTS
from controller.capabilities.members.privacy import PERSONAL_DATA
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations.changes import PaidUseExtension
from controller.kernel.capability import Capability, OnBehalfOf, Proposer, Reaction, SessionBegan

# A machine session of a member who works for an organisation or project is billed to it, unless a
# feature with a lower rank proposes something else.


def _propose(db: Session, sessions: Sequence[SessionBegan]) -> Mapping[str, OnBehalfOf]:
    work = _work(db, sessions)
    proposals: dict[str, OnBehalfOf] = {}
    for session in sessions:
        own_work = [
            row for row in work if row.member_id == session.member_id and row.since <= session.at
        ]
        for row in own_work[-1:]:
            chosen = OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)
            to = on_behalf.still_valid(db, session.site_id, chosen, session.at)
            if to != works_for.NOBODY:
                proposals[session.session_id] = OnBehalfOf(to.organisation_id, to.project_id)
    return proposals


def _work(db: Session, sessions: Sequence[SessionBegan]) -> list[WorksFor]:
    """Return for whom the members of these sessions worked, oldest first."""
    members = {session.member_id for session in sessions if session.member_id}
    last = max(session.at for session in sessions)
    return list(
        db.scalars(
            select(WorksFor)
            .where(WorksFor.member_id.in_(members), WorksFor.since <= last)
            .order_by(WorksFor.since, WorksFor.id)
        )
    )


PROPOSER = Proposer(rank=3, propose=_propose)

MEMBERS = Capability(
    name="members",
    proposer=PROPOSER,
    personal_data=PERSONAL_DATA,
    names=NAMES,
    news=(MemberNews,),
    facts=FACTS,
    # Nobody may extend what their own organisation or project pays for.
    reacts=(Reaction(PaidUseExtension, memberships.check_paid_use_extension),),
    surviving_refs=surviving_refs,  # of records that were merged into another one
)
