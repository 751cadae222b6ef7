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
from controller.capabilities.bookings import upcoming_bookings
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


def _unnamed(model: Any, moment: Any, *text_columns: str) -> Retention:
    """Make a retention that empties the member and these texts in old rows and keeps the rest."""
    values = dict.fromkeys(("member_id", *text_columns))

    def forget(db: Session, due: RetentionScope) -> int:
        old: Sequence[ColumnElement[bool]] = (model.site_id == due.site_id, moment < due.before)
        has_name = or_(*(getattr(model, name).is_not(None) for name in values))
        return count_changed(db, update(model).where(*old, has_name).values(**values))

    return Retention(model.__tablename__.replace("_", " "), forget)


def _keep_apart(db: Session, erasing: ErasureInProgress) -> int:
    """Keep what the member owes and has paid, marked as erased: without a name it would count as
    sold at the counter. Nothing is owed of bookings that have not begun, which are deleted."""
    upcoming_bookings.cancel(db, erasing.person.id, erasing.now)
    book_updates.derive_member(db, erasing.person.ref, erasing.now)
    for model in (StatementRow, ChargeRow, PaymentRow):
        statement = update(model).where(model.member_id == erasing.person.id)
        db.execute(statement.values(erased=True))
    return 0


def _debt_that_blocks_erasure(db: Session, erasing: ErasureInProgress) -> str | None:
    """Return why members may not erase themselves while they, or a project of which they are the
    last member, owe money; staff may erase them (0235, 0331)."""
    person, actor = erasing.person, erasing.actor
    if actor.member_id != person.id:
        return None
    if own.amount_owed(db, person.id, erasing.now) > 0:
        return N_(
            "You still owe money: pay the treasurer or a manager, or ask for its remission. To "
            "be erased before you have paid, write to whoever handles personal data."
        )
    if own.projects_owed(db, person.id, erasing.now):
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
    PersonalDataRule(TariffRow, *_BOOKS),
    PersonalDataRule(TariffDraft, *_BOOKS),
    PersonalDataRule(
        StatementRow,
        *_OF_MEMBER,
        retained_note=_STAYS,
        at_erasure=_keep_apart,
        retention=_unnamed(StatementRow, StatementRow.closed_at),
    ),
    PersonalDataRule(
        MoneyEntry,
        *_OF_MEMBER,
        is_proof=True,
        retention=_unnamed(MoneyEntry, MoneyEntry.at, "reason"),
    ),
    PersonalDataRule(
        ChargeRow,
        *_OF_MEMBER,
        is_computed=True,
        current=_was_charged,
        erasure_blocker=_debt_that_blocks_erasure,
        retention=_unnamed(ChargeRow, ChargeRow.made_at),
    ),
    PersonalDataRule(ClosedMonth, *_BOOKS),
    PersonalDataRule(ProviderRow),
    PersonalDataRule(InvoicingRow),
    PersonalDataRule(
        PaymentRow,
        *_OF_MEMBER,
        is_proof=True,
        retention=_unnamed(PaymentRow, PaymentRow.at, "reference", "reason"),
    ),
    PersonalDataRule(
        TillDay,
        *_BOOKS,
        is_proof=True,
        retention=Retention("till day", emptying_step(TillDay.closed_at, {"reason": None})),
    ),
    PersonalDataRule(
        CashHandover,
        *_BOOKS,
        is_proof=True,
        retention=Retention("cash handover", emptying_step(CashHandover.at, {"reference": None})),
    ),
    PersonalDataRule(MoneyNumber),
)
