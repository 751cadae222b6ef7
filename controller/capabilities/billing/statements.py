"""Monthly statements: a preview while the month is open, frozen and numbered when it is closed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import case, false, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import (
    arrears,
    freeze,
    ledger,
    months,
    payers,
    providers,
    remissions,
    statement_mail,
    upcoming_charges,
)
from controller.capabilities.billing.book_updates import READER
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import SourceKind
from controller.capabilities.billing.messages import OrganisationStatementMessage, StatementMessage
from controller.capabilities.billing.models import ChargeRow, ClosedMonth, StatementRow
from controller.capabilities.billing.news import LateUseNews, MoneyNews, TariffNews
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_WRITE
from controller.capabilities.billing.shapes import Closed, CloseMonth, Payer, Statement
from controller.capabilities.billing.statement_reader import StatementReader, paid_amounts
from controller.capabilities.bookings.news import BookingNews
from controller.capabilities.usage.news import SessionNews
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.jsontypes import to_json
from controller.kernel.models import OutboxCursor, OutboxRow
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, resolve_site, visible
from controller.kernel.slugs import slug_of

FAR_ABOVE = 5_000
"""In cents. A payment is unusual if it is more than twice the amount owed, and exceeds that amount
by more than this."""


class Obstacle(StrEnum):
    """Why a month can't be closed yet."""

    CLOSED = "closed"
    NOT_OVER = "not_over"
    """The month has not ended yet."""
    EARLIER_OPEN = "earlier_open"
    """An earlier month has to be closed first."""
    BEHIND = "behind"
    """Some uses are not charged yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerMonth:
    """The totals of a payer's month, for the list."""

    payer: Payer
    key: PayerKey
    by_kind: dict[SourceKind, int]
    remitted_cents: int
    total_cents: int
    paid_cents: int
    owed_cents: int
    """What was owed before remissions and counter-entries; a charge that was rewritten counts
    once, with its latest amount."""
    received_cents: int
    """What was paid before refunds."""
    set_off_cents: int
    """The part of this month that is paid by another month's credit; negative: the part of this
    month's credit that pays for other months."""
    upcoming_cents: int
    """The part of what is left that is for bookings which have not begun."""

    @property
    def is_stated(self) -> bool:
        """Whether there is a statement: a payer who has payments only has none."""
        return bool(self.by_kind)

    @property
    def is_unusual(self) -> bool:
        """Whether far more was paid than was owed, or something although nothing was owed."""
        limit = max(2 * self.owed_cents, self.owed_cents + FAR_ABOVE) if self.owed_cents else 0
        return self.received_cents > limit

    @property
    def left_cents(self) -> int:
        """The amount that is left to pay; negative if too much was paid."""
        return self.total_cents - self.paid_cents - self.set_off_cents

    @property
    def due_cents(self) -> int:
        """The amount that is owed now; negative if too much was paid."""
        return self.left_cents - self.upcoming_cents


def sums(db: Session, site_id: str, month: str, *, actor: Actor, now: Utc) -> list[PayerMonth]:
    """Return the totals of each payer's month. Raises Forbidden."""
    actor.require(MONEY_READ, site_id)
    return _sums(db, site_id, month, now)


def get_for_payer(
    db: Session, site_id: str, month: str, payer: PayerKey, *, actor: Actor, now: Utc
) -> Statement:
    """Return the statement of a payer's month, frozen or a preview.

    Raises Forbidden; NotFound for a payer without charges and payments.
    """
    actor.require(MONEY_READ, site_id)
    result = shapes(db, site_id, month, [payer], now)
    if not result:
        raise NotFound("statement", f"{month} {payer}")
    return result[0]


def get(db: Session, statement_id: str, *, actor: Actor, now: Utc) -> Statement:
    """Return one frozen statement. Raises NotFound."""
    row = visible(db, StatementRow, statement_id, "statement", actor, MONEY_READ)
    return frozen_statements(db, [row], now)[0]


