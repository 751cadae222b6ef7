"""Reads what statements show besides their charges, for many statements at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import arrears, charges, payers, providers, upcoming_charges
from controller.capabilities.billing.models import ChargeRow, ClosedMonth, PaymentRow, StatementRow
from controller.capabilities.billing.parties import Buyer, Seller
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.shapes import Statement
from controller.domain.time import Utc


def paid_amounts(
    db: Session, site_id: str, month: str, only: PayerKey | None = None
) -> dict[PayerKey, tuple[int, int]]:
    """Return by payer what was paid for a month, after and before refunds; `only` this payer."""
    payer_columns = payers.columns(PaymentRow)
    conditions = [PaymentRow.site_id == site_id, PaymentRow.month == month]
    if only is not None:
        conditions.append(payers.pays(PaymentRow, only))
    amount, counters = PaymentRow.amount_cents, PaymentRow.counters_id
    refunded = or_(and_(amount < 0, counters.is_(None)), and_(amount > 0, counters.is_not(None)))
    sums = func.sum(amount), func.sum(case((refunded, 0), else_=amount))
    paid_by_payer: dict[PayerKey, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in db.execute(
        select(*payer_columns, *sums).where(*conditions).group_by(*payer_columns)
    ):
        paid, received = paid_by_payer[PayerKey.of(row)]
        paid_by_payer[PayerKey.of(row)] = paid + int(row[4]), received + int(row[5])
    return paid_by_payer


class StatementReader:
    """Completes statements with payers, payments and billing details, read for all at once."""

    def __init__(
        self,
        db: Session,
        lines: Iterable[ChargeRow],
        sites_and_months: Iterable[tuple[str, str]],
        keys: Sequence[PayerKey],
        now: Utc,
    ) -> None:
        self._db = db
        self._sellers: dict[tuple[str, str], Seller] = {}
        self._charges = {shape.id: shape for shape in charges.shapes(db, lines)}
        only = keys[0] if len(keys) == 1 else None
        self.paid = {
            (site_id, month): paid_amounts(db, site_id, month, only)
            for site_id, month in sites_and_months
        }
        sites = {site_id for site_id, _month in self.paid}
        self._set_offs = {site_id: arrears.set_offs(db, site_id, keys, now) for site_id in sites}
        self._upcoming = {site_id: upcoming_charges.by_payer(db, site_id, now) for site_id in sites}
        self._payers = payers.shapes(db, set(keys))

    def statement(
        self,
        site_id: str,
        month: str,
        key: PayerKey,
        lines: list[ChargeRow],
        row: StatementRow | None,
        number: str | None,
    ) -> Statement:
        """Return one statement; `row` and `number` only once it is closed."""
        charges_in_order = [
            self._charges[line.id] for line in sorted(lines, key=lambda line: (line.day, line.id))
        ]
        total = sum(charge.amount_cents for charge in charges_in_order)
        paid = self.paid[site_id, month].get(key, (0, 0))[0]
        set_off = self._set_offs[site_id].get((key, month), 0)
        left = total - paid - set_off
        upcoming = self._upcoming[site_id].get((key, month), 0)
        return Statement(
            id=row.id if row else None,
            number=number,
            site_id=site_id,
            month=month,
            payer=self._payers[key],
            charges=tuple(charges_in_order),
            total_cents=total,
            vat_cents=sum(charge.vat_cents for charge in charges_in_order),
            paid_cents=paid,
            set_off_cents=set_off,
            left_cents=left,
            upcoming_cents=upcoming_charges.unpaid_part(left, upcoming),
            closed_at=row.closed_at if row else None,
            seller=self._seller(site_id, month),
            buyer=self._buyer(key, row),
        )

    def _seller(self, site_id: str, month: str) -> Seller:
        if (site_id, month) not in self._sellers:
            closed = self._db.get(ClosedMonth, (site_id, month))
            frozen = providers.decode_frozen(closed.provider if closed else None, Seller)
            self._sellers[site_id, month] = frozen or providers.seller(self._db, site_id)
        return self._sellers[site_id, month]

    def _buyer(self, key: PayerKey, row: StatementRow | None) -> Buyer | None:
        if key.organisation_id is None:
            return None
        frozen = providers.decode_frozen(row.buyer if row else None, Buyer)
        return frozen or providers.buyer(self._db, key.organisation_id)
