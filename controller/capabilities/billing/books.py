"""Reads the accounting entries of a site from statements, payments, cash handovers and counts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import months, payers, providers, remissions
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.entries import (
    Entry,
    Journal,
    KindTotal,
    of_count,
    of_handover,
    of_payment,
    of_statement,
)
from controller.capabilities.billing.handover_days import handover_days
from controller.capabilities.billing.models import (
    CashHandover,
    ChargeRow,
    PaymentRow,
    StatementRow,
    TillDay,
)
from controller.capabilities.billing.parties import Accounts
from controller.capabilities.billing.payers import ERASED_PAYER, PayerKey
from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.billing.statements import number_of
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Invalid

Parties = Mapping[PayerKey, tuple[str, str]]
"""The accounts of payers: number and name, by payer."""
NumberedEntry = tuple[int, Entry]
"""An entry with its number, which starts at 1 each year in each journal, without gaps."""


def entries(
    db: Session, site_id: str, since: date, until: date, *, actor: Actor
) -> list[NumberedEntry]:
    """Return the entries of a period, in the order in which they became final.

    They keep the numbers of their year. Raises Forbidden, and Invalid if the period is not within
    one year.
    """
    actor.require(MONEY_READ, site_id)
    if until < since or since.year != until.year:
        raise Invalid.of("until", "in the same year as since, and not before it")
    numbered = [entry for entry in since_new_year(db, site_id, until) if entry[1].day >= since]
    return sorted(numbered, key=lambda entry: (entry[1].final_on, entry[1].journal.value, entry[0]))


def since_new_year(db: Session, site_id: str, until: date) -> list[NumberedEntry]:
    """Return the entries of a year up to a day, journal by journal."""
    reading = _Reading(db, site_id, date(until.year, 1, 1), until)
    numbered: list[NumberedEntry] = []
    for journal in (reading.sales(), reading.payments(), reading.handovers(), reading.counts()):
        numbers = count(1)
        numbered += [(next(numbers), entry) for entry in journal if entry.lines]
    return numbered


def years(db: Session, site_id: str) -> range:
    """Return the years that may have entries; empty: none."""
    with_entries = []
    for model, moment in (
        (StatementRow, StatementRow.month),
        (PaymentRow, PaymentRow.day),
        (CashHandover, CashHandover.at),
        (TillDay, TillDay.day),
    ):
        range_query = select(func.min(moment), func.max(moment)).where(model.site_id == site_id)
        with_entries += [
            int(str(day)[:4]) for day in db.execute(range_query).one() if day is not None
        ]
    return range(min(with_entries), max(with_entries) + 2) if with_entries else range(0)


def siren(db: Session, site_id: str) -> str:
    """Return the SIREN of the site's provider. Raises Conflict until the provider has a SIRET."""
    number = providers.seller(db, site_id).siret
    if number is None:
        raise Conflict("first set the provider's SIRET: PATCH /providers/{site}, or its page")
    return number[:9]


def note_export(
    db: Session, site_id: str, since: date, until: date, *, actor: Actor, now: Utc
) -> None:
    """Record in the audit that entries, with who owes what, were exported. Raises Forbidden."""
    actor.require(MONEY_READ, site_id)
    period = {"since": since.isoformat(), "until": until.isoformat()}
    audit.record(db, actor, now, "entries_exported", f"site:{site_id}", site_id, **period)


