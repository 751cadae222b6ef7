"""Tables of money: tariffs, what was entered, charges, statements, payments, the till."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.capabilities.billing.cents import Cents, CentsColumn
from controller.capabilities.billing.kinds import EntryKind, Means, SourceKind, Why
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Json, Slug, Text, Uuid, Word


class TariffRow(Base):
    """A version of what things cost at a site; it holds until the next, and is never changed.

    Of several that begin on one day the last one holds.
    """

    __tablename__ = "tariff"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    number: Mapped[int]
    valid_from: Mapped[date]
    decision: Mapped[Text]
    """Who decided it, and by what act; anyone may ask for it."""
    vat_permille: Mapped[int]
    vat_ground: Mapped[Text]
    """Why no VAT is in it, or which."""
    rates: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_by: Mapped[str]
    created_at: Mapped[Utc]

    __table_args__ = (Index("uq_tariff_site_id_number", "site_id", "number", unique=True),)


class TariffDraft(Base):
    """Prices that are to change with the next version, until it is decided."""

    __tablename__ = "tariff_draft"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    rates: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    changed_by: Mapped[str]
    changed_at: Mapped[Utc]


class MoneyEntry(Base):
    """A material, a course or a remission, as somebody entered it; taken back, it stays."""

    __tablename__ = "money_entry"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[EntryKind]
    at: Mapped[Utc]
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    """Null: somebody at the counter, or erased."""
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))
    article: Mapped[Slug]
    """Of a remission: empty."""
    quantity: Mapped[int] = mapped_column(BigInteger)
    remitted_cents: Mapped[Cents | None] = mapped_column(CentsColumn)
    reason: Mapped[Text | None]
    by: Mapped[str]
    cancelled_at: Mapped[Utc | None]

    __table_args__ = (Index("ix_money_entry_site_id_at", "site_id", "at"),)


class ChargeRow(Base):
    """What a source costs. Nothing of it is edited: a counter-entry takes it back."""

    __tablename__ = "charge"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    month: Mapped[str]
    """Of the statement on which it stands, as `2026-11`."""
    done_month: Mapped[str]
    """In which it was done; the month of its statement is later where that was closed."""
    day: Mapped[date]
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"))
    """Who did it; null at the counter, of a group, and once erased."""
    erased: Mapped[bool] = mapped_column(default=False)
    """Whether the person who owes or paid it was erased: apart from what is sold at the counter."""
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))
    source_kind: Mapped[SourceKind]
    source_id: Mapped[Uuid]
    thing: Mapped[Word]
    tariff_id: Mapped[Uuid | None] = mapped_column(ForeignKey("tariff.id"))
    why: Mapped[Why]
    quantity: Mapped[int] = mapped_column(BigInteger)
    """Of a machine session: milliseconds, more than 32 bits hold after 24.8 days."""
    steps: Mapped[int] = mapped_column(BigInteger)
    unit_cents: Mapped[Cents] = mapped_column(CentsColumn)
    amount_cents: Mapped[Cents] = mapped_column(CentsColumn)
    vat_cents: Mapped[Cents] = mapped_column(CentsColumn)
    counters_id: Mapped[Uuid | None] = mapped_column(ForeignKey("charge.id"), unique=True)
    """The charge that this one takes back."""
    made_at: Mapped[Utc]
    statement_id: Mapped[Uuid | None] = mapped_column(ForeignKey("statement.id"), index=True)
    """The statement that froze it."""

    __table_args__ = (
        Index("ix_charge_site_id_month", "site_id", "month"),
        Index("ix_charge_member_id_done_month", "member_id", "done_month"),
        Index("ix_charge_source_id", "source_id"),
        Index("ix_charge_site_id_member_id_month", "site_id", "member_id", "month"),
    )


class StatementRow(Base):
    """A month of one payer, frozen and numbered."""

    __tablename__ = "statement"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    month: Mapped[str]
    number: Mapped[int]
    """From 1 in its month, without a gap."""
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    erased: Mapped[bool] = mapped_column(default=False)
    """Whether the person who owes or paid it was erased: apart from what is sold at the counter."""
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))
    total_cents: Mapped[Cents] = mapped_column(CentsColumn)
    vat_cents: Mapped[Cents] = mapped_column(CentsColumn)
    closed_at: Mapped[Utc]
    buyer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """How an organisation was called and billed when the month was closed; null of a person."""

    __table_args__ = (
        Index("uq_statement_site_id_month_number", "site_id", "month", "number", unique=True),
    )


class ClosedMonth(Base):
    """A month whose statements are frozen; what comes later stands on a later one."""

    __tablename__ = "closed_month"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    month: Mapped[str] = mapped_column(primary_key=True)
    closed_at: Mapped[Utc]
    closed_by: Mapped[str]
    total_cents: Mapped[Cents] = mapped_column(CentsColumn)
    provider: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Who stated it, as it was then; null: closed before that was kept."""


