"""Everything reckoned once more and compared, and debits against credits: `loquet money check`."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import following, ledger
from controller.capabilities.billing.cents import NOTHING, Cents
from controller.capabilities.billing.models import ChargeRow, PaymentRow, StatementRow, TariffRow
from controller.capabilities.billing.words import Means


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A line of double entry: what is debited and credited to an account."""

    account: str
    debit: Cents = NOTHING
    credit: Cents = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came out."""

    units: int
    """Months of people that were reckoned again."""
    different: list[str]
    """Which differed: month and source."""
    statements_wrong: list[str]
    """Frozen statements that are not what their charges come to."""
    debit_cents: int
    credit_cents: int

    @property
    def is_right(self) -> bool:
        """Whether nothing differs."""
        books = self.debit_cents == self.credit_cents
        return books and not self.different and not self.statements_wrong


_MEANS = {Means.CASH: "531", Means.CHEQUE: "5112", Means.CARD: "5115", Means.TRANSFER: "512"}
CUSTOMERS, SALES, VAT = "411", "706", "44571"


def check(db: Session, site_id: str) -> Checked:
    """Reckon every month of everybody again, without changing anything."""
    tariffs = ledger.tariffs_of(db, site_id)
    begun = db.scalars(select(TariffRow.valid_from).where(TariffRow.site_id == site_id))
    first = min(begun, default=None)
    units = following.since(db, site_id, first) if first else set()
    different = []
    for unit in sorted(units):
        missing, wrong = ledger.compare(db, unit, tariffs)
        different += [f"{unit.month} {each.kind} {each.source_id}" for each in missing]
        different += [f"{unit.month} {each.source_kind} {each.source_id}" for each in wrong]
    charges = db.scalars(select(ChargeRow).where(ChargeRow.site_id == site_id))
    paid = db.scalars(select(PaymentRow).where(PaymentRow.site_id == site_id))
    posted = [*of_charges((row.amount_cents, row.vat_cents) for row in charges)]
    posted += of_payments((row.means, row.amount_cents) for row in paid)
    return Checked(
        units=len(units),
        different=sorted(set(different)),
        statements_wrong=_statements(db, site_id),
        debit_cents=sum(each.debit for each in posted),
        credit_cents=sum(each.credit for each in posted),
    )


def of_charges(charges: Iterable[tuple[Cents, Cents]]) -> list[Posting]:
    """What each amount, and the VAT in it, is booked to; what is given back the other way."""
    found = []
    for amount, vat in charges:
        found.append(_posting(CUSTOMERS, amount))
        found.append(_posting(SALES, Cents(vat - amount)))
        found.append(_posting(VAT, Cents(-vat)))
    return found


def of_payments(payments: Iterable[tuple[Means, Cents]]) -> list[Posting]:
    """What each payment is booked to."""
    found = []
    for means, amount in payments:
        found.append(_posting(_MEANS[means], amount))
        found.append(_posting(CUSTOMERS, Cents(-amount)))
    return found


def _posting(account: str, amount: Cents) -> Posting:
    if amount >= 0:
        return Posting(account=account, debit=amount)
    return Posting(account=account, credit=Cents(-amount))


def _statements(db: Session, site_id: str) -> list[str]:
    rows = db.scalars(select(StatementRow).where(StatementRow.site_id == site_id))
    wrong = []
    for row in rows:
        mine = select(ChargeRow.amount_cents).where(ChargeRow.statement_id == row.id)
        if sum(db.scalars(mine)) != row.total_cents:
            wrong.append(f"{row.month}-{row.number:03d}")
    return wrong