def page(
    db: Session, *, actor: Actor, now: Utc, month: str | None = None, cursor: Cursor = FIRST
) -> Page[Statement]:
    """Return a page of the frozen statements of the actor's sites."""
    statement = select(StatementRow).where(at_sites(StatementRow.site_id, actor.sites(MONEY_READ)))
    if month is not None:
        statement = statement.where(StatementRow.month == months.require_month(month))
    return paged(
        db, statement, StatementRow.id, cursor, lambda rows: frozen_statements(db, rows, now)
    )


def previews(
    db: Session, site_id: str, month: str, *, actor: Actor, now: Utc, cursor: Cursor = FIRST
) -> Page[Statement]:
    """Return a page of everybody's statements of a month, by payer; frozen if it is closed."""
    actor.require(MONEY_READ, site_id)
    months.require_month(month)
    keys = sorted(total.key for total in _sums(db, site_id, month, now))
    rest = [key for key in keys if cursor.after is None or str(key) > cursor.after]
    keys_on_page = rest[: cursor.limit]
    items = shapes(db, site_id, month, keys_on_page, now)
    return Page(items=items, next=str(keys_on_page[-1]) if len(rest) > len(keys_on_page) else None)


def obstacle(db: Session, site_id: str, month: str, now: Utc) -> Obstacle | None:
    """Return why a month can't be closed; None if it can."""
    closed = months.last_closed(db, site_id)
    if month <= closed:
        return Obstacle.CLOSED
    if month >= months.current_month(db, site_id, now):
        return Obstacle.NOT_OVER
    earlier = select(ChargeRow.id).where(
        ChargeRow.site_id == site_id, ChargeRow.month > closed, ChargeRow.month < month
    )
    if db.scalar(earlier.limit(1)) is not None:
        return Obstacle.EARLIER_OPEN
    return Obstacle.BEHIND if _is_behind(db, site_id) else None


def close(db: Session, new: CloseMonth, *, actor: Actor, now: Utc) -> Closed:
    """Close a month that is over: number and freeze every payer's statement, in one transaction.

    Raises Forbidden; Conflict for an `Obstacle`, for example that somebody else has just closed it.
    """
    site_id = resolve_site(db, actor, MONEY_WRITE, new.site_id)
    ledger.lock(db, site_id)
    if (problem := obstacle(db, site_id, new.month, now)) is not None:
        raise Conflict(f"{new.month} can't be closed: {problem.value.replace('_', ' ')}")
    totals = [total for total in _sums(db, site_id, new.month, now) if total.is_stated]
    totals.sort(key=_sort_key)
    freeze.freeze(db, site_id, new.month, [total.key for total in totals], now)
    total = Cents(sum(total.total_cents for total in totals))
    row = ClosedMonth(
        site_id=site_id,
        month=new.month,
        closed_at=now,
        closed_by=actor.ref,
        total_cents=total,
        provider=to_json(providers.seller(db, site_id)),
    )
    db.add(row)
    db.flush()
    _send_statements(db, site_id, new.month, [total.key for total in totals], now)
    subject = f"site:{site_id}"
    details = {"month": new.month, "statements": len(totals), "cents": total}
    audit.record(db, actor, now, "month_closed", subject, site_id, **details)
    post_news(db, MoneyNews(site=site_id))
    return Closed(
        site_id=site_id, month=new.month, statements=len(totals), total_cents=total, closed_at=now
    )


def number_of(month: str, number: int) -> str:
    """Return a statement's number as people see it, such as `2026-11-001`."""
    return f"{month}-{number:03d}"


def numbers_by_payer(db: Session, site_id: str, month: str) -> dict[PayerKey, str]:
    """Return the numbers of a closed month by payer.

    A payer has several if it was several payers when the month was closed, such as two members who
    were merged later; so has the payer that stands for all erased members.
    """
    rows = db.execute(
        select(*payers.columns(StatementRow), StatementRow.number)
        .where(StatementRow.site_id == site_id, StatementRow.month == month)
        .order_by(StatementRow.number)
    )
    numbers: dict[PayerKey, list[str]] = defaultdict(list)
    for row in rows:
        numbers[PayerKey.of(row)].append(number_of(month, row.number))
    return {key: ", ".join(payer_numbers) for key, payer_numbers in numbers.items()}


