"""A member's latest machine sessions, for that member only."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.policy.reading import from_json

SESSION_LIMIT = 8
"""Maximum number of listed sessions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSession:
    """One of the actor's own machine sessions."""

    id: str
    name: Name
    icon: str
    started_at: Utc
    ended_at: Utc | None
    """None while it is running."""
    active_s: float


def own_sessions(db: Session, site_id: str, *, actor: Actor) -> list[OwnSession]:
    """Return the actor's own sessions at a site, latest first.

    Has no parameter for a member, so that nobody else's sessions can be requested.
    """
    ref = select(MemberRow.ref).where(MemberRow.id == (actor.member_id or ""))
    rows = db.execute(
        select(SessionRow, AccessPointRow.name, AccessPointRow.icon)
        .outerjoin(AccessPointRow, AccessPointRow.id == SessionRow.access_point_id)
        .where(
            SessionRow.member_ref == ref.scalar_subquery(),
            SessionRow.site_id == site_id,
            SessionRow.started_at.is_not(None),
        )
        .order_by(SessionRow.id.desc())
        .limit(SESSION_LIMIT)
    )
    return [
        OwnSession(
            id=row.id,
            name=from_json(name, Name) if name else Name(fr=row.access_point_id),
            icon=icon or "cog",
            started_at=row.started_at,
            ended_at=row.ended_at,
            active_s=row.active_s,
        )
        for row, name, icon in rows
        if row.started_at is not None
    ]
