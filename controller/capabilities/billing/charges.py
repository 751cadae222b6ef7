"""Lists charges, and adds those that people enter: materials, courses and remissions."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import book_updates, ledger, months, payers, remissions
from controller.capabilities.billing.calculation import tariff_on
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import EntryKind, SourceKind
from controller.capabilities.billing.models import ChargeRow, MoneyEntry, PaymentRow
from controller.capabilities.billing.news import MoneyNews
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_TAKE, MONEY_WRITE
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.shapes import Charge, NewCharge, Remission
from controller.capabilities.billing.sources import MemberMonth
from controller.capabilities.members import memberships, on_behalf
from controller.capabilities.members.changes import MemberTakenBack
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_of
from controller.capabilities.members.shapes import OnBehalf
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.mapping import to_shape
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, is_there, resolve_site, visible
from controller.wire.ids import uuid7


def create(db: Session, new: NewCharge, *, actor: Actor, now: Utc) -> Charge:
    """Charge an article to somebody; `money:write` is needed for a payer without a member.

    Raises Invalid, Forbidden.
    """
    site_id = resolve_site(db, actor, MONEY_TAKE, new.site_id)
    _require_article(db, site_id, new.article, now)
    member = require_member(db, site_id, new.member_id)
    payer = on_behalf.resolve(db, [site_id], _payer(new), now)
    on_behalf.check_payer(db, site_id, new.member_id, payer, actor=actor)
    entry = MoneyEntry(
        id=uuid7(),
        site_id=site_id,
        kind=EntryKind.ARTICLE,
        at=now,
        member_id=new.member_id,
        organisation_id=payer.organisation_id,
        project_id=payer.project_id,
        article=new.article,
        quantity=new.quantity,
        remitted_cents=None,
        reason=None,
        by=actor.ref,
        cancelled_at=None,
    )
    db.add(entry)
    payer_details = on_behalf.audit_details(payer)
    return _record_entry(db, entry, member, actor, now, "article_charged", **payer_details)


class TooMuch(Conflict):
    """Raised for a remission that is larger than what is left of the charge."""

    def __init__(self, left: Cents) -> None:
        super().__init__("no more can be remitted than is left of this charge")
        self.left = left


def remit(db: Session, charge_id: str, new: Remission, *, actor: Actor, now: Utc) -> Charge:
    """Reduce a charge, for a reason.

    Nobody may reduce their own charges, or those of an organisation or project of theirs. Raises
    NotFound, Forbidden, Conflict, TooMuch.
    """
    row = visible(db, ChargeRow, charge_id, "charge", actor, MONEY_READ)
    actor.require(MONEY_WRITE, row.site_id)
    _check_not_own(db, row, actor)
    payers.check_not_own(db, row.site_id, row.month, payers.PayerKey.of(row), actor=actor)
    ledger.lock(db, row.site_id)
    left = row.amount_cents - remissions.remitted_of(db, {row.source_id})[row.source_id]
    valid_charge = ledger.valid_charges().where(ChargeRow.id == row.id)
    if db.scalar(valid_charge) is None:
        raise Conflict("this charge was taken back")
    if new.amount_cents > left:
        raise TooMuch(Cents(left))
    entry = MoneyEntry(
        id=uuid7(),
        site_id=row.site_id,
        kind=EntryKind.REMISSION,
        at=_remission_time(db, row, now),
        member_id=row.member_id,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        article=row.id,  # a remission has the id of its charge here
        quantity=1,
        remitted_cents=Cents(new.amount_cents),
        reason=new.reason,
        by=actor.ref,
        cancelled_at=None,
    )
    db.add(entry)
    member = db.get(MemberRow, row.member_id) if row.member_id else None
    return _record_entry(db, entry, member, actor, now, "charge_remitted", reason=new.reason)


def _check_not_own(db: Session, row: ChargeRow | MoneyEntry, actor: Actor) -> None:
    to = OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)
    memberships.check_not_own(db, actor, row.member_id, to)


def _remission_time(db: Session, row: ChargeRow, now: Utc) -> Utc:
    """Return the time of a remission, which is in the same month as its charge if possible: the
    moment of that month nearest to now; simply now once the charge is on a closed statement."""
    if row.statement_id is not None:
        return now
    start, end = months.bounds(row.month, months.zone_of(db, row.site_id))
    return max(start, min(now, Utc.of(end - timedelta(milliseconds=1))))


def take_back(
    db: Session, entry_id: str, reason: str | None = None, *, actor: Actor, now: Utc
) -> None:
    """Cancel an entry that was a mistake; a counter-entry reverses its charge.

    A remission can only be cancelled while its month is open, by somebody who may grant one, and
    with a reason if somebody else granted it. Raises NotFound, Forbidden, Invalid, Conflict.
    """
    entry = visible(db, MoneyEntry, entry_id, "entry", actor, MONEY_TAKE)
    permission = MONEY_WRITE if entry.kind is EntryKind.REMISSION else MONEY_TAKE
    actor.require(permission, entry.site_id)
    valid_charges = ledger.valid_charges().where(ChargeRow.source_id == entry.id)
    for row in (entry, *db.scalars(valid_charges)):
        _check_not_own(db, row, actor)
    if entry.kind is EntryKind.REMISSION:
        _check_may_cancel_remission(db, entry, reason, actor)
    if entry.cancelled_at is None:
        entry.cancelled_at = now
        member = db.get(MemberRow, entry.member_id) if entry.member_id else None
        db.flush()
        subject = f"money_entry:{entry.id}"
        audit.record(db, actor, now, "entry_taken_back", subject, entry.site_id, reason=reason)
        derive_for(db, entry.site_id, member, entry.at, now)


def count_charged(db: Session, member_ids: Collection[str]) -> int:
    """Return how many of these members have a charge on a statement."""
    charged = select(ChargeRow.member_id).where(ChargeRow.member_id.in_(member_ids))
    return len(set(db.scalars(charged)))


def delete_with_member(db: Session, event: MemberTakenBack) -> None:
    """Delete the charges for subscriptions of a member created by mistake, if their statements are
    open. Payments and entries for the member prevent this (decision 0323)."""
    member = db.get_one(MemberRow, event.member_id)
    conditions = (
        ChargeRow.member_id == member.id,
        ChargeRow.source_kind == SourceKind.SUBSCRIPTION,
        ChargeRow.statement_id.is_(None),
    )
    for site_id in sorted(sites_of(db, member)):
        ledger.lock(db, site_id)
        if db.scalars(
            delete(ChargeRow)
            .where(*conditions, ChargeRow.site_id == site_id)
            .returning(ChargeRow.id)
        ).all():
            post_news(db, MoneyNews(site=site_id))


def _check_may_cancel_remission(
    db: Session, entry: MoneyEntry, reason: str | None, actor: Actor
) -> None:
    month = months.month_of(months.day_of(entry.at, months.zone_of(db, entry.site_id)))
    payer = payers.PayerKey.of(db.get_one(ChargeRow, entry.article))  # the remitted charge
    payers.check_not_own(db, entry.site_id, month, payer, actor=actor)
    ledger.lock(db, entry.site_id)
    if month <= months.last_closed(db, entry.site_id):
        raise Conflict(f"{month} is closed: the remission stays")
    if reason is None and entry.by != actor.ref:
        raise Invalid.of("reason", "required to cancel what somebody else granted")


def get(db: Session, charge_id: str, *, actor: Actor) -> Charge:
    """Return one charge. Raises NotFound."""
    return shapes(db, [visible(db, ChargeRow, charge_id, "charge", actor, MONEY_READ)])[0]


def page(
    db: Session, *, actor: Actor, month: str | None = None, cursor: Cursor = FIRST
) -> Page[Charge]:
    """Return a page of charges of the actor's sites, with counter-entries."""
    statement = select(ChargeRow).where(at_sites(ChargeRow.site_id, actor.sites(MONEY_READ)))
    if month is not None:
        statement = statement.where(ChargeRow.month == months.require_month(month))
    return paged(db, statement, ChargeRow.id, cursor, lambda rows: shapes(db, rows))


