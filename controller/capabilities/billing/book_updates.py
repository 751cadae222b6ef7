"""Update charges from news, in the order of commits, by units: a unit is one person's month.

A person's month that can't be derived does not delay other people's: an alarm names it, and it is
tried again each time.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.billing import courses, ledger, months, remissions
from controller.capabilities.billing.calculation import Tariff
from controller.capabilities.billing.models import ChargeRow, MoneyEntry, TariffRow
from controller.capabilities.billing.news import LateUseNews, TariffNews
from controller.capabilities.billing.sources import MemberMonth
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.news import BookingNews
from controller.capabilities.members.changes import MemberNews
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.models import PassRow, PlanRow, SubscriptionRow
from controller.capabilities.training.changes import CourseSessionNews
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel import outbox, outbox_places
from controller.kernel.jobs import ClaimLost, Job, Transactions, Work
from controller.kernel.news import PostedNews
from controller.kernel.outbox_places import ReaderPosition
from controller.policy.reading import chunks

READER = "billing"
"""The name of this outbox reader."""
UNITS_AT_ONCE = 100
"""Units derived in one transaction, so that others do not wait long."""
FAILING = "charges_failing"
FAULT_OF_ALL = 5
"""When everybody in a group of at least this many people fails, the job fails."""

_log = logging.getLogger(__name__)


def catch_up(
    database: Transactions, site_id: str, now: Utc, may_continue: Callable[[], bool] = lambda: True
) -> None:
    """Derive charges from a site's news, then store the position in the outbox.

    If the process dies in between, they are derived again, which changes nothing. Stops once
    `may_continue` returns False.
    """
    with database.read() as db:
        failing = failing_units(db, site_id)
    if failing and may_continue():
        _derive_apart(database, site_id, sorted(failing), now, failed_before=True)
    while may_continue():
        with database.read() as db:
            place = place_behind(db, site_id)
            if place is None:
                return
            news = outbox.news_since(db, db.info["house"].kinds, site_id, place.position)
            is_new = place.moved_at is None or not place.is_whole
            units = all_units(db, site_id) if is_new else units_of(db, site_id, news)
        for batch in chunks(sorted(units), UNITS_AT_ONCE):
            try:
                with database.write() as db:
                    derive_all(db, site_id, batch, now)
            except Exception as problem:
                if not _is_caused_by_rows(problem):
                    raise
                _derive_apart(database, site_id, batch, now)
        with database.write() as db:
            _move_position(db, place, news[-1].position if news else place.head, now)


def _move_position(db: Session, place: ReaderPosition, end: int, now: Utc) -> None:
    if outbox_places.take(db, READER, place, holder=READER, now=now) == place.position:
        outbox_places.move(
            db, READER, place.site, holder=READER, start=place.position, end=end, now=now
        )


def _is_caused_by_rows(problem: Exception) -> bool:
    """Return whether the rows caused the problem, and not the database or the job."""
    if isinstance(problem, DBAPIError):
        return isinstance(problem, DataError | IntegrityError)
    return not isinstance(problem, ClaimLost)


def _derive_apart(
    database: Transactions,
    site_id: str,
    units: Sequence[MemberMonth],
    now: Utc,
    *,
    failed_before: bool = False,
) -> None:
    """Derive each in a transaction of its own.

    One that fails has an alarm until it is derived. If many people fail and nobody succeeds, their
    data is not the cause: the error is raised, and no alarm is added.
    """
    failed: dict[MemberMonth, Exception] = {}
    for unit in units:
        try:
            with database.write() as db:
                derive_all(db, site_id, [unit], now)
                _set_failing(db, unit, now, is_on=ledger.is_in_doubt(db, unit))
        except Exception as problem:
            if not _is_caused_by_rows(problem):
                raise
            failed[unit] = problem
    people = {unit.ref for unit in failed}
    if not failed_before and len(failed) == len(units) and len(people) >= FAULT_OF_ALL:
        raise failed[units[0]]
    with database.write() as db:
        for unit, why in failed.items():
            _log.warning("charges of %s in %s: %s", unit.ref, unit.month, why, exc_info=why)
            _set_failing(db, unit, now, is_on=True)


def failing_units(db: Session, site_id: str) -> set[MemberMonth]:
    """Return the units that could not be derived so far."""
    active_alarms = select(Alarm.detail).where(
        Alarm.site_id == site_id, Alarm.kind == FAILING, Alarm.cleared_at.is_(None)
    )
    return {
        MemberMonth(site_id, detail["month"], detail["ref"]) for detail in db.scalars(active_alarms)
    }


def place_behind(db: Session, site_id: str) -> ReaderPosition | None:
    """Return the position in the site's outbox; None if no news are left to derive."""
    places = outbox_places.places_behind(db, READER)
    return next((place for place in places if place.site == site_id), None)


