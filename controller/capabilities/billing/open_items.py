"""Uses and prints of which something is not decided or not known when a month is closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, or_, select, text
from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger, months, payers, unreported_work
from controller.capabilities.billing.calculation import Tariff, article_amount
from controller.capabilities.billing.models import ClosedMonth
from controller.capabilities.billing.payers import COUNTER, ERASED_PAYER, PayerKey
from controller.capabilities.billing.prints import article_of
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.review_points import OpenItem, Point, ReviewReason
from controller.capabilities.billing.shapes import PayerKind
from controller.capabilities.billing.unreported_work import HAS_BEGUN
from controller.capabilities.machines.machine_names import machine_names
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.names import Person, members_of
from controller.store.packed_event import first_id

WORK_SHOWN_AFTER = timedelta(minutes=30)
"""How long a printer works without a print before that is shown: heating takes a quarter of an
hour, and cleaning or levelling as long (decision 0326)."""
PRINT_SHOWN_AFTER = timedelta(days=1)
"""How long after its start a print without an end is shown; most end earlier."""
_LONGEST_AWAY = timedelta(days=366)
"""How long ago a use may have begun that is reported after its month was closed."""


_DOUBTFUL = text("machine_session.is_doubtful")  # written exactly as in the partial index
_USE_REPORTED_AT = func.coalesce(
    SessionRow.end_told_at,
    SessionRow.given_up_at,
    SessionRow.start_told_at,
    type_=SessionRow.end_told_at.type,
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads the uses and prints that are points of a month.

    A point belongs to its own month if that is open, else to the first that was open when the
    point could first be shown.
    """

    db: Session
    site_id: str
    zone: ZoneInfo
    tariffs: Sequence[Tariff]
    start: Utc
    end: Utc
    before_closed_at: Utc | None
    """When the month before was closed; None: it is open."""
    now: Utc

    @classmethod
    def of(cls, db: Session, site_id: str, month: str, now: Utc) -> Self:
        zone = months.zone_of(db, site_id)
        before = db.get(ClosedMonth, (site_id, months.month_after(month, -1)))
        return cls(
            db,
            site_id,
            zone,
            ledger.tariffs_of(db, site_id),
            *months.bounds(month, zone),
            None if before is None else before.closed_at,
            now,
        )

    def is_within(self, at: SQLColumnExpression[Any]) -> ColumnElement[bool]:
        return and_(at >= self.start, at < self.end)

    def _is_earlier(self, at: SQLColumnExpression[Any]) -> ColumnElement[bool]:
        return and_(at >= Utc.of(self.start - _LONGEST_AWAY), at < self.start)

    def has_use(self) -> ColumnElement[bool]:
        """Return the condition that a use is a point of this month."""
        at = SessionRow.started_at
        if self.before_closed_at is None:
            return self.is_within(at)
        is_late = self.before_closed_at < _USE_REPORTED_AT
        return or_(self.is_within(at), and_(self._is_earlier(at), is_late))

    def has_print(self) -> ColumnElement[bool]:
        """Return the condition that a print which is not settled is a point of this month."""
        at, closed_at = PrintJob.asked_at, self.before_closed_at
        is_shown = or_(PrintJob.ended_at.is_not(None), at < Utc.of(self.now - PRINT_SHOWN_AFTER))
        if closed_at is None:
            return and_(self.is_within(at), is_shown)
        is_late = or_(
            PrintJob.id >= first_id(closed_at.millis()), at > Utc.of(closed_at - PRINT_SHOWN_AFTER)
        )
        return and_(is_shown, or_(self.is_within(at), and_(self._is_earlier(at), is_late)))

    def rate_of(self, access_point_id: str, at: Utc) -> ArticleRate | None:
        """Return the price of a printer's material at that time."""
        return article_of(self.tariffs, access_point_id, months.day_of(at, self.zone))


def read(db: Session, site_id: str, month: str, now: Utc) -> list[Point]:
    """Return the uses and prints that are points of a month."""
    reading = _Reading.of(db, site_id, month, now)
    return (
        _doubtful_uses(reading)
        + _prints(reading)
        + _nobodys_prints(reading)
        + _untold_uses(reading)
    )


def _doubtful_uses(reading: _Reading) -> list[Point]:
    """Return the uses of which nobody has decided who pays, also those ticked off elsewhere, and
    those with a badge of nobody."""
    uses = (
        select(SessionRow)
        .where(_DOUBTFUL, SessionRow.site_id == reading.site_id, reading.has_use())
        .order_by(SessionRow.started_at)
    )
    points = _item_points(
        reading.db,
        ReviewReason.DOUBT,
        [_Item(row, row.id, row.started_at) for row in reading.db.scalars(uses)],
    )
    return [
        replace(point, missing=ReviewReason.NOBODYS_USE) if point.key == COUNTER else point
        for point in points
    ]