class _Reading:
    """Reads the entries of a site between two days of one year, one method for each journal."""

    def __init__(self, db: Session, site_id: str, since: date, until: date) -> None:
        self._db, self._site_id = db, site_id
        self._since, self._until = since, until
        self._zone: ZoneInfo = months.zone_of(db, site_id)
        self._accounts: Accounts = providers.accounts(db, site_id)

    def sales(self) -> Iterator[Entry]:
        """Yield an entry for each statement, dated the last day of its month."""
        rows = self._rows(
            StatementRow,
            StatementRow.month >= months.month_of(self._since),
            StatementRow.month <= months.month_of(self._until),
            order=(StatementRow.month, StatementRow.number),
        )
        totals = self._totals_by_statement()
        parties = self._parties(rows)
        for row in rows:
            day = last_day(row.month)
            if day <= self._until:
                number = number_of(row.month, row.number)
                party = parties[PayerKey.of(row)]
                yield self._entry(
                    Journal.SALES,
                    day,
                    number,
                    row.closed_at,
                    f"Relevé {number} {party[1]}",
                    lines=of_statement(self._accounts, totals[row.id], party),
                )

    def payments(self) -> Iterator[Entry]:
        """Yield an entry for each payment, and one for each that was cancelled or refunded."""
        rows = self._rows(
            PaymentRow,
            PaymentRow.day >= self._since,
            PaymentRow.day <= self._until,
            order=(PaymentRow.day, PaymentRow.year, PaymentRow.receipt),
        )
        parties = self._parties(rows)
        for row in rows:
            number = f"{row.year}-{row.receipt:06d}"
            party = parties[PayerKey.of(row)]
            action = "Remboursement" if row.amount_cents < 0 else "Encaissement"
            action = "Annulation" if row.counters_id else action
            yield self._entry(
                Journal.PAYMENTS,
                row.day,
                number,
                row.at,
                f"{action}, reçu {number} {party[1]}",
                lines=of_payment(self._accounts, row.means, row.amount_cents, party),
            )

    def handovers(self) -> Iterator[Entry]:
        """Yield an entry for each handover of cash to the treasurer."""
        days = handover_days(self._db, self._site_id)
        of_period = [(row, day) for row, day in days if self._since <= day <= self._until]
        for place, (row, day) in enumerate(of_period, 1):
            number = f"{day.year}-V{place:05d}"
            action = "Annulation du versement" if row.amount_cents < 0 else "Versement"
            text = f"{action} {row.reference or number}"
            lines = of_handover(self._accounts, row.amount_cents)
            yield self._entry(Journal.HANDOVERS, day, number, row.at, text, lines=lines)

    def counts(self) -> Iterator[Entry]:
        """Yield an entry for each count of the till that differs from what is expected.

        The part of a surplus by which the float was raised counts as brought in.
        """
        until = TillDay.day <= self._until
        float_cents = 0
        for row in self._rows(TillDay, until, order=(TillDay.day,)):
            difference = Cents(row.counted_cents - row.expected_cents)
            brought_in = Cents(max(0, min(difference, row.float_cents - float_cents)))
            float_cents = row.float_cents
            if row.day >= self._since:
                number, text = f"CA{row.day:%Y%m%d}", f"Caisse comptée : {row.reason or ''}"
                lines = of_count(self._accounts, difference, brought_in)
                yield self._entry(Journal.COUNTS, row.day, number, row.closed_at, text, lines=lines)

    def _entry(
        self, journal: Journal, day: date, number: str, valid: Utc, text: str, *, lines: Any
    ) -> Entry:
        at = months.day_of(valid, self._zone)
        return Entry(
            journal=journal,
            day=day,
            document=number,
            document_day=day,
            final_on=max(day, at),
            text=text,
            lines=tuple(lines),
        )

    def _rows(self, model: Any, *where: Any, order: Any) -> Any:
        query = select(model).where(model.site_id == self._site_id, *where)
        return self._db.scalars(query.order_by(*order)).all()

    def _totals_by_statement(self) -> Mapping[str, list[KindTotal]]:
        """Return the totals by kind of each statement; a cancelled remission counts as one too."""
        reversed_charge, remits = remissions.reversed_charge()
        rows = self._db.execute(
            select(
                ChargeRow.statement_id,
                ChargeRow.source_kind,
                remits.label("remits"),
                func.sum(ChargeRow.amount_cents),
                func.sum(ChargeRow.vat_cents),
            )
            .outerjoin(reversed_charge, reversed_charge.id == ChargeRow.counters_id)
            .where(
                ChargeRow.site_id == self._site_id,
                ChargeRow.month >= months.month_of(self._since),
                ChargeRow.month <= months.month_of(self._until),
                ChargeRow.statement_id.is_not(None),
            )
            .group_by(ChargeRow.statement_id, ChargeRow.source_kind, remits)
        )
        totals: defaultdict[str, list[KindTotal]] = defaultdict(list)
        for key, kind, is_remission, amount, tax in rows:
            total = KindTotal(kind, bool(is_remission), Cents(int(amount)), Cents(int(tax)))
            totals[str(key)].append(total)
        return totals

    def _parties(self, rows: Any) -> Parties:
        payers_by_key = payers.shapes(self._db, {PayerKey.of(row) for row in rows})
        return {key: _party(key, payer.name) for key, payer in payers_by_key.items()}


def _party(key: PayerKey, name: Mapping[str, str]) -> tuple[str, str]:
    """Return a payer's account among the customers': a letter for the kind and the id; and its
    name."""
    if key == ERASED_PAYER:
        return "EFFACES", "Personnes effacées"
    if not key.id:
        return "COMPTOIR", "Au comptoir"
    number = f"{key.kind.value[0].upper()}{key.id.replace('-', '').upper()}"
    return number, name.get("fr") or name.get("en") or "Sans nom"


def last_day(month: str) -> date:
    """Return the last day of a month."""
    return date.fromisoformat(f"{months.month_after(month)}-01") - timedelta(days=1)