def _set_failing(db: Session, unit: MemberMonth, now: Utc, *, is_on: bool) -> None:
    set_alarm(
        db,
        key=f"{FAILING}:{unit.site_id}:{unit.month}:{unit.ref}",
        site_id=unit.site_id,
        kind=FAILING,
        access_point=None,
        detail={"month": unit.month, "ref": unit.ref, "name": {"en": f"{unit.month}, {unit.ref}"}},
        is_on=is_on,
        now=now,
    )


def _follow(work: Work) -> None:
    catch_up(work, work.site, work.now, work.may_continue)


def derive_all(db: Session, site_id: str, units: Iterable[MemberMonth], now: Utc) -> int:
    """Derive these units of a site, then the remissions that depend on the changed charges.

    Returns how many charges were written.
    """
    tariffs = ledger.tariffs_of(db, site_id)
    if not tariffs:
        return 0
    units = set(units)
    _keep_from_erasure(db, {unit.ref for unit in units} - {""})
    new_rows = _derive(db, site_id, units, tariffs, now)
    remitting = _remitting(db, site_id, new_rows)
    return len(new_rows) + len(_derive(db, site_id, remitting, tariffs, now))


def _keep_from_erasure(db: Session, refs: Collection[str]) -> None:
    """Lock these members against deletion, before the ledger, which an erasure locks after them."""
    for batch in chunks(sorted(refs)):
        rows = select(MemberRow.id).where(MemberRow.ref.in_(batch)).order_by(MemberRow.id)
        db.execute(rows.with_for_update(read=True, key_share=True))


def _derive(
    db: Session, site_id: str, units: Iterable[MemberMonth], tariffs: Sequence[Tariff], now: Utc
) -> list[ChargeRow]:
    written: list[ChargeRow] = []
    for month, refs in by_month(units).items():
        new_rows, doubtful = ledger.derive(db, site_id, month, refs, tariffs, now)
        written += new_rows
        for unit in doubtful:
            if ledger.is_in_doubt(db, unit):
                _set_failing(db, unit, now, is_on=True)
    return written


def _remitting(db: Session, site_id: str, new_rows: Iterable[ChargeRow]) -> set[MemberMonth]:
    """Return the units with remissions of these charges; they may be in another month."""
    touched = {row.source_id for row in new_rows}
    touched |= set(remissions.sources_of(db, {row.thing for row in new_rows}).values())
    refs = remissions.refs_of(db, site_id, touched)
    return {MemberMonth(site_id, month, ref) for month, ref in refs}


def by_month(units: Iterable[MemberMonth]) -> dict[str, list[str]]:
    """Return the member references of these units by month, since a month is read at once."""
    refs: dict[str, list[str]] = {}
    for unit in sorted(units):
        refs.setdefault(unit.month, []).append(unit.ref)
    return refs


def units_of(db: Session, site_id: str, news: Iterable[PostedNews]) -> set[MemberMonth]:
    """Return the units that these news may have changed."""
    keys: dict[type, set[str]] = {}
    for news_item in news:
        if news_item.news is not None:
            keys.setdefault(type(news_item.news), set()).add(news_item.key)
    session_ids = keys.get(SessionNews, set()) | keys.get(LateUseNews, set())
    units = {*_of_sessions(db, site_id, session_ids)}
    units |= {*_of_courses(db, site_id, keys.get(CourseSessionNews, set()))}
    units |= {*_of_bookings(db, site_id, keys.get(BookingNews, set()))}
    units |= {*_of_members(db, site_id, keys.get(MemberNews, set()))}
    if tariff_ids := keys.get(TariffNews):
        starts = select(TariffRow.valid_from).where(TariffRow.id.in_(tariff_ids))
        units |= units_since(db, site_id, min(db.scalars(starts), default=date.max))
    return units


def units_since(
    db: Session, site_id: str, day: date, *, only: str | None = None
) -> set[MemberMonth]:
    """Return all units since a day; `only` limits them to one member reference."""
    zone = months.zone_of(db, site_id)
    start = Utc.of(datetime(day.year, day.month, 1, tzinfo=zone)) if day < date.max else None
    if start is None:
        return set()
    units = {
        MemberMonth(site_id, months.month_of(months.day_of(at, zone)), ref)
        for ref, at in db.execute(
            select(SessionRow.member_ref, SessionRow.started_at).where(
                SessionRow.site_id == site_id,
                SessionRow.started_at >= start,
                SessionRow.member_ref.is_not(None)
                if only is None
                else SessionRow.member_ref == only,
            )
        )
        if ref and at
    }
    for model, moment, is_of_site in (
        (BookingRow, BookingRow.starts_at, BookingRow.site_id == site_id),
        (PassRow, PassRow.valid_from, _plan_here(PassRow, site_id)),
        (SubscriptionRow, SubscriptionRow.valid_from, _plan_here(SubscriptionRow, site_id)),
        (MoneyEntry, MoneyEntry.at, MoneyEntry.site_id == site_id),
    ):
        rows = db.execute(
            select(MemberRow.ref, moment)
            .select_from(model)
            .outerjoin(MemberRow, MemberRow.id == model.member_id)
            .where(is_of_site, moment >= start, true() if only is None else MemberRow.ref == only)
        )
        units |= {
            MemberMonth(site_id, months.month_of(months.day_of(at, zone)), ref or "")
            for ref, at in rows
        }
    return units