def numbers_by_id(db: Session, site_id: str, month: str) -> dict[str, str]:
    """Return the numbers of a closed month by the statement's id."""
    conditions = (StatementRow.site_id == site_id, StatementRow.month == month)
    rows = db.execute(select(StatementRow.id, StatementRow.number).where(*conditions))
    return {row.id: number_of(month, row.number) for row in rows}


def _send_statements(
    db: Session, site_id: str, month: str, keys: Sequence[PayerKey], now: Utc
) -> None:
    """Send the statements of a closed month to members who want them, and to organisations with a
    mailbox.

    Their numbers count from 1 in this order.
    """
    members, organisations = {}, {}
    ids = _ids(db, site_id, month)
    totals = {total.key: total for total in _sums(db, site_id, month, now)}
    for place, key in enumerate(keys, 1):
        number, total = number_of(month, place), totals[key]
        sums = {"total_cents": total.total_cents, "left_cents": total.left_cents}
        if key.member_id is not None:
            members[key.member_id] = StatementMessage(month=month, number=number, **sums)
        if key.organisation_id is not None:
            organisations[key.organisation_id] = OrganisationStatementMessage(
                statement_id=ids[key.organisation_id],
                name=next(iter(total.payer.name.values()), ""),
                month=month,
                number=number,
                **sums,
            )
    statement_mail.write_all(db, site_id, members, now=now)
    statement_mail.write_to_organisations(db, site_id, organisations, now=now)


def _ids(db: Session, site_id: str, month: str) -> dict[str, str]:
    """Return the ids of the organisations' statements, by the organisation's id."""
    rows = db.execute(
        select(StatementRow.organisation_id, StatementRow.id).where(
            StatementRow.site_id == site_id,
            StatementRow.month == month,
            StatementRow.organisation_id.is_not(None),
        )
    )
    return {str(organisation): key for organisation, key in rows}


def _sort_key(total: PayerMonth) -> tuple[str, str, str]:
    """Sort key: organisations first, then projects and members, each by name."""
    order = {"organisation": "0", "project": "1", "member": "2", "erased": "3", "counter": "4"}
    name = next(iter(total.payer.name.values()), "")
    return order[total.key.kind], slug_of(name), total.key.id


def _is_behind(db: Session, site_id: str) -> bool:
    passed = select(OutboxCursor.position).where(
        OutboxCursor.reader == READER, OutboxCursor.site_id == site_id
    )
    kinds = (SessionNews, LateUseNews, BookingNews, TariffNews)
    unread = select(OutboxRow.position).where(
        OutboxRow.site_id == site_id,
        OutboxRow.position > func.coalesce(passed.scalar_subquery(), 0),
        OutboxRow.what.in_([kind.WHAT for kind in kinds]),
    )
    return db.scalar(unread.limit(1)) is not None


