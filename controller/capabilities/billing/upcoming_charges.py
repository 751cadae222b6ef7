"""Charges of bookings that have not begun: until then, nothing of them is owed."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.billing import months, payers
from controller.capabilities.billing.kinds import SourceKind, Why
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.bookings.models import BookingRow
from controller.domain.time import Utc
from controller.kernel.read_memo import memoise
from controller.policy.reading import chunks

UpcomingCharges = Mapping[tuple[PayerKey, str], int]
"""Cents by payer and month of the statement, remissions deducted; those without are left out."""


def by_payer(db: Session, site_id: str, now: Utc) -> UpcomingCharges:
    """Return what upcoming bookings at a site are charged."""
    return memoise(db, ("upcoming charges", site_id, now), lambda: _read(db, site_id, now))


def of_payer(db: Session, site_id: str, payer: PayerKey, now: Utc) -> Mapping[str, int]:
    """Return what upcoming bookings at a site are charged to one payer, by month, in cents."""
    is_theirs = payers.pays(ChargeRow, payer)
    return {month: cents for (_payer, month), cents in _read(db, site_id, now, is_theirs).items()}


def unpaid_part(left_cents: int, upcoming_cents: int) -> int:
    """Return how much of what is left of a month is for upcoming bookings, and not owed yet.

    Payments count first towards what is owed.
    """
    return max(0, min(left_cents, upcoming_cents))


def is_upcoming(db: Session, site_id: str, now: Utc) -> ColumnElement[bool]:
    """SQL condition: a charge is for a booking at this site that has not begun, or its remission.

    The kind, the day and the reason come first, so that few charges are looked up.
    """
    reduced = aliased(ChargeRow)
    begins_later = BookingRow.starts_at > now
    return or_(
        and_(
            ChargeRow.source_kind == SourceKind.BOOKING,
            ChargeRow.day >= months.day_of(now, months.zone_of(db, site_id)),
            exists().where(BookingRow.id == ChargeRow.source_id, begins_later),
        ),
        and_(
            ChargeRow.source_kind == SourceKind.ENTRY,
            ChargeRow.why.in_((Why.REMISSION, Why.COUNTER)),
            exists().where(
                reduced.id == ChargeRow.thing, BookingRow.id == reduced.source_id, begins_later
            ),
        ),
    )


def upcoming_bookings(db: Session, booking_ids: Collection[str], now: Utc) -> set[str]:
    """Return which of these ids are of bookings that have not begun."""
    ids: set[str] = set()
    for batch in chunks(sorted(booking_ids)):
        rows = select(BookingRow.id).where(BookingRow.id.in_(batch), BookingRow.starts_at > now)
        ids.update(db.scalars(rows))
    return ids


def _read(db: Session, site_id: str, now: Utc, *where: ColumnElement[bool]) -> UpcomingCharges:
    payer_columns = payers.columns(ChargeRow)
    rows = db.execute(
        select(ChargeRow.month, *payer_columns, func.sum(ChargeRow.amount_cents).label("cents"))
        .where(
            ChargeRow.site_id == site_id,
            ChargeRow.month >= months.current_month(db, site_id, now),
            is_upcoming(db, site_id, now),
            *where,
        )
        .group_by(ChargeRow.month, *payer_columns)
    )
    cents: dict[tuple[PayerKey, str], int] = {}
    for row in rows:
        key = PayerKey.of(row), row.month
        cents[key] = cents.get(key, 0) + int(row.cents)
    return cents
