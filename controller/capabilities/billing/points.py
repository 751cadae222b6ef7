"""Points to review before a month is closed; none of them blocks closing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger
from controller.capabilities.billing.kinds import Why
from controller.capabilities.billing.models import ChargeRow, InvoicingRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.statements import PayerMonth
from controller.capabilities.usage.models import SessionRow

SHOWN = 6
"""Most points that a page shows."""


class ReviewReason(StrEnum):
    """Kinds of points to review."""

    SIRET = "siret"
    """The organisation has no SIRET: its accounting department would refuse the statement."""
    ENGAGEMENT = "engagement"
    """The organisation has no number of a purchase commitment."""
    UNSEEN = "unseen"
    """A machine was on while nobody could see whether it worked: nothing is charged."""
    NO_END = "no_end"
    """No box reported the end of a use: it is charged up to the last report, as an estimate."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point to review, and the payer it concerns."""

    sum: PayerMonth
    missing: ReviewReason
    count: int = 1
    """How many uses it concerns."""


def before_closing(
    db: Session, site_id: str, month: str, totals: Sequence[PayerMonth]
) -> list[Point]:
    """Return the points of a month's payers, organisations first."""
    by_key = {total.key: total for total in totals}
    owing = {key.organisation_id: total for key, total in by_key.items() if total.total_cents > 0}
    details = db.scalars(select(InvoicingRow).where(InvoicingRow.organisation_id.in_(owing)))
    numbers = {row.organisation_id: (row.siret, row.engagement) for row in details}
    points = []
    for key, total in owing.items():
        if key is not None:
            siret, engagement = numbers.get(key, (None, None))
            if not siret:
                points.append(Point(total, ReviewReason.SIRET))
            elif not engagement:
                points.append(Point(total, ReviewReason.ENGAGEMENT))
    no_end = exists().where(
        SessionRow.id == ChargeRow.source_id,
        SessionRow.given_up_at.is_not(None),
        SessionRow.ended_at.is_(None),
    )
    uses = ((ReviewReason.UNSEEN, ChargeRow.why == Why.UNSEEN), (ReviewReason.NO_END, no_end))
    return points + [
        Point(by_key[key], missing, count)
        for missing, which in uses
        for key, count in _counted(db, site_id, month, which).items()
        if key in by_key
    ]


def _counted(
    db: Session, site_id: str, month: str, which: ColumnElement[bool]
) -> dict[PayerKey, int]:
    conditions = (ChargeRow.site_id == site_id, ChargeRow.month == month, which)
    counts: defaultdict[PayerKey, int] = defaultdict(int)
    for row in db.scalars(ledger.valid_charges().where(*conditions)):
        counts[PayerKey.of(row)] += 1
    return counts
