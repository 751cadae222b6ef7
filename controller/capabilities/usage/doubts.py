"""Uses of a badge that no longer belonged to the member: they are charged once somebody confirms
them.

An agent without a connection does not know that a badge was returned, reported lost or given to
somebody else, and reports its former holder (decision 0325). A FabOMatic board reports a number,
which may have been nobody's (decision 0332).
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.past_holders import BadgeUse, uses_after_end
from controller.capabilities.members import memberships
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.usage.booked_to import User
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.capabilities.usage.record import Record
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.outbox import post_news
from controller.kernel.projections import StoredEvent
from controller.kernel.rows import require_readable
from controller.wire.events import SessionStarted


def mark(
    db: Session,
    started: Sequence[Record],
    events: Iterable[StoredEvent],
    people: Mapping[str, User],
) -> None:
    """Mark the sessions that began after their badge had ended, or with a badge of nobody.

    `people`: the members who started them, by reference.
    """
    starts = {
        event.session_id: (event.credential, stored_event)
        for stored_event in events
        if isinstance(event := stored_event.event, SessionStarted) and event.credential
    }
    uses = [
        BadgeUse(
            id=row.id,
            key=starts[row.id][0],
            member=user.id,
            at=row.latest_start or row.started_at,
            event=starts[row.id][1],
        )
        for row in started
        if row.id in starts
        and (user := people.get(row.member_ref or ""))  # no group, and nobody who was erased
        and row.started_at
        and row.is_doubtful is None
    ]
    past = uses_after_end(db, uses) if uses else ()
    for row in started:
        is_nobodys = row.id in starts and row.member_ref is None and row.is_doubtful is None
        if row.id in past or is_nobodys:
            row.is_doubtful = True


def doubt(db: Session, session_id: str) -> None:
    """Mark a session whose badge may have ended before it began, unless this was decided."""
    row = db.get(SessionRow, session_id, populate_existing=True)
    if row is not None and row.is_doubtful is None and row.member_ref is not None:
        row.is_doubtful = True
        db.flush()


def decide(db: Session, session_id: str, *, doubtful: bool, actor: Actor, now: Utc) -> str:
    """Confirm that the user of a doubtful session pays for it, or undo that; return the machine.

    Raises NotFound; Forbidden for the actor's own; Conflict if it was decided meanwhile.
    """
    locked = select(SessionRow).where(
        SessionRow.id == session_id,
        SessionRow.is_doubtful.is_not(None),
        SessionRow.member_ref.is_not(None),
    )
    row = db.scalar(locked.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound("session", session_id)
    require_readable(actor, Permission.MONEY_WRITE, row.site_id, "session", session_id)
    member_id = db.scalar(select(MemberRow.id).where(MemberRow.ref == row.member_ref))
    payer = OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)
    memberships.check_not_own(db, actor, member_id, payer)
    if row.is_doubtful is doubtful:
        raise Conflict("this was decided in the meantime")
    row.is_doubtful = doubtful
    db.flush()
    action = "session_doubted" if doubtful else "session_confirmed"
    audit.record(db, actor, now, action, f"session:{row.id}", row.site_id)
    post_news(db, SessionNews(site=row.site_id, key=row.id))
    return row.access_point_id
