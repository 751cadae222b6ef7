"""Points to review before a month is closed; none of them blocks closing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text
from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger, months, payers, unreported_work
from controller.capabilities.billing.calculation import Tariff, article_amount
from controller.capabilities.billing.kinds import Why
from controller.capabilities.billing.models import ChargeRow, ClosedMonth, InvoicingRow
from controller.capabilities.billing.payers import COUNTER, ERASED_PAYER, PayerKey
from controller.capabilities.billing.prints import article_of
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.shapes import Payer, PayerKind
from controller.capabilities.billing.statements import PayerMonth
from controller.capabilities.billing.unreported_work import HAS_BEGUN
from controller.capabilities.machines.machine_names import machine_names
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.names import Person, members_of

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
    NO_TIME = "no_time"
    """The box had no clock in a use: it is charged for the earliest possible time (0334)."""
    DOUBT = "doubt"
    """A machine was used with a former badge of this person (0325): nothing is charged."""

    UNTOLD = "untold"
    """A printer worked in a use without reporting a print: that material is not charged."""
    NOBODYS_PRINT = "nobodys_print"
    """A print began while nobody had tapped: its material is not charged."""
    WEIGHT = "weight"
    """A printer did not report the weight of a print: its material is not charged."""
    PRINTING = "printing"
    """The end of a print is not reported yet: a week after its start it is charged as expected."""
    LESS_PRINTED = "less_printed"
    """The end of a print was reported after its expected weight was charged: less is charged."""
    NO_PRINT_END = "no_print_end"
    """The end of a print was never reported: the expected weight is charged, as an estimate."""


WORK_SHOWN_AFTER = timedelta(minutes=30)
"""How long a printer works without a print before that is shown: heating takes a quarter of an
hour, and cleaning or levelling as long (decision 0326)."""
PRINT_SHOWN_AFTER = timedelta(days=1)
"""How long after its start a print without an end is shown; most end earlier."""
_LONGEST_AWAY = timedelta(days=366)
"""How long ago a use may have begun that is reported after its month was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """A use or print that is charged once somebody decides it, or later."""

    id: str
    machine: Name
    at: Utc
    grams: float | None = None
    """The weight of a print, expected or reported."""
    cents: int = 0
    """What that weight costs."""
    worked_s: float = 0.0
    """How long the printer worked in this use without reporting a print."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point to review, and the payer it concerns."""

    key: PayerKey
    payer: Payer
    missing: ReviewReason
    count: int = 1
    """How many uses it concerns."""
    total_cents: int = 0
    """The payer's total of the month."""
    item: OpenItem | None = None


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
    return (
        _doubtful_uses(db, site_id, month)
        + _prints(db, site_id, month, now)
        + points
        + [
            _month_point(by_key[key], missing, count)
            for missing, which in uses
            for key, count in _count_by_payer(db, site_id, month, which).items()
            if key in by_key
        ]
    )


def _month_point(total: PayerMonth, missing: ReviewReason, count: int = 1) -> Point:
    return Point(total.key, total.payer, missing, count, total.total_cents)


_DOUBTFUL = text("machine_session.is_doubtful")  # written exactly as in the partial index


def _is_of_month(db: Session, site_id: str, month: str) -> ColumnElement[bool]:
    """Return the condition that a use began in this month, or, if it is the first open one, was
    reported after its own was closed."""
    start, end = months.bounds(month, months.zone_of(db, site_id))
    is_own = and_(SessionRow.started_at >= start, SessionRow.started_at < end)
    closed = db.get(ClosedMonth, (site_id, months.last_closed(db, site_id)))
    if closed is None or month != months.month_after(closed.month):
        return is_own
    is_late = and_(
        SessionRow.started_at >= Utc.of(start - _LONGEST_AWAY),
        SessionRow.started_at < start,
        SessionRow.end_told_at > closed.closed_at,
    )
    return or_(is_own, is_late)


def _doubtful_uses(db: Session, site_id: str, month: str) -> list[Point]:
    """Return the uses of which nobody has decided who pays, also those ticked off elsewhere."""
    uses = (
        select(SessionRow)
        .where(_DOUBTFUL, SessionRow.site_id == site_id, SessionRow.member_ref.is_not(None))
        .where(_is_of_month(db, site_id, month))
        .order_by(SessionRow.started_at)
    )
    return _item_points(
        db, ReviewReason.DOUBT, [(row, row.id, row.started_at, None, 0) for row in db.scalars(uses)]
    )