def _prints(reading: _Reading) -> list[Point]:
    """Return the prints of printers with a priced material of which the weight is not known."""
    prints = (
        select(SessionRow, PrintJob)
        .join(SessionRow, SessionRow.id == PrintJob.session_id)
        .where(PrintJob.site_id == reading.site_id)
        .order_by(PrintJob.id)
    )
    corrected = prints.where(
        text("print_job.ended_at > print_job.settled_at"),  # as in the partial index
        reading.is_within(PrintJob.ended_at),
        PrintJob.used_grams < PrintJob.grams,
    )
    prints = prints.where(PrintJob.used_grams.is_(None))
    unweighed = prints.where(reading.is_within(PrintJob.settled_at), HAS_BEGUN)
    printing = prints.where(
        PrintJob.settled_at.is_(None), PrintJob.ended_at.is_(None), reading.has_print()
    )
    points = []
    for missing, which in (
        (ReviewReason.WEIGHT, unweighed),
        (ReviewReason.PRINTING, printing),
        (ReviewReason.LESS_PRINTED, corrected),
    ):
        items = [
            _Item(use, job.id, job.asked_at, job.grams, article_amount(rate, ceil(job.grams or 0)))
            for use, job in reading.db.execute(which)
            if (rate := reading.rate_of(job.access_point_id, job.settled_at or reading.now))
        ]
        points += _item_points(reading.db, missing, items)
    return points


def _nobodys_prints(reading: _Reading) -> list[Point]:
    """Return the prints that began while nobody had tapped, or before their box reported it."""
    db = reading.db
    is_unsettled = PrintJob.settled_at.is_(None)
    prints = db.scalars(
        select(PrintJob)
        .where(PrintJob.session_id.is_(None), PrintJob.site_id == reading.site_id)
        .where(or_(reading.is_within(PrintJob.settled_at), and_(is_unsettled, reading.has_print())))
        .where(HAS_BEGUN, PrintJob.used_grams.is_distinct_from(0.0))
        .order_by(PrintJob.id)
    ).all()
    names = machine_names(db, [job.access_point_id for job in prints])
    payer = payers.shapes(db, {COUNTER})[COUNTER]
    return [
        Point(
            COUNTER,
            payer,
            ReviewReason.NOBODYS_PRINT,
            item=OpenItem(
                id=job.id,
                machine=names[job.access_point_id],
                at=job.asked_at,
                grams=job.grams if job.used_grams is None else job.used_grams,
            ),
        )
        for job in prints
        if reading.rate_of(job.access_point_id, job.asked_at)
    ]


def _untold_uses(reading: _Reading) -> list[Point]:
    """Return the uses in which printers that reported prints before worked without one."""
    db = reading.db
    printers = {
        rate.access_point
        for tariff in reading.tariffs
        for rate in tariff.rates
        if isinstance(rate, ArticleRate) and rate.access_point
    }
    first = (
        select(PrintJob.access_point_id, func.min(PrintJob.asked_at))
        .where(PrintJob.access_point_id.in_(printers))
        .group_by(PrintJob.access_point_id)
    )
    first_asked = dict(db.execute(first).all())
    uses = db.scalars(
        select(SessionRow)
        .where(SessionRow.access_point_id.in_(first_asked), SessionRow.site_id == reading.site_id)
        .where(reading.has_use())
        .where(SessionRow.active_s > WORK_SHOWN_AFTER.total_seconds())
        .where(SessionRow.ended_at.is_not(None))
        .order_by(SessionRow.started_at)
    ).all()
    worked_s = unreported_work.seconds_by_use(db, uses)
    items = [
        _Item(use, use.id, began, worked_s=worked_s[use.id])
        for use in uses
        if (began := use.started_at) is not None
        and worked_s[use.id] > WORK_SHOWN_AFTER.total_seconds()
        and first_asked[use.access_point_id] < began
        and reading.rate_of(use.access_point_id, began)
    ]
    return _item_points(db, ReviewReason.UNTOLD, items)


class _Item(NamedTuple):
    """A use or print that becomes a point: its machine session, and the fields of `OpenItem`."""

    use: SessionRow
    id: str
    at: Utc | None
    grams: float | None = None
    cents: int = 0
    worked_s: float = 0.0


def _item_points(db: Session, missing: ReviewReason, items: Sequence[_Item]) -> list[Point]:
    """Return a point for each of these, with the payer of its machine session."""
    people = members_of(db, [item.use.member_ref for item in items])
    keys = [_payer(item.use, people) for item in items]
    payers_by_key = payers.shapes(db, set(keys))
    names = machine_names(db, [item.use.access_point_id for item in items])
    return [
        Point(
            key,
            payers_by_key[key],
            missing,
            item=OpenItem(
                id=item.id,
                machine=names[item.use.access_point_id],
                at=item.at,
                grams=item.grams,
                cents=item.cents,
                worked_s=item.worked_s,
            ),
        )
        for key, item in zip(keys, items, strict=True)
        if item.at is not None
    ]


def _payer(session: SessionRow, people: Mapping[str, Person]) -> PayerKey:
    if session.organisation_id:
        return PayerKey(PayerKind.ORGANISATION, session.organisation_id)
    if session.project_id:
        return PayerKey(PayerKind.PROJECT, session.project_id)
    if session.member_ref is None:
        return COUNTER
    person = people.get(session.member_ref)
    if person is None:
        return ERASED_PAYER
    return PayerKey(PayerKind.MEMBER, person[0]) if person[0] else COUNTER