def paid_by_month(db: Session, sources: Collection[str]) -> list[tuple[str, Cents]]:
    """Return month and amount paid of each statement that charges these sources, if it was paid at
    least in part. Payments for sales at the desk don't count."""
    charge_query = ledger.valid_charges().where(
        ChargeRow.source_id.in_(sources), ChargeRow.amount_cents > 0
    )
    statements = {
        (row.site_id, row.month, payers.PayerKey.of(row)) for row in db.scalars(charge_query).all()
    }
    paid_months = []
    for site_id, month, payer in sorted(statements, key=str):
        paid = select(func.sum(PaymentRow.amount_cents)).where(
            PaymentRow.site_id == site_id,
            PaymentRow.month == month,
            PaymentRow.sold_id.is_(None),
            payers.pays(PaymentRow, payer),
        )
        if (cents := int(db.scalar(paid) or 0)) > 0:
            paid_months.append((month, Cents(cents)))
    return paid_months


def note_export(db: Session, site_id: str, month: str, *, actor: Actor, now: Utc) -> None:
    """Record in the audit log that a month's statements were exported. Raises Forbidden."""
    actor.require(MONEY_READ, site_id)
    audit.record(db, actor, now, "statements_exported", f"site:{site_id}", site_id, month=month)


def derive_for(db: Session, site_id: str, member: MemberRow | None, at: Utc, now: Utc) -> None:
    """Derive the charges of the member's month that contains `at`, so that the desk sees them."""
    month = months.month_of(months.day_of(at, months.zone_of(db, site_id)))
    unit = MemberMonth(site_id, month, member.ref if member else "")
    book_updates.derive_all(db, site_id, [unit], now)


