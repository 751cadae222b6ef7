"""Statements by mail: to members who have asked for it, when a month is closed."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing.messages import StatementMessage
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import stops, write
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict
from controller.policy.reading import chunks

_WHAT = StatementMessage.WHAT


def is_wanted(db: Session, *, actor: Actor) -> bool | None:
    """Whether one's own is written to oneself; None: one has no address."""
    to = _address(db, actor)
    return None if to is None else stops.digest(to) in stops.wanting(db, _WHAT)


def choose(db: Session, site_id: str, *, wanted: bool, actor: Actor, now: Utc) -> None:
    """Have one's own written to oneself, or no more. Raises Forbidden; Conflict: no address."""
    actor.require(Permission.OWN_WRITE, site_id)
    to = _address(db, actor)
    if to is None:
        raise Conflict("this member has no address")
    (stops.want if wanted else stops.stop)(db, _WHAT, stops.digest(to), now=now)


def write_all(
    db: Session, site_id: str, frozen: Mapping[str, StatementMessage], *, now: Utc
) -> None:
    """Each member's, to those who want it; by the member's id."""
    wanted = stops.wanting(db, _WHAT)
    for some in chunks(sorted(frozen) if wanted else ()):
        mine = select(MemberRow.id, MemberRow.email).where(MemberRow.id.in_(some))
        for member, email in db.execute(mine):
            if email and stops.digest(email) in wanted:
                message = frozen[member]
                key = f"{site_id}/{member}/{message.number}"
                write.to_member(db, member, message, site_id=site_id, key=key, now=now)


def _address(db: Session, actor: Actor) -> str | None:
    member = db.get(MemberRow, actor.member_id or "")
    found = member.email if member else None
    return found if found and stops.is_address(found) else None
