"""What a member's latest uses will cost that are not charged yet."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import book_updates, ledger, months, upcoming_charges
from controller.capabilities.billing.calculation import Line, Tariff
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.models import ChargeRow, TariffRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.shapes import PayerKind
from controller.capabilities.billing.sources import MemberMonth
from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel import outbox
from controller.kernel.news import PostedNews
from controller.kernel.outbox_places import ReaderPosition
from controller.kernel.read_memo import memoise

LATEST_NEWS = 100
"""How many news a page reads at most to know what is not charged yet."""

Pending = Counter[tuple[PayerKey, str, str]]
"""Amounts that are not charged yet, by payer, site and month of the statement."""


def pending_amounts(db: Session, member_id: str, now: Utc) -> Pending:
    """Return what this member's uses up to this month will cost that are not charged yet.

    Bookings that have not begun are left out.
    """
    return memoise(db, ("pending", member_id, now), lambda: _pending(db, member_id, now))


def _pending(db: Session, member_id: str, now: Utc) -> Pending:
    ref, owed = db.get_one(MemberRow, member_id).ref, Pending()
    for site_id in db.scalars(select(TariffRow.site_id).distinct()).all():
        tariffs, closed = ledger.tariffs_of(db, site_id), months.last_closed(db, site_id)
        until = months.current_month(db, site_id, now)
        for month, refs in book_updates.by_month(_units_behind(db, site_id, ref)).items():
            if month > until:
                continue
            statement_month = months.open_month_for(month, closed)
            differences = [*_differences(db, site_id, month, refs, tariffs, member_id)]
            upcoming = upcoming_charges.upcoming_bookings(
                db, {difference.source_id for difference in differences}, now
            )
            for difference in differences:
                if difference.source_id not in upcoming:
                    owed[difference.payer, site_id, statement_month] += difference.cents
    return owed


def _units_behind(db: Session, site_id: str, ref: str) -> set[MemberMonth]:
    """Return the units of a member whose charges may not be up to date."""
    failing = {unit for unit in book_updates.failing_units(db, site_id) if unit.ref == ref}
    place = book_updates.place_behind(db, site_id)
    if place is None:
        return failing
    news = _latest_news(db, place)
    if place.moved_at is None or not place.is_whole or len(news) > LATEST_NEWS:
        return book_updates.all_units(db, site_id, only=ref)
    return failing | {unit for unit in book_updates.units_of(db, site_id, news) if unit.ref == ref}


def _latest_news(db: Session, place: ReaderPosition) -> list[PostedNews]:
    """Return the news that are not derived yet; one more than `LATEST_NEWS` if there are more."""
    kinds = db.info["house"].kinds
    return outbox.news_since(db, kinds, place.site, place.position, limit=LATEST_NEWS + 1)


def pending_cents(db: Session, site_id: str, member_id: str, now: Utc) -> Cents:
    """Return what the site's latest news, which are not derived yet, will add to what the member
    owes up to this month.

    0 if there are many, as after a stop, so that a page does not wait for them.
    """
    place = book_updates.place_behind(db, site_id)
    news = _latest_news(db, place) if place else []
    if len(news) > LATEST_NEWS:
        return Cents(0)
    ref, until = db.get_one(MemberRow, member_id).ref, months.current_month(db, site_id, now)
    units = [unit for unit in book_updates.units_of(db, site_id, news) if unit.ref == ref]
    tariffs = ledger.tariffs_of(db, site_id) if units else ()
    member = PayerKey(PayerKind.MEMBER, member_id)
    return Cents(
        sum(
            difference.cents
            for month, refs in book_updates.by_month(units).items()
            if tariffs and month <= until
            for difference in _differences(db, site_id, month, refs, tariffs, member_id)
            if difference.payer == member
        )
    )


class _Difference(NamedTuple):
    """By how much a charge changes once it is derived, and who pays it."""

    payer: PayerKey
    source_id: str
    cents: int


def _differences(
    db: Session,
    site_id: str,
    month: str,
    refs: Sequence[str],
    tariffs: Sequence[Tariff],
    member_id: str,
) -> Iterator[_Difference]:
    """Yield the charges of a month that are not right yet."""
    for difference in ledger.compare(db, site_id, month, refs, tariffs):
        for line in difference.missing:
            yield _Difference(_payer(line, member_id), line.source_id, line.amount_cents)
        for row in difference.wrong:
            yield _Difference(_payer(row, member_id), row.source_id, -row.amount_cents)


def _payer(line: Line | ChargeRow, member_id: str) -> PayerKey:
    """Return who pays it: the member, or an organisation or a project."""
    if line.organisation_id is not None:
        return PayerKey(PayerKind.ORGANISATION, line.organisation_id)
    if line.project_id is not None:
        return PayerKey(PayerKind.PROJECT, line.project_id)
    return PayerKey(PayerKind.MEMBER, member_id)