def _sums(db: Session, site_id: str, month: str, now: Utc) -> list[PayerMonth]:
    payer_columns = payers.columns(ChargeRow)
    reversed_row, remits = remissions.reversed_charge()
    conditions = (ChargeRow.site_id == site_id, ChargeRow.month == month)
    latest = (
        select(func.max(ChargeRow.id))
        .where(*conditions, ChargeRow.counters_id.is_(None), ChargeRow.amount_cents > 0)
        .group_by(*payer_columns, ChargeRow.source_kind, ChargeRow.source_id)
    )
    rows = db.execute(
        select(
            *payer_columns,
            ChargeRow.source_kind,
            remits.label("is_remission"),
            func.sum(ChargeRow.amount_cents).label("cents"),
            func.sum(case((ChargeRow.id.in_(latest), ChargeRow.amount_cents), else_=0)).label(
                "owed"
            ),
        )
        .outerjoin(reversed_row, reversed_row.id == ChargeRow.counters_id)
        .where(*conditions)
        .group_by(*payer_columns, ChargeRow.source_kind, remits)
    )
    by_kind: dict[PayerKey, dict[SourceKind, int]] = defaultdict(dict)
    remitted: dict[PayerKey, int] = defaultdict(int)
    owed: dict[PayerKey, int] = defaultdict(int)
    for row in rows:
        key, amount = PayerKey.of(row), int(row.cents)
        if row.is_remission:
            remitted[key] -= amount
        kinds = by_kind[key]
        kinds[row.source_kind] = kinds.get(row.source_kind, 0) + amount
        owed[key] += int(row.owed)
    paid = paid_amounts(db, site_id, month)
    by_kind |= {key: {} for key in paid if key not in by_kind}
    payers_by_key = payers.shapes(db, by_kind)
    left = {key: sum(kinds.values()) - paid[key][0] for key, kinds in by_kind.items()}
    is_closed = month <= months.last_closed(db, site_id)
    unsettled = [
        key for key, cents in left.items() if cents < 0 or (cents and is_closed) or key in remitted
    ]
    set_offs = arrears.set_offs(db, site_id, unsettled, now)
    left = {key: cents - set_offs.get((key, month), 0) for key, cents in left.items()}
    upcoming = upcoming_charges.by_payer(db, site_id, now)
    return [
        PayerMonth(
            payer=payers_by_key[key],
            key=key,
            by_kind=kinds,
            remitted_cents=remitted[key],
            total_cents=sum(kinds.values()),
            paid_cents=paid[key][0],
            owed_cents=owed[key],
            received_cents=paid[key][1],
            set_off_cents=set_offs.get((key, month), 0),
            upcoming_cents=upcoming_charges.unpaid_part(left[key], upcoming.get((key, month), 0)),
        )
        for key, kinds in by_kind.items()
    ]


def shapes(
    db: Session, site_id: str, month: str, keys: Sequence[PayerKey], now: Utc
) -> list[Statement]:
    """Return the statements of these payers; those without charges and payments are left out."""
    is_of_payers = or_(false(), *(payers.pays(ChargeRow, key) for key in keys))
    charge_conditions = (ChargeRow.site_id == site_id, ChargeRow.month == month, is_of_payers)
    lines: dict[PayerKey, list[ChargeRow]] = defaultdict(list)
    for line in db.scalars(select(ChargeRow).where(*charge_conditions)):
        lines[PayerKey.of(line)].append(line)
    of_payers = or_(false(), *(payers.pays(StatementRow, key) for key in keys))
    statement_conditions = (StatementRow.site_id == site_id, StatementRow.month == month, of_payers)
    ordered = select(StatementRow).where(*statement_conditions).order_by(StatementRow.number.desc())
    rows = {PayerKey.of(row): row for row in db.scalars(ordered)}
    numbers = numbers_by_payer(db, site_id, month) if rows else {}
    everything = [charge for charges_of_payer in lines.values() for charge in charges_of_payer]
    reader = StatementReader(db, everything, {(site_id, month)}, keys, now)
    return [
        reader.statement(site_id, month, key, lines[key], rows.get(key), numbers.get(key))
        for key in keys
        if key in lines or key in reader.paid[site_id, month]
    ]


def frozen_statements(db: Session, rows: list[StatementRow], now: Utc) -> list[Statement]:
    """Return these rows as statements, in the API's form."""
    lines: dict[str, list[ChargeRow]] = defaultdict(list)
    frozen = select(ChargeRow).where(ChargeRow.statement_id.in_([row.id for row in rows]))
    for line in db.scalars(frozen):
        lines[str(line.statement_id)].append(line)
    everything = [charge for charges_of_row in lines.values() for charge in charges_of_row]
    at = {(row.site_id, row.month) for row in rows}
    reader = StatementReader(db, everything, at, [PayerKey.of(row) for row in rows], now)
    return [
        reader.statement(
            row.site_id,
            row.month,
            PayerKey.of(row),
            lines[row.id],
            row,
            number_of(row.month, row.number),
        )
        for row in rows
    ]
