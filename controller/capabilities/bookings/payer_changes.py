"""Removes the payer from bookings that are still to come, once it no longer pays for them."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.bookings import elapsed_time
from controller.capabilities.bookings.booking_rights import last_moment_before
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.news import BookingNews
from controller.capabilities.members import memberships, on_behalf
from controller.capabilities.members.changes import MembershipsEnded
from controller.capabilities.organisations.changes import PayerChange
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.kernel.outbox import post_news


def remove_payer(db: Session, event: MembershipsEnded) -> None:
    """Remove the payer from a member's future bookings when their membership of it ends.

    A zone's booking that has begun keeps its payer, and can't be extended.
    """
    of_payers = or_(
        BookingRow.organisation_id.in_(event.organisations),
        BookingRow.project_id.in_(event.projects),
    )
    of_member = BookingRow.member_id == event.member_id
    rows = db.scalars(
        select(BookingRow).where(BookingRow.closed_at.is_(None), of_member, of_payers)
    )
    for row in rows.all():
        has_ended = not memberships.is_member(db, row.member_id, elapsed_time.payer_of(row))
        if has_ended and not elapsed_time.has_begun(row, event.now):
            row.organisation_id = row.project_id = None
            post_news(db, BookingNews(site=row.site_id, key=row.id))
    db.flush()


def check_payer(db: Session, change: PayerChange) -> None:
    """Remove the payer from future bookings of zones for which it no longer pays, since it was
    closed or is over by then; a project's new owner pays instead of the old one.

    A booking that has begun keeps its payer. The use of a booked machine is checked when it begins.
    """
    rows = db.scalars(
        select(BookingRow).where(
            BookingRow.closed_at.is_(None),
            BookingRow.zone_id.is_not(None),
            BookingRow.starts_at >= change.now,
            BookingRow.organisation_id == change.organisation_id
            if change.project_id is None
            else BookingRow.project_id == change.project_id,
        )
    ).all()
    loaded = _load_payers(db, rows)
    for row in rows:
        before = payer = elapsed_time.payer_of(row)
        for at in (row.starts_at, last_moment_before(row.ends_at)):
            payer = on_behalf.still_valid(db, row.site_id, payer, at)
        if payer != before:
            row.organisation_id, row.project_id = payer.organisation_id, payer.project_id
            post_news(db, BookingNews(site=row.site_id, key=row.id))
    del loaded
    db.flush()


def _load_payers(db: Session, rows: Sequence[BookingRow]) -> tuple[object, ...]:
    """Load the payers of these bookings, so that as long as the result is kept, checking one reads
    nothing more."""
    ids = {row.project_id for row in rows if row.project_id}
    projects = db.scalars(select(ProjectRow).where(ProjectRow.id.in_(ids))).all()
    payers = {row.organisation_id for row in rows} | {row.organisation_id for row in projects}
    organisations = select(OrganisationRow).where(OrganisationRow.id.in_(payers - {None}))
    return *projects, *db.scalars(organisations)
