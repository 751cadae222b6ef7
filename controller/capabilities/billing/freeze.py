"""Freezes a month: stores each payer's numbered statement, with few SQL statements."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from controller.capabilities.billing import payers, providers
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.models import ChargeRow, StatementRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.shapes import PayerKind
from controller.domain.time import Utc
from controller.kernel.jsontypes import to_json
from controller.policy.reading import chunks
from controller.wire.ids import uuid7


def freeze(db: Session, site_id: str, month: str, keys: Sequence[PayerKey], now: Utc) -> None:
    """Store the statements of these payers with their totals, numbered in this order from 1."""
    sums = _sums(db, site_id, month)
    rows = [
        {
            "id": uuid7(),
            "site_id": site_id,
            "month": month,
            "number": number,
            "member_id": key.member_id,
            "erased": key.kind is PayerKind.ERASED,
            "organisation_id": key.organisation_id,
            "project_id": key.project_id,
            "total_cents": sums[key][0],
            "vat_cents": sums[key][1],
            "closed_at": now,
            "buyer": _buyer(db, key),
        }
        for number, key in enumerate(keys, 1)
    ]
    for batch in chunks(rows):
        db.execute(insert(StatementRow), batch)
    in_month = (ChargeRow.site_id == site_id, ChargeRow.month == month)
    _freeze_people(db, in_month, rows)
    for key, row in zip(keys, rows, strict=True):
        if key.kind is not PayerKind.MEMBER:
            is_payer = payers.pays(ChargeRow, key)
            db.execute(update(ChargeRow).where(*in_month, is_payer).values(statement_id=row["id"]))


def _freeze_people(db: Session, in_month: Sequence[Any], rows: Iterable[Mapping[str, Any]]) -> None:
    """Link the charges of members who pay for themselves to their statements, with one prepared SQL
    statement."""
    pays_alone = (ChargeRow.organisation_id.is_(None), ChargeRow.project_id.is_(None))
    is_member = (ChargeRow.member_id == bindparam("payer_id"), *pays_alone)
    link = update(ChargeRow).where(*in_month, *is_member).values(statement_id=bindparam("frozen"))
    values = [
        {"payer_id": row["member_id"], "frozen": row["id"]} for row in rows if row["member_id"]
    ]
    if values:
        db.connection().execute(link, values)


def _sums(db: Session, site_id: str, month: str) -> dict[PayerKey, tuple[Cents, Cents]]:
    payer_columns = payers.columns(ChargeRow)
    sums: dict[PayerKey, tuple[Cents, Cents]] = {}
    rows = db.execute(
        select(*payer_columns, func.sum(ChargeRow.amount_cents), func.sum(ChargeRow.vat_cents))
        .where(ChargeRow.site_id == site_id, ChargeRow.month == month)
        .group_by(*payer_columns)
    )
    for row in rows:
        key = PayerKey.of(row)  # the same for all members whose use an organisation pays
        total, vat = sums.get(key, (0, 0))
        sums[key] = Cents(total + int(row[-2])), Cents(vat + int(row[-1]))
    return sums


def _buyer(db: Session, key: PayerKey) -> Any:
    if key.organisation_id is None:
        return None
    return to_json(providers.buyer(db, key.organisation_id))
