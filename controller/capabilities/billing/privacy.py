"""Personal-data rules of billing: who owes and has paid what, for the ten years the law
requires."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, update
from sqlalchemy.orm import Session

from controller.capabilities.billing import book_updates, own
from controller.capabilities.billing.models import (
    CashHandover,
    ChargeRow,
    ClosedMonth,
    InvoicingRow,
    MoneyEntry,
    MoneyNumber,
    PaymentRow,
    ProviderRow,
    StatementRow,
    TariffDraft,
    TariffRow,
    TillDay,
)
from controller.capabilities.members.models import MemberRow
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.privacy import (
    ErasureInProgress,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    RetentionScope,
    count_changed,
    emptying_step,
)


def _was_charged(since: Utc) -> ColumnElement[bool]:
    return exists().where(ChargeRow.member_id == MemberRow.id, ChargeRow.made_at >= since)


def _unnamed(model: Any, moment: Any, *words: str) -> Retention:
    """Make a retention that removes the member from old rows and keeps the amounts."""
    values = dict.fromkeys(("member_id", *words))

    def forget(db: Session, due: RetentionScope) -> int:
        old: Sequence[ColumnElement[bool]] = (model.site_id == due.site_id, moment < due.before)
        has_name = or_(*(getattr(model, name).is_not(None) for name in values))
        return count_changed(db, update(model).where(*old, has_name).values(**values))

    return Retention(model.__tablename__.replace("_", " "), forget)


def _keep_apart(db: Session, erasing: ErasureInProgress) -> int:
    """Keep what the member owes and has paid, marked as erased, apart from sales at the counter."""
    book_updates.derive_member(db, erasing.person.ref, erasing.now)
    for model in (StatementRow, ChargeRow, PaymentRow):
        statement = update(model).where(model.member_id == erasing.person.id)
        db.execute(statement.values(erased=True))
    return 0


def _owes_themselves(db: Session, erasing: ErasureInProgress) -> str | None:
    """Refuse that members erase themselves while they, or a project of which they are the last
    member, owe money; staff may erase them (0235, 0331)."""
    person, actor = erasing.person, erasing.actor
    if actor.member_id != person.id:
        return None
    if own.amount_owed(db, person.id, erasing.now) > 0:
        return N_(
            "You still owe money: pay the treasurer or a manager, or ask for its remission. To "
            "be erased before you have paid, write to whoever handles personal data."
        )
    if own.projects_owed(db, person.id, erasing.now) > 0:
        return N_(
            "A project of which you are the last member still owes money: pay the treasurer or a "
            "manager, or ask for its remission. To be erased before it is paid, write to whoever "
            "handles personal data."
        )
    return None


_BOOKS = (Purpose.MONEY, RetentionKind.BOOKS)
_OF_MEMBER = (*_BOOKS, ErasureKind.EMPTY)
_STAYS = N_("Amounts owed and paid, for the ten years required by law, without names")

PERSONAL_DATA = (
    PersonalDataRule(
        TariffRow,
        *_BOOKS,
        plain="id site_id number valid_from vat_permille created_at",
        label="decision vat_ground",
        actor="created_by",
        booked="rates",
    ),
    PersonalDataRule(
        TariffDraft, *_BOOKS, plain="site_id changed_at", actor="changed_by", booked="rates"
    ),
    PersonalDataRule(
        StatementRow,
        *_OF_MEMBER,
        plain="id site_id month number erased organisation_id project_id closed_at",
        member="member_id",
        about="total_cents vat_cents",
        retained_note=_STAYS,
        at_erasure=_keep_apart,
        retention=_unnamed(StatementRow, StatementRow.closed_at),
        booked="buyer",
    ),
    PersonalDataRule(
        MoneyEntry,
        *_OF_MEMBER,
        plain="id site_id kind organisation_id project_id cancelled_at",
        member="member_id",
        about="at article quantity remitted_cents",
        text="reason",
        actor="by",
        is_proof=True,
        retention=_unnamed(MoneyEntry, MoneyEntry.at, "reason"),
    ),
    PersonalDataRule(
        ChargeRow,
        *_OF_MEMBER,
        plain="id site_id erased organisation_id project_id source_id tariff_id counters_id made_at"
        " statement_id",
        member="member_id",
        about="month done_month day source_kind thing why quantity steps unit_cents amount_cents"
        " vat_cents",
        is_computed=True,
        current=_was_charged,
        erasure_blocker=_owes_themselves,
        retention=_unnamed(ChargeRow, ChargeRow.made_at),
    ),
    PersonalDataRule(
        ClosedMonth,
        *_BOOKS,
        plain="site_id month closed_at total_cents",
        actor="closed_by",
        booked="provider",
    ),
    PersonalDataRule(
        ProviderRow,
        plain="site_id country siret vat_number accounts row_version",
        organisation="name street postcode city",
    ),
    PersonalDataRule(
        InvoicingRow,
        plain="organisation_id country siret row_version",
        organisation="street postcode city engagement service email",
    ),
    PersonalDataRule(
        PaymentRow,
        *_OF_MEMBER,
        plain="id site_id year receipt month erased organisation_id project_id sold_id counters_id"
        " once",
        member="member_id",
        about="day at means amount_cents",
        text="reason",
        actor="by",
        is_proof=True,
        retention=_unnamed(PaymentRow, PaymentRow.at, "reference", "reason"),
        reference="reference",
    ),
    PersonalDataRule(
        TillDay,
        *_BOOKS,
        plain="site_id day float_cents expected_cents counted_cents closed_at",
        text="reason",
        actor="closed_by",
        is_proof=True,
        retention=Retention("till day", emptying_step(TillDay.closed_at, {"reason": None})),
    ),
    PersonalDataRule(
        CashHandover,
        *_BOOKS,
        plain="id site_id at amount_cents",
        actor="by",
        is_proof=True,
        retention=Retention("cash handover", emptying_step(CashHandover.at, {"reference": None})),
        text="reference",
    ),
    PersonalDataRule(MoneyNumber, plain="site_id what last"),
)
