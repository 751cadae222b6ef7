"""Points to review before a month is closed; none of them blocks closing."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger, open_items
from controller.capabilities.billing.kinds import Why
from controller.capabilities.billing.models import ChargeRow, InvoicingRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.review_points import Point, ReviewReason
from controller.capabilities.billing.statements import PayerMonth
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc

SHOWN = 6
"""Most points that a page shows."""


def before_closing(
    db: Session, site_id: str, month: str, totals: Sequence[PayerMonth], now: Utc
) -> list[Point]:
    """Return the points of a month's payers: what nobody has decided yet, then organisations."""
    by_key = {total.key: total for total in totals}
    owing = {key.organisation_id: total for key, total in by_key.items() if total.total_cents > 0}
    details = db.scalars(select(InvoicingRow).where(InvoicingRow.organisation_id.in_(owing)))
    numbers = {row.organisation_id: (row.siret, row.engagement) for row in details}
    points = []
    for key, total in owing.items():
        if key is not None:
            siret, engagement = numbers.get(key, (None, None))
            if not siret:
                points.append(_month_point(total, ReviewReason.SIRET))
            elif not engagement:
                points.append(_month_point(total, ReviewReason.ENGAGEMENT))
    no_end = exists().where(
        SessionRow.id == ChargeRow.source_id,
        SessionRow.given_up_at.is_not(None),
        SessionRow.ended_at.is_(None),
    )
    no_time = exists().where(
        SessionRow.id == ChargeRow.source_id, SessionRow.latest_start.is_not(None)
    )
    no_print_end = exists().where(PrintJob.id == ChargeRow.source_id, PrintJob.outcome.is_(None))
    uses = (
        (ReviewReason.UNSEEN, ChargeRow.why == Why.UNSEEN),
        (ReviewReason.NO_END, no_end),
        (ReviewReason.NO_TIME, no_time),
        (ReviewReason.NO_PRINT_END, no_print_end),
    )
    counts = _count_by_payer(db, site_id, month, [which for _missing, which in uses])
    return (
        open_items.read(db, site_id, month, now)
        + points
        + [
            _month_point(by_key[key], missing, count)
            for (missing, _which), counts_of_reason in zip(uses, counts, strict=True)
            for key, count in counts_of_reason.items()
            if key in by_key
        ]
    )


def _month_point(total: PayerMonth, missing: ReviewReason, count: int = 1) -> Point:
    return Point(total.key, total.payer, missing, count, total.total_cents)


def _count_by_payer(
    db: Session, site_id: str, month: str, conditions: Sequence[ColumnElement[bool]]
) -> list[Counter[PayerKey]]:
    """Return for each condition how many of each payer's charges of the month meet it."""
    counts = [Counter[PayerKey]() for _condition in conditions]
    rows = (
        ledger.valid_charges()
        .add_columns(*conditions)
        .where(ChargeRow.site_id == site_id, ChargeRow.month == month, or_(*conditions))
    )
    for charge, *meets in db.execute(rows):
        for counts_of_condition, is_met in zip(counts, meets, strict=True):
            counts_of_condition[PayerKey.of(charge)] += bool(is_met)
    return [+counter for counter in counts]
