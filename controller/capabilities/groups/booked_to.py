"""A machine session with a group's badge is on behalf of the group's organisation."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.groups.models import GroupRow
from controller.capabilities.members import on_behalf
from controller.capabilities.members.shapes import OnBehalf
from controller.kernel.session_began import BookedTo, Proposer, SessionBegan


def _propose(db: Session, begun: Sequence[SessionBegan]) -> Mapping[str, BookedTo]:
    refs = {session.member_ref for session in begun if session.member_id is None}
    if not refs:
        return {}
    groups = select(GroupRow.ref, GroupRow.organisation_id).where(GroupRow.ref.in_(refs))
    owners = {row.ref: OnBehalf(organisation_id=row.organisation_id) for row in db.execute(groups)}
    found: dict[str, BookedTo] = {}
    for session in begun:
        if session.member_ref in owners:
            to = on_behalf.still_valid(db, session.site_id, owners[session.member_ref], session.at)
            found[session.session_id] = BookedTo(to.organisation_id)
    return found


PROPOSER = Proposer(4, _propose)
