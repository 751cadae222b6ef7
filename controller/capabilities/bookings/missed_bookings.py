"""No-shows: marks bookings as missed, and releases them if the site is configured so."""

from datetime import timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentState
from controller.capabilities.bookings.messages import ReleasedMessage
from controller.capabilities.bookings.models import BookingRow, BookingTerms
from controller.capabilities.bookings.news import BookingNews
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.messages import write
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.outbox import post_news

_BY = Actor.system("bookings")


def mark_missed(db: Session, now: Utc) -> None:
    """Mark bookings of machines that their member has not used as missed, and release them.

    Only if the machine's agent is online; otherwise its events are not known yet.
    """
    started_bookings = (
        select(BookingRow, MemberRow.ref, BookingTerms.release_min)
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .join(AccessPointRow, AccessPointRow.id == BookingRow.access_point_id)
        .join(AgentState, AgentState.agent_id == AccessPointRow.agent_id)
        .outerjoin(BookingTerms, BookingTerms.site_id == BookingRow.site_id)
        .where(BookingRow.closed_at.is_(None), BookingRow.starts_at <= now, AgentState.online)
    )
    for row, ref, release_min in db.execute(started_bookings).all():
        if not _was_used(db, row, ref):
            _mark_or_release(db, row, release_min, now)
    db.flush()


def _was_used(db: Session, row: BookingRow, ref: str) -> bool:
    """Return whether the member used the machine during the booking."""
    used = exists().where(
        SessionRow.access_point_id == row.access_point_id,
        SessionRow.member_ref == ref,
        SessionRow.started_at < row.ends_at,
        or_(SessionRow.ended_at.is_(None), SessionRow.ended_at > row.starts_at),
    )
    return bool(db.scalar(select(used)))


def _mark_or_release(db: Session, row: BookingRow, release_min: int | None, now: Utc) -> None:
    """Mark the booking as missed if it is over, or release it after the site's waiting time."""
    since = max(row.starts_at, row.created_at)
    if row.ends_at <= now:
        row.missed_at = row.ends_at
    elif release_min is not None and since + timedelta(minutes=release_min) <= now:
        row.missed_at = row.closed_at = now
        subject = f"member:{row.member_id}"
        audit.record(db, _BY, now, "booking_released", subject, row.site_id, booking=row.id)
        post_news(db, BookingNews(site=row.site_id, key=row.id))
        _notify(db, row, now)


def _notify(db: Session, row: BookingRow, now: Utc) -> None:
    point = db.get_one(AccessPointRow, row.access_point_id)
    message = ReleasedMessage(
        point=point.name, starts_at=row.starts_at.text(), ends_at=row.ends_at.text()
    )
    write.to_member(db, row.member_id, message, site_id=row.site_id, key=row.id, now=now)