def _prints(db: Session, site_id: str, month: str, now: Utc) -> list[Point]:
    """Return the prints of printers with a priced material of which the weight is not known."""
    zone, tariffs = months.zone_of(db, site_id), ledger.tariffs_of(db, site_id)
    start, end = months.bounds(month, zone)

    def day_of(job: PrintJob) -> date:
        return months.day_of(job.settled_at or now, zone)

    prints = (
        select(SessionRow, PrintJob)
        .join(SessionRow, SessionRow.id == PrintJob.session_id)
        .where(PrintJob.site_id == site_id)
        .order_by(PrintJob.id)
    )
    corrected = prints.where(
        text("print_job.ended_at > print_job.settled_at"),  # as in the partial index
        PrintJob.ended_at >= start,
        PrintJob.ended_at < end,
        PrintJob.used_grams < PrintJob.grams,
    )
    prints = prints.where(PrintJob.used_grams.is_(None))
    unweighed = prints.where(PrintJob.settled_at >= start, PrintJob.settled_at < end, HAS_BEGUN)
    printing = prints.where(
        PrintJob.settled_at.is_(None),
        PrintJob.ended_at.is_(None),
        PrintJob.asked_at >= start,
        PrintJob.asked_at < min(end, now - PRINT_SHOWN_AFTER),
    )
    points = []
    for missing, which in (
        (ReviewReason.WEIGHT, unweighed),
        (ReviewReason.PRINTING, printing),
        (ReviewReason.LESS_PRINTED, corrected),
    ):
        rows = [
            (session, job.id, job.asked_at, job.grams, article_amount(rate, ceil(job.grams or 0)))
            for session, job in db.execute(which)
            if (rate := article_of(tariffs, job.access_point_id, day_of(job))) is not None
        ]
        points += _item_points(db, missing, rows)
    return (
        points
        + _nobodys_prints(db, site_id, tariffs, start, end, zone, now)
        + _untold_uses(db, site_id, tariffs, month, zone)
    )


def _nobodys_prints(
    db: Session,
    site_id: str,
    tariffs: Sequence[Tariff],
    start: Utc,
    end: Utc,
    zone: ZoneInfo,
    now: Utc,
) -> list[Point]:
    """Return the prints that began while nobody had tapped, or before their box reported it."""
    counted_at = func.coalesce(PrintJob.settled_at, PrintJob.asked_at, type_=PrintJob.asked_at.type)
    prints = db.scalars(
        select(PrintJob)
        .where(PrintJob.session_id.is_(None), PrintJob.site_id == site_id)
        .where(counted_at >= start, counted_at < end)
        .where(or_(PrintJob.ended_at.is_not(None), PrintJob.asked_at < now - PRINT_SHOWN_AFTER))
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
        if article_of(tariffs, job.access_point_id, months.day_of(job.asked_at, zone))
    ]


def _untold_uses(
    db: Session, site_id: str, tariffs: Sequence[Tariff], month: str, zone: ZoneInfo
) -> list[Point]:
    """Return the uses in which printers that reported prints before worked without one."""
    printers = {
        rate.access_point
        for tariff in tariffs
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
        .where(SessionRow.access_point_id.in_(first_asked), SessionRow.site_id == site_id)
        .where(_is_of_month(db, site_id, month))
        .where(SessionRow.active_s > WORK_SHOWN_AFTER.total_seconds())
        .where(SessionRow.ended_at.is_not(None))
        .order_by(SessionRow.started_at)
    ).all()
    worked_s = unreported_work.seconds_by_use(db, uses)
    rows: list[tuple[SessionRow, str, Utc | None, float | None, int]] = [
        (use, use.id, began, None, 0)
        for use in uses
        if (began := use.started_at) is not None
        and worked_s[use.id] > WORK_SHOWN_AFTER.total_seconds()
        and first_asked[use.access_point_id] < began
        and article_of(tariffs, use.access_point_id, months.day_of(began, zone))
    ]
    return [
        replace(point, item=replace(point.item, worked_s=worked_s[point.item.id]))
        for point in _item_points(db, ReviewReason.UNTOLD, rows)
        if point.item is not None
    ]


def _item_points(
    db: Session,
    missing: ReviewReason,
    uses: Sequence[tuple[SessionRow, str, Utc | None, float | None, int]],
) -> list[Point]:
    """Return a point for each of these: its machine session, its id, when it was, the grams that
    were expected, and the cents that they cost."""
    people = members_of(db, [session.member_ref for session, *_ in uses])
    keys = [_payer(session, people) for session, *_ in uses]
    payers_by_key = payers.shapes(db, set(keys))
    names = machine_names(db, [session.access_point_id for session, *_ in uses])
    return [
        Point(
            key,
            payers_by_key[key],
            missing,
            item=OpenItem(
                id=id_, machine=names[session.access_point_id], at=at, grams=grams, cents=cents
            ),
        )
        for key, (session, id_, at, grams, cents) in zip(keys, uses, strict=True)
        if at is not None
    ]


def _payer(session: SessionRow, people: Mapping[str, Person]) -> PayerKey:
    if session.organisation_id:
        return PayerKey(PayerKind.ORGANISATION, session.organisation_id)
    if session.project_id:
        return PayerKey(PayerKind.PROJECT, session.project_id)
    person = people.get(session.member_ref or "")
    if person is None:
        return ERASED_PAYER
    return PayerKey(PayerKind.MEMBER, person[0]) if person[0] else COUNTER


def _count_by_payer(
    db: Session, site_id: str, month: str, which: ColumnElement[bool]
) -> dict[PayerKey, int]:
    conditions = (ChargeRow.site_id == site_id, ChargeRow.month == month, which)
    counts: defaultdict[PayerKey, int] = defaultdict(int)
    for row in db.scalars(ledger.valid_charges().where(*conditions)):
        counts[PayerKey.of(row)] += 1
    return counts