class ProviderRow(Versioned, Base):
    """Who states what is owed at a site, and the accounts that its entries are booked to."""

    __tablename__ = "provider"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    name: Mapped[Text | None]
    street: Mapped[Text | None]
    postcode: Mapped[Word | None]
    city: Mapped[Text | None]
    country: Mapped[Word]
    siret: Mapped[Word | None]
    vat_number: Mapped[Word | None]
    accounts: Mapped[Json]


class InvoicingRow(Versioned, Base):
    """What an organisation's own accounts want to read on what is billed to it."""

    __tablename__ = "invoicing"

    organisation_id: Mapped[Uuid] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    street: Mapped[Text | None]
    postcode: Mapped[Word | None]
    city: Mapped[Text | None]
    country: Mapped[Word]
    siret: Mapped[Word | None]
    engagement: Mapped[Text | None]
    """The number of the commitment (*numéro d'engagement*)."""
    service: Mapped[Text | None]
    """The code of the service that pays."""
    email: Mapped[Text | None]
    """The mailbox to which its statements are written; not a person's."""


class PaymentRow(Base):
    """Money taken elsewhere or given back, as somebody noted it; with a receipt's number."""

    __tablename__ = "payment"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    year: Mapped[int]
    receipt: Mapped[int]
    """From 1 in each year of the site, without a gap."""
    day: Mapped[date]
    """Of the journal; the next one where that day's till was closed."""
    at: Mapped[Utc]
    month: Mapped[str]
    """Of the statement that it pays."""
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    erased: Mapped[bool] = mapped_column(default=False)
    """Whether the person who owes or paid it was erased: apart from what is sold at the counter."""
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))
    means: Mapped[Means]
    amount_cents: Mapped[Cents] = mapped_column(CentsColumn)
    reference: Mapped[Text | None]
    reason: Mapped[Text | None]
    """Why it takes another back, or refunds."""
    sold_id: Mapped[Uuid | None]
    """The entry or the pass that was sold at the desk with it."""
    counters_id: Mapped[Uuid | None] = mapped_column(ForeignKey("payment.id"), unique=True)
    """The payment that this one takes back."""
    once: Mapped[Uuid | None]
    """The form by which it was noted: sent again, it is the same payment."""
    by: Mapped[str]

    __table_args__ = (
        Index("uq_payment_site_id_year_receipt", "site_id", "year", "receipt", unique=True),
        Index("ix_payment_site_id_month", "site_id", "month"),
        Index("ix_payment_site_id_day", "site_id", "day"),
        Index("uq_payment_once", "once", unique=True),
    )


class TillDay(Base):
    """A day's till, counted and closed."""

    __tablename__ = "till_day"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    float_cents: Mapped[Cents] = mapped_column(CentsColumn)
    expected_cents: Mapped[Cents] = mapped_column(CentsColumn)
    counted_cents: Mapped[Cents] = mapped_column(CentsColumn)
    closed_at: Mapped[Utc]
    closed_by: Mapped[str]
    reason: Mapped[Text | None]
    """Why more or less was counted than expected."""


class CashHandover(Base):
    """Cash that left the till for the treasurer, with the receipt that came back."""

    __tablename__ = "cash_handover"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    at: Mapped[Utc]
    amount_cents: Mapped[Cents] = mapped_column(CentsColumn)
    reference: Mapped[Text | None]
    by: Mapped[str]


class MoneyNumber(Base):
    """The last number that was given; its row's lock makes one writer wait for the other."""

    __tablename__ = "money_number"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    what: Mapped[Word] = mapped_column(primary_key=True)
    last: Mapped[int]