def all_units(db: Session, site_id: str, *, only: str | None = None) -> set[MemberMonth]:
    """Return all units since the first tariff, for a reader that is new or has missed news."""
    starts = db.scalars(select(TariffRow.valid_from).where(TariffRow.site_id == site_id))
    return units_since(db, site_id, min(starts, default=date.max), only=only)


def derive_member(db: Session, ref: str, now: Utc) -> None:
    """Update all charges of one member at once, for example before the member is erased."""
    for site_id in db.scalars(select(TariffRow.site_id).distinct()).all():
        derive_all(db, site_id, all_units(db, site_id, only=ref), now)


def _plan_here(model: type[PassRow] | type[SubscriptionRow], site_id: str) -> ColumnElement[bool]:
    return model.plan_id.in_(select(PlanRow.id).where(PlanRow.site_id == site_id))


def _of_sessions(db: Session, site_id: str, ids: set[str]) -> Iterator[MemberMonth]:
    zone = months.zone_of(db, site_id)
    rows = select(SessionRow.id, SessionRow.member_ref, SessionRow.started_at)
    for batch in chunks(sorted(ids)):
        rows_of_batch = rows.where(SessionRow.id.in_(batch), SessionRow.site_id == site_id)
        for _key, ref, at in db.execute(rows_of_batch):
            if ref and at:
                yield MemberMonth(site_id, months.month_of(months.day_of(at, zone)), ref)
        yield from _units_of_sources(db, site_id, batch)
        yield from _of_prints(db, site_id, SessionRow.id.in_(batch))


def _of_courses(db: Session, site_id: str, ids: set[str]) -> Iterator[MemberMonth]:
    """Yield the units of machine sessions in these courses, and of their prints; who did not take
    part pays for them."""
    zone = months.zone_of(db, site_id)
    for batch in chunks(sorted(ids)):
        in_course = SessionRow.course_session_id.in_(batch)
        rows = db.execute(
            select(SessionRow.member_ref, SessionRow.started_at).where(
                in_course, SessionRow.site_id == site_id
            )
        )
        for ref, at in rows:
            if ref and at:
                yield MemberMonth(site_id, months.month_of(months.day_of(at, zone)), ref)
        yield from _of_prints(db, site_id, in_course)


def _of_prints(db: Session, site_id: str, sessions: ColumnElement[bool]) -> Iterator[MemberMonth]:
    for month, ref in courses.refs_of_prints(db, site_id, sessions):
        yield MemberMonth(site_id, month, ref)


def _of_bookings(db: Session, site_id: str, ids: set[str]) -> Iterator[MemberMonth]:
    zone = months.zone_of(db, site_id)
    for batch in chunks(sorted(ids)):
        rows = db.execute(
            select(MemberRow.ref, BookingRow.starts_at)
            .join(MemberRow, MemberRow.id == BookingRow.member_id)
            .where(BookingRow.id.in_(batch), BookingRow.site_id == site_id)
        )
        for ref, at in rows:
            yield MemberMonth(site_id, months.month_of(months.day_of(at, zone)), ref)
        yield from _units_of_sources(db, site_id, batch)


def _units_of_sources(db: Session, site_id: str, sources: list[str]) -> Iterator[MemberMonth]:
    """Yield the units in which these are charged now, which may be another month."""
    rows = db.execute(
        select(MemberRow.ref, ChargeRow.done_month)
        .join(MemberRow, MemberRow.id == ChargeRow.member_id)
        .where(ChargeRow.source_id.in_(sources), ChargeRow.site_id == site_id)
    )
    for ref, month in rows:
        yield MemberMonth(site_id, month, ref)


def _of_members(db: Session, site_id: str, ids: set[str]) -> Iterator[MemberMonth]:
    """Yield the units in which these members' passes and subscriptions began, or have charges."""
    zone = months.zone_of(db, site_id)
    for batch in chunks(sorted(ids)):
        refs = {
            row.id: row.ref
            for row in db.execute(
                select(MemberRow.id, MemberRow.ref).where(MemberRow.id.in_(batch))
            )
        }
        for model in (PassRow, SubscriptionRow):
            starts = select(model.member_id, model.valid_from).where(model.member_id.in_(refs))
            for member_id, at in db.execute(starts):
                yield MemberMonth(
                    site_id, months.month_of(months.day_of(at, zone)), refs[member_id]
                )
        charged_months = select(ChargeRow.member_id, ChargeRow.done_month).where(
            ChargeRow.site_id == site_id, ChargeRow.member_id.in_(refs)
        )
        for row in db.execute(charged_months.distinct()):
            yield MemberMonth(site_id, row.done_month, refs[str(row.member_id)])


JOBS = (
    Job(
        name="billing", title=N_("updating amounts owed"), run=_follow, period_s=15.0, per_site=True
    ),
)