def require_member(db: Session, site_id: str, member_id: str | None) -> MemberRow | None:
    """Return the member, who must be known at this site; None for None. Raises Invalid.

    Locks the member's row against erasure until the commit.
    """
    if member_id is None:
        return None
    member = db.get(MemberRow, member_id)
    if member is None or not is_there(db, member) or site_id not in sites_of(db, member):
        raise Invalid.of("member_id", f"no member {member_id} at this site")
    return member


def shapes(db: Session, rows: Iterable[ChargeRow]) -> list[Charge]:
    """Return charges in the API's form."""
    rows = list(rows)
    entered = {row.source_id for row in rows if row.source_kind is SourceKind.ENTRY}
    query = select(MoneyEntry.id, MoneyEntry.reason).where(MoneyEntry.id.in_(entered))
    reasons = {row.id: row.reason for row in db.execute(query)} if entered else {}
    return [_shape(row, reasons.get(row.source_id)) for row in rows]


def _shape(row: ChargeRow, reason: str | None) -> Charge:
    return to_shape(
        row, Charge, source=row.source_kind, counters=row.counters_id, reason=reason, version=1
    )


def _payer(new: NewCharge) -> OnBehalf:
    return OnBehalf(organisation_id=new.organisation_id, project_id=new.project_id)


def _require_article(db: Session, site_id: str, article: str, now: Utc) -> None:
    day = months.day_of(now, months.zone_of(db, site_id))
    tariff = tariff_on(ledger.tariffs_of(db, site_id), day)
    rates = tariff.rates if tariff else ()
    if not any(isinstance(rate, ArticleRate) and rate.id == article for rate in rates):
        raise Invalid.of("article", f"no {article} in the tariff of today")


def _record_entry(
    db: Session,
    entry: MoneyEntry,
    member: MemberRow | None,
    actor: Actor,
    now: Utc,
    action: str,
    **details: object,
) -> Charge:
    db.flush()
    audit.record(db, actor, now, action, f"money_entry:{entry.id}", entry.site_id, **details)
    derive_for(db, entry.site_id, member, entry.at, now)
    charge = db.scalar(ledger.valid_charges().where(ChargeRow.source_id == entry.id))
    if charge is None:
        raise Conflict("that month can't be calculated any more: its uses are no longer stored")
    return shapes(db, [charge])[0]
