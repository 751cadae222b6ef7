"""Removes the payer from bookings that are still to come once it no longer pays for them, and
restores it once it pays again."""

import json
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.bookings import bookings, elapsed_time
from controller.capabilities.bookings.booking_rights import last_moment_before
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.news import BookingNews
from controller.capabilities.members import memberships, on_behalf
from controller.capabilities.members.changes import MembershipsBegan, MembershipsEnded
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations.changes import PayerChange
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Invalid
from controller.kernel.models import AuditEntry
from controller.kernel.outbox import post_news

_REMOVED = "booking_payer_removed"
_NOBODY = OnBehalf()
_NOT_MEMBER = "not_member"
"""Audit detail if the member did not belong to the payer, which a manager had chosen."""


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
            _remove(db, row, event.actor, event.now)
    db.flush()


def restore_payer(db: Session, event: MembershipsBegan) -> None:
    """Restore the payer of the future bookings from which it was removed, when the member has
    joined it again."""
    keys = {*event.organisations, *event.projects}
    _restore(db, keys, event.actor, event.now, BookingRow.member_id == event.member_id)


def check_payer(db: Session, change: PayerChange) -> None:
    """Remove the payer from future bookings for which it no longer pays, since it was closed or is
    over by then; a project's new owner pays instead of the old one. Restore it to those for which
    it pays again.

    A booking that has begun keeps its payer. Each use of a booked machine is checked when it
    begins.
    """
    rows = db.scalars(
        select(BookingRow).where(
            BookingRow.closed_at.is_(None),
            BookingRow.starts_at >= change.now,
            BookingRow.organisation_id == change.organisation_id
            if change.project_id is None
            else BookingRow.project_id == change.project_id,
        )
    ).all()
    loaded = _load_payers(db, rows)
    for row in rows:
        before = elapsed_time.payer_of(row)
        payer = _valid_payer(db, row, before)
        if payer == _NOBODY:
            is_member = memberships.is_member(db, row.member_id, before)
            _remove(db, row, change.actor, change.now, **({} if is_member else {_NOT_MEMBER: True}))
        elif payer != before:
            row.organisation_id, row.project_id = payer.organisation_id, payer.project_id
            post_news(db, BookingNews(site=row.site_id, key=row.id))
    del loaded
    db.flush()
    keys = set(filter(None, (change.organisation_id, change.project_id)))
    _restore(db, keys, change.actor, change.now)


def _valid_payer(db: Session, row: BookingRow, payer: OnBehalf) -> OnBehalf:
    """Return the payer if it pays at the booking's start, and a zone's at its end too; else an
    empty choice."""
    moments = [row.starts_at]
    if row.zone_id is not None:
        moments.append(last_moment_before(row.ends_at))
    for at in moments:
        payer = on_behalf.still_valid(db, row.site_id, payer, at)
    return payer


def _remove(db: Session, row: BookingRow, actor: Actor, now: Utc, **more_detail: object) -> None:
    """Remove the payer; the audit log keeps it, so that it can be restored."""
    bookings.record(db, row, _REMOVED, actor, now, **more_detail)
    row.organisation_id = row.project_id = None


def _restore(
    db: Session, keys: Collection[str], actor: Actor, now: Utc, *where: ColumnElement[bool]
) -> None:
    """Restore these organisations and projects as payers of the future bookings from which they
    were removed, unless somebody has chosen another payer since."""
    removals = db.scalars(
        select(AuditEntry).where(
            AuditEntry.action == _REMOVED,
            or_(*(AuditEntry.detail.contains(f'"{key}"', autoescape=True) for key in keys)),
        )
    ).all()
    rows = db.scalars(
        select(BookingRow)
        .where(
            BookingRow.id.in_({json.loads(entry.detail)["booking"] for entry in removals}),
            BookingRow.closed_at.is_(None),
            BookingRow.ends_at > now,
            BookingRow.organisation_id.is_(None),
            BookingRow.project_id.is_(None),
            *where,
        )
        .order_by(BookingRow.member_id, BookingRow.id)
    ).all()
    former = _removed_payers(db, {entry.subject for entry in removals}, rows)
    for row in rows:
        if row.id not in former or elapsed_time.has_begun(row, now):
            continue
        before, was_member = former[row.id]
        payer = _valid_payer(db, row, before)
        try:
            if was_member:
                on_behalf.check_member(db, row.member_id, payer)
        except Invalid:
            continue
        if payer != _NOBODY:
            row.organisation_id, row.project_id = payer.organisation_id, payer.project_id
            bookings.record(db, row, "booking_payer_restored", actor, now)
    db.flush()


def _removed_payers(
    db: Session, subjects: Collection[str], rows: Sequence[BookingRow]
) -> dict[str, tuple[OnBehalf, bool]]:
    """Return the payer that was removed from each booking, and whether the member belonged to it.

    Without bookings for which somebody has chosen another payer since.
    """
    if not rows:
        return {}
    last: dict[str, tuple[str, OnBehalf, bool]] = {}
    entries = db.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.subject.in_({*subjects, *(f"member:{row.member_id}" for row in rows)}),
            AuditEntry.action.startswith("booking_", autoescape=True),
        )
        .order_by(AuditEntry.seq)
    )
    for entry in entries:
        detail = json.loads(entry.detail)
        payer = OnBehalf(
            organisation_id=detail.get("organisation"), project_id=detail.get("project")
        )
        if payer != _NOBODY and "booking" in detail:
            last[detail["booking"]] = entry.action, payer, _NOT_MEMBER not in detail
    return {
        key: (payer, was_member)
        for key, (action, payer, was_member) in last.items()
        if action == _REMOVED
    }


def _load_payers(db: Session, rows: Sequence[BookingRow]) -> tuple[object, ...]:
    """Load the payers of these bookings, so that as long as the result is kept, checking one reads
    nothing more."""
    ids = {row.project_id for row in rows if row.project_id}
    projects = db.scalars(select(ProjectRow).where(ProjectRow.id.in_(ids))).all()
    payers = {row.organisation_id for row in rows} | {row.organisation_id for row in projects}
    organisations = select(OrganisationRow).where(OrganisationRow.id.in_(payers - {None}))
    return *projects, *db.scalars(organisations)
